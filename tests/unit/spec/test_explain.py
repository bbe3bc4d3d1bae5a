"""Every field of a spec, explained from its types."""

from __future__ import annotations

import pytest

from ethgen.errors import EthgenError
from ethgen.spec.explain import explain


def type_of(path: str) -> str:
    """Return what the field at a path takes."""
    return explain(path)[0].type


@pytest.mark.parametrize(
    ("path", "takes"),
    [
        ("profile", "local | staging | production"),
        ("cluster.storage", "section"),
        ("cluster.storage.class", "text: the name of a Kubernetes object: a-z, 0-9, '-' and '.'"),
        ("networks", "mapping from names to sections"),
        ("networks.x.chainId", "whole number, 1 to 9007199254740991"),
        ("networks.x.genesis.slotSeconds", "whole number, 1 to 60"),
        ("networks.x.genesis.slotsPerEpoch", "8 | 16 | 32"),
        ("networks.x.genesis.premine", f"mapping to whole number, 1 to {(2**256 - 1) // 10**18}"),
        ("networks.x.nodes.y.execution.apis", "list of eth | net | web3 | txpool | debug | admin"),
        ("networks.x.rpc.fromCidrs", "list of text: an address range such as 10.0.0.0/8"),
        ("releases.x.values", "mapping"),
        ("releases.x.enabled", "true or false"),
    ],
)
def test_a_type_is_told_in_words(path: str, takes: str) -> None:
    """Each kind of field says what it takes in words that a spec's author uses."""
    assert type_of(path) == takes


def test_a_section_is_explained_with_all_below_it() -> None:
    """A path to a section gives its fields in the order of the type, and those of no neighbour."""
    assert [field.path for field in explain("cluster.subnets")] == [
        "cluster.subnets",
        "cluster.subnets.link",
        "cluster.subnets.pods",
        "cluster.subnets.services",
    ]
    assert all(field.path.startswith("networks.<name>.rpc") for field in explain("networks.mainnet.rpc"))


def test_everything_is_explained() -> None:
    """Without a path every field comes, each with a meaning and a type, and none twice."""
    fields = explain()
    assert len({field.path for field in fields}) == len(fields) > 50
    assert all(field.description and field.type for field in fields)


def test_a_default_is_what_a_spec_would_say() -> None:
    """Defaults are JSON, which is YAML; what must be written is required."""
    defaults = {field.path: field.default for field in explain("networks.x.nodes.y")}
    prefix = "networks.<name>.nodes.<name>"
    assert defaults[f"{prefix}.replicas"] == "1"
    assert defaults[f"{prefix}.storage"] == "required"
    assert defaults[f"{prefix}.execution"] == ""
    assert defaults[f"{prefix}.execution.apis"] == '["eth", "net", "web3"]'


@pytest.mark.parametrize(
    ("path", "text"),
    [
        ("profil", "there is no field 'profil'; did you mean 'profile'?"),
        ("profile.x", "there is no field 'x' in profile"),
        ("networks..", "there is no field '' in networks.<name>"),
    ],
)
def test_what_is_no_field_is_refused(path: str, text: str) -> None:
    """A path that leads nowhere is answered with the place where it left the spec."""
    with pytest.raises(EthgenError) as caught:
        explain(path)
    assert caught.value.message == text
    assert caught.value.cure
