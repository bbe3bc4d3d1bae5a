"""No field of a spec is dead: whatever is changed, something that ethgen makes changes, or the spec is refused."""

from __future__ import annotations

import copy
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import pytest
import yaml

from ethgen.errors import SpecError
from ethgen.operate.deploy import genesis as deployed_genesis
from ethgen.operate.deploy.target import cluster_config
from ethgen.render.build import build
from ethgen.spec import load
from ethgen.spec.model import NetworkSpec
from ethgen.spec.notation import NOTATION
from ethgen.spec.sections import Keyed, is_section, section_of

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from pydantic import BaseModel

    from ethgen.genesis.config import GenesisConfig
    from ethgen.operate.kubectl import Kubectl

    Output = Callable[[dict[str, Any]], object]

RICH = """
profile: local
cluster:
  provider: existing
  context: test
  zones: [a, b]
  storage: {classes: {fast: {provisioner: csi.example.org}}}
  priorityClasses: {nodes: {value: 1000}}
  tolerations: [{key: ethereum, operator: Equal, value: node, effect: NoExecute, tolerationSeconds: 60}]
networks:
  private:
    chain: custom
    chainId: 3151908
    genesis:
      fork: electra
      slotSeconds: 2
      validators: 64
      mnemonic: test test test test test test test test test test test junk
    nodes:
      pair:
        execution: {client: geth, version: 1.17.8}
        consensus: {client: prysm, version: 7.0.0}
        replicas: 2
        storage: 4Gi
    validators:
      a: {client: prysm, keys: 64, feeRecipient: "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"}
  public:
    chain: hoodi
    nodes:
      pair: {execution: {client: geth}, consensus: {client: lighthouse}, storage: 5Ti}
    validators:
      a: {client: lighthouse, keys: 64, feeRecipient: "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"}
observability:
  objectStorage: {endpoint: s3.example.org, existingSecret: store}
  loki: {bucket: logs}
  mimir: {bucket: metrics}
releases:
  public: {}
  cluster-base: {}
  docker-registry: {}
  kube-prometheus-stack: {}
  loki: {}
  mimir: {}
gitops: {repository: https://git.example.org/fleet}
"""

# The network that shows a field, where it is not the public one.
PRIVATE = ("networks", "private")
PUBLIC = ("networks", "public")
NAMES = {
    "classes": "fast",
    "priorityClasses": "nodes",
    "networks": "public",
    "nodes": "pair",
    "validators": "a",
    "releases": "public",
}

# What a text is changed to, by how it is written.
TEXTS = {
    "a number of cores": "7",
    "an amount of bytes": "7Ti",
    "a duration": "4m",
    "a version": "9.9.9",
    "an image reference": "example.org/other:1.2.3",
    "an address:": "0x00000000000000000000000000000000000000aa",
    "a URL": "https://other.example.org",
    "a name": "other",
    "the name of a Kubernetes object": "other",
    "the name of a namespace": "other",
    "the name of a zone": "other",
    "the value of a label": "other",
    "the key of a label": "other",
    "an address range": "10.9.0.0/16",
    "a registry": "other.example.org",
    "a file": "secrets/other.txt",
    "a cron line": "0 5 * * *",
    "the name of a bucket": "other",
    "a host and maybe a port": "other.example.org",
    "the name of a region": "other",
    "at most 32 bytes": "other",
    "a branch": "other",
    "a folder": "other",
    "the address of a git repository": "https://git.example.org/other",
    "the address of a Helm repository": "https://charts.example.org/other",
}

# Changes of fields that need a value, or company, of their own: what is set, by its path.
OWN: dict[str, dict[tuple[str | int, ...], Any]] = {
    "profile": {("profile",): "staging"},
    "cluster.provider": {("cluster", "provider"): "bare"},
    "cluster.access.viewers": {("cluster", "access", "viewers"): ["other"]},
    "cluster.access.operators": {("cluster", "access", "operators"): ["other"]},
    "networks.<name>.validators.<name>.keys": {(*PRIVATE, "validators", "a", "keys"): 60},
    "cluster.context": {("cluster", "context"): "other"},
    "cluster.tolerations.operator": {
        ("cluster", "tolerations", 0): {"key": "ethereum", "operator": "Exists", "effect": "NoExecute"}
    },
    "networks.<name>.chain": {(*PUBLIC, "chain"): "sepolia"},
    "networks.<name>.nodes.<name>.execution.client": {(*PUBLIC, "nodes", "pair", "execution", "client"): "other"},
    "networks.<name>.nodes.<name>.consensus.client": {(*PUBLIC, "nodes", "pair", "consensus", "client"): "prysm"},
    "networks.<name>.nodes.<name>.execution.apis": {(*PUBLIC, "nodes", "pair", "execution", "apis"): ["eth"]},
    "networks.<name>.nodes.<name>.execution.extraArgs": {
        (*PUBLIC, "nodes", "pair", "execution", "extraArgs"): ["--other"]
    },
    "networks.<name>.nodes.<name>.consensus.extraArgs": {
        (*PUBLIC, "nodes", "pair", "consensus", "extraArgs"): ["--other"]
    },
    "networks.<name>.validators.<name>.extraArgs": {(*PUBLIC, "validators", "a", "extraArgs"): ["--other"]},
    "networks.<name>.validators.<name>.client": {(*PUBLIC, "validators", "a", "client"): "prysm"},
    "networks.<name>.genesis.mnemonic": {
        (*PRIVATE, "genesis", "mnemonic"): "legal winner thank year wave sausage worth useful legal winner thank yellow"
    },
    "networks.<name>.genesis.premine": {
        (*PRIVATE, "genesis", "premine"): {"0x00000000000000000000000000000000000000aa": 5}
    },
    "networks.<name>.rpc.anyAddress": {(*PUBLIC, "rpc", "anyAddress"): True},
    "gitops.tools": {("gitops", "tools"): ["flux"]},
    "releases.<name>.values": {("releases", "public", "values"): {"labels": {"a": "b"}}},
}

# What any profile but local asks for.
SECRETS: dict[tuple[str | int, ...], Any] = {
    ("observability", "grafana"): {"existingSecret": "grafana"},
    ("registry",): {"existingSecret": "users", "tlsSecret": "certificate"},
}

# What must be there before a change says anything.
BEFORE: dict[str, dict[tuple[str | int, ...], Any]] = {
    "profile": {PRIVATE: None, **SECRETS},
    **{
        f"registry.objectStorage.{field}": {
            ("registry",): {"bucket": "images", "objectStorage": {"endpoint": "s3.example.org"}}
        }
        for field in ("endpoint", "region", "existingSecret", "pathStyle", "insecure")
    },
    "cluster.provider": {("cluster", "context"): "ethgen-test"},
    **{
        f"cluster.subnets.{role}": {("cluster", "provider"): "bare", ("cluster", "context"): "ethgen-test"}
        for role in ("link", "pods", "services")
    },
    "cluster.tolerations.effect": {("cluster", "tolerations", 0, "tolerationSeconds"): None},
    "networks.<name>.rpc.anyAddress": {
        ("profile",): "production",
        ("cluster", "registry"): "registry.example.org",
        PRIVATE: None,
        **SECRETS,
        (*PUBLIC, "rpc"): {"fromCidrs": ["0.0.0.0/0"]},
    },
}


def _fields(section: type[BaseModel], above: tuple[str, ...] = ()) -> Iterator[tuple[str, dict[str, Any]]]:
    """Yield every field that is no section, with its JSON schema."""
    properties = section.model_json_schema(by_alias=True)["properties"]
    for name, info in section.model_fields.items():
        path, inside = (*above, info.alias or name), section_of(info.annotation)
        if isinstance(inside, Keyed):
            yield from _fields(inside.section, (*path, "<name>"))
        elif is_section(inside):
            yield from _fields(inside, path)
        else:
            yield ".".join(path), properties[path[-1]]


FIELDS = dict(_fields(NetworkSpec))


def _place(field: str) -> tuple[str | int, ...]:
    """Return where a field stands in the rich spec."""
    place: list[str | int] = []
    for part in field.split("."):
        place.append(NAMES[str(place[-1])] if part == "<name>" else part)
        if place == ["cluster", "tolerations"]:
            place.append(0)
    if place[2:3] in (["genesis"], ["chainId"]):
        place[1] = "private"
    return tuple(place)


def _get(data: Any, place: tuple[str | int, ...]) -> Any:  # noqa: ANN401 - plain data of any type
    for part in place:
        data = data.get(part) if isinstance(data, dict) else None if data is None else data[part]
    return data


def _set(data: Any, place: tuple[str | int, ...], value: object) -> None:  # noqa: ANN401 - plain data of any type
    for part in place[:-1]:
        data = data.setdefault(part, {}) if isinstance(data, dict) else data[part]
    if value is None:
        data.pop(place[-1], None)
    else:
        data[place[-1]] = value


def _others(schema: dict[str, Any], now: object) -> Iterator[object]:
    """Yield values of a field that differ from its own and from its default."""
    for choice in schema.get("anyOf", []):
        yield from _others(choice, now)
    for value in schema.get("enum", []):
        if value not in (now, schema.get("default")):
            yield value
    if schema.get("type") == "boolean":
        yield not (schema.get("default") if now is None else now)
    elif schema.get("type") == "integer":
        base = cast("int", now or schema.get("default") or schema.get("minimum", 0))
        yield from (number for number in (base + 1, base - 1) if number <= schema.get("maximum", base + 1))
    elif schema.get("type") == "string":
        yield from (text for how, text in TEXTS.items() if schema.get(NOTATION, "").startswith(how))
    elif schema.get("type") == "array":
        yield from ([item] for item in _others(schema["items"], None))
    elif schema.get("type") == "object":
        yield {"other": "other"}


class Captured(Exception):  # noqa: N818 - carries a result out, and is no error
    """The config of a genesis that would have been made."""

    def __init__(self, config: GenesisConfig) -> None:
        super().__init__()
        self.config = config


class NoCluster:
    """Stands for a cluster in which nothing is."""

    def apply(self, objects: list[Any]) -> None:
        """Take objects."""

    def get(self, *_: str) -> None:
        """Find nothing."""


@pytest.fixture(name="output")
def output_of(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Output:
    """Return a function that gives all that ethgen makes of a spec, or the lines that refuse it."""

    def capture(config: GenesisConfig, *_: object, **__: object) -> None:
        raise Captured(config)

    monkeypatch.setattr(deployed_genesis, "write_genesis", capture)
    monkeypatch.setattr(deployed_genesis.time, "time", lambda: 0)
    monkeypatch.delenv("ETHGEN_MNEMONIC", raising=False)

    def make(data: dict[str, Any]) -> object:
        folder = tmp_path / "environments"
        folder.mkdir(exist_ok=True)
        (folder / "test.yaml").write_text(yaml.safe_dump(data))
        try:
            spec = load(folder / "test.yaml")
            files = build(spec)
        except SpecError as error:
            return str(error)
        geneses = []
        for name, network in spec.networks.items():
            if network.genesis is not None:
                with pytest.raises(Captured) as caught:
                    deployed_genesis.ensure(cast("Kubectl", NoCluster()), spec, name, tmp_path)
                geneses.append(caught.value.config)
        return files, geneses, cluster_config(spec, Path())

    return make


def test_the_rich_spec_is_valid(output: Output) -> None:
    """The spec that the changes begin from is right, so that a refusal is that of a change."""
    assert not isinstance(output(yaml.safe_load(RICH)), str)


@pytest.mark.parametrize("field", FIELDS)
def test_a_change_of_a_field_changes_what_is_made(field: str, output: Output) -> None:
    """Some other value of each field changes a file, a genesis or a cluster, or is refused at that field."""
    data = yaml.safe_load(RICH)
    for place, value in BEFORE.get(field, {}).items():
        _set(data, place, value)
    before, place = output(data), _place(field)
    changes = [OWN[field]] if field in OWN else [{place: value} for value in _others(FIELDS[field], _get(data, place))]
    assert changes, f"{field}: say in OWN what it is changed to"
    for change in changes:
        changed = copy.deepcopy(data)
        for where, value in change.items():
            _set(changed, where, value)
        after = output(changed)
        if after != before and (not isinstance(after, str) or f".{field.rpartition('.')[2]}" in f".{after}"):
            return
    pytest.fail(f"{field}: nothing changes with {changes}")


def test_every_change_of_its_own_is_that_of_a_field() -> None:
    """No change is left over from a field that is gone."""
    assert set(OWN) | set(BEFORE) <= set(FIELDS)
