"""Import of clients: a file kept in the ledger becomes rows of the directory, all in one transaction."""
