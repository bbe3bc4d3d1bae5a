"""The typed spec of an environment: its sections, and loading it with every mistake located."""

from typing import TYPE_CHECKING

from ethgen.spec.loading import load, parse

if TYPE_CHECKING:
    from ethgen.spec.model import NetworkSpec as NetworkSpec

__all__ = ["NetworkSpec", "load", "parse"]


def __getattr__(name: str) -> object:
    # pydantic takes a tenth of a second to import, and a spec without mistakes is loaded without it.
    if name == "NetworkSpec":
        from ethgen.spec.model import NetworkSpec  # noqa: PLC0415 - see above

        return NetworkSpec
    raise AttributeError(name)
