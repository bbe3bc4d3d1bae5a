"""What a release's chart draws from its values: the objects that Helm would install."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ethgen.cluster.cache import cache_root, scratch_folder
from ethgen.cluster.charts.packaged import read_chart
from ethgen.cluster.charts.yaml_text import require_shallow
from ethgen.cluster.process import Command, run
from ethgen.cluster.tools import KUBERNETES
from ethgen.errors import ChartError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from ethgen.cluster.charts.packaged import PackagedChart
    from ethgen.cluster.process import Runner
    from ethgen.stack.release import Release

    Object = dict[str, Any]

# Helm takes a second for the largest chart; a template that never ends is given up.
_RENDER_SECONDS = 120.0

# Renderings at the same time; each is a process of one thread for most of its time.
_AT_ONCE = 4

# Of an object that is told, no more than fits a line.
_SHOWN = 100
_CURE = "mend its values, or name another version of the chart"

WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "ReplicaSet", "Pod"})
"""Kinds that are pods, or make them."""

_SOURCE = re.compile(r"^# Source: (.+)$", re.MULTILINE)
_DEFINITION_FILE = re.compile(r"(?:^|/)crds/[^/]+$")
_WORKLOAD_TEMPLATE = re.compile(r"^\s*kind:\s*[\"']?(?:Deployment|StatefulSet|DaemonSet)\b", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Helm:
    """How helm is run.

    Attributes:
        environment: its process environment; nothing of the user's reaches it.
        kubernetes: the version of Kubernetes that charts are drawn for.
        runner: runs it.
    """

    environment: Mapping[str, str]
    kubernetes: str = KUBERNETES
    runner: Runner = run


@dataclass(frozen=True, slots=True)
class Rendered:
    """What came of drawing a release.

    Attributes:
        objects: all objects, definitions and hooks included, in Helm's order.
        problem: why there are none, or too few; empty where all is well.
    """

    objects: tuple[Object, ...] = ()
    problem: str = ""


def render_all(releases: Mapping[str, tuple[Release, Path]], helm: Helm) -> dict[str, Rendered]:
    """Return what every release draws where the definitions of all of them are installed.

    Args:
        releases: each with its chart, a folder or a packaged one, by a name of the caller's.
        helm: how helm is run.
    """
    first = _drawn(releases, helm, ())
    served = api_versions(each for rendered in first.values() for each in rendered.objects)
    drawable = {name: one for name, one in releases.items() if not first[name].problem}
    again = {name: one for name, one in drawable.items() if _asks_for_apis(one[1])} if served else {}
    second = _drawn(again, helm, served)
    return {**first, **second}


def render(release: Release, chart: Path, helm: Helm, served: Sequence[str] = ()) -> list[Object]:
    """Return the objects that a release's chart draws from its values.

    Args:
        release: what is drawn.
        chart: a folder or a packaged chart.
        helm: how helm is run.
        served: kinds beside Kubernetes' own that the cluster serves, as `api_versions` gives them.

    Raises:
        ChartError: helm refuses; its own words are the message.
    """
    return read_objects(_drawn_text(release, chart, helm, served), release.name)


def definitions_in_files(release: Release, chart: Path, helm: Helm) -> list[Object]:
    """Return the definitions that a release's chart has in folders crds/: Helm installs them once and never again.

    Those of subcharts that the release's values switch off are not among them.

    Args:
        release: what is drawn.
        chart: a folder or a packaged chart.
        helm: how helm is run.

    Raises:
        ChartError: helm refuses, or the chart cannot be read.
    """
    if not _has_definition_files(read_chart(chart)):
        return []
    # Helm writes where each part comes from, by its path in the chart.
    _, *parts = _SOURCE.split(_drawn_text(release, chart, helm, ()))
    files = [text for source, text in zip(parts[::2], parts[1::2], strict=True) if _DEFINITION_FILE.search(source)]
    return read_objects("\n---\n".join(files), release.name)


def _has_definition_files(chart: PackagedChart) -> bool:
    return bool(chart.definitions) or any(map(_has_definition_files, chart.subcharts.values()))


def _drawn_text(release: Release, chart: Path, helm: Helm, served: Sequence[str]) -> str:
    with scratch_folder(cache_root() / "charts" / "values") as scratch:
        values = scratch / "values.json"
        # Helm reads YAML, which JSON is.
        values.write_text(json.dumps(release.values), encoding="utf-8")
        command = [
            *("helm", "template", release.name, str(chart), "--namespace", release.namespace),
            *("--kube-version", helm.kubernetes, "--include-crds", "--values", str(values)),
            *(f"--api-versions={each}" for each in served),
        ]
        done = helm.runner(Command(command, helm.environment, timeout=_RENDER_SECONDS))
    if not done.ok:
        words = done.errors.strip().removeprefix("Error: ") or f"exit status {done.status}"
        raise ChartError(f"helm template {release.name}: {words}")
    return done.output


def read_objects(text: str, name: str) -> list[Object]:
    """Return the objects of YAML text, those in lists one by one.

    Each has what every object of Kubernetes has, so that whoever reads them need not ask: `kind` and `apiVersion`,
    `metadata` with a name, and a definition its group, names and versions.

    Raises:
        ChartError: it is not YAML, or something in it is no such object.
    """
    import yaml  # noqa: PLC0415 - only where a chart is drawn

    class Loader(yaml.CSafeLoader):
        """Reads as Kubernetes does: a lone `=` and a date are text."""

    for tag in ("value", "timestamp"):
        Loader.add_constructor(f"tag:yaml.org,2002:{tag}", lambda _, node: node.value)
    require_shallow(text, f"{name}: what its chart draws")
    try:
        documents = [each for each in yaml.load_all(text, Loader) if each]
        # What refers to itself is no JSON either, which is what the API server is given.
        json.dumps(documents)
    except (yaml.YAMLError, ValueError, TypeError, RecursionError) as error:
        raise ChartError(f"{name}: its chart draws what is no YAML of objects: {error}", cure=_CURE) from error
    objects = [each for document in documents for each in _taken_apart(document)]
    for each in objects:
        if wrong := _wrong(each):
            shown = re.sub(r"\s+", " ", str(each))[:_SHOWN]
            raise ChartError(f"{name}: its chart draws what is no object of Kubernetes: {wrong}: {shown}", cure=_CURE)
    return objects


def _taken_apart(document: object) -> list[Object]:
    """Return the objects of a list, as kubectl and Helm take them; else the object itself."""
    is_list = isinstance(document, dict) and str(document.get("kind")).endswith("List")
    if is_list and isinstance(items := document.get("items"), list):  # type: ignore[attr-defined]
        return [each for item in items for each in _taken_apart(item)]
    return [document]  # type: ignore[list-item] # refused by who asked, with all others


def _wrong(found: object) -> str:
    """Return what an object lacks that every one has; empty where it lacks nothing."""
    if not isinstance(found, dict):
        return "it is no mapping"
    metadata = found.get("metadata")
    if not _is_text(found.get("kind")) or not _is_text(found.get("apiVersion")):
        return "it has no kind or no apiVersion"
    if not isinstance(metadata, dict) or not _is_text(metadata.get("name") or metadata.get("generateName")):
        return "it has no name"
    if not isinstance(metadata.get("namespace"), str | None):
        return "its namespace is no text"
    if found["kind"] == "CustomResourceDefinition" and not _is_definition(found.get("spec")):
        return "a definition has spec.group, spec.names.kind and spec.versions with names"
    return ""


def _is_definition(spec: object) -> bool:
    if not isinstance(spec, dict) or not _is_text(spec.get("group")):
        return False
    names, versions = spec.get("names"), spec.get("versions")
    return (
        isinstance(names, dict)
        and _is_text(names.get("kind"))
        and isinstance(versions, list)
        and all(isinstance(each, dict) and _is_text(each.get("name")) for each in versions)
    )


def _is_text(found: object) -> bool:
    return isinstance(found, str) and bool(found)


def api_versions(objects: Iterable[Object]) -> list[str]:
    """Return what definitions among objects make a cluster serve: `group/version` and `group/version/Kind`."""
    served = set()
    for each in objects:
        if each["kind"] == "CustomResourceDefinition":
            group, kind = each["spec"]["group"], each["spec"]["names"]["kind"]
            for version in each["spec"]["versions"]:
                if version.get("served"):
                    served |= {f"{group}/{version['name']}", f"{group}/{version['name']}/{kind}"}
    return sorted(served)


def _drawn(releases: Mapping[str, tuple[Release, Path]], helm: Helm, served: Sequence[str]) -> dict[str, Rendered]:
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        drawn = pool.map(lambda one: _rendered(one[0], one[1], helm, served), releases.values())
        return dict(zip(releases, drawn, strict=True))


def _rendered(release: Release, chart: Path, helm: Helm, served: Sequence[str]) -> Rendered:
    try:
        objects = render(release, chart, helm, served)
        lacks_workloads = not any(each["kind"] in WORKLOADS for each in objects) and _has_workloads(chart)
    except ChartError as error:
        return Rendered(problem=error.message)
    if not objects:
        # A chart of this repository draws what a spec names, which may be nothing yet.
        return Rendered(problem="" if release.chart.own else "its chart draws nothing from these values")
    if lacks_workloads:
        # Loki's chart, for one, draws no pod and reports nothing where its mode is misspelt.
        return Rendered(tuple(objects), "its chart draws no workload from these values, though it has some")
    return Rendered(tuple(objects))


def _has_workloads(chart: Path) -> bool:
    return any(_WORKLOAD_TEMPLATE.search(text) for text in read_chart(chart).templates.values())


def _asks_for_apis(chart: Path) -> bool:
    """Return whether a chart draws other objects where a cluster serves other kinds."""

    def asks(one: Any) -> bool:  # noqa: ANN401 - a chart
        texts = one.templates.values()
        return any("Capabilities" in text for text in texts) or any(map(asks, one.subcharts.values()))

    return asks(read_chart(chart))
