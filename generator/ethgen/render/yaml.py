"""YAML that every reader reads the same way: strings that YAML 1.1 or 1.2 takes for something else are quoted."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterable

# What some reader takes for a boolean, a null, a number, a time or a merge key when it is not quoted.
_AMBIGUOUS = re.compile(
    r"(?i)y|n|yes|no|on|off|true|false|null|~|<<|=|"
    r"[-+]?(0b[01_]+|0o?[0-7_]+|0x[0-9a-f_]+|[0-9][0-9_]*)|"
    r"[-+]?(\.[0-9]+|[0-9][0-9_]*(\.[0-9_]*)?)(e[-+]?[0-9]+)?|"
    r"[-+]?\.(inf|nan)|[-+]?[0-9][0-9_]*(:[0-5]?[0-9])+(\.[0-9_]*)?|\d{4}-\d\d?-\d\d?.*"
)


class _Dumper(yaml.CSafeDumper):
    """Dumps without aliases, with lists indented and ambiguous strings in double quotes."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ANN401, ARG002 - PyYAML's own signature
        return True


# Line breaks of YAML 1.1 that YAML 1.2 takes for letters: in quotes they are written as escapes.
_OLD_BREAKS = re.compile("[\x85\u2028\u2029]")


def _text(dumper: _Dumper, text: str) -> yaml.ScalarNode:
    if _OLD_BREAKS.search(text):
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style='"')
    if "\n" in text:
        return dumper.represent_scalar("tag:yaml.org,2002:str", text, style="|")
    style = '"' if _AMBIGUOUS.fullmatch(text) else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _text)


def dump(documents: Iterable[Any], *, header: str = "") -> bytes:
    """Return documents as YAML bytes; keys keep their order, and `header` lines become comments on top."""
    comment = "".join(f"# {line}\n" for line in header.splitlines())
    body = yaml.dump_all(
        documents,
        Dumper=_Dumper,
        sort_keys=False,
        allow_unicode=True,
        width=1_000_000,
        explicit_start=True,
        default_flow_style=False,
    )
    return f"{comment}{body}".encode()
