"""Python packages: their names, their locks, and the virtual environment that holds them."""
