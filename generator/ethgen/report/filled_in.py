"""Objects compared as the API server does: quantities by their amount, and what it fills in by itself left out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ethgen.spec.quantity import amount

if TYPE_CHECKING:
    from collections.abc import Mapping

# Fields that hold a quantity, and mappings of such.
_AMOUNTS = frozenset({"sizeLimit", "divisor", "storage"})
_RESOURCES = frozenset({"requests", "limits"})

# Fields of a pod's template that nobody but its author sets: where they are gone, they were removed.
_NEVER_FILLED_IN = frozenset({
    "affinity", "args", "command", "env", "envFrom", "hostAliases", "imagePullSecrets", "initContainers", "limits",
    "nodeSelector", "requests", "resources", "tolerations", "topologySpreadConstraints", "volumeMounts", "volumes",
})  # fmt: skip

# Mappings that are the author's key by key.
_WHOLE = frozenset({"limits", "nodeSelector", "requests"})


def same_amount(one: object, other: object) -> bool:
    """Return whether two quantities are the same, as 500m and 0.5 are."""
    return one == other or (amount(one) is not None and amount(one) == amount(other))


def covers(known: Any, wanted: Any, field: str = "") -> bool:  # noqa: ANN401 - JSON
    """Return whether an object of the cluster is what is wanted, but for what the API server has filled in.

    Args:
        known: the object, or a part of it, as the cluster has it.
        wanted: the same as it would be installed.
        field: the field that it is the value of.
    """
    if not known and not wanted:
        return True
    if isinstance(wanted, dict) or isinstance(known, dict):
        return _covers_mapping(known or {}, wanted or {}, field)
    if isinstance(wanted, list):
        return isinstance(known, list) and len(known) == len(wanted) and all(map(covers, known, wanted))
    return bool(known == wanted or (field in _AMOUNTS and same_amount(known, wanted)))


def _covers_mapping(known: Mapping[str, Any], wanted: Mapping[str, Any], field: str) -> bool:
    if not (isinstance(known, dict) and isinstance(wanted, dict)):
        return False
    removed = [key for key in known if key not in wanted and known[key]]
    if any(field in _WHOLE or key in _NEVER_FILLED_IN for key in removed):
        return False
    if field in _RESOURCES:
        return all(same_amount(known.get(key), value) for key, value in wanted.items())
    return all(covers(known.get(key), value, key) for key, value in wanted.items())
