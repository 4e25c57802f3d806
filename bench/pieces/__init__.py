"""What is measured: one module a piece."""
