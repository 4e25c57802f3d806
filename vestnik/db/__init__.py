"""Access to PostgreSQL: connections, statements from files, pages by key. It knows none of our tables.

The settings name this package as Django's ``ENGINE``.
"""
