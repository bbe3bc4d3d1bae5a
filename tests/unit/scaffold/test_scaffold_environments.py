"""The specs that `ethgen init` writes."""

from __future__ import annotations

import json
import re
from itertools import product
from pathlib import Path
from typing import TYPE_CHECKING

import jsonata
import pytest
import yaml

import ethgen.scaffold
from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.cluster.images import recipe_for
from ethgen.networks.chain import PUBLIC
from ethgen.operate.flux.entry import local_url
from ethgen.render.build import build
from ethgen.scaffold.answers import checked
from ethgen.scaffold.environments import environments
from ethgen.scaffold.renovate import renovate
from ethgen.spec import editing, load
from ethgen.stack import problems_of, releases, warnings

if TYPE_CHECKING:
    from ethgen.clients.facts import ConsensusClient, ExecutionClient
    from ethgen.spec import NetworkSpec

FILES = Path(ethgen.scaffold.__file__).parent / "files"

PAIRS = [
    f"{execution}-{consensus.name}"
    for execution, consensus in product(EXECUTION_CLIENTS, CONSENSUS_CLIENTS.values())
    if consensus.inside in ("", execution)
]


def written(folder: Path, **given: object) -> dict[str, NetworkSpec]:
    """Write the specs of a fleet and return each environment's by its name."""
    (folder / "environments").mkdir(exist_ok=True)
    for path, content in environments(checked(given, "fleet")).items():
        (folder / path).write_bytes(content)
    paths = sorted((folder / "environments").glob("*.yaml"))
    return {path.stem: load(path) for path in paths if path.stem != "base"}


@pytest.mark.parametrize("network", sorted(PUBLIC))
def test_every_pair_of_clients_is_right_on_every_network(network: str, tmp_path: Path) -> None:
    """Whatever clients are chosen, nothing is warned of, and only what lacks a network's upgrade is refused."""
    (spec,) = written(tmp_path, networks=(network,), clients=tuple(PAIRS)).values()
    assert set(spec.networks[network].nodes) == set(PAIRS)
    problems = problems_of(spec)
    assert [problem.text for problem in problems if "does not support" not in problem.text] == []
    refused = {problem.path[3] for problem in problems}
    pairs = tuple(pair for pair in PAIRS if pair not in refused)
    assert "geth-lighthouse" in pairs
    (spec,) = written(tmp_path, networks=(network,), clients=pairs).values()
    assert [release.name for release in releases(spec)] == [network]
    assert warnings(spec) == []


def test_test_networks_are_staging_and_mainnet_is_production(tmp_path: Path) -> None:
    """Each kind of network has an environment of its own, with the hardening of its profile."""
    specs = written(tmp_path, networks=("private", "hoodi", "sepolia", "mainnet"))
    assert {name: (spec.profile, list(spec.networks)) for name, spec in specs.items()} == {
        "local": ("local", ["devnet"]),
        "staging": ("staging", ["hoodi", "sepolia"]),
        "production": ("production", ["mainnet"]),
    }


def test_a_private_network_needs_no_registry_at_all(tmp_path: Path) -> None:
    """Every image of the private network can be built where none can be pulled."""
    specs = written(tmp_path, networks=("private",))
    assert list(specs) == ["local"]
    text = build(specs["local"])["values/local/devnet.yaml"].decode()
    images = set(re.findall(r"image: (\S+)", text))
    assert images
    assert [image for image in images if recipe_for(image) is None] == []


def test_flux_finds_the_private_network_on_this_machine(tmp_path: Path) -> None:
    """With Flux, the private network's repository is where `ethgen gitops serve` serves it; otherwise there is none."""
    spec = written(tmp_path, gitops="flux")["local"]
    assert spec.gitops is not None
    assert spec.gitops.repository == local_url(spec)
    assert written(tmp_path, gitops="argocd")["local"].gitops is None


@pytest.mark.parametrize(
    ("gitops", "repository", "expected"),
    [
        ("flux", "https://git.example.org/fleet", ("https://git.example.org/fleet", ["flux"], None)),
        ("flux", "git@git.example.org:fleet", ("ssh://git@git.example.org/fleet", ["flux"], "fleet-repository")),
        ("argocd", "git@git.example.org:fleet", ("ssh://git@git.example.org/fleet", ["argocd"], None)),
        ("helmfile", "https://git.example.org/fleet", None),
    ],
)
def test_the_repository_is_told_to_who_installs_from_it(
    gitops: str, repository: str, expected: tuple[str, list[str], str | None] | None, tmp_path: Path
) -> None:
    """Whichever installs gets the repository's address, and Flux for ssh the name of a Secret with the key."""
    found = written(tmp_path, gitops=gitops, repository=repository)["staging"].gitops
    assert (found and (found.repository, found.tools, found.flux.secret)) == expected


def found_by_renovate(text: str) -> list[tuple[str, str]]:
    """Return what the rules of renovate.json find in a spec: names of dependencies and versions, sorted."""
    found = []
    for manager in json.loads(renovate())["customManagers"]:
        assert re.search(manager["managerFilePatterns"][0].strip("/"), "environments/staging.yaml")
        for query in manager["matchStrings"]:
            # Renovate reads a file of YAML as the list of its documents.
            result = jsonata.Jsonata(query).evaluate(list(yaml.safe_load_all(text))) or []
            each = result if isinstance(result, list) else [result]
            found += [(manager["depNameTemplate"], one["currentValue"]) for one in each]
    return sorted(found)


def test_renovate_finds_every_version_of_a_spec() -> None:
    """Each client whose version a written spec names is found, with that version."""
    clients = (*EXECUTION_CLIENTS.values(), *CONSENSUS_CLIENTS.values())
    answers = checked({"networks": ("mainnet",), "clients": tuple(PAIRS)}, "fleet")
    text = environments(answers)["environments/production.yaml"].decode()
    inside = {name for name, client in CONSENSUS_CLIENTS.items() if client.inside}
    expected = {(client.name, client.version) for client in clients if client.name not in inside}
    assert set(found_by_renovate(text)) == expected
    assert len(found_by_renovate(text)) == text.count("version: ")


@pytest.mark.parametrize(
    "text",
    [
        "execution: {client: geth, version: 1.17.8, apis: [eth]}",
        "execution: {version: 1.17.8, client: geth}",
        "execution: {client: geth, retention: full, flags: {cache: '1', version: x}, version: 1.17.8}",
        "execution:\n  client: geth\n  version: 1.17.8\n  apis: [eth]\n",
        "execution:\n  version: '1.17.8'\n  client: \"geth\"\n",
        "execution:\n  client: geth   # usual\n\n  retention: full\n  # as tested\n  version: 1.17.8   # newest\n",
        "a: {client: prysm}\nb: {client: geth, version: 1.17.8}\n",
    ],
)
def test_renovate_reads_every_notation_of_a_mapping(text: str) -> None:
    """However people write a client and its version, with whatever stands between them, the version is found."""
    assert found_by_renovate(text) == [("geth", "1.17.8")]


@pytest.mark.parametrize(
    "text",
    [
        "a: {client: geth}\nb: {version: 1.17.8}\n",
        "validators: {a: {client: prysm}}\nreleases: {loki: {values: {version: 3.0.0}}}\n",
        "cluster:\nreleases:\nnetworks: {}\n",
        "releases: {loki: {}}\nmetrics-server: {version: 3.12.0}\n",
        "",
    ],
)
def test_renovate_takes_no_version_for_another_ones(text: str) -> None:
    """A client without a version of its own gets none from beside it, and neither does a release."""
    assert found_by_renovate(text) == []


def test_renovate_finds_charts_and_only_their_versions() -> None:
    """The version of a release of another chart is found wherever it stands, one that names none is not."""
    text = (
        "releases:\n  metrics-server: {enabled: true, version: 3.12.0}\n  cert-manager: {}\n"
        "  loki:\n    # ours\n    version: 7.0.0\n"
    )
    assert found_by_renovate(text) == [("loki", "7.0.0"), ("metrics-server", "3.12.0")]


def test_renovate_finds_what_set_writes(tmp_path: Path) -> None:
    """A version that `ethgen set` puts into a new fleet's spec, wherever it puts it, is found."""
    (tmp_path / "environments").mkdir()
    path = tmp_path / "environments" / "staging.yaml"
    text = environments(checked({"networks": ("hoodi",)}, "fleet"))["environments/staging.yaml"].decode()
    for field, value in (
        ("networks.hoodi.nodes.geth-lighthouse.execution.version", "1.17.9"),
        ("networks.hoodi.nodes.second", "{consensus: {client: teku}, execution: {client: besu, version: 26.1.0}}"),
        ("networks.hoodi.nodes.second.consensus.version", "26.2.0"),
        ("releases.metrics-server.version", "3.12.0"),
    ):
        text = editing.put(path, text, tuple(field.split(".")), value)
    lighthouse = CONSENSUS_CLIENTS["lighthouse"].version
    expected = {
        "geth": "1.17.9",
        "lighthouse": lighthouse,
        "besu": "26.1.0",
        "teku": "26.2.0",
        "metrics-server": "3.12.0",
    }
    assert dict(found_by_renovate(text)) == expected


def test_renovate_leaves_alone_what_is_built_here() -> None:
    """Versions of the private network move with ethgen's own pins, by which their images can be built."""
    rules = json.loads(renovate())["packageRules"]
    assert [rule["matchFileNames"] for rule in rules if rule.get("enabled") is False] == [["environments/local.yaml"]]


def test_renovate_does_not_wait_for_days_that_no_registry_tells() -> None:
    """A release without a date, as all of ghcr.io and gcr.io, is taken at once and not held back for ever."""
    rules = json.loads(renovate())["packageRules"]
    assert {rule.get("minimumReleaseAgeBehaviour") for rule in rules if "minimumReleaseAge" in rule} == {
        "timestamp-optional"
    }


def test_renovate_goes_on_with_what_the_workflow_has_rendered() -> None:
    """The author of the workflow's commits is one whose commits Renovate does not take for edits."""
    workflow = (FILES / ".github" / "workflows" / "render.yaml").read_text()
    (author,) = json.loads(renovate())["gitIgnoredAuthors"]
    assert f"user.email='{author}'" in workflow


@pytest.mark.parametrize("client", [*EXECUTION_CLIENTS.values(), *CONSENSUS_CLIENTS.values()], ids=lambda one: one.name)
def test_renovate_reads_the_version_out_of_a_tag(client: ExecutionClient | ConsensusClient) -> None:
    """The tag of a client's image gives the version as a spec names it, and tags of variants give none."""
    (rule,) = (one for one in json.loads(renovate())["customManagers"] if one["depNameTemplate"] == client.name)
    pattern = re.compile(rule["extractVersionTemplate"].replace("(?<", "(?P<"))
    tag = client.process.reference(client.version).rpartition(":")[2]
    matched = pattern.match(tag)
    assert matched is not None
    assert matched["version"] == client.version
    assert pattern.match(f"{tag}-arm64") is None
