"""Volumes that grow, and StatefulSets made anew around their pods."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING, Any

import pytest

from ethgen.errors import ClusterError, DeployError
from ethgen.operate.deploy.recreation import make_way
from ethgen.report.immutable import ImmutableChange

if TYPE_CHECKING:
    from ethgen.operate.deploy.steps import Report

FIELD = "volumeClaimTemplates[data].storage"
GROWTH = ImmutableChange("StatefulSet", "devnet", "a", FIELD, "4Gi", "8Gi", "grow", "")


class Cluster:
    """A cluster whose driver grows a volume after it has been looked at `looks` times.

    As the API server, it changes bound claims alone. Where it `binds`, a claim is bound just before it is removed.
    """

    context = "there"

    def __init__(self, *names: str, expands: bool = True, looks: int = 2, binds: bool = False) -> None:
        self.claims = {name: self.claim(name) for name in names}
        self.expands, self.looks, self.binds = expands, looks, binds
        self.ran: list[str] = []

    def claim(self, name: str, size: str = "4Gi") -> dict[str, Any]:
        return {
            "metadata": {"name": name, "namespace": "devnet", "uid": f"uid-{name}", "resourceVersion": "7"},
            "spec": {"storageClassName": "standard", "resources": {"requests": {"storage": size}}},
            "status": {"phase": "Bound", "capacity": {"storage": size}},
        }

    def list(self, kind: str, namespace: str) -> list[dict[str, Any]]:
        assert (kind, namespace) == ("persistentvolumeclaim", "devnet")
        return list(self.claims.values())

    def get(self, kind: str, name: str, namespace: str) -> dict[str, Any]:
        assert (kind, namespace) == ("persistentvolumeclaim", "devnet")
        claim = self.claims[name]
        claim["looks"] = claim.get("looks", 0) + 1
        if claim["looks"] > self.looks:
            claim["status"]["capacity"] = dict(claim["spec"]["resources"]["requests"])
        return claim

    def run(self, verb: str, kind: str, name: str, *arguments: str, document: str = "") -> str:
        if verb == "get":
            return json.dumps({"metadata": {"name": name}, "allowVolumeExpansion": self.expands})
        if kind.startswith("--raw="):
            return self.remove(kind.removeprefix("--raw="), json.loads(document))
        self.ran.append(f"{verb} {name}")
        if verb == "patch":
            assert self.claims[name]["status"]["phase"] == "Bound", "spec is immutable after creation"
            patch = json.loads(next(word for word in arguments if word.startswith("--patch=")).removeprefix("--patch="))
            self.claims[name]["spec"]["resources"] = patch["spec"]["resources"]
        if verb == "delete":
            assert (kind, "--cascade=orphan" in arguments) == ("statefulset", True)
        return ""

    def remove(self, path: str, options: dict[str, Any]) -> str:
        claim = self.claims[path.removeprefix("/api/v1/namespaces/devnet/persistentvolumeclaims/")]
        assert options["preconditions"] == {"uid": claim["metadata"]["uid"], "resourceVersion": "7"}
        self.ran.append(f"delete {claim['metadata']['name']}")
        if self.binds:
            claim["status"] = {"phase": "Bound", "capacity": dict(claim["spec"]["resources"]["requests"])}
            raise ClusterError("the object has been modified")
        return ""


@pytest.fixture(autouse=True)
def _no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("ethgen.operate.deploy.recreation._INTERVAL", 0)


def carry_out(cluster: Cluster, report: Report, *changes: ImmutableChange, seconds: float = 60) -> list[str]:
    """Carry changes out, and return what was changed in the cluster."""
    make_way(cluster, changes, report, seconds)  # type: ignore[arg-type]
    return cluster.ran


def test_claims_grow_one_after_the_other_before_their_set_goes(report: Report):
    """Each claim has its new size before the next one is asked for, by their ordinals; then the set goes."""
    cluster = Cluster("data-a-10", "data-a-0", "data-a-1", "data-aa-0", "data-a-b-0", "slashing-protection-a")
    assert carry_out(cluster, report, GROWTH) == ["patch data-a-0", "patch data-a-1", "patch data-a-10", "delete a"]
    sizes = {name: claim["status"]["capacity"]["storage"] for name, claim in cluster.claims.items()}
    assert [name for name, size in sizes.items() if size == "8Gi"] == ["data-a-10", "data-a-0", "data-a-1"]


def test_a_class_that_does_not_expand_changes_nothing(report: Report):
    """Where a volume cannot grow that is told before anything is changed, with the class and what to do."""
    cluster = Cluster("data-a-0", expands=False)
    with pytest.raises(DeployError, match="its storage class standard does not allow expansion") as error:
        carry_out(cluster, report, GROWTH)
    assert "allowVolumeExpansion: true" in error.value.cure
    assert cluster.ran == []


def test_a_volume_that_does_not_grow_leaves_the_set_alone(report: Report):
    """A driver that does not do it in time is an error, and the StatefulSet stays."""
    cluster = Cluster("data-a-0", "data-a-1", looks=1000)
    with pytest.raises(DeployError, match="devnet/data-a-0 has 4Gi after 0 s, not 8Gi") as error:
        carry_out(cluster, report, GROWTH, seconds=0)
    assert "kubectl --context there --namespace devnet describe pvc data-a-0" in error.value.cure
    assert cluster.ran == ["patch data-a-0"]


def test_a_second_run_goes_on_where_the_first_ended(report: Report):
    """Claims that have grown are not asked for again."""
    cluster = Cluster("data-a-0", "data-a-1")
    cluster.claims["data-a-0"] = cluster.claim("data-a-0", "8Gi")
    assert carry_out(cluster, report, GROWTH) == ["patch data-a-1", "delete a"]


def test_a_claim_without_a_volume_is_made_anew(report: Report):
    """The size of a claim that is not bound cannot change: once its set is gone it goes, and the new set makes it."""
    cluster = Cluster("data-a-0", "data-a-1")
    cluster.claims["data-a-1"]["status"] = {"phase": "Pending"}
    assert carry_out(cluster, report, GROWTH) == ["patch data-a-0", "delete a", "delete data-a-1"]


def test_a_claim_that_is_bound_meanwhile_grows(report: Report):
    """A volume that appeared since is never removed."""
    cluster = Cluster("data-a-0", binds=True)
    cluster.claims["data-a-0"]["status"] = {"phase": "Pending"}
    assert carry_out(cluster, report, GROWTH) == ["delete a", "delete data-a-0", "patch data-a-0"]
    assert cluster.claims["data-a-0"]["status"]["capacity"] == {"storage": "8Gi"}


def test_a_claim_without_a_volume_that_is_large_enough_stays(report: Report):
    """What a second run finds as it has to be is left alone."""
    cluster = Cluster("data-a-0")
    cluster.claims["data-a-0"] = cluster.claim("data-a-0", "8Gi") | {"status": {"phase": "Pending"}}
    assert carry_out(cluster, report, GROWTH) == ["delete a"]


def test_a_set_with_other_changes_goes_once(report: Report):
    """What pods do not notice needs no larger claim, and a set goes once however much of it changes."""
    other = GROWTH._replace(field="spec.serviceName", way="recreate")
    assert carry_out(Cluster("data-a-0"), report, other) == ["delete a"]
    assert carry_out(Cluster("data-a-0"), report, other, GROWTH) == ["patch data-a-0", "delete a"]


def test_a_claim_of_its_own_is_left_to_helm(report: Report):
    """A claim that the chart draws is checked for its class, and Helm asks for the larger size."""
    own = GROWTH._replace(kind="PersistentVolumeClaim", name="slashing-protection-a", field="spec.storage")
    assert carry_out(Cluster("slashing-protection-a"), report, own) == []
    with pytest.raises(DeployError, match="does not allow expansion"):
        carry_out(Cluster("slashing-protection-a", expands=False), report, own)


def test_nothing_is_nothing(report: Report):
    """Without changes nothing is asked or done."""
    make_way(None, (), report)  # type: ignore[arg-type]
