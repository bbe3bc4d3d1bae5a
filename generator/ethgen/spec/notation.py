"""The metadata of a spec's types: what a value has to be, said to pydantic, to editors and to people.

Modules of types import nothing of pydantic, which asks for what is here when it meets a type.
"""

from __future__ import annotations

import re
from functools import cached_property
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import GetCoreSchemaHandler, GetJsonSchemaHandler
    from pydantic.json_schema import JsonSchemaValue
    from pydantic_core import CoreSchema

# Key of a JSON schema under which a type says how it is written; editors do not know it and leave it alone.
NOTATION = "x-notation"


class PlainError(ValueError):
    """What is wrong with a value that is not shown: it is a secret, or the words name what matters."""


class Check:
    """The metadata of a type whose values pass a function.

    Args:
        function: returns the value it is given, or raises ValueError with what was expected.
        schema: the type as a JSON schema, where pydantic's own would say too little.
    """

    def __init__(self, function: Callable[[Any], Any], schema: Mapping[str, str] | None = None) -> None:
        self.function = function
        self._schema = schema

    def __get_pydantic_core_schema__(self, source: object, handler: GetCoreSchemaHandler) -> CoreSchema:
        """Return what pydantic has to do: the type's own checks, and the function after them."""
        from pydantic_core.core_schema import no_info_after_validator_function  # noqa: PLC0415 - see above

        return no_info_after_validator_function(self.function, handler(source))

    def __get_pydantic_json_schema__(self, schema: CoreSchema, handler: GetJsonSchemaHandler) -> JsonSchemaValue:
        """Return the type as a JSON schema."""
        return handler(schema) if self._schema is None else dict(self._schema)


class Notation(Check):
    """The metadata of a text type: the pattern it follows, and the words that an error says it in.

    Args:
        pattern: regular expression that the whole text matches.
        expected: what a text is, as in "expected a version such as 1.17.8".
        reason: says why a text that matches is wrong all the same, as in "minute 61 is not 0 to 59"; empty where it
            is right.
        has_unit: whether a number without a unit is hardly what was meant, although it is right.
    """

    def __init__(
        self, pattern: str, expected: str, reason: Callable[[str], str] = lambda _: "", *, has_unit: bool = False
    ) -> None:
        super().__init__(self._check, {"type": "string", "pattern": f"^({pattern})$", NOTATION: expected})
        self.expected = expected
        self.has_unit = has_unit
        self._text = pattern
        self._reason = reason

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        # Of all notations a spec uses few, and to compile them takes longer than to read it.
        return re.compile(self._text)

    def matches(self, text: str) -> bool:
        """Return whether a text is written in this notation."""
        return not self.problem(text)

    def problem(self, text: str) -> str:
        """Return what was expected, and the reason where the text only looks right; empty where it is right."""
        if not self._pattern.fullmatch(text):
            return f"expected {self.expected}"
        reason = self._reason(text)
        return f"expected {self.expected} ({reason})" if reason else ""

    def _check(self, text: str) -> str:
        if problem := self.problem(text):
            raise ValueError(problem)
        return text
