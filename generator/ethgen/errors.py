"""The one exception tree: everything a user can be told about, and nothing else."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


class EthgenError(Exception):
    """Something a user can put right; its text is shown as it is, without a traceback.

    Args:
        message: what is wrong, in one sentence.
        cure: what to do about it, in one sentence; empty where the message says it.
    """

    exit_status = 2

    def __init__(self, message: str, *, cure: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.cure = cure

    def __str__(self) -> str:
        return f"{self.message}\n  cure: {self.cure}" if self.cure else self.message


class SpecError(EthgenError):
    """One or more mistakes in a spec, each already located."""

    def __init__(self, problems: Sequence[str]) -> None:
        super().__init__("\n".join(problems))
        self.problems = tuple(problems)


class ToolError(EthgenError):
    """A program that is needed is missing, too old, or failed."""


class ClusterError(EthgenError):
    """A cluster cannot be made, reached or removed, or is not the one the spec names."""


class ImageError(EthgenError):
    """A container image can neither be pulled, built nor loaded."""


class ChartError(EthgenError):
    """A chart cannot be had, is not the one that was recorded, or cannot be read or rendered."""


class GenesisError(EthgenError):
    """A genesis cannot be made from the spec, or does not belong to the chain it is used with."""


class DeployError(EthgenError):
    """A deployment did not reach the state it was asked for."""

    exit_status = 1
