"""Flux: its controllers where a cluster has none, what they say of an environment, and making them look at once."""
