"""A GitOps repository for a fleet of one's own: what `ethgen init` writes, and what it brings up to date later."""
