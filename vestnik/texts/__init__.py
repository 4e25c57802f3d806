"""Personal texts: their grammar, and how a value is written in one. Knows nothing of Django or of the ledger."""
