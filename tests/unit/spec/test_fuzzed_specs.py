"""Whatever stands in a file, the answer is a spec or lines at a place, and nothing else."""

from __future__ import annotations

import copy
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml
from hypothesis import given, settings
from hypothesis import strategies as st

from ethgen.errors import SpecError
from ethgen.render.build import build
from ethgen.spec import load
from ethgen.stack import problems_of

if TYPE_CHECKING:
    from collections.abc import Iterator

VALID = yaml.safe_load(
    """
profile: local
cluster: {provider: bare, context: x, registry: localhost, storage: {class: standard}}
networks:
  fast:
    chain: custom
    chainId: 3151908
    genesis:
      fork: electra
      slotSeconds: 2
      slotsPerEpoch: 8
      validators: 64
      mnemonic: test test test test test test test test test test test junk
      premine: {"0x00000000000000000000000000000000000000AA": 5}
      delaySeconds: 30
    nodes:
      geth-prysm:
        execution: {client: geth, version: 1.17.8, retention: archive, extraArgs: [--x], resources: {cpu: "1"}}
        consensus: {client: prysm, image: a/b:c}
        replicas: 2
        storage: 4Gi
    validators:
      a: {client: prysm, keys: 64, feeRecipient: "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266", graffiti: hello}
    rpc: {service: NodePort, fromCidrs: [10.0.0.0/8], fromNamespaces: [a]}
  hoodi:
    chain: hoodi
    checkpointUrl: https://checkpoint.example.org
    nodes: {a: {execution: {client: geth}, consensus: {client: lighthouse}, storage: 1Ti}}
releases:
  hoodi: {enabled: true, values: {labels: {a: b}, nodes: {a: {replicas: 3}}}}
"""
)


def _places(data: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in pairs:
        yield from _places(value, (*path, key))


PLACES = list(_places(VALID))[1:]
ANYTHING = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(),
        st.floats(allow_nan=True),
        st.text(st.characters(exclude_categories=["Cs"]), max_size=10),
        st.dates(),
        st.sampled_from(
            ["", "0", "-1", "custom", "mainnet", "geth", "minimal", "post-merge", "10.0.0.0/33", "http://", "a" * 99]
        ),
    ),
    lambda inner: st.one_of(st.lists(inner, max_size=3), st.dictionaries(st.text(max_size=5), inner, max_size=3)),
    max_leaves=5,
)


@st.composite
def broken(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a spec with up to three values replaced, removed or put under another key."""
    data = copy.deepcopy(VALID)
    for _ in range(draw(st.integers(1, 3))):
        *above, last = draw(st.sampled_from(PLACES))
        parent: Any = data
        try:
            for part in above:
                parent = parent[part]
            value = parent.pop(last)
        except (KeyError, IndexError, TypeError, AttributeError):
            continue
        kind = draw(st.sampled_from(["replace", "remove", "rename"]))
        if kind == "replace" and isinstance(parent, dict):
            parent[last] = draw(ANYTHING)
        elif kind == "rename" and isinstance(parent, dict):
            parent[draw(st.one_of(st.text(max_size=5), st.sampled_from(["helmfile", "rpc", "default", "Upper"])))] = (
                value
            )
    return data


def answer(content: bytes) -> str:
    """Return the lines that a file is answered with, empty for a valid spec."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "test.yaml"
        path.write_bytes(content)
        try:
            build(load(path, further=problems_of))
        except SpecError as error:
            return str(error).replace(folder, "")
    return ""


@given(broken())
@settings(max_examples=60)
def test_a_broken_spec_is_answered_with_places(data: dict[str, Any]) -> None:
    """Every line about a broken spec begins with file, line and column."""
    text = answer(yaml.safe_dump(data, allow_unicode=True).encode())
    assert all(re.match(r"/test\.yaml:\d+:\d+: \S", line) for line in text.split("\n") if text), text


@given(st.one_of(st.binary(max_size=60), st.text(max_size=60).map(lambda text: text.encode("utf-8", "surrogatepass"))))
@settings(max_examples=60)
def test_any_bytes_are_answered(content: bytes) -> None:
    """A file of any bytes is a valid spec or a text that names the file."""
    assert answer(content).startswith("/test.yaml:")


@given(st.text("profile: local\n\t-[]{}&*!|>%@`'\"#,?<=x01", max_size=60))
@settings(max_examples=80)
def test_any_text_of_yaml_is_answered(text: str) -> None:
    """A file made of YAML's own characters is a valid spec or a text that names the file."""
    result = answer(text.encode())
    assert not result or result.startswith("/test.yaml:")
