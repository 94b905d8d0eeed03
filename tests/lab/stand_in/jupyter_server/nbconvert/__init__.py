"""Stands for what nix/lab/services/jupyter.py looks into in the package of this name."""
