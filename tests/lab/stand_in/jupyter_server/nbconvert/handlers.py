"""There is nothing to export."""
