"""Where a fleet has ethgen from."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from ethgen import __version__
from ethgen.scaffold import requirement
from ethgen.scaffold.answers import AnswerError, checked

if TYPE_CHECKING:
    from pathlib import Path

COMMIT = "0123456789abcdef0123456789abcdef01234567"
DIGEST = "ab" * 32


class _Distribution:
    """Stands for the distribution that is installed."""

    def __init__(self, record: object) -> None:
        self.record = record

    def read_text(self, name: str) -> str | None:
        assert name == "direct_url.json"
        return None if self.record is None else json.dumps(self.record)


@pytest.mark.parametrize(
    ("record", "expected"),
    [
        (None, f"ethgen[pinned]=={__version__}"),
        (
            {
                "url": "https://git.example.org/ethgen.git",
                "vcs_info": {"vcs": "git", "commit_id": COMMIT, "requested_revision": "v1.2.3"},
            },
            "ethgen[pinned] @ git+https://git.example.org/ethgen.git@v1.2.3",
        ),
        (
            {
                "url": "ssh://git@git.example.org/ethgen.git",
                "vcs_info": {"vcs": "git", "commit_id": COMMIT, "requested_revision": "main"},
            },
            f"ethgen[pinned] @ git+ssh://git@git.example.org/ethgen.git@{COMMIT}",
        ),
        (
            {
                "url": "https://example.org/ethgen-1.2.3-py3-none-any.whl",
                "archive_info": {"hashes": {"sha256": DIGEST}},
            },
            f"ethgen[pinned] @ https://example.org/ethgen-1.2.3-py3-none-any.whl#sha256={DIGEST}",
        ),
        (
            {"url": "file:///home/me/ethgen", "dir_info": {"editable": True}},
            "ethgen[pinned] @ file:///home/me/ethgen",
        ),
        (
            {"url": "file:///gone/ethgen-1.2.3-py3-none-any.whl", "archive_info": {"hashes": {"sha256": DIGEST}}},
            "ethgen[pinned] @ file:///gone/ethgen-1.2.3-py3-none-any.whl",
        ),
    ],
)
def test_a_fleet_gets_ethgen_as_it_was_installed(
    record: object, expected: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What pip has noted of an installation is what gives the same one again, and never moves."""
    monkeypatch.setattr(requirement, "distribution", lambda _: _Distribution(record))
    found = requirement.as_installed()
    assert requirement.written(found) == found == expected
    assert requirement.mistake(found) == ""
    assert checked({}, "fleet").requirement == expected


def test_a_wheel_of_this_machine_is_copied(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A wheel that lies here is named by its place in the fleet, where everybody has it, and not by its own path."""
    wheel = tmp_path / "with space" / "ethgen-1.2.3-py3-none-any.whl"
    wheel.parent.mkdir()
    wheel.write_bytes(b"wheel")
    record = {"url": wheel.as_uri(), "archive_info": {}}
    monkeypatch.setattr(requirement, "distribution", lambda _: _Distribution(record))
    found = requirement.as_installed()
    assert requirement.local_wheel(found) == wheel
    assert requirement.mistake(found) == ""
    assert requirement.written(found) == "./wheels/ethgen-1.2.3-py3-none-any.whl[pinned]"
    assert not requirement.is_of_this_machine(requirement.written(found))


def test_only_what_lies_here_is_of_this_machine() -> None:
    """A clone on this disk is nowhere else; an address is."""
    assert requirement.is_of_this_machine("ethgen[pinned] @ file:///home/me/ethgen")
    assert requirement.is_of_this_machine(f"ethgen[pinned] @ git+file:///home/me/ethgen@{COMMIT}")
    assert not requirement.is_of_this_machine("ethgen[pinned] @ git+https://git.example.org/ethgen@v1.2.3")
    assert not requirement.is_of_this_machine("ethgen==1.2.3")


@pytest.mark.parametrize(
    ("given", "line"),
    [
        ("ethgen==1.2.3", "ethgen[pinned]==1.2.3"),
        ("ethgen[pinned]==1.2.3", "ethgen[pinned]==1.2.3"),
        ("git+https://git.example.org/ethgen@v1.2.3", "ethgen[pinned] @ git+https://git.example.org/ethgen@v1.2.3"),
        ("https://example.org/ethgen-1.2.3-py3-none-any.whl", None),
    ],
)
def test_what_somebody_asks_for_is_written(given: str, line: str | None) -> None:
    """A version stays as it is; an address gets the name, and the packages that ethgen was tested with."""
    assert requirement.mistake(given) == ""
    assert requirement.written(given) == (line or f"ethgen[pinned] @ {given}")


@pytest.mark.parametrize(
    ("given", "problem"),
    [
        ("ethgen", requirement.EXPECTED),
        ("ethgen>=1.2", requirement.EXPECTED),
        ("pydantic==2.0.0", requirement.EXPECTED),
        ("ethgen==1.2.3\nother==1", requirement.EXPECTED),
        ("no/such/ethgen-1.2.3-py3-none-any.whl", requirement.EXPECTED),
        ("ethgen @ here", requirement.EXPECTED),
        ("git+https://me:secret@git.example.org/x", "a password or token is a secret, which no repository holds"),
        ("git+https://ghp_token@git.example.org/x", "a password or token is a secret, which no repository holds"),
    ],
)
def test_what_is_not_always_the_same_ethgen_is_refused(given: str, problem: str) -> None:
    """What pip would resolve anew each time, what is another package, and secrets are no requirement of a fleet."""
    with pytest.raises(AnswerError) as caught:
        checked({"requirement": given}, "fleet")
    assert str(caught.value).startswith(f"requirement {given!r}: {problem}\n")
