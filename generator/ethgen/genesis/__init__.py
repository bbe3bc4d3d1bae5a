"""Genesis of private networks: the first execution block, the first consensus state, and the keys of both."""
