"""Django's way to the ledger: the settings name this package as ``ENGINE``."""
