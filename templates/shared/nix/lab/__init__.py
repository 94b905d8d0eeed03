"""The command `lab` of a project.

Where to begin: cli.py, then commands/start.py and packages/venv.py. A room (directory) knows only
those before it: base, packages, services, checks, commands, remote.
"""
