"""The command `lab` of a project. Where to begin: cli.py, then start.py and venv.py."""
