"""What is compared before an installation, and what is refused."""

from __future__ import annotations

import copy
import json
from typing import TYPE_CHECKING, Any

import pytest

from ethgen.errors import DeployError
from ethgen.operate.deploy.preflight import Preflight, inspect
from ethgen.report.databases import version_of
from ethgen.stack.release import Chart, Release

if TYPE_CHECKING:
    from collections.abc import Sequence
    from pathlib import Path

    from ethgen.operate.deploy.steps import Report

RELEASE = Release("devnet", "devnet", "ethereum", Chart("ethereum-infrastructure"), {})


def group(**changes: Any) -> dict[str, Any]:  # noqa: ANN401 - JSON
    """Return the StatefulSet of a node group, as the chart draws it."""
    values = {"execution": ("geth", "ethereum/client-go:v1.17.8"), "storage": "4Gi"} | changes
    client, image = values["execution"]
    claim = {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": values["storage"]}}}
    spec = {
        "selector": {"matchLabels": {"node-group": "a"}},
        "template": {"spec": {"containers": [{"name": "execution", "image": image}]}},
        "volumeClaimTemplates": [{"metadata": {"name": "data"}, "spec": claim}],
    }
    metadata = {"name": "a", "namespace": "devnet", "labels": {"execution-client": client}}
    return {"apiVersion": "apps/v1", "kind": "StatefulSet", "metadata": metadata, "spec": spec}


class Cluster:
    """A cluster with a release of these objects, of which Helm may have a record."""

    context = "there"

    def __init__(self, *running: dict[str, Any], installed: bool = True) -> None:
        self.running = [copy.deepcopy(item) for item in running]
        self.installed = installed
        self.asked: list[str] = []

    def list(self, kind: str, namespace: str, selector: str = "") -> list[dict[str, Any]]:
        assert namespace == "devnet"
        if kind == "statefulset":
            return self.running
        assert (kind, selector) == ("secret", "owner=helm,name=devnet")
        return [{}] if self.installed else []

    def run(self, *arguments: str, document: str) -> str:
        assert arguments[:3] == ("get", "--filename=-", "--namespace=devnet")
        self.asked = [item["metadata"]["name"] for item in json.loads(document)["items"]]
        found = [item for item in self.running if item["metadata"]["name"] in self.asked]
        # As kubectl answers: nothing, the object, or a list of several.
        if len(found) > 1:
            return json.dumps({"kind": "List", "items": found})
        return json.dumps(found[0]) if found else ""


class Charts:
    """Helmfile, whose releases are these objects."""

    def __init__(self, *objects: dict[str, Any]) -> None:
        self.objects = objects

    def template(self, report: Report, folder: Path, names: Sequence[str]) -> None:
        del report
        for name in names:
            for number, item in enumerate(self.objects):
                path = folder / name / "chart" / "templates" / f"{number}.yaml"
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_text(f"---\n# Source: chart\n{json.dumps(item)}\n---\n", encoding="utf-8")


def look(cluster: Cluster, report: Report, *wanted: dict[str, Any]) -> Preflight:
    """Compare what runs with what is wanted."""
    return inspect(cluster, Charts(*wanted), [RELEASE], report)  # type: ignore[arg-type]


def refusal(running: dict[str, Any], wanted: dict[str, Any], report: Report) -> str:
    """Return what is said where something is refused."""
    with pytest.raises(DeployError) as error:
        look(Cluster(running), report, wanted)
    return error.value.message


def test_a_first_installation_is_compared_with_nothing(report: Report):
    """Where Helm has installed nothing, nothing is rendered or asked for."""
    assert inspect(Cluster(installed=False), None, [RELEASE], report) == Preflight()  # type: ignore[arg-type]


def test_nothing_to_do_besides_what_helm_does(report: Report):
    """Another image and more replicas are Helm's work; only objects with fields that are kept are asked for."""
    role = {"apiVersion": "rbac.authorization.k8s.io/v1", "kind": "Role", "metadata": {"name": "b"}}
    cluster = Cluster(group())
    assert look(cluster, report, group(execution=("geth", "ethereum/client-go:v1.17.10")), role) == Preflight()
    assert cluster.asked == ["a"]


def test_a_larger_volume_is_left_to_what_comes(report: Report):
    """What can be carried out is returned."""
    found = look(Cluster(group()), report, group(storage="8Gi"))
    assert [str(change) for change in found.changes] == [
        "StatefulSet devnet/a: volumeClaimTemplates[data].storage 4Gi -> 8Gi"
    ]

    assert found.recreated == ("devnet",)


def test_what_argocd_has_installed_is_compared_too(report: Report):
    """It leaves no record of Helm's: a StatefulSet that runs is what tells that something is installed."""
    found = look(Cluster(group(), installed=False), report, group(storage="8Gi"))
    assert [change.way for change in found.changes] == ["grow"]
    other = group() | {"metadata": {"name": "b", "namespace": "devnet"}}
    assert look(Cluster(other, installed=False), report, group()) == Preflight()


def test_all_that_cannot_be_done_is_told_at_once(report: Report):
    """A smaller volume and a client that cannot read the database are one error, each with its procedure."""
    message = refusal(group(), group(storage="2Gi", execution=("reth", "ghcr.io/paradigmxyz/reth:v2.11.0")), report)
    assert message == (
        "what runs cannot be changed to what the spec says; nothing was changed:\n"
        "  StatefulSet devnet/a: volumeClaimTemplates[data].storage 4Gi -> 2Gi\n"
        "    no volume can shrink: add a smaller group beside a "
        '(`ethgen help upgrades "a new group"`)\n'
        "  devnet/a: reth cannot read the database of geth: add a group with reth beside it "
        '(`ethgen help upgrades "a new group"`)'
    )


def test_a_downgrade_that_loses_the_database_is_refused(report: Report):
    """A version that cannot read what a newer one wrote does not replace it."""
    running, wanted = (group(execution=("erigon", f"erigontech/erigon:v{version}")) for version in ("3.8.2", "2.61.3"))
    assert "devnet/a: erigon 2.61.3 cannot go on with the database of 3.8.2: " in refusal(running, wanted, report)


def test_a_version_that_no_image_names_is_not_judged(report: Report):
    """An image of one's own may be of any version."""
    images = ("erigontech/erigon:v3.8.2", "registry.example.org/erigon:stable")
    running, wanted = (group(execution=("erigon", image)) for image in images)
    assert look(Cluster(running), report, wanted) == Preflight()


def test_a_stateful_set_that_is_gone_is_made_anew(report: Report):
    """A run that was ended after it removed a StatefulSet leaves a release that Helm thinks whole."""
    assert look(Cluster(), report, group()).incomplete == ("devnet",)


@pytest.mark.parametrize(
    ("image", "version"),
    [
        ("ethereum/client-go:v1.17.8", "1.17.8"),
        ("statusim/nimbus-eth2:multiarch-v26.10.2", "26.10.2"),
        ("localhost:5000/x/geth:v1.18.0-rc.1@sha256:ab", "1.18.0-rc.1"),
        ("localhost:5000/geth", ""),
        ("erigontech/erigon:latest", ""),
    ],
)
def test_the_version_is_read_from_the_tag(image: str, version: str):
    """A registry's port and a digest are no version."""
    assert version_of(image) == version
