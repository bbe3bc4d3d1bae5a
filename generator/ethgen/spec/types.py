"""Scalars of a spec that check themselves: names, and the notations of Kubernetes."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Annotated, TypeVar

from ethgen.spec import cron
from ethgen.spec.notation import Check, Notation, PlainError
from ethgen.spec.quantity import amount

if TYPE_CHECKING:
    from decimal import Decimal

T = TypeVar("T")


def _differ(values: list[T]) -> list[T]:
    for number, value in enumerate(values):
        if value in values[:number]:
            twice = repr(value) if isinstance(value, str) else f"number {number + 1}"
            raise PlainError(f"expected values that differ, and {twice} is written twice")
    return values


# Of a list that is a set: the API server refuses most of them with a value that is written twice.
DIFFER = Check(_differ)

# RFC 1123 label, 40 characters at most: Kubernetes allows 63, and the chart appends up to 23 of its own.
NAME = Notation(
    r"[a-z]([-a-z0-9]{0,38}[a-z0-9])?", "a name of a-z, 0-9 and '-' that begins with a letter, 40 characters at most"
)
Name = Annotated[str, NAME]

# RFC 1123 label: a namespace that is not ethgen's own (k8s.io/apimachinery, pkg/util/validation, IsDNS1123Label).
_NAMESPACE = Notation(
    r"[a-z0-9]([-a-z0-9]{0,61}[a-z0-9])?", "the name of a namespace: a-z, 0-9 and '-', 63 characters at most"
)
Namespace = Annotated[str, _NAMESPACE]

# RFC 1123 subdomain: the name of an object of the cluster that is not ethgen's own (k8s.io/apimachinery,
# pkg/util/validation, IsDNS1123Subdomain).
_OBJECT_NAME = Notation(
    r"(?=.{1,253}$)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*",
    "the name of a Kubernetes object: a-z, 0-9, '-' and '.'",
)
ObjectName = Annotated[str, _OBJECT_NAME]

# Groups that the API server puts people and pods into by itself (k8s.io/apiserver, pkg/authentication/user).
_EVERYBODY = {
    "system:authenticated": "everybody whom the cluster knows, and every pod",
    "system:unauthenticated": "everybody on the network",
    "system:serviceaccounts": "every pod of the cluster",
}

_GROUP = Notation(
    r"\S([^\x00-\x1f\x7f]*\S)?",
    "the name of a group of people, as the cluster's identity provider has it",
    lambda text: f"this one is {_EVERYBODY[text]}" if text in _EVERYBODY else "",
)
Group = Annotated[str, _GROUP]

# k8s.io/apimachinery, pkg/util/validation, IsQualifiedName and IsValidLabelValue.
_PREFIX = r"((?=[^/]{1,253}/)[a-z0-9]([-a-z0-9]*[a-z0-9])?(\.[a-z0-9]([-a-z0-9]*[a-z0-9])?)*/)?"
_WORD = r"[A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?"
_LABEL_KEY = Notation(f"{_PREFIX}{_WORD}", "the key of a label such as team or example.org/team")
LabelKey = Annotated[str, _LABEL_KEY]
_LABEL_VALUE = Notation(f"({_WORD})?", "the value of a label: at most 63 letters, digits, '-', '_' and '.'")
LabelValue = Annotated[str, _LABEL_VALUE]
_ZONE = Notation(_WORD, "the name of a zone: 1 to 63 letters, digits, '-', '_' and '.'")
Zone = Annotated[str, _ZONE]

_NUMBER = r"[0-9]+(\.[0-9]+)?"
# What int64, in which Kubernetes counts bytes, holds.
_MOST_BYTES = 2**63 - 1


def bytes_of(quantity: str) -> Decimal:
    """Return how many bytes a quantity is, as in 1.5Gi; how many cores, of one such as 500m.

    Raises:
        ValueError: it is none.
    """
    count = amount(quantity)
    if count is None:
        raise ValueError(f"{quantity!r} is no quantity")
    return count


def _bytes_problem(quantity: str) -> str:
    count = bytes_of(quantity)
    if not 0 < count <= _MOST_BYTES:
        return "it is nothing" if count == 0 else "no machine has as much"
    return "" if count == int(count) else "these are no whole bytes"


# Of storage and memory; `m`, thousandths of a byte, is what people write who mean M.
_QUANTITY = Notation(
    rf"{_NUMBER}(k|Ki|M|Mi|G|Gi|T|Ti|P|Pi)?",
    "an amount of bytes such as 512Mi or 1500Gi",
    _bytes_problem,
    has_unit=True,
)
Quantity = Annotated[str, _QUANTITY]


def _cores_problem(quantity: str) -> str:
    count = bytes_of(quantity) * 1000
    if count == 0:
        return "it is nothing"
    return "" if count == int(count) else "the smallest part of a core is 1m"


_CPU = Notation(r"([0-9]{1,6}m|[0-9]{1,4}(\.[0-9]{1,6})?)", "a number of cores such as 4, 0.5 or 250m", _cores_problem)
Cpu = Annotated[str, _CPU]

# Semantic Versioning 2.0.0 without its "+", which a tag cannot have, and with a fourth number, as some clients have it.
# A tag has 128 characters (`_IMAGE`), and a client puts words around the version.
_COUNT = r"(0|[1-9][0-9]*)"
_VERSION = Notation(rf"(?=.{{1,100}}$){_COUNT}\.{_COUNT}\.{_COUNT}([-.][0-9A-Za-z]+)*", "a version such as 1.17.8")
Version = Annotated[str, _VERSION]

# Semantic Versioning 2.0.0, with the "v" that Helm allows, without build metadata, which no registry's tag can have.
_CHART_VERSION = Notation(
    rf"(?=.{{1,100}}$)v?{_COUNT}\.{_COUNT}\.{_COUNT}(-[0-9A-Za-z]+([-.][0-9A-Za-z]+)*)?",
    "a version of a chart such as 18.11.0 or v1.21.1",
)
ChartVersion = Annotated[str, _CHART_VERSION]

# The grammar of github.com/distribution/reference, regexp.go, with lengths of 255 and 128 characters.
_REPOSITORY = (
    r"(([a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?(\.[a-zA-Z0-9]([-a-zA-Z0-9]*[a-zA-Z0-9])?)*)(:[0-9]{1,5})?/)?"
    r"[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*(/[a-z0-9]+(([._]|__|-+)[a-z0-9]+)*)*"
)
_IMAGE = Notation(
    rf"(?=[^@]{{1,255}}(@|$)){_REPOSITORY}(:[0-9A-Za-z_][-0-9A-Za-z_.]{{0,127}})?(@sha256:[0-9a-f]{{64}})?",
    "an image reference such as ethereum/client-go:v1.17.8 or ethereum/client-go@sha256:<64 hexadecimal digits>",
)
Image = Annotated[str, _IMAGE]
_REGISTRY = Notation(
    r"[a-zA-Z0-9]([-a-zA-Z0-9.]*[a-zA-Z0-9])?(:[0-9]{1,5})?(/[a-z0-9]+([-._][a-z0-9]+)*)*",
    "a registry and path such as registry.example.org/project",
)
Registry = Annotated[str, _REGISTRY]


def is_pinned(image: str) -> bool:
    """Return whether an image reference means the same image tomorrow: a digest, or a version's tag.

    A version has two numbers or more; one number alone stands in tags that move, such as `latest-amd64`.
    """
    if "@" in image:
        return True
    tag = image.rpartition("/")[2].partition(":")[2]
    return re.search(r"[0-9]\.[0-9]", tag) is not None


# What Go (time.ParseDuration) and Prometheus (model.ParseDuration) both read.
_DURATION = Notation(
    r"(?=.)([0-9]{1,6}h)?([0-9]{1,6}m)?([0-9]{1,6}s)?",
    "a duration such as 90s, 5m or 1h30m",
    lambda text: "" if seconds(text) else "it is no time at all",
)
Duration = Annotated[str, _DURATION]


def seconds(duration: str) -> int:
    """Return the seconds of a `Duration`."""
    return sum(
        int(number) * {"h": 3600, "m": 60, "s": 1}[unit] for number, unit in re.findall(r"([0-9]+)([hms])", duration)
    )


_CRON = Notation(
    r"\S+( +\S+){4}|@[a-z]+",
    "a cron line of minute, hour, day of month, month and day of week, such as 0 */6 * * *",
    cron.problem_of,
)
Cron = Annotated[str, _CRON]

# A file of the repository, wherever that is cloned to.
_FILE = Notation(
    r"(?!/)(?!(.*/)?\.\.(/|$))[^\x00-\x1f\\]+", "a file of this repository, as a path from its root without '..'"
)
RepositoryFile = Annotated[str, _FILE]
