"""Stands for what nix/lab/jupyter.py sets in the package of this name."""
