"""A spec that is read without pydantic is the one that pydantic reads, and pydantic judges all others."""

from __future__ import annotations

import copy
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pydantic import BaseModel, ValidationError

from ethgen.spec import compilation, compiled, documents, load, plain
from ethgen.spec.model import NetworkSpec
from ethgen.spec.plain import PlainSection

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).parents[3]
FILES = [
    *(ROOT / "environments" / f"{name}.yaml" for name in ("local", "staging", "production")),
    ROOT / "tests" / "fixtures" / "valid" / "several.yaml",
]

# A spec with every section, and most kinds of fields.
RICH: dict[str, Any] = {
    "profile": "local",
    "cluster": {
        "provider": "bare",
        "imagePullSecrets": ["a", "b"],
        "storage": {"class": "standard"},
        "subnets": {"pods": "10.9.0.0/16"},
        "tolerations": [{"key": "team", "operator": "Exists", "tolerationSeconds": 60}],
        "labels": {"example.org/team": ""},
    },
    "networks": {
        "fast": {
            "chain": "custom",
            "chainId": 3151908,
            "genesis": {
                "slotsPerEpoch": 8,
                "mnemonic": "test test test test test test test test test test test junk",
                "premine": {"0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266": 5},
            },
            "nodes": {
                "pair": {
                    "execution": {"client": "geth", "version": "1.17.8", "apis": ["eth"], "resources": {"cpu": "500m"}},
                    "consensus": {"client": "prysm", "image": "a/b:c", "extraArgs": ["--x"]},
                    "storage": "4Gi",
                    "health": {"maxHeadAge": "24s"},
                }
            },
            "validators": {"a": {"client": "prysm", "keys": 64, "feeRecipient": f"0x{'0' * 39}a", "graffiti": "😀"}},
            "rpc": {"fromCidrs": ["10.0.0.0/8"], "anyAddress": False},
            "checkpointUrl": "https://checkpoint.example.org",
        }
    },
    "metrics": {"serviceMonitor": True},
    "releases": {"fast": {"enabled": False, "values": {"a": [1.5, None, {"b": "c"}]}}},
}

# What some fields take and others do not, next to what none takes.
VALUES = st.sampled_from(
    [
        *(None, True, False, 0, 1, 8, 32, 60, 1000, 2**53, -1, 1.0, 12.5, 10**60),
        *("", "a", "no", "x" * 41, "custom", "geth", "archive", "bare", "local", "test", "\ud7ff", "a\n", "eth"),
        *("0", "1", "500m", "512Mi", "1.5Gi", "5T", "90s", "0s", "1.17.8", "v1.2.3", "a/b:c@x", "a/b:c"),
        *("10.0.0.0/8", "10.0.0.1/8", "::/0", "https://a.example.org", "https://u:p@a.example.org", "0x" + "0" * 40),
        *("0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", "0xf39fd6e51aad88F6F4ce6aB8827279cffFb92266"),
        *([], {}, ["a"], ["a", "a"], [1], ["eth", "net"], [{}], {"a": "b"}, {"a": {}}, {1: "a"}, {"x y": "z"}),
    ]
)
KEYS = sorted(
    {alias for section in PlainSection.__subclasses__() for alias in section.fields} | {"other", "a", "client_"}
)


def _places(data: object) -> Iterator[tuple[Any, Any]]:
    """Yield every mapping and list of plain data with each of its keys or indices."""
    pairs = list(data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ())
    for key, value in pairs:
        yield data, key
        yield from _places(value)


@st.composite
def _changed(draw: st.DrawFn) -> dict[str, Any]:
    """Draw the rich spec with some values replaced, removed or added."""
    data = copy.deepcopy(RICH)
    for _ in range(draw(st.integers(0, 3))):
        places = list(_places(data))
        if not places:
            break
        inside, key = draw(st.sampled_from(places))
        what = draw(st.sampled_from(["replace", "replace", "remove", "add", "add"]))
        if what == "remove":
            del inside[key]
        elif what == "replace" or isinstance(inside, list):
            inside[key] = copy.deepcopy(draw(VALUES))
        else:
            inside[draw(st.sampled_from(KEYS))] = copy.deepcopy(draw(VALUES))
    return data


def _by_pydantic(data: object) -> NetworkSpec | None:
    try:
        return NetworkSpec.model_validate(data)
    except ValidationError:
        return None


def _same(one: object, other: object) -> bool:
    """Return whether a value is that of pydantic in all that anybody may ask of it."""
    if isinstance(other, BaseModel):
        names = type(other).model_fields
        return (
            type(one).__name__ == type(other).__name__
            and getattr(one, "model_fields_set", None) == other.model_fields_set
            and all(_same(getattr(one, name), getattr(other, name)) for name in names)
        )
    if isinstance(other, dict):
        return isinstance(one, dict) and [*one] == [*other] and all(_same(one[key], other[key]) for key in other)
    if isinstance(other, list):
        return isinstance(one, list) and len(one) == len(other) and all(map(_same, one, other))
    return type(one) is type(other) and one == other


@settings(max_examples=500)
@given(_changed())
def test_what_is_read_is_what_pydantic_reads(data: dict[str, Any]) -> None:
    """Whatever a spec says, it is read as pydantic reads it, or left to pydantic."""
    found, expected = plain.read(copy.deepcopy(data)), _by_pydantic(copy.deepcopy(data))
    if found is not None:
        assert expected is not None
        assert _same(found, expected)


@settings(max_examples=200)
@given(_changed())
def test_nothing_is_left_to_pydantic_without_a_reason(data: dict[str, Any]) -> None:
    """A spec that pydantic takes is read without it."""
    if _by_pydantic(copy.deepcopy(data)) is not None:
        assert plain.read(copy.deepcopy(data)) is not None


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_plain_sections_say_what_those_of_pydantic_say(file: Path) -> None:
    """Sections are dumped, copied and compared as those of pydantic are."""
    data = documents.read(file).data
    found, expected = plain.read(data), NetworkSpec.model_validate(data)
    assert found is not None
    for options in ({}, {"by_alias": True}, {"exclude_none": True}):
        assert found.model_dump(**options) == expected.model_dump(**options)  # type: ignore[arg-type]
    assert found == plain.read(documents.read(file).data)
    copied, as_expected = (spec.model_copy(update={"networks": {}}) for spec in (found, expected))
    assert _same(copied, as_expected)
    assert (copied == found) is (as_expected == expected)


def test_the_tables_are_up_to_date() -> None:
    """The tables are those of the types; `python -m ethgen.spec.compilation` writes them."""
    assert compilation.FILE.read_text() == compilation.source()


def test_tables_of_other_types_are_not_used(monkeypatch: pytest.MonkeyPatch) -> None:
    """While somebody changes a type, pydantic reads every spec, and reads it right."""
    monkeypatch.setattr(compiled, "DIGEST", "of other types")
    assert isinstance(load(FILES[0]), NetworkSpec)


def test_sources_that_cannot_be_read_are_other_ones() -> None:
    """The digest of modules that are not there is that of no tables."""
    assert plain.digest(("nothing.py",)) == ""


@pytest.mark.parametrize("command", [["render", "--check"], ["validate", "--all"]])
def test_a_spec_without_mistakes_needs_no_pydantic(command: list[str]) -> None:
    """Reading and rendering the repository's environments imports nothing of pydantic, which takes long."""
    script = (
        "import sys, ethgen.cli\n"
        f"try: ethgen.cli.main({command})\n"
        "except SystemExit as end: assert not end.code, end.code\n"
        "print([name for name in sys.modules if name.startswith('pydantic')])"
    )
    done = subprocess.run([sys.executable, "-c", script], cwd=ROOT, check=True, capture_output=True, text=True)
    assert done.stdout.splitlines()[-1] == "[]"
