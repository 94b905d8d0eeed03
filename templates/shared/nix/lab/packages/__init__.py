"""Adding and removing Python packages: in which file a name belongs, and what follows from it."""
