"""The typed spec of an environment: its sections, and loading it with every mistake located."""

from ethgen.spec.loading import load, parse
from ethgen.spec.model import NetworkSpec

__all__ = ["NetworkSpec", "load", "parse"]
