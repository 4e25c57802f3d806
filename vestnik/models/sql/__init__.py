"""Hand-written SQL of the ledger, in files named after what they do."""
