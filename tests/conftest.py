"""What all tests share."""

from __future__ import annotations

from hypothesis import settings

# The same examples on every run, and no limit of time: how fast a machine is says nothing about what is right.
settings.register_profile("ethgen", deadline=None, derandomize=True, print_blob=False)
settings.load_profile("ethgen")
