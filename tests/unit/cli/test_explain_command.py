"""`ethgen explain`: fields, and the values of an environment with their origin."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.report import provenance
from ethgen.stack import releases

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    from ethgen.spec import NetworkSpec
    from ethgen.stack.release import Release

PAIR = "networks.hoodi.nodes.geth-lighthouse"


def test_a_value_stands_with_its_place(fleet: Path, call: Callable[..., Any]) -> None:
    """A value of the spec is explained with file, line and column, meaning, type and default."""
    assert fleet
    assert call("explain", f"{PAIR}.replicas", "--env", "one") == (
        0,
        (
            f"{PAIR}.replicas\n"
            "  value: 2\n"
            "  from: environments/one.yaml:13:19\n"
            "  Number of pods.\n"
            "  takes: whole number, 0 to 64\n"
            "  unit: pods\n"
            "  default: 1\n"
        ),
        "",
    )


@pytest.mark.parametrize(
    ("path", "value", "origin"),
    [
        (f"{PAIR}.execution.version", "1.17.10", "environments/one.yaml:9:44"),
        ("cluster.registry", "registry.example.org", "environments/base.yaml:3:38"),
        ("cluster.provider", "existing", "default"),
        (f"{PAIR}.execution.image", "ethereum/client-go:v1.17.10", "catalogue: geth 1.17.10"),
        ("networks.hoodi.checkpointUrl", "https://checkpoint-sync.hoodi.ethpandaops.io", "network: hoodi"),
        ("networks.hoodi.rpc.fromNamespaces.0", "gateway", "environments/one.yaml:15:28"),
        (f"{PAIR}.execution.resources.memoryLimit", None, "default"),
    ],
)
def test_each_origin_is_told(fleet: Path, call: Callable[..., Any], path: str, value: object, origin: str) -> None:
    """The spec, the file it extends, a default, the catalogue and the network are told apart."""
    assert fleet
    found = json.loads(call("explain", path, "--env", "one", "--output", "json").output)
    assert [(one["path"], one["value"], one["from"]["text"]) for one in found] == [(path, value, origin)]


def test_the_version_of_the_catalogue_is_told(fleet: Path, call: Callable[..., Any]) -> None:
    """Where the spec names no version, the catalogue's own is the value, and its origin."""
    assert fleet
    version = EXECUTION_CLIENTS["geth"].version
    text = call("explain", "networks.devnet.nodes.geth-prysm.execution.version", "--env", "two").output
    assert f"  value: {version}\n  from: catalogue: geth {version}\n" in text


@pytest.mark.parametrize(
    ("written", "version", "origin"),
    [
        (", version: 3.5.0", "3.5.0", "environments/one.yaml:9:46"),
        ("", EXECUTION_CLIENTS["erigon"].version, f"catalogue: caplin {EXECUTION_CLIENTS['erigon'].version}"),
    ],
)
def test_a_client_inside_another_has_that_ones_version(
    fleet: Path, call: Callable[..., Any], written: str, version: str, origin: str
) -> None:
    """Caplin's version is Erigon's: the one of the spec with its place, else the catalogue's."""
    path = fleet / "one.yaml"
    text = path.read_text().replace("{client: geth, version: 1.17.10}", f"{{client: erigon{written}}}")
    path.write_text(text.replace("client: lighthouse\n          version: 8.3.3\n", "client: caplin\n"))
    found = json.loads(call("explain", f"{PAIR}.consensus.version", "--env", "one", "--json").output)
    assert [(one["value"], one["from"]["text"]) for one in found] == [(version, origin)]


def test_requests_come_from_sizing_profile_or_spec(fleet: Path, call: Callable[..., Any]) -> None:
    """Memory is what the network needs by the catalogue's source; in profile `local` what the profile says."""
    assert fleet
    sizing = CONSENSUS_CLIENTS["lighthouse"].sizing["hoodi", "full"]
    text = call("explain", f"{PAIR}.consensus.resources.memory", "--env", "one").output
    assert f"  value: {sizing.memory}\n" in text
    assert f"  from: catalogue: lighthouse 8.3.3, sizing from {sizing.source}\n" in text
    text = call("explain", "networks.devnet.nodes.geth-prysm.consensus.resources.memory", "--env", "two").output
    assert "  from: profile: local\n" in text


def test_what_releases_changes_counts(fleet: Path, call: Callable[..., Any]) -> None:
    """A value under `releases` wins over the field it replaces, and is where the value comes from."""
    path = fleet / "one.yaml"
    values = "{values: {nodes: {geth-lighthouse: {execution: {image: example.org/geth:v1}}}}}"
    path.write_text(f"{path.read_text()}releases:\n  hoodi: {values}\n")
    text = call("explain", f"{PAIR}.execution.image", "--env", "one").output
    assert "  value: example.org/geth:v1\n  from: environments/one.yaml:17:65\n" in text


def test_a_secret_is_not_shown(fleet: Path, call: Callable[..., Any]) -> None:
    """The mnemonic of a private network is named with its place, and not printed."""
    assert fleet
    outcome = call("explain", "networks.devnet.genesis", "--env", "two")
    assert "  value: (secret, not shown)\n  from: environments/two.yaml:7:25\n" in outcome.output
    assert "junk" not in outcome.output


def test_names_can_be_left_open(fleet: Path, call: Callable[..., Any]) -> None:
    """`<name>` stands for every name, so that one call shows a field of all groups."""
    assert fleet
    found = json.loads(call("explain", "networks.<name>.nodes.<name>.storage", "--env", "one", "--json").output)
    assert [one["path"] for one in found] == [f"{PAIR}.storage"]


def test_ports_and_arguments_are_those_of_the_container(fleet: Path, call: Callable[..., Any]) -> None:
    """What the catalogue alone decides is shown beside the fields."""
    assert fleet
    text = call("explain", f"{PAIR}.execution", "--env", "one").output
    assert '"http 8545/TCP"' in text
    assert '"--hoodi"' in text


@pytest.mark.parametrize(
    ("path", "message", "cure"),
    [
        (
            "networks.hodi.chain",
            "environment one has no 'hodi' in networks; did you mean 'hoodi'?",
            "known in networks: hoodi",
        ),
        (
            "networks.hoodi.nodes.geth-lighthouse.replcas",
            "there is no field 'replcas' in networks.<name>.nodes.<name>; did you mean 'replicas'?",
            "known in networks.<name>.nodes.<name>: ",
        ),
        ("releases", "environment one has no 'releases'", "add releases to the spec first"),
    ],
)
def test_what_is_not_there_is_answered_with_the_nearest(
    fleet: Path, call: Callable[..., Any], path: str, message: str, cure: str
) -> None:
    """A path that leads nowhere, in the spec's types or in this environment, is status 2 with the nearest names."""
    assert fleet
    outcome = call("explain", path, "--env", "one")
    assert (outcome.status, outcome.output) == (2, "")
    assert outcome.errors.startswith(f"error: {message}\n  cure: {cure}")


def test_everything_of_an_environment_has_a_field(fleet: Path, call: Callable[..., Any]) -> None:
    """Without a path every value comes, each with the field that describes it."""
    assert fleet
    for name in ("one", "two"):
        found = json.loads(call("explain", "--env", name, "--json").output)
        assert len(found) > 20
        assert all(one["field"]["description"] and one["from"]["text"] for one in found)


def test_what_a_file_extends_is_explained(fleet: Path, call: Callable[..., Any]) -> None:
    """`extends` is a field of every spec, and its value is what the environment's own file says."""
    meaning = "  File beside this one to merge over.\n  takes: text: the path of a file from this one's folder\n"
    assert call("explain", "extends") == (0, f"extends\n{meaning}  default: null\n", "")
    (fleet / "base.yaml").write_text((fleet / "base.yaml").read_text() + "extends: null\n")
    assert call("explain", "extends", "--env", "one").output == (
        f"extends\n  value: base.yaml\n  from: environments/one.yaml:2:10\n{meaning}  default: null\n"
    )
    (fleet / "alone.yaml").write_text("profile: local\nnetworks: {}\n")
    found = json.loads(call("explain", "extends", "--env", "alone", "--json").output)
    assert [(one["value"], one["from"]["kind"]) for one in found] == [(None, "default")]


def test_an_environment_is_drawn_once(fleet: Path, call: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    """Everything that is told of an environment comes from drawing it once."""
    assert fleet
    drawn: list[str] = []

    def counted(spec: NetworkSpec) -> tuple[Release, ...]:
        drawn.append(spec.environment)
        return releases(spec)

    monkeypatch.setattr(provenance, "releases", counted)
    assert call("explain", "--env", "one").status == 0
    assert drawn == ["one"]
