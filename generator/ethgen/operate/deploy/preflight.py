"""What an installation would change of what runs and cannot: found before it begins."""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ethgen.cluster.charts.rendering import read_objects
from ethgen.errors import DeployError
from ethgen.report.databases import database_objections
from ethgen.report.immutable import has_immutable_fields, immutable_changes

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from ethgen.operate.deploy.helmfile import Helmfile
    from ethgen.operate.deploy.steps import Report
    from ethgen.operate.kubectl import Kubectl
    from ethgen.report.immutable import ImmutableChange
    from ethgen.stack.release import Release

# What `ethgen.operate.deploy.recreation` removes, for Helm to make it anew.
_MADE_ANEW = "StatefulSet"


@dataclass(frozen=True)
class Preflight:
    """What an installation has to do besides what Helm does by itself.

    Attributes:
        changes: changes of fields that Kubernetes keeps, all of which can be carried out.
        recreated: releases of which a StatefulSet is to be made anew.
        incomplete: releases of which a StatefulSet is gone although Helm has installed it: an earlier run was ended
            after it had removed the old one. Helm makes it anew only if it is told to install what has not changed.
    """

    changes: tuple[ImmutableChange, ...] = ()
    recreated: tuple[str, ...] = ()
    incomplete: tuple[str, ...] = ()


NOTHING = Preflight()
"""What there is to do for a first installation."""


def inspect(kubectl: Kubectl, helmfile: Helmfile, releases: Iterable[Release], report: Report) -> Preflight:
    """Compare what runs with what is about to be installed.

    Args:
        kubectl: the cluster.
        helmfile: the generated helmfile.
        releases: the releases that are about to be installed.
        report: what is told about it.

    Raises:
        DeployError: something would be refused half way, or would leave a client with a database that it cannot read;
            names all of it. Nothing has been changed.
    """
    recorded, installed = _installed(kubectl, releases)
    if not installed:
        return NOTHING
    report.detail("comparing what runs with what is to be installed")
    changes: list[ImmutableChange] = []
    objections: list[str] = []
    recreated: list[str] = []
    incomplete: list[str] = []
    for release, wanted in _rendered(helmfile, installed, report):
        fixed = [item for item in wanted if has_immutable_fields(item)]
        running = _running(kubectl, fixed, release.namespace)
        found = immutable_changes(running, fixed, release.namespace, kubectl.context)
        changes += found
        objections += database_objections(running, fixed)
        there = {item["metadata"]["name"] for item in running if item["kind"] == _MADE_ANEW}
        if any(change.kind == _MADE_ANEW for change in found):
            recreated.append(release.name)
        gone = any(item["kind"] == _MADE_ANEW and item["metadata"]["name"] not in there for item in fixed)
        if gone and release.name in recorded:
            incomplete.append(release.name)
    refused = [f"{change}\n    {change.procedure}" for change in changes if change.way == "refuse"] + objections
    if refused:
        words = "\n  ".join(refused)
        raise DeployError(
            f"what runs cannot be changed to what the spec says; nothing was changed:\n  {words}",
            cure="follow the procedure of each line, or take the change out of the spec (`ethgen help upgrades`)",
        )
    return Preflight(tuple(changes), tuple(recreated), tuple(incomplete))


def _installed(kubectl: Kubectl, releases: Iterable[Release]) -> tuple[set[str], list[Release]]:
    """Return the names of releases that Helm has a record of, and those of which something may run.

    Argo CD installs without a record, and so may others. A release whose namespace has a StatefulSet counts, too: to
    compare it with one that is another's costs a moment, and finds nothing.
    """
    recorded, installed = set(), []
    for release in releases:
        if kubectl.list("secret", release.namespace, f"owner=helm,name={release.name}"):
            recorded.add(release.name)
            installed.append(release)
        elif kubectl.list("statefulset", release.namespace):
            installed.append(release)
    return recorded, installed


def _rendered(
    helmfile: Helmfile, releases: Sequence[Release], report: Report
) -> Iterable[tuple[Release, list[dict[str, Any]]]]:
    """Return the objects of every release, as Helm would install them."""
    with tempfile.TemporaryDirectory(prefix="ethgen-") as folder:
        helmfile.template(report, Path(folder), [release.name for release in releases])
        for release in releases:
            files = sorted(Path(folder, release.name).rglob("*.yaml"))
            texts = [path.read_text(encoding="utf-8") for path in files]
            yield release, [each for text in texts for each in read_objects(text, release.name)]


def _running(kubectl: Kubectl, objects: Sequence[dict[str, Any]], namespace: str) -> list[dict[str, Any]]:
    """Return those of the objects that are in the cluster, as they are there."""
    if not objects:
        return []
    document = json.dumps({"apiVersion": "v1", "kind": "List", "items": list(objects)})
    text = kubectl.run(
        "get", "--filename=-", f"--namespace={namespace}", "--ignore-not-found", "--output=json", document=document
    )
    if not text.strip():
        return []
    found = json.loads(text)
    return list(found["items"]) if found["kind"] == "List" else [found]
