"""What the user types: table.py says in which file each command is."""
