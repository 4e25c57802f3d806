"""Logging in to the console through an OpenID Connect provider, where the environment names one."""
