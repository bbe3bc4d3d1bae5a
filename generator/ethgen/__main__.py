"""`python -m ethgen` is the command `ethgen`."""

from ethgen.cli import main

main()
