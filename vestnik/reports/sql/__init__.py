"""SQL by hand."""
