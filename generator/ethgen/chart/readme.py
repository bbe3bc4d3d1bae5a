"""The chart's `README.md`, in the way of helm-docs: what it is, what it needs, and a table of its values."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

from ethgen.chart.defaults import defaults, resolved
from ethgen.chart.schema import schema

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from ethgen.chart.schema import Schema

# Types that get a table of their own, because several values have them: name, heading, where they stand.
_SECTIONS = (
    ("NodeGroup", "Node groups", "An entry of `nodes`"),
    ("KeySet", "Key sets", "An entry of `validators`"),
    ("Container", "Containers", "`execution` and `consensus` of a node group, `container` of a key set"),
    ("Port", "Ports", "An entry of `ports` of a container"),
    ("Resources", "Resources", "Any `resources`"),
    ("Toleration", "Tolerations", "An entry of `tolerations`"),
)
_HEADINGS = {name: heading for name, heading, _ in _SECTIONS}
_TYPES = {"boolean": "bool", "integer": "int", "array": "list", "object": "object", "string": "string"}
_TABLE = "| Key | Type | Default | Description |\n|-----|------|---------|-------------|\n"
_REQUIRED = "*required*"
_HELMS_OWN = "global"


def readme_text(chart: Mapping[str, Any]) -> str:
    """Return the content of `README.md`.

    Args:
        chart: the content of `Chart.yaml`.
    """
    whole = schema()
    parts = [
        f"# {chart['name']}\n\n{chart['description']}\n\n",
        f"Version {chart['version']} of the chart, {chart['appVersion']} of ethgen.\n\n",
        _USE,
        f"## Requirements\n\nKubernetes: `{chart['kubeVersion']}`\n\n{_OBJECTS}",
        "## Values\n\n",
        _TABLE,
        *_rows(whole, whole, "", defaults()),
    ]
    for name, heading, place in _SECTIONS:
        node = whole["$defs"][name]
        parts += [f"\n### {heading}\n\n{place}. {node['description'].splitlines()[0]}\n\n", _TABLE]
        parts += _rows(whole, node, "", {})
    parts.append("\nThis file is made by `ethgen chart readme` from the types of the values and from `Chart.yaml`.\n")
    return "".join(parts)


def _rows(whole: Schema, node: Schema, prefix: str, given: Mapping[str, Any]) -> Iterator[str]:
    for name, member in sorted(node["properties"].items()):
        if name == _HELMS_OWN:
            continue
        actual = resolved(whole, member)
        default = given.get(name, member.get("default"))
        if "properties" in actual and _section(member) is None:
            inner = default if isinstance(default, dict) else {}
            yield from _rows(whole, actual, f"{prefix}{name}.", inner)
        else:
            shown = _default(default, required=name in node.get("required", ()) and name not in given, kind=actual)
            yield f"| {prefix}{name} | {_type(actual, member)} | {shown} | {_description(actual)} |\n"


def _section(member: Schema) -> str | None:
    """Return the heading of the table that a value's type has, if any."""
    for part in (
        member,
        *member.get("anyOf", []),
        member.get("items", {}),
        *member.get("patternProperties", {}).values(),
    ):
        name = part.get("$ref", "").rpartition("/")[2]
        if name in _HEADINGS:
            return _HEADINGS[name]
    return None


def _type(actual: Schema, member: Schema) -> str:
    plain = _TYPES[actual.get("type", "integer")]
    heading = _section(member)
    return f"{plain} of [{heading.lower()}](#{heading.lower().replace(' ', '-')})" if heading else plain


def _default(value: object, *, required: bool, kind: Schema) -> str:
    if required:
        return _REQUIRED
    if value is None and kind.get("type") in {"array", "object"} and "anyOf" not in kind:
        value = [] if kind["type"] == "array" else {}
    return f"`{json.dumps(value)}`"


def _description(actual: Schema) -> str:
    choices = f" One of {', '.join(f'`{choice}`' for choice in actual['enum'])}." if "enum" in actual else ""
    return f"{actual['description']}{choices}".replace("|", "\\|").replace("<", "&lt;")


_USE = """\
A release holds one network in a namespace of its own: its nodes (an execution client, a consensus client and the agent
that tells how they are, in one pod), its validators, and the Services and policies between them. The chart knows no
client: images, arguments, ports and files are values, which `ethgen render` fills in from a spec. By hand:

```shell
helm install hoodi . --namespace hoodi --create-namespace --values ci/hoodi-values.yaml
helm test hoodi --namespace hoodi
```

"""

_OBJECTS = """\
A private network (`genesis`) needs these objects in its namespace before the chart, which `ethgen deploy` makes:

| Object | Keys | Use |
|--------|------|-----|
| ConfigMap `genesis-<n>`, one per part | `part` | the parts, joined in order, are a gzip'd tar of the genesis files |
| ConfigMap `genesis` | `sha256` | what the joined parts must hash to |
| Secret `node-keys-<group>`, if `nodeKeys` | `<ordinal>.execution`, `<ordinal>.consensus` | peer-to-peer identities |
| Secret of a key set | EIP-2335 keystores and `password` | what the validator signs with |

"""
