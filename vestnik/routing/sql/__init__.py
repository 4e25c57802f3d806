"""Hand-written SQL, in files named after what they do."""
