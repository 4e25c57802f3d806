"""The operator's web console: pages on Django's admin site in Unfold's look, over the services of the REST API."""
