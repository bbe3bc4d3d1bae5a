"""Charts of other repositories: obtaining, reading, checking and rendering them."""
