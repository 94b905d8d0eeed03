"""One file per command of `lab`: each has `run(options, arguments)` and returns an exit code."""
