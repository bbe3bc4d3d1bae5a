"""The command `ethgen`, also as `python -m ethgen`: ready to be interrupted before anything else is imported."""

from __future__ import annotations

import os
import signal


def run() -> None:
    """Run the command line, and end it with one line and status 130 where it is interrupted while it is imported."""
    # A shell that starts a program in the background may have it ignore interruptions, which stays so.
    interruptible = signal.getsignal(signal.SIGINT) is signal.default_int_handler
    if interruptible:
        # An exception would be lost, or turned into another one, in some of what is imported.
        signal.signal(signal.SIGINT, _end)
    from ethgen.cli import main  # noqa: PLC0415 - what may be interrupted

    try:
        if interruptible:
            signal.signal(signal.SIGINT, signal.default_int_handler)
        main()
    except KeyboardInterrupt:
        # Before or after what is interrupted in an orderly way, as by a second Ctrl-C.
        _end(signal.SIGINT, None)


def _end(number: int, frame: object) -> None:
    """End at once: nothing has been done that would have to be put right."""
    del number, frame
    os.write(2, b"error: interrupted; run the same command again to go on\n")
    os._exit(130)


if __name__ == "__main__":
    run()
