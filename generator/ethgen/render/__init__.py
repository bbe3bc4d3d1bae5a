"""Rendering: the pure `build`, and the writer that brings its result into the repository."""
