"""Which container images objects run: those of pods and of what operators make pods of."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping

    Object = dict[str, Any]

# A reference with its registry, and with a tag or a digest: in an argument or a variable, anything less is a word.
_IN_TEXT = re.compile(
    r"(?:^|=)((?:[a-z0-9-]+\.)+[a-z]{2,}(?::\d+)?/[a-z0-9._/-]+(?::[\w.-]{1,128}(?:@sha256:[0-9a-f]{64})?|@sha256:[0-9a-f]{64}))$"
)

# What Istio's gateways have for an image: its webhook puts the proxy's there (Istio, "Installing Gateways").
_INJECTED = "auto"
_INJECTOR = "istio-sidecar-injector"


def images_of_objects(objects: Iterable[Object]) -> list[str]:
    """Return every image that objects run, sorted, each once.

    Programs that start pods themselves are told images by arguments and variables; these count too.
    """
    found: set[str] = set()
    for each in objects:
        if each["kind"] == "CustomResourceDefinition":
            continue
        found |= set(_images(each))
        if each["kind"] == "ConfigMap" and each["metadata"].get("name", "").startswith(_INJECTOR):
            found |= set(_proxy(each.get("data") or {}))
    return sorted(found - {_INJECTED})


def _images(value: Any) -> Iterator[str]:  # noqa: ANN401 - plain data of any type
    if isinstance(value, dict):
        for key, below in value.items():
            if key == "image" and isinstance(below, str) and below:
                yield below
            elif key in {"args", "command"} and isinstance(below, list):
                yield from (match[1] for each in below if (match := _IN_TEXT.search(str(each))))
            elif key == "env" and isinstance(below, list):
                texts = (str(each.get("value", "")) for each in below if isinstance(each, dict))
                yield from (match[1] for text in texts if (match := _IN_TEXT.search(text)))
            else:
                yield from _images(below)
    elif isinstance(value, list):
        for below in value:
            yield from _images(below)


def _proxy(data: Mapping[str, str]) -> Iterator[str]:
    """Yield the image that Istio's webhook puts into pods, from the values that it is given."""
    try:
        shared = json.loads(data.get("values", "{}")).get("global", {})
    except ValueError:
        return
    for name in ("proxy", "proxy_init"):
        image = (shared.get(name) or {}).get("image")
        if image and "/" in image:
            yield image
        elif image and shared.get("hub") and shared.get("tag"):
            yield f"{shared['hub']}/{image}:{shared['tag']}"
