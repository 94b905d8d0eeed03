"""What fills .venv: pip and uv, how they are run, and a look at what they have left."""
