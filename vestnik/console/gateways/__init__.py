"""The pages of gateways and of the rules that choose among them."""
