"""Specs drawn from the types of the spec: each is refused at a place, or what it draws is taken whole by an API server.

Without a cluster (`ETHGEN_TEST_KUBECONFIG`) fewer specs are drawn, and Helm alone judges some of them.
"""

from __future__ import annotations

import os
import random
import re
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import uuid4

import pytest
import yaml
from hypothesis import HealthCheck, Phase, event, given, settings
from hypothesis import strategies as st

from ethgen.chart.values import ChartValues
from ethgen.clients.consensus import CONSENSUS_CLIENTS
from ethgen.clients.execution import EXECUTION_CLIENTS
from ethgen.errors import SpecError
from ethgen.render.build import build
from ethgen.spec import load
from ethgen.spec.cluster import Cluster
from ethgen.spec.ethereum import THROW_AWAY_MNEMONIC
from ethgen.spec.genesis import Genesis
from ethgen.spec.metrics import Metrics
from ethgen.spec.network import KeySet, Rpc
from ethgen.spec.node import ConsensusClient, ExecutionClient, NodeGroup
from ethgen.spec.notation import NOTATION
from ethgen.spec.sections import Keyed, is_section, section_of
from ethgen.stack import problems_of

if TYPE_CHECKING:
    import subprocess
    from collections.abc import Callable, Iterator

    from pydantic import BaseModel

    Object = dict[str, Any]
    Strategy = st.SearchStrategy[Any]

KUBECONFIG = os.environ.get("ETHGEN_TEST_KUBECONFIG")

# Specs that an API server judges; half a second each.
SPECS = int(os.environ.get("ETHGEN_TEST_SPECS", "500"))
CHART = Path(__file__).parents[2] / "charts" / "ethereum-infrastructure"
POD_SECURITY = {f"pod-security.kubernetes.io/{mode}": "restricted" for mode in ("enforce", "warn", "audit")}
CROWDED = [HealthCheck.too_slow, HealthCheck.function_scoped_fixture, HealthCheck.data_too_large]

NAMES = ("a", "geth-0", "no", "a--b", "x1e3", "node-" + "n" * 35)
LABELS = ("a", "", "no", "1e3", "0x1F", "eu-west-1a", "A_b.c", "0" * 63)
TEXT = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=12) | st.sampled_from(
    [
        "no",
        "~",
        "1e3",
        "0o755",
        "12:30:45",
        "{{ .Values }}",
        "$(POD_NAME)",
        " trailing ",
        "#",
        "'",
        '"',
        "a: b",
        "- a",
        "😀",
    ]
)

# Texts that are right, by how their types say that they are written; a type that is new here fails the test.
RIGHT = {
    "a number of cores": ("1", "250m", "0.5", "16"),
    "an amount of bytes": ("64Ti", "64Ti", "9P", "70368744177664", "65.5Ti"),
    "a duration": ("1h", "12h", "2h0m0s", "3600s"),
    "a version": ("99.0.0", "1.0.0", "1.17.10"),
    "an image reference": ("a/b:1", "a", "registry.example.org:5000/a/b:v1", f"a@sha256:{'0' * 64}"),
    "an address:": ("0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266", "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266"),
    "an address range": ("10.0.0.0/8", "0.0.0.0/0", "203.0.113.7/32", "fd00::/8", "::/0"),
    "a URL": ("https://a.example.org", "http://[2606:4700::1111]:5052/eth?a=b#c", "http://1.1.1.1"),
    "a name": NAMES,
    "the name of a Kubernetes object": ("a", "0", "a.b-c", "no"),
    "the name of a namespace": ("a", "1team", "no", "a" * 63),
    "the value of a label": LABELS,
    "the key of a label": ("team", "example.org/team", "0", "no"),
    "the name of a group of people": ("no", "oidc:operators", "Ethereum operators", "1e3"),
    "the address of a Helm repository": ("https://charts.example.org", "oci://registry.example.org/charts/a"),
    "a registry": ("localhost:5000", "registry.example.org/a/b", "registry.example.org"),
    "at most 32 bytes": ("", "no", "😀😀😀😀😀😀😀😀", "1e3", " a", "%s $(POD_NAME)"),
}

LABEL_MAPS = st.dictionaries(st.sampled_from(RIGHT["the key of a label"]), st.sampled_from(LABELS), max_size=3)

# Fields that need a strategy of their own, by their names in a spec; None leaves a field out.
OWN: dict[str, Strategy | None] = {
    "apis": st.lists(st.sampled_from(["eth", "net", "web3", "txpool", "debug"]), min_size=1, unique=True),
    "extraArgs": st.lists(TEXT.map(lambda text: f"--x={text}"), max_size=2, unique=True),
    "annotations": st.dictionaries(st.sampled_from(["a", "example.org/a", "a.b/C_d"]), TEXT, max_size=2),
    "labels": LABEL_MAPS,
    "nodeSelector": LABEL_MAPS,
    "premine": st.dictionaries(st.sampled_from(RIGHT["an address:"]), st.integers(1, 10**20), max_size=2),
    "tolerations": st.lists(
        st.sampled_from(
            [
                {"operator": "Exists"},
                {"key": "team", "value": "no"},
                {"key": "example.org/team", "operator": "Exists", "effect": "NoSchedule"},
                {"key": "a", "operator": "Equal", "value": "", "effect": "NoExecute", "tolerationSeconds": 0},
            ]
        ),
        max_size=2,
        unique_by=repr,
    ),
    "zones": st.lists(st.sampled_from(["a", "no", "eu-west-1a"]), unique=True, min_size=1),
    "memory": st.sampled_from(["512Mi", "16Gi", "1.5G"]),
    "memoryLimit": st.sampled_from(["256Gi", "1T"]),
    "replicas": st.integers(0, 4),
    # Every cluster has these two, and a server refuses pods of a class that it does not have.
    "priorityClass": st.sampled_from(["system-cluster-critical", "system-node-critical"]),
    "keys": st.integers(1, 1000),
    "provider": st.just("existing"),
    "retention": st.sampled_from(["full", "full", "full", "archive", "minimal"]),
    "context": st.sampled_from(["test", "ethgen-test"]),
    "version": None,
    "mnemonicFile": None,
    "validators": None,
    "subnets": None,
}

# The share of specs in which a value is replaced by one of these, which are right nowhere, or not everywhere.
WRONG_SHARE = 0.3
WRONG = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-1, 2),
    st.floats(allow_nan=False, allow_infinity=False),
    TEXT,
    st.lists(TEXT, max_size=2),
    st.dictionaries(st.sampled_from(["a", "client", "storage", "x-y"]), TEXT, max_size=2),
)


def of_schema(schema: dict[str, Any]) -> Strategy:
    """Return a strategy for the values that a field's JSON schema takes."""
    if "anyOf" in schema:
        return st.one_of([of_schema(choice) for choice in schema["anyOf"] if choice.get("type") != "null"])
    if "enum" in schema or "const" in schema:
        return st.sampled_from(schema.get("enum") or [schema["const"]])
    if NOTATION in schema:
        return st.sampled_from(next(texts for how, texts in RIGHT.items() if schema[NOTATION].startswith(how)))
    if schema["type"] == "array":
        return st.lists(of_schema(schema["items"]), max_size=3, unique=True)
    if schema["type"] == "object":
        return st.dictionaries(st.sampled_from(NAMES), of_schema(schema["additionalProperties"]), max_size=2)
    low = schema.get("minimum", 0)
    numbers = st.integers(low, min(schema.get("maximum", low + 100_000_000), low + 100_000_000))
    return {"boolean": st.booleans(), "integer": numbers, "string": TEXT}[schema["type"]]


def section(kind: type[BaseModel], **own: Strategy | None) -> Strategy:
    """Return a strategy for a section: what it requires, and any of the rest; `own` replaces or leaves out fields."""
    properties = kind.model_json_schema(by_alias=True)["properties"]
    required: dict[str, Strategy] = {}
    optional: dict[str, Strategy] = {}
    for name, info in kind.model_fields.items():
        key, inside = info.alias or name, section_of(info.annotation)
        chosen = {**OWN, **own}.get(key, ...)
        if chosen is None:
            continue
        if chosen is ...:
            several = getattr(info.annotation, "__origin__", None) is list
            inner = of_type(inside, properties[key])
            chosen = st.lists(inner, max_size=2) if is_section(inside) and several else inner
        (required if info.is_required() else optional)[key] = chosen
    return st.fixed_dictionaries(required, optional=optional)


def of_type(inside: object, schema: dict[str, Any]) -> Strategy:
    """Return a strategy for a field: a section, sections by name, or what its schema says."""
    if isinstance(inside, Keyed):
        return named(section(inside.section), 2)
    return section(inside) if is_section(inside) else of_schema(schema)


def named(inner: Strategy, most: int, least: int = 0) -> Strategy:
    """Return a strategy for mappings from names."""
    return st.dictionaries(st.sampled_from(NAMES), inner, min_size=least, max_size=most)


@st.composite
def group(draw: st.DrawFn, execution: list[str], consensus: list[str]) -> dict[str, Any]:
    """Draw a group of some clients, in most cases of a pair that runs together."""
    one = draw(st.sampled_from(execution))
    inside = {name for name, client in CONSENSUS_CLIENTS.items() if client.inside}
    other = draw(st.sampled_from([name for name in consensus if name not in inside or name.startswith(one)]))
    drawn: dict[str, Any] = draw(
        section(
            NodeGroup,
            execution=section(ExecutionClient, client=st.just(one)),
            consensus=section(ConsensusClient, client=st.just(other)),
        )
    )
    if draw(st.booleans()):
        drawn["execution"]["version"] = EXECUTION_CLIENTS[one].version
    return drawn


PUBLIC = st.fixed_dictionaries(
    {
        "chain": st.sampled_from(["mainnet", "sepolia", "hoodi"]),
        "nodes": named(group(sorted(EXECUTION_CLIENTS), sorted(CONSENSUS_CLIENTS)), 2, 1),
    },
    optional={
        "validators": named(section(KeySet, client=st.sampled_from(sorted(CONSENSUS_CLIENTS))), 2),
        "rpc": section(Rpc),
        "checkpointUrl": st.sampled_from(RIGHT["a URL"]),
    },
)
PRIVATE = st.fixed_dictionaries(
    {
        "chain": st.just("custom"),
        "chainId": st.integers(10**6, 2**53 - 1),
        "genesis": section(
            Genesis,
            mnemonic=None,
            preset=st.just("mainnet"),
            slotsPerEpoch=st.just(32),
        ).map(lambda genesis: {**genesis, "mnemonic": THROW_AWAY_MNEMONIC}),
        "nodes": named(group(["geth"], ["prysm"]), 2, 1),
        "validators": named(section(KeySet, client=st.just("prysm")), 2, 1),
    },
    optional={"rpc": section(Rpc)},
)


def _places(data: object, path: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    yield path
    pairs = data.items() if isinstance(data, dict) else enumerate(data) if isinstance(data, list) else ()
    for key, value in pairs:
        yield from _places(value, (*path, key))


@st.composite
def specs(draw: st.DrawFn) -> dict[str, Any]:
    """Draw a spec by the types of its sections; in some, a value is another than its type takes."""
    private = draw(st.booleans())
    data: dict[str, Any] = {
        "profile": "local" if private else draw(st.sampled_from(["local", "staging", "production"])),
        "cluster": {"registry": "registry.example.org", **draw(section(Cluster))},
        "networks": draw(named(PRIVATE if private else PUBLIC, 2, 1)),
        "metrics": draw(section(Metrics)),
        "releases": {},
    }
    data["cluster"].pop("zones" if draw(st.booleans()) else "", None)
    if "zones" not in data["cluster"]:
        data["cluster"].pop("zoneSpread", None)
    for name in list(data["networks"])[:1]:
        data["releases"][name] = {"values": {"labels": draw(LABEL_MAPS)}}
    # Not drawn: of a list, hypothesis draws the first items most.
    chance = random.Random(repr(data))  # noqa: S311 - no secret
    if chance.random() < WRONG_SHARE:
        *above, last = chance.choice(list(_places(data))[1:])
        parent: Any = data
        for part in above:
            parent = parent[part]
        parent[last] = draw(WRONG)
    return data


def answer(data: dict[str, Any]) -> list[bytes]:
    """Return the values file of each network, or none for a spec that is refused in lines that each have a place."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "environments" / "test.yaml"
        path.parent.mkdir()
        path.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
        try:
            spec = load(path, further=problems_of)
            files = build(spec)
        except SpecError as error:
            lines = str(error).replace(str(path), "test.yaml").split("\n")
            assert all(re.match(r"test\.yaml:\d+:\d+: \S+: \S", line) for line in lines), lines
            event(f"refused: {_reason(lines[0])}")
            return []
    event("accepted")
    return [files[f"values/test/{name}.yaml"] for name in spec.networks]


def _reason(line: str) -> str:
    """Return the field that a line is about, without the names that its spec chose."""
    path = line.split(": ")[1]
    return re.sub(r"\b(networks|nodes|validators|releases)\.('[^']*'|[^.]+)", r"\1.<name>", path)


@settings(max_examples=60, suppress_health_check=CROWDED, phases=[Phase.generate, Phase.shrink])
@given(specs())
def test_a_spec_is_refused_at_a_place_or_gives_values_of_the_chart(data: dict[str, Any]):
    """Whatever is drawn is answered with places, or with values that the chart's types take."""
    for values in answer(data):
        ChartValues.model_validate(yaml.load(values, yaml.CSafeLoader), strict=True)


def _objects(helm: Callable[..., subprocess.CompletedProcess[str]], values: bytes, folder: Path) -> list[Object]:
    """Return what the chart draws with values, hooks included."""
    file = folder / "values.yaml"
    file.write_bytes(values)
    done = helm("template", "test", CHART, "--namespace", "test", "--kube-version", "1.36.3", "--values", file)
    assert done.returncode == 0, done.stderr
    return [found for found in yaml.load_all(done.stdout, yaml.CSafeLoader) if found]


@pytest.mark.skipif(KUBECONFIG is not None, reason="an API server judges more of them")
@settings(max_examples=15, suppress_health_check=CROWDED, phases=[Phase.generate])
@given(specs())
def test_helm_draws_what_a_spec_gives(
    helm: Callable[..., subprocess.CompletedProcess[str]],
    tmp_path_factory: pytest.TempPathFactory,
    data: dict[str, Any],
):
    """Helm takes the values of every spec that is not refused, and draws a StatefulSet for each group and key set."""
    for content in answer(data):
        values = yaml.load(content, yaml.CSafeLoader)
        drawn = _objects(helm, content, tmp_path_factory.mktemp("values"))
        sets = {found["metadata"]["name"] for found in drawn if found["kind"] == "StatefulSet"}
        assert sets == {*values["nodes"], *(f"validator-{name}" for name in values["validators"])}


@pytest.fixture(name="dry_run", scope="module")
def _dry_run(program: Callable[[str], str]) -> Iterator[Callable[[list[Object]], str]]:
    """Give a function that has the API server judge objects, and returns what it says against them."""
    import json  # noqa: PLC0415 - only with a cluster
    import subprocess  # noqa: PLC0415 - likewise

    namespace = f"properties-{uuid4().hex[:8]}"
    kubectl = [program("kubectl"), f"--kubeconfig={KUBECONFIG}"]
    metadata = {"name": namespace, "labels": POD_SECURITY}
    subprocess.run(
        [*kubectl, "create", "--filename=-"],
        input=json.dumps({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata}),
        text=True,
        check=True,
        capture_output=True,
        timeout=60,
    )

    def judge(objects: list[Object]) -> str:
        items = [{**found, "metadata": {**found["metadata"], "namespace": namespace}} for found in objects]
        done = subprocess.run(
            [*kubectl, "apply", "--server-side", "--dry-run=server", "--validate=strict", "--filename=-"],
            input=json.dumps({"apiVersion": "v1", "kind": "List", "items": items}),
            text=True,
            capture_output=True,
            check=False,
            timeout=120,
        )
        assert done.returncode or len(done.stdout.splitlines()) == len(items)
        return done.stderr

    yield judge
    subprocess.run(
        [*kubectl, "delete", "namespace", namespace, "--wait=false"], check=True, capture_output=True, timeout=60
    )


@pytest.mark.skipif(KUBECONFIG is None, reason="no cluster: set ETHGEN_TEST_KUBECONFIG")
@settings(max_examples=SPECS, suppress_health_check=CROWDED, phases=[Phase.generate])
@given(specs())
def test_the_api_server_takes_what_a_spec_gives(
    helm: Callable[..., subprocess.CompletedProcess[str]],
    dry_run: Callable[[list[Object]], str],
    tmp_path_factory: pytest.TempPathFactory,
    data: dict[str, Any],
):
    """All objects of every spec that is not refused pass a strict dry run of the API server, without a warning."""
    drawn = [found for values in answer(data) for found in _objects(helm, values, tmp_path_factory.mktemp("values"))]
    # Their type belongs to the Prometheus operator, whose CRDs a bare cluster does not have.
    judged = [found for found in drawn if found["kind"] != "ServiceMonitor"]
    if judged:
        assert dry_run(judged) == ""
