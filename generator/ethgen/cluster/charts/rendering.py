"""What a release's chart draws from its values: the objects that Helm would install."""

from __future__ import annotations

import json
import re
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from ethgen.cluster.cache import cache_root, scratch_folder
from ethgen.cluster.charts.packaged import read_chart
from ethgen.cluster.process import Command, run
from ethgen.cluster.tools import KUBERNETES
from ethgen.errors import ChartError

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence
    from pathlib import Path

    from ethgen.cluster.process import Runner
    from ethgen.stack.release import Release

    Object = dict[str, Any]

# Helm takes a second for the largest chart; a template that never ends is given up.
_RENDER_SECONDS = 120.0

# Renderings at the same time; each is a process of one thread for most of its time.
_AT_ONCE = 4

_WORKLOADS = frozenset({"Deployment", "StatefulSet", "DaemonSet", "Job", "CronJob", "ReplicaSet", "Pod"})
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
    again = {name: one for name, one in releases.items() if _asks_for_apis(one[1])} if served else {}
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
    return read_objects(done.output, release.name)


def read_objects(text: str, name: str) -> list[Object]:
    """Return the objects of YAML text, those in lists one by one.

    Raises:
        ChartError: it is not YAML.
    """
    import yaml  # noqa: PLC0415 - only where a chart is drawn

    class Loader(yaml.CSafeLoader):
        """Reads as Kubernetes does: a lone `=` and a date are text."""

    for tag in ("value", "timestamp"):
        Loader.add_constructor(f"tag:yaml.org,2002:{tag}", lambda _, node: node.value)
    try:
        documents = [each for each in yaml.load_all(text, Loader) if each]
    except yaml.YAMLError as error:
        raise ChartError(f"{name}: its chart draws what is no YAML: {error}") from error
    if strange := [each for each in documents if not isinstance(each, dict) or "kind" not in each]:
        raise ChartError(f"{name}: its chart draws what is no object: {str(strange[0])[:80]}")
    return [each for document in documents for each in _taken_apart(document)]


def _taken_apart(document: Object) -> list[Object]:
    """Return the objects of a list, as kubectl and Helm take them; else the object itself."""
    is_list = document["kind"].endswith("List") and isinstance(document.get("items"), list)
    return document["items"] if is_list else [document]


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
    except ChartError as error:
        return Rendered(problem=error.message)
    if not objects:
        return Rendered(problem="its chart draws nothing from these values")
    if not any(each["kind"] in _WORKLOADS for each in objects) and _has_workloads(chart):
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
