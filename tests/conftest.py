"""What all tests share."""

from __future__ import annotations

import signal

from hypothesis import settings

# The same examples on every run, and no limit of time: how fast a machine is says nothing about what is right.
settings.register_profile("ethgen", deadline=None, derandomize=True, print_blob=False)
settings.load_profile("ethgen")

# Shells start what runs in the background with interrupts ignored, and so would be all that tests interrupt.
if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
    signal.signal(signal.SIGINT, signal.default_int_handler)
