"""Stands for JupyterLab in tests of something else, and takes a tenth of its time to start."""
