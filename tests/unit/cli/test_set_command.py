"""`ethgen set`: one value changed in the text of a spec."""

from __future__ import annotations

import fcntl
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from ethgen.cli import edit
from ethgen.spec import load

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

PAIR = "networks.hoodi.nodes.geth-lighthouse"


def changed(fleet: Path, call: Callable[..., Any], *arguments: str) -> dict[int, str]:
    """Call `set` on the environment `one` and return the lines of its file that are new, by number."""
    before = (fleet / "one.yaml").read_text().splitlines()
    outcome = call("set", *arguments, "--env", "one")
    assert (outcome.status, outcome.errors) == (0, "")
    after = (fleet / "one.yaml").read_text().splitlines()
    new = {number: line for number, line in enumerate(after, 1) if line not in before}
    assert all(f"+{line}\n" in outcome.output for line in new.values())
    # Nothing else has moved: without the new lines, and those they took the place of, both are the same.
    assert [line for line in after if line in before] == [line for line in before if line in after]
    return new


@pytest.mark.parametrize(
    ("path", "value", "lines"),
    [
        (f"{PAIR}.replicas", "3", {13: "        replicas: 3"}),
        (
            f"{PAIR}.execution.version",
            "1.17.9",
            {9: "        execution: {client: geth, version: 1.17.9}   # as tested"},
        ),
        (
            f"{PAIR}.execution.apis",
            "[eth, net]",
            {9: "        execution: {client: geth, version: 1.17.10, apis: [eth, net]}   # as tested"},
        ),
        (
            f"{PAIR}.execution.resources.cpu",
            "2",
            {9: '        execution: {client: geth, version: 1.17.10, resources: {cpu: "2"}}   # as tested'},
        ),
        (
            f"{PAIR}.consensus.extraArgs",
            '["--debug-level=warn"]',
            {13: '          extraArgs: ["--debug-level=warn"]'},
        ),
        (f"{PAIR}.consensus", "{client: prysm}", {10: "        consensus: {client: prysm}"}),
        ("networks.hoodi.rpc.fromNamespaces.0", "indexer", {15: "    rpc: {fromNamespaces: [indexer]}"}),
        (
            "networks.hoodi.validators.a",
            '{client: prysm, keys: 1, feeRecipient: "0x00000000219ab540356cBB839Cbe05303d7705Fa"}',
            {
                16: "    validators:",
                17: '      a: {client: prysm, keys: 1, feeRecipient: "0x00000000219ab540356cBB839Cbe05303d7705Fa"}',
            },
        ),
        ("profile", "production", {16: "profile: production"}),
        ("cluster.context", "no", {16: "cluster:", 17: '  context: "no"'}),
    ],
)
def test_one_value_changes_and_nothing_else(
    fleet: Path, call: Callable[..., Any], path: str, value: str, lines: dict[int, str]
) -> None:
    """Values, lists, sections and new sections: comments, order and form of all other lines stay."""
    assert changed(fleet, call, path, value) == lines


def test_the_difference_is_printed_and_can_be_all(fleet: Path, call: Callable[..., Any]) -> None:
    """The output is a unified diff; with --diff nothing is written."""
    before = (fleet / "one.yaml").read_bytes()
    assert call("set", f"{PAIR}.replicas", "3", "--env", "one", "--diff") == (
        0,
        (
            "--- a/environments/one.yaml\n"
            "+++ b/environments/one.yaml\n"
            "@@ -10,6 +10,6 @@\n"
            "         consensus:\n"
            "           client: lighthouse\n"
            "           version: 8.3.3\n"
            "-        replicas: 2\n"
            "+        replicas: 3\n"
            "         storage: 900Gi\n"
            "     rpc: {fromNamespaces: [gateway]}\n"
        ),
        "",
    )
    assert (fleet / "one.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("path", "value", "place"),
    [
        (f"{PAIR}.replicas", "2", "environments/one.yaml:13:19"),
        ("profile", "staging", "environments/base.yaml:2:10"),
        ("cluster.registry", "registry.example.org", "environments/base.yaml:3:38"),
    ],
)
def test_a_value_that_stands_already_is_told(
    fleet: Path, call: Callable[..., Any], path: str, value: str, place: str
) -> None:
    """What the file or the one it extends says already is not written again, and its place is named."""
    before = (fleet / "one.yaml").read_bytes()
    assert call("set", path, value, "--env", "one") == (0, f"{path} has this value already: {place}\n", "")
    assert (fleet / "one.yaml").read_bytes() == before


@pytest.mark.parametrize(
    ("arguments", "error"),
    [
        (
            (f"{PAIR}.replicas", "many"),
            f"error: environments/one.yaml:13:19: {PAIR}.replicas: expected a whole number, found 'many'\n",
        ),
        (
            (f"{PAIR}.execution.client", "gethh"),
            f'error: environments/one.yaml:9:29: {PAIR}.execution.client: "gethh" is not an execution client; did you',
        ),
        ((f"{PAIR}.replcas", "3"), "error: there is no field 'replcas' in networks.<name>.nodes.<name>; did you"),
        ((f"{PAIR}.replicas", "[1"), "error: '[1': is not YAML: "),
        ((f"{PAIR}.storage", "--unset"), f"error: environments/one.yaml:9:9: {PAIR}.storage: is required and missing"),
        (
            ("profile", "--unset"),
            "error: profile is not set in environments/one.yaml, but at environments/base.yaml:2:10\n  cure: ",
        ),
        (
            ("networks.hoodi.checkpointUrl", "--unset"),
            "error: networks.hoodi.checkpointUrl is not set in environments/",
        ),
    ],
)
def test_what_makes_the_spec_invalid_is_refused(
    fleet: Path, call: Callable[..., Any], arguments: tuple[str, ...], error: str
) -> None:
    """A wrong value is a located error with status 2, and the file is as it was."""
    before = (fleet / "one.yaml").read_bytes()
    status, output, errors = call("set", *arguments, "--env", "one")
    assert (status, output) == (2, "")
    assert errors.startswith(error)
    assert (fleet / "one.yaml").read_bytes() == before
    assert sorted(path.name for path in fleet.iterdir()) == ["base.yaml", "one.yaml", "two.yaml"]


def test_a_value_is_removed_with_its_line(fleet: Path, call: Callable[..., Any]) -> None:
    """--unset takes away the value, its line or its place in braces, and leaves the comments of others alone."""
    call("set", f"{PAIR}.replicas", "--unset", "--env", "one")
    call("set", f"{PAIR}.execution.version", "--unset", "--env", "one")
    call("set", "networks.hoodi.rpc.fromNamespaces", "--unset", "--env", "one")
    text = (fleet / "one.yaml").read_text()
    assert "replicas" not in text
    assert "        execution: {client: geth}   # as tested\n" in text
    assert "      # One pair.\n" in text
    assert text.endswith("    rpc: {}\n")


def test_a_value_or_unset_is_needed(fleet: Path, call: Callable[..., Any]) -> None:
    """Neither of both, and both of them, is a wrong call."""
    assert fleet
    for arguments in (("profile",), ("profile", "local", "--unset")):
        outcome = call("set", *arguments, "--env", "one")
        assert outcome.status == 2
        assert "Error: give either a VALUE or --unset" in outcome.errors


def test_a_mnemonic_file_has_to_be_there(
    fleet: Path, call: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A file that the spec names is looked for before the spec names it."""
    monkeypatch.delenv("ETHGEN_MNEMONIC", raising=False)
    before = (fleet / "two.yaml").read_bytes()
    status, output, errors = call(
        "set", "networks.devnet.genesis", "{mnemonicFile: none.txt, slotsPerEpoch: 8}", "--env", "two"
    )
    assert (status, output) == (2, "")
    assert errors.startswith("error: environments/two.yaml:7:29: networks.devnet.genesis.mnemonicFile: none.txt cannot")
    assert (fleet / "two.yaml").read_bytes() == before


def test_runs_at_the_same_time_all_count(fleet: Path) -> None:
    """Of several calls at once, none takes back what another has written."""
    values = {
        f"{PAIR}.replicas": "3",
        f"{PAIR}.storage": "950Gi",
        f"{PAIR}.execution.version": "1.17.9",
        "cluster.context": "other",
    }
    calls = [
        subprocess.Popen(
            [sys.executable, "-m", "ethgen", "set", path, value, "--env", "one"], stdout=subprocess.DEVNULL
        )
        for path, value in values.items()
    ]
    assert [each.wait() for each in calls] == [0] * len(values)
    spec = load(fleet / "one.yaml")
    pair = spec.networks["hoodi"].nodes["geth-lighthouse"]
    assert (pair.replicas, pair.storage, pair.execution.version) == (3, "950Gi", "1.17.9")
    assert spec.cluster.context == "other"


def test_what_is_saved_meanwhile_is_not_lost(
    fleet: Path, call: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    """While the new value is checked no other run comes in, and what an editor saves then stays."""
    file = fleet / "one.yaml"
    saved = file.read_text().replace("replicas: 2", "replicas: 5")

    def save(_: Path, __: str) -> None:
        handle = os.open(fleet, os.O_RDONLY)
        with pytest.raises(BlockingIOError):
            fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
        os.close(handle)
        file.write_text(saved)

    monkeypatch.setattr(edit, "_check", save)
    status, output, errors = call("set", f"{PAIR}.storage", "950Gi", "--env", "one")
    assert (status, output) == (2, "")
    assert errors == (
        "error: environments/one.yaml: was changed by another program at the same time\n"
        "  cure: run the same command again\n"
    )
    assert file.read_text() == saved


def test_a_link_and_a_mode_stay(fleet: Path, call: Callable[..., Any]) -> None:
    """An environment that is a link stays one: the file that it leads to is changed and named, and keeps its mode."""
    (fleet / "one.yaml").chmod(0o600)
    (fleet / "linked.yaml").symlink_to("one.yaml")
    status, output, _ = call("set", f"{PAIR}.replicas", "3", "--env", "linked")
    assert status == 0
    assert output.startswith("--- a/environments/one.yaml\n+++ b/environments/one.yaml\n")
    assert (fleet / "linked.yaml").is_symlink()
    assert "replicas: 3\n" in (fleet / "one.yaml").read_text()
    assert (fleet / "one.yaml").stat().st_mode & 0o777 == 0o600


def test_a_read_only_environment_is_refused(fleet: Path, call: Callable[..., Any]) -> None:
    """What nobody may write is not written; what would change can be seen all the same."""
    (fleet / "one.yaml").chmod(0o444)
    status, output, errors = call("set", f"{PAIR}.replicas", "3", "--env", "one")
    assert (status, output) == (2, "")
    assert errors.startswith("error: environments/one.yaml: is read-only\n  cure: ")
    assert call("set", f"{PAIR}.replicas", "3", "--env", "one", "--diff").status == 0
    assert (fleet / "one.yaml").stat().st_mode & 0o777 == 0o444


def test_a_last_line_without_a_break_is_told(fleet: Path, call: Callable[..., Any]) -> None:
    """The difference is one that `patch` takes, also where the file does not end in a line break."""
    file = fleet / "one.yaml"
    file.write_text(file.read_text().removesuffix("\n"))
    assert call("set", "cluster.context", "other", "--env", "one", "--diff").output == (
        "--- a/environments/one.yaml\n"
        "+++ b/environments/one.yaml\n"
        "@@ -12,4 +12,6 @@\n"
        "           version: 8.3.3\n"
        "         replicas: 2\n"
        "         storage: 900Gi\n"
        "-    rpc: {fromNamespaces: [gateway]}\n"
        "\\ No newline at end of file\n"
        "+    rpc: {fromNamespaces: [gateway]}\n"
        "+cluster:\n"
        "+  context: other\n"
    )


def test_what_a_file_extends_can_be_changed(fleet: Path, call: Callable[..., Any]) -> None:
    """`extends` is a field as any other: changed where it stands, told where it says so already, and checked."""
    (fleet / "networks").mkdir()
    (fleet / "networks" / "other.yaml").write_text("extends: ../base.yaml\ncluster: {provider: existing}\n")
    assert changed(fleet, call, "extends", "networks/other.yaml") == {2: "extends: networks/other.yaml"}
    assert call("set", "extends", "networks/other.yaml", "--env", "one") == (
        0,
        "extends has this value already: environments/one.yaml:2:10\n",
        "",
    )
    before = (fleet / "one.yaml").read_bytes()
    status, _, errors = call("set", "extends", "none.yaml", "--env", "one")
    assert (status, errors) == (2, "error: environments/one.yaml:2:10: extends: 'none.yaml' does not exist\n")
    status, _, errors = call("set", "extends", "--unset", "--env", "one")
    assert (status, errors) == (2, "error: environments/one.yaml:2:1: profile: is required and missing\n")
    assert (fleet / "one.yaml").read_bytes() == before
