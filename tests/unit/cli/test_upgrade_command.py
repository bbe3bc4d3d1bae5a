"""`ethgen upgrade`: versions moved in the text of specs."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

import pytest

from ethgen.cli.upgrade import upgrade
from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.cluster.images import recipe_for, versions
from ethgen.package_data import package_data

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

NEWEST = EXECUTION_CLIENTS["geth"].version
PAIR = "networks.hoodi.nodes.geth-lighthouse"


@pytest.fixture
def older(fleet: Path) -> Path:
    """Return the folder of environments, of which `one` has an older geth, and a comment behind it."""
    one = fleet / "one.yaml"
    one.write_text(one.read_text().replace(f"version: {NEWEST}", "version: 1.17.7"))
    return fleet


def texts(folder: Path) -> dict[str, str]:
    """Return the content of every file."""
    return {path.name: path.read_text() for path in folder.glob("*.yaml")}


def test_a_version_moves_and_nothing_else(older: Path, call: Callable[..., Any]):
    """The newest version of the catalogue is written in the place of the old one; comments and all else stay."""
    before = texts(older)
    outcome = call("upgrade", "--env", "one")
    assert (outcome.status, outcome.errors) == (0, "")
    assert f"  {PAIR}.execution.version: geth 1.17.7 -> {NEWEST}\n" in outcome.output
    assert (
        f"  {PAIR}.consensus.version: lighthouse 8.3.3 stays: is the newest that the catalogue knows\n"
        in outcome.output
    )
    expected = before | {"one.yaml": before["one.yaml"].replace("version: 1.17.7", f"version: {NEWEST}")}
    assert texts(older) == expected
    assert "changed environments/one.yaml; then: ethgen render --env one\n" in outcome.output


def test_an_image_that_cannot_be_built_any_more_is_told(fleet: Path, call: Callable[..., Any]):
    """Of a private network that runs what is built here, a version that only a registry has is a warning."""
    recipe = recipe_for("docker.io/ethereum/client-go:x")
    assert recipe is not None
    pinned = versions(recipe, package_data())[0].removeprefix("v")
    two = fleet / "two.yaml"
    two.write_text(two.read_text().replace("{client: geth}", f"{{client: geth, version: {pinned}}}"))
    outcome = call("upgrade", "--env", "two", "--client", "geth", "--to", NEWEST)
    assert pinned != NEWEST
    assert outcome.status == 0
    assert outcome.errors.startswith("warning: two: ")
    assert f"client-go:v{NEWEST} cannot be built here, where v{pinned}" in outcome.errors
    assert call("upgrade", "--env", "two", "--client", "geth", "--to", pinned).errors == ""


def test_what_changes_in_the_values_is_shown(older: Path, call: Callable[..., Any]):
    """The rendered difference stands in the output, value by value."""
    assert older
    output = call("upgrade", "--env", "one", "--dry-run").output
    assert "values/one/hoodi.yaml:\n" in output
    image = f"ethereum/client-go:v1.17.7 -> ethereum/client-go:v{NEWEST}"
    assert f"  nodes.geth-lighthouse.execution.image  {image}\n" in output


def test_a_dry_run_writes_nothing(older: Path, call: Callable[..., Any]):
    """With --dry-run the status says that there is something to move, and no file changes."""
    before = texts(older)
    outcome = call("upgrade", "--env", "one", "--dry-run")
    assert outcome.status == 1
    assert "would change environments/one.yaml" in outcome.output
    assert texts(older) == before


def test_nothing_to_move_is_well(fleet: Path, call: Callable[..., Any]):
    """Where all is the newest, or the catalogue's own, nothing is written and the status is 0, in a dry run too."""
    before = texts(fleet)
    for arguments in ((), ("--dry-run",)):
        outcome = call("upgrade", "--all", *arguments)
        assert (outcome.status, outcome.errors) == (0, "")
        follow = "without a version of their own, and so the catalogue's, which moves with ethgen: geth "
        assert follow in outcome.output
    assert texts(fleet) == before


def test_a_version_that_is_named_is_taken_in_either_direction(fleet: Path, call: Callable[..., Any]):
    """--to goes back as well as forth, whatever the policy, and says what the way back loses."""
    outcome = call("upgrade", "--env", "one", "--client", "lighthouse", "--to", "8.2.0")
    assert outcome.status == 0
    assert f"{PAIR}.consensus.version: lighthouse 8.3.3 -> 8.2.0" in outcome.output
    assert "          version: 8.2.0\n" in (fleet / "one.yaml").read_text()
    again = call("upgrade", "--env", "one", "--client", "lighthouse", "--to", "8.2.0")
    assert "lighthouse 8.2.0 stays: is 8.2.0 already" in again.output


def test_an_incompatible_database_is_refused(fleet: Path, call: Callable[..., Any]):
    """A version that cannot go on with the database is refused at its place, and nothing is written."""
    before = texts(fleet)
    outcome = call("upgrade", "--env", "one", "--client", "lighthouse", "--to", "8.1.0")
    assert outcome.status == 2
    assert outcome.errors == (
        f"error: environments/one.yaml:12:20: {PAIR}.consensus.version: lighthouse 8.1.0 cannot go on with the "
        "database of 8.3.3: its schema 29 has to be turned back first, with the pod stopped: "
        "lighthouse db migrate --to 28; or sync from a checkpoint\n"
    )
    assert texts(fleet) == before


def test_a_spec_that_would_not_be_valid_is_not_written(fleet: Path, call: Callable[..., Any]):
    """Flags that the new version does not take are told at their place, and no file changes."""
    one = fleet / "one.yaml"
    old = "execution: {client: geth, version: 1.17.10}"
    one.write_text(one.read_text().replace(old, "execution: {client: geth, version: 1.17.7}"))
    before = texts(fleet)
    outcome = call("upgrade", "--env", "one", "--client", "geth", "--to", "1.17.2")
    assert outcome.status == 2
    assert f"{PAIR}.execution.version: geth 1.17.2 is older than 1.17.7" in outcome.errors
    assert texts(fleet) == before


@pytest.mark.parametrize(
    "case",
    [
        ("patch", "1.17.7", True),
        ("patch", "1.16.9", False),
        ("minor", "1.16.9", True),
        ("minor", "0.9.0", False),
        ("major", "0.9.0", True),
    ],
)
def test_the_policy_bounds_the_part_that_changes(
    older: Path, call: Callable[..., Any], monkeypatch: pytest.MonkeyPatch, case: tuple[str, str, bool]
):
    """Patch moves the last number at most, minor the second, major each; what is beyond is told."""
    policy, version, moves = case
    geth = replace(EXECUTION_CLIENTS["geth"], oldest="0.1.0", upgrades={"fusaka": "0.1.0"})
    monkeypatch.setitem(EXECUTION_CLIENTS, "geth", replace(geth, databases=()))
    one = older / "one.yaml"
    one.write_text(one.read_text().replace("version: 1.17.7", f"version: {version}"))
    outcome = call("upgrade", "--env", "one", "--client", "geth", "--policy", policy, "--dry-run")
    assert outcome.status == (1 if moves else 0)
    beyond = f"geth {version} stays: {NEWEST} is known, and beyond the policy {policy!r}"
    assert (beyond in outcome.output) is not moves


def test_a_file_that_two_environments_extend_moves_both(fleet: Path, call: Callable[..., Any]):
    """A version that stands in an extended file is written there, and every environment that it changes is named."""
    shared = fleet / "networks"
    shared.mkdir()
    two = fleet / "two.yaml"
    text = two.read_text().replace("extends: base.yaml", "extends: ../base.yaml")
    (shared / "devnet.yaml").write_text(text.replace("{client: geth}", "{client: geth, version: 1.17.7}"))
    two.write_text("extends: networks/devnet.yaml\n")
    (fleet / "three.yaml").write_text("extends: networks/devnet.yaml\n")
    outcome = call("upgrade", "--env", "two", "--client", "geth")
    assert outcome.status == 0
    assert f"version: {NEWEST}" in (shared / "devnet.yaml").read_text()
    assert outcome.output.endswith(
        "changed environments/networks/devnet.yaml; then: ethgen render --env three; ethgen render --env two\n"
    )
    assert "values/three/devnet.yaml:" in outcome.output


def test_a_client_inside_another_moves_with_it(fleet: Path, call: Callable[..., Any]):
    """Caplin has Erigon's version and database: it moves, and is refused, where that does."""
    one = fleet / "one.yaml"
    text = one.read_text().replace("{client: geth, version: 1.17.10}", "{client: erigon, version: 3.6.0}")
    one.write_text(text.replace("client: lighthouse\n          version: 8.3.3", "client: caplin"))
    outcome = call("upgrade", "--env", "one", "--client", "caplin", "--dry-run")
    assert f"{PAIR}.execution.version: erigon 3.6.0 -> " in outcome.output
    back = call("upgrade", "--env", "one", "--client", "caplin", "--to", "2.61.3")
    assert (back.status, "Erigon 2 has other files than Erigon 3" in back.errors) == (2, True)


def test_an_image_of_ones_own_is_left_alone(fleet: Path, call: Callable[..., Any]):
    """Where a spec names the image, only its author knows what is in it."""
    one = fleet / "one.yaml"
    one.write_text(one.read_text().replace("version: 8.3.3", "version: 8.3.0\n          image: example.org/lh:v8.3.0"))
    outcome = call("upgrade", "--env", "one", "--client", "lighthouse")
    assert "lighthouse 8.3.0 stays: its image is the spec's own: example.org/lh:v8.3.0" in outcome.output


def test_the_version_of_a_chart_moves(fleet: Path, call: Callable[..., Any]):
    """A release's version is moved to that of the catalogue, and the helmfile's line is shown."""
    one = fleet / "one.yaml"
    one.write_text(one.read_text() + "releases:\n  cert-manager: {version: v1.20.0}  # held back\n")
    outcome = call("upgrade", "--env", "one", "--release", "cert-manager")
    assert outcome.status == 0
    assert "releases.cert-manager.version: cert-manager v1.20.0 -> v1." in outcome.output
    assert "values/one/helmfile.yaml: chart cert-manager v1.20.0 -> v1." in outcome.output
    assert "}  # held back\n" in one.read_text()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--client", "gth"), "there is no client 'gth' in the catalogue; did you mean 'geth'?"),
        (("--release", "cert"), "there is no release 'cert' in the catalogue"),
        (("--client", "besu"), "no environment of one has besu"),
        (("--client", "geth", "--to", "latest"), "found 'latest'"),
        (("--release", "metrics-server", "--to", "banana"), "found 'banana'"),
        (("--to", "1.17.8"), "--to needs one --client or one --release"),
        (("--client", "geth", "--client", "besu", "--to", "1.17.8"), "--to needs one --client or one --release"),
    ],
)
def test_wrong_questions_are_told(fleet: Path, call: Callable[..., Any], arguments: tuple[str, ...], message: str):
    """Names that are not there, versions that are none and versions of nothing end with status 2 and a line."""
    assert fleet
    outcome = call("upgrade", "--env", "one", *arguments)
    assert outcome.status == 2
    assert message in outcome.errors


def test_the_policies_are_those_of_the_library():
    """The command offers every policy there is, and no other."""
    from ethgen.report.upgrade import POLICIES  # noqa: PLC0415 - pydantic

    (option,) = (option for option in upgrade.params if option.name == "policy")
    assert tuple(option.type.choices) == POLICIES  # type: ignore[attr-defined]
