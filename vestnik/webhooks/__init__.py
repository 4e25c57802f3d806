"""Webhooks: events delivered to the addresses that administrators have entered (docs/how-to/webhooks.md)."""
