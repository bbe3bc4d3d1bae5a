"""Local clusters, and the tools and images they need."""
