"""What runs: JupyterLab and the services, their ports, their secrets, and their supervisor."""
