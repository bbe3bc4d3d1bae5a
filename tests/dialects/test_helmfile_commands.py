"""helmfile on the file that is generated, before an API server: releases of layers that need one another."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from threading import Event
from typing import TYPE_CHECKING, Any, NamedTuple

import control_plane
import pytest
import yaml

from dialects import REPOSITORY, read
from ethgen.cluster.tools import tool_environment
from ethgen.gitops import helmfile
from ethgen.gitops.namespaces import namespaces
from ethgen.operate.deploy.charts import uninstalling_helmfile
from ethgen.operate.deploy.helmfile import Helmfile as Program
from ethgen.operate.deploy.steps import Report
from ethgen.render import yaml as printed
from ethgen.spec import load
from ethgen.stack.release import Chart, Release

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    Helmfile = Callable[..., subprocess.CompletedProcess[str]]

    from ethgen.spec import NetworkSpec

LAYERS = {"base": "infrastructure", "mesh": "istio", "chain": "ethereum"}
SHARED = {"namespaces": ["mesh", "chain"], "access": {"viewers": ["people"]}, "quotas": {"chain": {"pods": 5}}}


class Fleet(NamedTuple):
    """Generated files, the releases that they were made of, and the variables in which tools reach the cluster."""

    root: Path
    spec: NetworkSpec
    releases: list[Release]
    variables: dict[str, str]


@pytest.fixture(scope="module")
def fleet(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Fleet]:
    """Return a fleet, and run its API server."""
    if not control_plane.programs():
        pytest.skip("the cache has no kube-apiserver: `ethgen cluster up` with provider bare builds it")
    root = tmp_path_factory.mktemp("helmfile")
    with control_plane.running(tmp_path_factory.mktemp("control-plane")) as server:
        spec, releases = _generated(root, server.context)
        yield Fleet(root, spec, releases, tool_environment(kubeconfig=server.kubeconfig))


@pytest.fixture(scope="module")
def run(fleet: Fleet) -> Helmfile:
    """Give a function that runs helmfile on the generated file or on that of the repository, or another program."""

    def call(*arguments: str, program: str = "helmfile", top: bool = False) -> subprocess.CompletedProcess[str]:
        file = fleet.root / ("helmfile.yaml.gotmpl" if top else "values/several/helmfile.yaml")
        options = [f"--file={file}", "--environment=several", "--no-color"]
        command = [program, *(options if program == "helmfile" else []), *arguments]
        return subprocess.run(command, env=fleet.variables, text=True, capture_output=True, check=False, timeout=300)

    return call


def _generated(root: Path, context: str) -> tuple[NetworkSpec, list[Release]]:
    """Write the helmfile of releases in three layers, each of which needs the one before; and return these.

    The first has objects in the namespaces of the others.
    """
    spec = load(REPOSITORY / "tests" / "fixtures" / "valid" / "several.yaml")
    spec = spec.model_copy(update={"cluster": spec.cluster.model_copy(update={"context": context})})
    shutil.copytree(REPOSITORY / "charts", root / "charts")
    shutil.copy(REPOSITORY / "helmfile.yaml.gotmpl", root)
    folder = root / "values" / "several"
    folder.mkdir(parents=True)
    (values,) = read(REPOSITORY / "charts" / "ethereum-infrastructure" / "ci" / "local-values.yaml")
    needs: tuple[str, ...] = ()
    releases = []
    for name, layer in LAYERS.items():
        chart = Chart("ethereum-infrastructure" if needs else "cluster-base")
        metrics = {**values["metrics"], "serviceMonitor": False}
        given: dict[str, Any] = {**values, "network": name, "metrics": metrics} if needs else SHARED
        releases.append(Release(name=name, namespace=name, layer=layer, chart=chart, values=given, needs=needs))  # type: ignore[arg-type]
        (folder / f"{name}.yaml").write_text(yaml.safe_dump(given))
        needs = (name,)
    # The last comes first, so that the order is that of needs.
    (folder / "namespaces.yaml").write_bytes(printed.dump(namespaces(releases)))
    (folder / "helmfile.yaml").write_bytes(printed.dump(helmfile.documents(spec, releases[::-1])))
    return spec, releases


def installed(run: Helmfile) -> set[str]:
    """Return the names of the releases that Helm knows of."""
    done = run("list", "--all-namespaces", "--short", program="helm")
    assert done.returncode == 0, done.stderr
    return set(done.stdout.split())


def levels(run: Helmfile) -> dict[str, str]:
    """Return the level of Pod Security of every namespace that ethgen has made."""
    selector = "--selector=app.kubernetes.io/managed-by=ethgen"
    done = run("get", "namespaces", selector, "--output=json", program="kubectl")
    assert done.returncode == 0, done.stderr
    made = [each["metadata"] for each in json.loads(done.stdout)["items"]]
    return {each["name"]: each["labels"]["pod-security.kubernetes.io/enforce"] for each in made}


def test_the_whole_life_of_releases(run: Helmfile):
    """Lint, template, diff, apply of one layer, of all in the order of needs, diff again, and destroy in reverse.

    What only shows something makes no namespace; the first release that is installed has all of them before it, for one
    may have objects in those of others, and what is destroyed leaves them, for volumes are in them.
    """
    for command in ("lint", "template"):
        done = run(command)
        assert done.returncode == 0, done.stderr
    assert run("diff", "--detailed-exitcode").returncode == 2
    assert (installed(run), levels(run)) == (set(), {})

    # One layer alone: what it needs is left out.
    done = run("--selector=layer=istio", "apply", "--suppress-diff")
    assert done.returncode == 0, done.stderr
    assert installed(run) == {"mesh"}
    assert levels(run) == dict.fromkeys(LAYERS, "restricted")

    done = run("apply", "--suppress-diff", "--detailed-exitcode")
    assert done.returncode == 2, done.stderr
    order = re.findall(r"Upgrading release=(\w+)", done.stdout + done.stderr)
    assert order == ["base", "chain"]
    assert installed(run) == set(LAYERS)
    assert run("apply", "--suppress-diff", "--detailed-exitcode").returncode == 0

    done = run("destroy")
    assert done.returncode == 0, done.stderr
    assert re.findall(r"Deleting (\w+)", done.stdout + done.stderr) == ["chain", "mesh", "base"]
    assert (installed(run), set(levels(run))) == (set(), set(LAYERS))


def test_what_a_layer_needs_comes_first_where_it_is_asked_for(run: Helmfile):
    """With --include-transitive-needs all that the selected releases need is installed, in its order.

    So it is from the top of the repository, where people run helmfile: the namespaces' file is found all the same.
    """
    done = run("--selector=layer=ethereum", "apply", "--suppress-diff", "--include-transitive-needs", top=True)
    assert done.returncode == 0, done.stderr
    assert re.findall(r"Upgrading release=(\w+)", done.stdout + done.stderr) == list(LAYERS)
    assert run("destroy").returncode == 0


class Silent:
    """Hears of a step, and says nothing."""

    def started(self, step: str) -> None:
        """Say nothing."""

    def detail(self, step: str, text: str) -> None:
        """Say nothing."""

    def finished(self, step: str, seconds: float, summary: str) -> None:
        """Say nothing."""

    def failed(self, step: str, seconds: float) -> None:
        """Say nothing."""


def test_a_release_that_is_switched_off_survives_a_destruction(run: Helmfile, fleet: Fleet):
    """`ethgen destroy` uninstalls layer by layer, without the charts, what the environment installs and no more."""
    assert run("apply", "--suppress-diff").returncode == 0
    off = [release._replace(installed=release.name != "mesh") for release in fleet.releases]
    program = Program(fleet.root, "several", fleet.variables, uninstalling_helmfile(fleet.spec, off, fleet.root, 60))
    shutil.move(fleet.root / "charts", fleet.root / "charts-elsewhere")
    seen = []
    for layer in ("ethereum", "infrastructure"):
        program.destroy(Report("releases", Silent(), Event()), layer)
        seen.append(installed(run))
    assert seen == [{"base", "mesh"}, {"mesh"}]
    shutil.move(fleet.root / "charts-elsewhere", fleet.root / "charts")
    assert run("destroy").returncode == 0
