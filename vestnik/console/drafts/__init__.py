"""Drafts: the form of a new mailing saves itself, and the list of what was saved."""
