"""A new mailing, up to its pre-flight sheet."""
