"""What talks to a running fleet: deploying it, looking at it, checking it."""
