"""Login to the console through an OpenID Connect provider, if one is configured."""
