"""What the spec of an environment can tell beside its fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from ethgen.spec.cluster import Cluster
    from ethgen.spec.positions import Position, Positions


class Environment:
    """The environment that a spec is of, and where its values were written."""

    if TYPE_CHECKING:
        cluster: Cluster
        _environment: str
        _positions: Positions

    @property
    def environment(self) -> str:
        """Name of the environment: the spec's file name without its suffix."""
        return self._environment

    @property
    def context(self) -> str:
        """The only kube context that commands may talk to for this environment."""
        return self.cluster.context or f"ethgen-{self.environment}"

    @property
    def positions(self) -> Positions:
        """Where each value was written."""
        return self._positions

    def place(self, *path: str | int) -> Position:
        """Return the place of the value at `path`, or of the nearest parent that was written."""
        return self._positions.nearest(path)

    def where(self, *path: str | int) -> str:
        """Return `place` as text: `file:line:column`."""
        return self._positions.where(path)
