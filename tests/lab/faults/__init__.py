"""Makes each fault of doctor's catalogue for real: a function has the name of its line."""
