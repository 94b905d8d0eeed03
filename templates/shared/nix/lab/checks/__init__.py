"""What can be wrong: with the project, its environment, and what others can reach of it."""
