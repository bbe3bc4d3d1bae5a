"""Section `cluster.tolerations`: hosts that are closed to other pods."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field

from ethgen.spec.section import Section
from ethgen.spec.types import LabelKey, LabelValue


class Toleration(Section):
    """A taint that pods put up with (Kubernetes API, core/v1 Toleration)."""

    key: LabelKey | None = Field(default=None, description="Key of the taint; every taint if absent.")
    operator: Literal["Exists", "Equal"] = Field(default="Equal", description="How the taint's value is compared.")
    value: LabelValue | None = Field(default=None, description="Value of the taint, for `Equal`.")
    effect: Literal["NoSchedule", "PreferNoSchedule", "NoExecute"] | None = Field(
        default=None, description="Effect of the taint; every effect if absent."
    )
    toleration_seconds: Annotated[int, Field(ge=0)] | None = Field(
        default=None, description="Seconds that pods stay on a host after a `NoExecute` taint; for ever if absent."
    )
