"""What every room needs: the project at hand, its files and processes, and what a person sees."""
