"""The pure step from a spec to every file of its environment."""

from __future__ import annotations

import io
import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import jsonschema
import pytest
import yaml as pyyaml
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from ethgen.chart.values import ChartValues
from ethgen.render.build import build, schema
from ethgen.spec import NetworkSpec, load, parse
from ethgen.spec.documents import Document, read
from ethgen.spec.positions import Positions

ROOT = Path(__file__).parents[3]
VALID = ROOT / "tests" / "fixtures" / "valid"
ENVIRONMENTS = sorted((ROOT / "environments").glob("*.yaml"))
MNEMONIC = "test test test test test test test test test test test junk"
ADDRESS = "0xf39fd6e51aad88f6f4ce6ab8827279cfffb92266"

names = st.from_regex(r"[a-z][-a-z0-9]{0,8}[a-z0-9]", fullmatch=True).filter(
    lambda name: not name.startswith("validator-") and name not in {"rpc", "beacon", "genesis", "agent", "default"}
)
texts = st.text(st.characters(exclude_categories=["Cs", "Cc"]), max_size=8)
quantities = st.sampled_from(["1G", "2.5Gi", "4Ti"])
execution = st.fixed_dictionaries(
    {"client": st.just("geth")},
    optional={
        "retention": st.sampled_from(["archive", "full"]),
        "apis": st.lists(st.sampled_from(["eth", "net", "web3", "debug"]), max_size=4, unique=True),
        "extraArgs": st.lists(texts, max_size=3).map(
            lambda values: [f"--text-{index}={text}" for index, text in enumerate(values)]
        ),
        "resources": st.fixed_dictionaries(
            {}, optional={"cpu": st.sampled_from(["500m", "1", "2.5"]), "memoryLimit": quantities}
        ),
    },
)


# More than any client takes on a public network, where a volume that is too small is refused.
roomy = st.sampled_from(["50Ti", "1Pi"])


def groups(consensus: list[str], storage: st.SearchStrategy[str]) -> st.SearchStrategy[dict[str, Any]]:
    """Return a strategy for node groups with any of these consensus clients and volumes."""
    group = st.fixed_dictionaries(
        {
            "execution": execution,
            "consensus": st.fixed_dictionaries({"client": st.sampled_from(consensus)}),
            "storage": storage,
        },
        optional={"replicas": st.integers(1, 4)},
    )
    return st.dictionaries(names, group, min_size=1, max_size=3)


keys = st.dictionaries(
    names,
    st.fixed_dictionaries(
        {"client": st.just("prysm"), "keys": st.integers(32, 500), "feeRecipient": st.just(ADDRESS)},
        optional={"graffiti": texts},
    ),
    min_size=1,
    max_size=3,
)
public = st.fixed_dictionaries(
    {"chain": st.sampled_from(["mainnet", "sepolia", "hoodi"]), "nodes": groups(["lighthouse", "prysm"], roomy)}
)
private = st.fixed_dictionaries(
    {
        "chain": st.just("custom"),
        "genesis": st.fixed_dictionaries(
            {"mnemonic": st.just(MNEMONIC)}, optional={"slotsPerEpoch": st.sampled_from([8, 32])}
        ),
        "nodes": groups(["prysm"], quantities),
        "validators": keys,
    }
)


@st.composite
def specs(draw: st.DrawFn) -> NetworkSpec:
    """Draw a valid spec with up to three networks."""
    networks = draw(st.dictionaries(names, st.one_of(public, private), max_size=3))
    for number, network in enumerate(networks.values()):
        if network["chain"] == "custom":
            network["chainId"] = 3151908 + number
    data = {"profile": draw(st.sampled_from(["local"])), "networks": networks}
    return parse(Document(data, Positions()), environment="test")


@given(specs())
@settings(max_examples=15, suppress_health_check=[HealthCheck.too_slow])
def test_any_valid_spec_renders_to_the_same_bytes(spec: NetworkSpec) -> None:
    """Rendering a valid spec twice gives the same bytes, which readers of YAML 1.1 and 1.2 read alike."""
    first, second = build(spec), build(spec)
    assert first == second
    for name in spec.networks:
        content = first[f"values/test/{name}.yaml"]
        values = pyyaml.safe_load(content)
        assert values == YAML(typ="safe", pure=True).load(io.BytesIO(content))
        ChartValues.model_validate(values, strict=True)


@pytest.mark.parametrize("path", [VALID / "several.yaml", *ENVIRONMENTS], ids=lambda path: path.stem)
def test_every_environment_renders_to_values_of_the_chart(path: Path) -> None:
    """Each network of an environment gives values that the chart's own types take."""
    spec = load(path)
    files = build(spec)
    assert sorted(path for path in files if path.startswith("values/")) == sorted(
        f"values/{spec.environment}/{name}.yaml"
        for name in (*spec.releases.keys() - spec.networks, *spec.networks, "helmfile", "namespaces")
    )
    for name in spec.networks:
        ChartValues.model_validate(pyyaml.safe_load(files[f"values/{spec.environment}/{name}.yaml"]), strict=True)


def test_generated_files_do_not_depend_on_the_hash_seed_or_the_folder(tmp_path: Path) -> None:
    """Another process, with other hashes of strings, in another folder, gives the same bytes."""
    script = (
        "import hashlib, sys, pathlib; from ethgen.render.build import build; from ethgen.spec import load;"
        "files = build(load(pathlib.Path(sys.argv[1])));"
        "print(hashlib.sha256(repr(list(files.items())).encode()).hexdigest())"
    )
    digests = {
        subprocess.run(
            [sys.executable, "-c", script, str(VALID / "several.yaml")],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=folder,
            check=True,
            capture_output=True,
        ).stdout
        for seed, folder in (("1", ROOT), ("2", tmp_path))
    }
    assert len(digests) == 1


@pytest.mark.parametrize("path", [VALID / "several.yaml", *ENVIRONMENTS], ids=lambda path: path.stem)
def test_the_schema_for_editors_takes_every_environment(path: Path) -> None:
    """What loads as a spec is right by the JSON schema as well, the file alone and merged over what it extends."""
    document = json.loads(schema())
    validator = jsonschema.Draft202012Validator(document)
    assert [error.message for error in validator.iter_errors(read(path).data)] == []
    assert [error.message for error in validator.iter_errors(pyyaml.safe_load(path.read_text()))] == []


@pytest.mark.parametrize("text", ["profile: lokal", "networks: {Hoodi: {chain: hoodi}}", "cluster: {providr: bare}"])
def test_the_schema_for_editors_refuses_mistakes(text: str) -> None:
    """An editor marks an unknown key, a wrong word and a wrong name."""
    validator = jsonschema.Draft202012Validator(json.loads(schema()))
    assert not validator.is_valid(pyyaml.safe_load(text))


def test_the_committed_schema_is_up_to_date() -> None:
    """schemas/network-spec.json is what the types give."""
    assert (ROOT / "schemas" / "network-spec.json").read_bytes() == schema()
