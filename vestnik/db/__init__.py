"""The way to PostgreSQL: connections, statements from files, pages by key. It knows no table of ours.

The settings name this package as Django's ``ENGINE``.
"""
