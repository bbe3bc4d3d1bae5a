"""`ethgen diff`: environments compared in the words of their specs."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def test_an_environment_does_not_differ_from_itself(fleet: Path, call: Callable[..., Any]) -> None:
    """Equal environments are status 0 and one line."""
    assert fleet
    assert call("diff", "one", "one") == (0, "one and one do not differ\n", "")


def test_values_stand_side_by_side_with_their_origin(fleet: Path, call: Callable[..., Any]) -> None:
    """A changed field, a default beside a set value, and a section of one side only; the status is 1."""
    text = (fleet / "one.yaml").read_text()
    more = "      more: {execution: {client: geth}, consensus: {client: prysm}, replicas: 3, storage: 900Gi}\n"
    text = text.replace("replicas: 2", "replicas: 3").replace("    rpc: {fromNamespaces: [gateway]}\n", more)
    (fleet / "three.yaml").write_text(text)
    assert call("diff", "one", "three") == (
        1,
        (
            "only in three\n"
            "  networks.hoodi.nodes.more  geth and prysm, 3 pods with 900Gi each\n"
            "\n"
            "networks.hoodi.nodes.geth-lighthouse.replicas\n"
            "  one    2  (environments/one.yaml:13:19)\n"
            "  three  3  (environments/three.yaml:13:19)\n"
            "\n"
            "networks.hoodi.rpc.fromNamespaces\n"
            '  one    ["gateway"]  (environments/one.yaml:15:27)\n'
            "  three  []           (default)\n"
            "\n"
            "2 values differ, 1 section is only in three\n"
        ),
        "",
    )


def test_what_follows_from_a_difference_is_not_repeated(fleet: Path, call: Callable[..., Any]) -> None:
    """Another version is one difference, although its image differs, too."""
    (fleet / "three.yaml").write_text((fleet / "one.yaml").read_text().replace("8.3.3", "8.3.2"))
    output = call("diff", "one", "three").output
    assert "consensus.version" in output
    assert "image" not in output
    assert output.endswith("\n1 value differs\n")


def test_json_has_both_values_and_origins(fleet: Path, call: Callable[..., Any]) -> None:
    """A program reads the same from JSON; each value has the kind of its origin."""
    text = (fleet / "two.yaml").read_text()
    (fleet / "three.yaml").write_text(text.replace("storage: 4Gi", "storage: 5Gi"))
    outcome = call("diff", "two", "three", "--output", "json")
    assert outcome.status == 1
    assert json.loads(outcome.output) == {
        "left": "two",
        "right": "three",
        "equal": False,
        "differences": [
            {
                "path": "networks.devnet.nodes.geth-prysm.storage",
                "left": {"value": "4Gi", "from": {"kind": "spec", "text": "environments/two.yaml:9:84"}},
                "right": {"value": "5Gi", "from": {"kind": "spec", "text": "environments/three.yaml:9:84"}},
            }
        ],
        "onlyLeft": [],
        "onlyRight": [],
    }


def test_networks_of_one_side_are_summed_up(fleet: Path, call: Callable[..., Any]) -> None:
    """A network that only one environment has is one line, not all its fields."""
    assert fleet
    output = call("diff", "one", "two").output
    assert "only in one\n  networks.hoodi  hoodi: 1 node group, 0 key sets\n" in output
    assert "only in two\n  networks.devnet  custom: 1 node group, 1 key set\n" in output
    assert "junk" not in output


def test_an_unknown_environment_is_status_2(fleet: Path, call: Callable[..., Any]) -> None:
    """The nearest environment is named."""
    assert fleet
    outcome = call("diff", "one", "tow")
    assert (outcome.status, outcome.output) == (2, "")
    assert outcome.errors.startswith("error: there is no environment 'tow'; did you mean 'two'?\n")
