"""Stands for what nix/lab/jupyter.py looks into in the package of this name."""
