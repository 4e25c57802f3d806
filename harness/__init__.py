"""What tests, chaos and bench stand on: one cluster, one fake transport, one cast. Not a part of what is installed."""
