"""Numbers of a spec: with limits, and in words of their own."""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

Positive = Annotated[int, Field(ge=1)]


def _percentage(value: object) -> object:
    if isinstance(value, str) or (type(value) is int and not 0 <= value <= 100):  # noqa: PLR2004 - per cent
        raise ValueError("expected a percentage of 0 to 100, without a sign, such as 70")
    return value


# As Kubernetes writes the utilization that an autoscaler aims at (autoscaling/v2, averageUtilization).
Percentage = Annotated[int, Field(ge=0, le=100), BeforeValidator(_percentage)]
