"""Users, their logins, and the audit of their decisions."""
