"""Import of clients: a file kept in the ledger is written to the directory, all in one transaction."""
