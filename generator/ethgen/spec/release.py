"""Section `releases`: what goes through to a release's chart without being modelled here."""

from __future__ import annotations

from pydantic import Field

from ethgen.spec.types import Section


class Release(Section):
    """Changes to one generated release."""

    values: dict[str, object] = Field(
        default_factory=dict, description="Values merged over the generated ones, as the chart knows them."
    )
    enabled: bool = Field(default=True, description="False uninstalls the release.")
