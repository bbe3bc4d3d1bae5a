"""Printers of the release list: one file per tool that installs it."""
