"""Pages of webhooks, for administrators."""
