"""The command line ``vestnik``: what each command takes, does by a service of another package, and prints."""
