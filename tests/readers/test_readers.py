"""The readers of YAML in Go, Python and Node.js take one file of ours for the same data."""

from __future__ import annotations

import hashlib
import io
import json
import os
import shutil
import subprocess
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
import yaml as pyyaml
from hypothesis import given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from ethgen.cluster.cache import cache_root
from ethgen.render import yaml

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

PROGRAMS = Path(__file__).parent

# Read as something else by one reader or another where they are not quoted, or not as they have to be.
BENT = [
    "no", "No", "NO", "y", "Y", "n", "on", "off", "yes", "true", "FALSE", "null", "Null", "~", "", "<<", "=", "nan",
    "1e3", "1E3", "1.e+3", "12e03", "0o755", "0755", "08", "09", "0b11", "0x1F", "0X1f", "1_000", "-1", "+1", "._1",
    ".5", "5.", "-.5", "1.", "1.0", ".inf", "-.Inf", ".NaN", "0.", "00", "-0", "+.inf", "1e", "0x", "0b", "0o",
    "1.7.8",
    "12:30:45", "1:20", "190:20:30.15", "2026-11-21", "2026-11-21T08:00:00Z", "2026-1-2 3:4:5", "20261121", "1e400",
    "😀", "é", "日本", "a\u0301", "\u202e", "\u200b", "\U0010ffff", "\ufffd", "\xa0", "\xa0a\xa0", "x" * 5000,
    "x " * 2000,
    " a", "a ", "\ta", "a\t", " ", "\t", "a  b", "a\tb", "\n", "\n\n", "a\n", "a\n\n", "\na", "a\n b", " a\nb",
    "a \nb",
    "a\n\tb", "a\n\n\nb\n", "a\r\nb", "a\rb", "\r", "a\x85b", "\u2028", "a\u2029b\nc", "\ufeff", "\ufeffa\nb",
    "#\n#\n",
    "#", "# a", "a #b", "a# b", "a:", "a: b", ":a", ": a", "a:b", "- a", "-", "--", "---", "--- a", "...", "... a",
    "? a",
    "!a", "!!str a", "&a", "*a", "|", "|-", ">", ">-\n a", "%a", "%YAML 1.2", "@a", "`a", "{a", "a}", "[a", "a]",
    ",a",
    "'a", "'a'", '"a', '"a"', "a'b", 'a"b', "\\", "\\n", "a\\", "$(POD_IP)", "{{ .Values.x }}", "${HOME}",
    "http://a:1/",
    "\x00", "\x07", "\x1b[0m", "\x7f", "\x80", "\x9f", "0", "1", "-", "+", ".", "..", "a,b", "[]", "{}",
    "key: |\n  a\n",
]  # fmt: skip
# What YAML can hold: every character but the halves of surrogate pairs.
TEXT = st.text(
    st.one_of(
        st.sampled_from("\t\n\r :#-'\"{}[],&*!|>%@`?~=<\\\x00\x85\xa0\u2028\u2029\ufeff0123456789.eExXoO_+ynYN"),
        st.characters(exclude_categories=["Cs"]),
    ),
    max_size=40,
)
PLAIN = {"none": None, "yes": True, "no": False, "zero": 0, "large": 2**53 - 1, "less": -7, "half": 0.5, "small": 1e-7}


def python_readers(content: bytes) -> dict[str, Any]:
    """Read with a reader of YAML 1.1, in C and in Python, and with one of YAML 1.2."""
    return {
        "PyYAML": pyyaml.load(content, pyyaml.SafeLoader),
        "PyYAML in C": pyyaml.load(content, pyyaml.CSafeLoader),
        "ruamel.yaml": YAML(typ="safe", pure=True).load(io.BytesIO(content)),
    }


def go_readers(content: bytes) -> dict[str, Any]:
    """Read with the readers of Helm, kubectl, helmfile and kubeconform."""
    if shutil.which("go") is None:
        pytest.skip("go is not on PATH")
    return run(["go", "run", "."], PROGRAMS / "go", content, {**os.environ, "GOFLAGS": "-mod=readonly -trimpath"})


def node_readers(content: bytes) -> dict[str, Any]:
    """Read with the readers of Node.js, whose packages are kept in the cache."""
    if shutil.which("node") is None or shutil.which("npm") is None:
        pytest.skip("node and npm are not on PATH")
    source = PROGRAMS / "node"
    sources = sorted(source.iterdir())
    key = hashlib.sha256(b"".join(file.read_bytes() for file in sources)).hexdigest()
    folder = cache_root() / "tests" / f"readers-{key[:16]}"
    if not folder.is_dir():
        folder.parent.mkdir(parents=True, exist_ok=True)
        scratch = Path(tempfile.mkdtemp(dir=folder.parent, prefix="readers-"))
        shutil.copytree(source, scratch, dirs_exist_ok=True)
        subprocess.run(
            ["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund"], cwd=scratch, check=True, capture_output=True
        )
        scratch.rename(folder)
    return run(["node", "readers.mjs"], folder, content, os.environ)


def run(command: list[str], folder: Path, content: bytes, environment: Mapping[str, str]) -> dict[str, Any]:
    """Return what a program takes a file for, by the name of each reader in it."""
    process = subprocess.run(command, cwd=folder, input=content, capture_output=True, check=False, env=environment)
    assert process.returncode == 0, process.stderr.decode()
    found = json.loads(process.stdout)
    assert isinstance(found, dict)
    return found


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    """Return text that readers bend and text of any kind, as values, keys and items, and data that is no text."""
    texts = dict.fromkeys(BENT)

    @settings(max_examples=1000, database=None)
    @given(TEXT)
    def collect(text: str) -> None:
        texts[text] = None

    collect()
    values = list(texts)
    nested = [{"a": [value, {"b": value, "c": [[value]]}]} for value in values]
    keys = {text: number for number, text in enumerate(values)}
    return {"values": values, "keys": keys, "nested": nested, "plain": PLAIN, "empty": [{}, [], [[]], [{}], ""]}


@pytest.mark.parametrize(
    ("read", "names"),
    [
        (python_readers, ["PyYAML", "PyYAML in C", "ruamel.yaml"]),
        (go_readers, ["gopkg.in/yaml.v3", "sigs.k8s.io/yaml"]),
        (node_readers, ["js-yaml", "yaml 1.1", "yaml 1.2"]),
    ],
    ids=["python", "go", "node"],
)
def test_every_reader_takes_a_file_for_the_same_data(
    read: Callable[[bytes], dict[str, Any]], names: list[str], document: dict[str, Any]
) -> None:
    """A thousand texts come back as they were from each reader, and so do numbers, booleans and nothing."""
    assert len(document["values"]) > 800
    found = read(yaml.dump([document], header="Generated.\nDo not edit."))
    assert sorted(found) == names
    for name, data in found.items():
        for text, known in zip(data["values"], document["values"], strict=True):
            assert text == known, name
        assert data == document, name
