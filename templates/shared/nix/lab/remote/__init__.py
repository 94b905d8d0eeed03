"""A project that runs on another computer, by ssh: `lab start --on HOST`."""
