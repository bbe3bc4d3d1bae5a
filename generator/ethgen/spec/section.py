"""What every section of a spec is: a closed, immutable mapping that pydantic describes, and checks in full."""

from __future__ import annotations

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel


class Section(BaseModel):
    """One closed, immutable mapping of a spec; keys are written in camelCase, and no type is taken for another.

    What a section can do beyond holding its fields stands in a base class of a module without pydantic, so that it
    serves `ethgen.spec.plain` too.
    """

    model_config = ConfigDict(
        extra="forbid",
        frozen=True,
        strict=True,
        alias_generator=to_camel,
        validate_by_alias=True,
        validate_by_name=False,
        # Built with the whole spec, or when it is first used by itself.
        defer_build=True,
    )
