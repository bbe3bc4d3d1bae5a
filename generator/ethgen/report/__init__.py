"""What a spec and the catalogue say to people: where values come from, how environments differ, what a fleet takes."""
