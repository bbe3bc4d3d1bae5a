"""What each dialect would install, read from the printed files as its tool reads them, and drawn with helm.

helmfile draws its own. Flux's and Argo CD's controllers want a cluster, so that small readers stand for them here: they
follow the printed objects from the one that is applied once, and ask nothing of the spec or the release list. What the
controllers themselves make of the objects is tried on real clusters, in tests/e2e.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

import yaml

from ethgen.cluster.tools import locate, tool_environment, tool_named

Object = dict[str, Any]

REPOSITORY = Path(__file__).parents[2]
_ENVIRONMENTS = REPOSITORY / "environments"

# Kinds that charts look for before they draw objects of them.
API_VERSIONS = (
    "cert-manager.io/v1",
    "gateway.networking.k8s.io/v1",
    "monitoring.coreos.com/v1",
    "monitoring.coreos.com/v1/ServiceMonitor",
    "policy/v1",
    "snapshot.storage.k8s.io/v1",
)
KUBERNETES = "1.36.3"


class Case(NamedTuple):
    """A spec, and the folder of the repository that its fleet stands in."""

    spec: Path
    folder: str = ""

    @property
    def name(self) -> str:
        """How it is called in pytest's output."""
        return f"{self.spec.stem}-in-a-folder" if self.folder else self.spec.stem


CASES = {
    case.name: case
    for case in (
        *(Case(path) for path in sorted(_ENVIRONMENTS.glob("*.yaml")) if path.stem != "base"),
        Case(REPOSITORY / "tests" / "fixtures" / "valid" / "several.yaml"),
        Case(_ENVIRONMENTS / "staging.yaml", "clusters/fleet"),
    )
}


class Chart(NamedTuple):
    """Where a chart comes from: a folder of the repository, or a repository's chart of some version."""

    name: str
    version: str = ""
    repository: str = ""


class Installation(NamedTuple):
    """What a tool hands to Helm for one release."""

    release: str
    namespace: str
    chart: Chart
    values: tuple[Path, ...]
    crds: bool
    # The chart where the tool has made one of its own out of the repository's.
    made: Path | None = None


@dataclass(frozen=True)
class Fleet:
    """A repository with the rendered files of an environment.

    Attributes:
        root: the repository.
        environment: the environment's name.
        folder: where in the repository ethgen's root is.
        scratch: a folder for what tools make on the way.
    """

    root: Path
    environment: str
    scratch: Path
    folder: str = ""
    variables: dict[str, str] = field(default_factory=dict)

    @property
    def top(self) -> Path:
        """The folder that has `values` and `gitops`."""
        return self.root / self.folder

    def documents(self, path: str) -> list[Object]:
        """Return the documents of a file, by its path from ethgen's root."""
        return read(self.top / path)

    def draw(self, found: Installation, *more: str) -> list[Object]:
        """Return the objects that Helm draws of an installation, its hooks among them.

        Args:
            found: what is installed.
            more: further arguments of helm.
        """
        values = [part for path in found.values for part in ("--values", path)]
        crds = ["--include-crds"] if found.crds else []
        chart = found.made or packaged(found.chart, self.top)
        assert chart is not None
        arguments = ["template", found.release, chart, "--namespace", found.namespace, *values, *crds]
        return parse(self.run("helm", *arguments, *capabilities(), *more))

    def run(self, program: str, *arguments: str | Path) -> str:
        """Return what a tool prints.

        Raises:
            AssertionError: it fails.
        """
        command = [tool(program), *map(str, arguments)]
        done = subprocess.run(
            command, env=self.variables, cwd=self.top, text=True, capture_output=True, check=False, timeout=300
        )
        assert done.returncode == 0, done.stderr or done.stdout
        return done.stdout


def tool(name: str) -> str:
    """Return the path of a pinned tool."""
    found = locate(tool_named(name)).path
    assert found, f"there is no fitting {name}: run `ethgen tools install`"
    return str(found)


def variables(home: Path) -> dict[str, str]:
    """Return the process environment of the tools, without a cluster."""
    return tool_environment(kubeconfig=home / "no-kubeconfig")


def capabilities() -> list[str]:
    """Return the arguments that tell helm of a cluster that is not there."""
    return [f"--kube-version={KUBERNETES}", *(f"--api-versions={each}" for each in API_VERSIONS)]


def packaged(chart: Chart, top: Path) -> Path | None:
    """Return the folder or archive of a chart; None where it is another's and not at hand."""
    if not chart.repository:
        return top / chart.name
    folder = os.environ.get("ETHGEN_CHARTS")
    archive = Path(folder or "/nonexistent") / f"{chart.name}-{chart.version}.tgz"
    return archive if archive.is_file() else None


def helmfile_installations(fleet: Fleet) -> dict[str, Installation]:
    """Return what the helmfile of an environment installs, by release."""
    folder = f"values/{fleet.environment}"
    _, main = fleet.documents(f"{folder}/helmfile.yaml")
    repositories = {each["name"]: each["url"] for each in main.get("repositories", [])}
    return {
        each["name"]: Installation(
            each["name"],
            each["namespace"],
            _helmfile_chart(fleet, each, repositories),
            tuple(fleet.top / folder / name for name in each["values"]),
            crds=True,
        )
        for each in main["releases"]
        if each.get("installed", True)
    }


def _helmfile_chart(fleet: Fleet, release: Object, repositories: dict[str, str]) -> Chart:
    name: str = release["chart"]
    if name.startswith("."):
        own = (fleet.top / "values" / fleet.environment / name).resolve()
        return Chart(str(own.relative_to(fleet.top.resolve())))
    repository, _, chart = name.rpartition("/")
    return Chart(chart, release["version"], repositories.get(repository, repository))


def draw_by_helmfile(fleet: Fleet, found: Installation) -> list[Object]:
    """Return the objects that helmfile draws of a release; archives at hand stand for the charts of others."""
    folder = fleet.top / "values" / fleet.environment
    first, main = fleet.documents(f"values/{fleet.environment}/helmfile.yaml")
    main.pop("repositories", None)
    for release in main["releases"]:
        if release["name"] == found.release and found.chart.repository:
            release["chart"] = str(packaged(found.chart, fleet.top))
            release.pop("version")
    main["releases"] = [each for each in main["releases"] if each["name"] == found.release]
    # What it needs is not looked at when a release is drawn, but has to be in the file.
    for release in main["releases"]:
        release.pop("needs", None)
    path = folder / f".{found.release}.helmfile.yaml"
    path.write_text(yaml.safe_dump_all([first, main]))
    given = " ".join(capabilities())
    try:
        arguments = (f"--file={path}", f"--environment={fleet.environment}", "--quiet", "template", "--include-crds")
        return parse(fleet.run("helmfile", *arguments, f"--args={given}"))
    finally:
        path.unlink()


def flux_objects(fleet: Fleet) -> list[Object]:
    """Return the objects that Flux applies, from the two that are applied once."""
    source, kustomization = fleet.documents(f"gitops/{fleet.environment}/flux.yaml")
    assert kustomization["spec"]["sourceRef"]["name"] == source["metadata"]["name"]
    artifact = _artifact(fleet, source["spec"]["ignore"])
    # As kustomize-controller has it: files above the folder may be read, but none outside of the artifact.
    path = artifact / kustomization["spec"]["path"]
    return parse(fleet.run("kubectl", "kustomize", "--load-restrictor=LoadRestrictionsNone", path))


def _artifact(fleet: Fleet, ignore: str) -> Path:
    """Return a copy of the repository without what Flux is told to ignore; git reads the notation."""
    artifact = fleet.scratch / "artifact"
    if artifact.exists():
        return artifact
    rules = fleet.scratch / "ignore"
    rules.write_text(ignore)
    listed = subprocess.run(
        ["git", "ls-files", "--others", "-z", f"--exclude-from={rules}"],
        cwd=fleet.root,
        text=True,
        capture_output=True,
        check=True,
    ).stdout
    for name in filter(None, listed.split("\0")):
        target = artifact / name
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(fleet.root / name, target)
    return artifact


def flux_installations(fleet: Fleet) -> dict[str, Installation]:
    """Return what Flux's helm-controller installs, by release."""
    objects = flux_objects(fleet)
    source = fleet.documents(f"gitops/{fleet.environment}/flux.yaml")[0]
    found = {}
    for each in objects:
        if each["kind"] == "HelmRelease":
            installation = _of_helm_release(fleet, each, [*objects, source])
            found[installation.release] = installation
    return found


def _of_helm_release(fleet: Fleet, release: Object, objects: list[Object]) -> Installation:
    spec, chart = release["spec"], release["spec"]["chart"]["spec"]
    source = _one(objects, chart["sourceRef"]["kind"], chart["sourceRef"]["name"], release["metadata"]["namespace"])
    values = []
    for number, reference in enumerate(spec.get("valuesFrom", [])):
        held = _one(objects, reference["kind"], reference["name"], release["metadata"]["namespace"])
        path = fleet.scratch / f"{spec['releaseName']}-{number}.yaml"
        path.write_text(held["data"]["values.yaml"])
        values.append(path)
    crds = spec["install"]["crds"] != "Skip"
    name, namespace = spec["releaseName"], spec["targetNamespace"]
    if source["kind"] == "GitRepository":
        folder = str(Path(chart["chart"])).removeprefix(f"{fleet.folder}/")
        made = _repackaged(fleet, name, chart)
        return Installation(name, namespace, Chart(folder), tuple(values), crds, made)
    of_another = Chart(chart["chart"], chart["version"], source["spec"]["url"])
    return Installation(name, namespace, of_another, tuple(values), crds)


def _repackaged(fleet: Fleet, name: str, chart: Object) -> Path:
    """Return a chart as source-controller makes it: with the values files merged in place of its own values."""
    artifact, made = fleet.scratch / "artifact", fleet.scratch / f"chart-{name}"
    shutil.copytree(artifact / chart["chart"], made, dirs_exist_ok=True)
    values: Object = {}
    for path in chart["valuesFiles"]:
        (document,) = read(artifact / path)
        values = _merged(values, document)
    (made / "values.yaml").write_text(yaml.safe_dump(values))
    metadata = yaml.safe_load((made / "Chart.yaml").read_text())
    assert chart["reconcileStrategy"] == "Revision"
    metadata["version"] += "+0123456789ab.1"
    (made / "Chart.yaml").write_text(yaml.safe_dump(metadata))
    return made


def _merged(under: Object, over: Object) -> Object:
    merged = dict(under)
    for key, value in over.items():
        both = isinstance(value, dict) and isinstance(merged.get(key), dict)
        merged[key] = _merged(merged[key], value) if both else value
    return merged


def _one(objects: list[Object], kind: str, name: str, namespace: str) -> Object:
    (found,) = [
        each
        for each in objects
        if (each["kind"], each["metadata"]["name"], each["metadata"].get("namespace")) == (kind, name, namespace)
    ]
    return found


def argocd_objects(fleet: Fleet) -> list[Object]:
    """Return what the root Application applies: all objects of its folder, and of none below it."""
    root = next(
        each for each in fleet.documents(f"gitops/{fleet.environment}/argocd.yaml") if each["kind"] == "Application"
    )
    folder = fleet.root / root["spec"]["source"]["path"]
    return [document for path in sorted(folder.glob("*.yaml")) for document in read(path)]


def argocd_installations(fleet: Fleet) -> dict[str, Installation]:
    """Return what Argo CD's repo server draws with helm, by release."""
    found = {}
    for each in argocd_objects(fleet):
        if each["kind"] == "Application" and "sources" in each["spec"]:
            installation = _of_application(fleet, each["spec"])
            found[installation.release] = installation
    return found


def _of_application(fleet: Fleet, spec: Object) -> Installation:
    (source,) = [each for each in spec["sources"] if "ref" not in each]
    (reference,) = [each for each in spec["sources"] if "ref" in each]
    helm = source["helm"]
    prefix = f"${reference['ref']}/"
    assert all(path.startswith(prefix) for path in helm["valueFiles"])
    values = tuple(fleet.root / path.removeprefix(prefix) for path in helm["valueFiles"])
    if "path" in source:
        assert source["repoURL"] == reference["repoURL"]
        chart = Chart(source["path"].removeprefix(f"{fleet.folder}/"))
    else:
        url = source["repoURL"] if "://" in source["repoURL"] else f"oci://{source['repoURL']}"
        chart = Chart(source["chart"], source["targetRevision"], url)
    namespace = spec["destination"]["namespace"]
    return Installation(helm["releaseName"], namespace, chart, values, not helm.get("skipCrds", False))


def argocd_namespaces(fleet: Fleet) -> list[Object]:
    """Return the namespaces that an Application of their own applies."""
    (found,) = [
        each["spec"]["source"]["path"]
        for each in argocd_objects(fleet)
        if each["kind"] == "Application" and "source" in each["spec"]
    ]
    return [document for path in sorted((fleet.root / found).glob("*.yaml")) for document in read(path)]


def read(path: Path) -> list[Object]:
    """Return the documents of a YAML file."""
    return parse(path.read_text())


class _Loader(yaml.CSafeLoader):
    """Reads as Kubernetes does: a lone `=`, which stands in definitions of Prometheus' kinds, is text."""


_Loader.add_constructor("tag:yaml.org,2002:value", lambda _, node: node.value)


def parse(text: str) -> list[Object]:
    """Return the documents of YAML text that are not empty, and what stands in lists of Kubernetes one by one."""
    documents = [document for document in yaml.load_all(text, _Loader) if document]
    return [
        each for document in documents for each in (document["items"] if document.get("kind") == "List" else [document])
    ]


def identity(found: Object) -> str:
    """Return what no two objects of a release share."""
    metadata = found["metadata"]
    return f"{found['apiVersion']} {found['kind']} {metadata.get('namespace', '')}/{metadata['name']}"


def by_identity(objects: list[Object]) -> dict[str, Object]:
    """Return objects by their identity, each of which stands for one."""
    named = {identity(each): each for each in objects}
    assert len(named) == len(objects), sorted(identity(each) for each in objects)
    return named
