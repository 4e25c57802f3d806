"""The account of who looks, the people, their API keys, the settings, and the audit log."""
