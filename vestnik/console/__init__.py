"""The operator's web console.

Its pages run on Django's admin site with Unfold's look and use the same services as the REST API.
"""
