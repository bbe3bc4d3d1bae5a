"""What Flux says, read from its objects."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ethgen.operate.flux.state import FluxState, as_json, flux_state, of_commit, rows, short

if TYPE_CHECKING:
    from conftest import Cluster, FluxCluster
    from ethgen.operate.kube import Api


def look(api: Api) -> FluxState:
    """Return what Flux says of the environment `local`."""
    found = flux_state(api, "local", "flux-system")
    assert found is not None
    return found


def conditions(*given: tuple[str, str, str, str]) -> dict[str, list[dict[str, str]]]:
    """Return the part of a status with its conditions: type, status, reason, message."""
    return {"conditions": [dict(zip(("type", "status", "reason", "message"), each, strict=True)) for each in given]}


def test_an_environment_that_is_installed(api: Api, flux: FluxCluster) -> None:
    """The repository, the whole and each release are ready, with what they are at."""
    found = look(api)
    assert found.well
    assert [(part.kind, part.name, part.state, part.revision) for part in found.parts] == [
        ("GitRepository", "local", "ready", flux.revision),
        ("Kustomization", "local", "ready", flux.revision),
        ("HelmRelease", "devnet", "ready", flux.chart),
    ]
    assert "labelSelector=kustomize.toolkit.fluxcd.io/name%3Dlocal" in "".join(flux.cluster.asked)


def test_a_cluster_without_flux_says_nothing(api: Api, cluster: Cluster) -> None:
    """Where the kinds are not known, or the environment is not installed by Flux, there is no state."""
    assert cluster.pages == {}
    assert flux_state(api, "local", "flux-system") is None


@pytest.mark.parametrize(
    ("status", "state"),
    [
        (conditions(("Ready", "False", "UpgradeFailed", "Helm upgrade failed: no")), "failed"),
        (
            conditions(("Ready", "Unknown", "Progressing", "at it"), ("Stalled", "True", "RetriesExceeded", "no")),
            "failed",
        ),
        (conditions(("Ready", "Unknown", "Progressing", "Running 'upgrade' action")), "at work"),
        (conditions(("Ready", "False", "DependencyNotReady", "dependency is not ready")), "at work"),
        (conditions(("Ready", "False", "SourceNotReady", "HelmChart is not ready")), "at work"),
        ({"observedGeneration": 1}, "at work"),
        ({"conditions": []}, "at work"),
    ],
)
def test_a_release_is_ready_failed_or_at_work(api: Api, flux: FluxCluster, status: dict[str, Any], state: str) -> None:
    """What waits for something else has not failed, and what speaks of an older form is not ready."""
    flux.releases(flux.release(**status))
    (release,) = look(api).releases
    assert release.state == state
    assert look(api).well == (state != "failed")


def test_a_release_that_was_rolled_back_says_why(api: Api, flux: FluxCluster) -> None:
    """That the rollback succeeded is no explanation; what failed before is."""
    given = (
        ("Ready", "False", "RollbackSucceeded", "Helm rollback succeeded"),
        ("Released", "False", "UpgradeFailed", "Helm upgrade failed: port 70000"),
    )
    flux.releases(flux.release(**conditions(*given)))
    (release,) = look(api).releases
    assert (release.state, release.text) == ("failed", "Helm upgrade failed: port 70000")


def test_a_suspended_object_is_said_to_be(api: Api, flux: FluxCluster) -> None:
    """Suspended is neither ready nor failed."""
    release = flux.release()
    release["spec"]["suspend"] = True
    flux.releases(release)
    assert look(api).releases[0].state == "suspended"


def test_a_chart_that_cannot_be_made_fails_its_release(api: Api, flux: FluxCluster) -> None:
    """A release goes on with its old chart and says so proudly; that the new one cannot be made is what matters."""
    newer = "main@sha1:" + "f" * 40
    flux.charts(
        flux.described(
            *(
                "flux-system-devnet",
                "False",
                "ValuesFilesError",
                "failed to merge chart values: no such file\nand more",
            ),
            observedSourceArtifactRevision=newer,
        )
    )
    (release,) = look(api).releases
    assert (release.state, release.text) == ("failed", "failed to merge chart values: no such file and more")
    assert release.attempted == newer
    assert release.revision == flux.chart


def test_rows_and_json_hold_every_part(api: Api, flux: FluxCluster) -> None:
    """People and programs are shown the same objects."""
    found = look(api)
    assert [row[0] for row in rows(found)] == ["kind", "GitRepository", "Kustomization", "HelmRelease"]
    assert rows(found)[1][2] == "main@0123456789ab"
    assert as_json(found)[2] == {
        "kind": "HelmRelease",
        "name": "devnet",
        "state": "ready",
        "message": "done",
        "revision": flux.chart,
        "attempted": flux.chart,
    }


@pytest.mark.parametrize(
    ("revision", "expected"),
    [
        ("main@sha1:0123456789abcdef0123456789abcdef01234567", True),
        ("0.1.0+0123456789ab.2", True),
        ("0.1.0+0123456789ab", True),
        ("main@sha1:1123456789abcdef0123456789abcdef01234567", False),
        ("0.1.0+1123456789ab.2", False),
        ("0.1.0", False),
        ("", False),
    ],
)
def test_revisions_of_a_commit_are_known(revision: str, expected: bool) -> None:  # noqa: FBT001 - the table's last column
    """A source names the commit whole, a chart its first twelve digits."""
    assert of_commit(revision, "0123456789abcdef0123456789abcdef01234567") == expected


def test_revisions_are_shortened_for_people() -> None:
    """A branch with the commit's first digits; the version of a chart as it is."""
    assert short("main@sha1:0123456789abcdef0123456789abcdef01234567") == "main@0123456789ab"
    assert short("0.1.0+0123456789ab.2") == "0.1.0+0123456789ab.2"
