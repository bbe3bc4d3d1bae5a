"""Releases that a killed Helm left half done: Helm refuses each of them until its last record is gone."""

from __future__ import annotations

from typing import TYPE_CHECKING

from ethgen.errors import DeployError

if TYPE_CHECKING:
    from collections.abc import Iterable

    from ethgen.operate.kubectl import Kubectl
    from ethgen.stack.release import Release

# Label `status` of Helm's records while an operation is under way (Helm, pkg/release/status.go).
_UNDER_WAY = "status in (pending-install,pending-upgrade,pending-rollback)"


def forget_interrupted(kubectl: Kubectl, releases: Iterable[Release], *, alone: bool) -> None:
    """Remove the record of an operation that nobody carries on; what it did stays and is brought up to date.

    Args:
        kubectl: the cluster.
        releases: the releases that are about to be installed.
        alone: whether no other machine installs in this cluster; where one may, a record may be of its run.

    Raises:
        DeployError: a release is under way, and another machine may be at it.
    """
    for release in releases:
        records = kubectl.list("secret", release.namespace, f"owner=helm,name={release.name},{_UNDER_WAY}")
        if records and not alone:
            raise DeployError(
                f"Helm is at release {release.name} already, or was killed while it was",
                cure=f"wait for the other run; where there is none: helm --kube-context {kubectl.context} --namespace "
                f"{release.namespace} rollback {release.name} (uninstall, where it has no earlier revision)",
            )
        for record in records:
            kubectl.run("delete", "secret", record["metadata"]["name"], f"--namespace={release.namespace}")
