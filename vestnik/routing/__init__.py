"""Gateways as people set them up, and routes: the rules that say which gateways a message may go over."""
