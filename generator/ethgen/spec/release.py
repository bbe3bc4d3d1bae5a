"""Section `releases`: which releases of other charts are installed, and what is changed of any release."""

from __future__ import annotations

from pydantic import Field

from ethgen.spec.section import Section
from ethgen.spec.types import ChartVersion


class Release(Section):
    """A release of another chart that is installed, or changes to that of a network."""

    enabled: bool = Field(default=True, description="False uninstalls the release.")
    version: ChartVersion | None = Field(
        default=None, description="Version of another's chart; the one that ethgen is tested with if absent."
    )
    values: dict[str, object] = Field(
        default_factory=dict, description="Values merged over the generated ones, as the chart knows them."
    )
