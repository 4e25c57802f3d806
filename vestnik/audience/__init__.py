"""A filter becomes messages and batches."""
