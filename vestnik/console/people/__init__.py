"""The user's own account, all people, API keys, the gateway's settings, and the audit log."""
