"""helmfile with charts of other repositories: from a Helm repository, and from folders of this machine."""

from __future__ import annotations

import functools
import http.server
import shutil
import subprocess
import threading
from typing import TYPE_CHECKING

import pytest
from upstream_cases import REPOSITORY

from ethgen.cluster.charts.supply import Supply, index, obtain, unpacked
from ethgen.cluster.tools import tool_environment
from ethgen.gitops.helmfile import documents, with_local_charts
from ethgen.gitops.namespaces import namespaces
from ethgen.render import yaml
from ethgen.render.build import build
from ethgen.spec import load
from ethgen.stack.catalogue import KNOWN
from ethgen.stack.release import Chart, Release

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

    from control_plane import ControlPlane

MAILER = REPOSITORY / "tests" / "fixtures" / "charts" / "mailer"
MIRRORED = KNOWN["metrics-server"].release.chart


class _Quiet(http.server.SimpleHTTPRequestHandler):
    """Serves files, and counts what is asked for instead of printing it."""

    asked: list[str]

    def log_message(self, format: str, *arguments: object) -> None:  # noqa: A002 - the name of http.server
        del format
        self.asked.append(str(arguments[0]))


@pytest.fixture(scope="module")
def environment(api_server: ControlPlane, program: Callable[[str], Path]) -> dict[str, str]:
    """Return the process environment of helmfile and helm on the test's API server."""
    for name in ("helm", "helmfile", "helm-diff", "kubectl"):
        program(name)
    return tool_environment(kubeconfig=api_server.kubeconfig)


@pytest.fixture(scope="module")
def repository(
    tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str]
) -> Iterator[tuple[str, list[str], Path]]:
    """Serve packaged charts as a Helm repository on the loopback interface: its address, requests and folder.

    One has the name and version of a chart that ethgen knows.
    """
    folder = tmp_path_factory.mktemp("repository")
    mirrored = tmp_path_factory.mktemp("chart") / MIRRORED.name
    shutil.copytree(MAILER, mirrored)
    metadata = (mirrored / "Chart.yaml").read_text()
    renamed = metadata.replace("name: mailer", f"name: {MIRRORED.name}").replace("1.2.3", MIRRORED.version)
    (mirrored / "Chart.yaml").write_text(renamed)
    command = ["helm", "package", str(MAILER), str(mirrored), f"--destination={folder}"]
    subprocess.run(command, env=environment, check=True, capture_output=True)
    index(folder, Supply(folder, lambda: environment))
    asked: list[str] = []
    handler = type("Handler", (_Quiet,), {"asked": asked})
    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(handler, directory=folder)) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}", asked, folder
        server.shutdown()
        thread.join()


@pytest.fixture
def fleet(tmp_path: Path, repository: tuple[str, list[str], Path], api_server: ControlPlane) -> Path:
    """Return a repository with a generated helmfile that has one release of the served chart."""
    path = tmp_path / "environments" / "test.yaml"
    path.parent.mkdir()
    path.write_text(f"profile: staging\ncluster: {{context: {api_server.context}}}\n")
    chart = Chart("mailer", "1.2.3", repository[0])
    # Nothing runs pods here: helmfile must not wait for any.
    release = Release("post", "mail", "infrastructure", chart, {"replicas": 2})
    folder = tmp_path / "values" / "test"
    folder.mkdir(parents=True)
    (folder / "helmfile.yaml").write_bytes(yaml.dump(documents(load(path), [release])))
    (folder / "namespaces.yaml").write_bytes(yaml.dump(namespaces([release])))
    (folder / "post.yaml").write_bytes(yaml.dump([release.values]))
    return folder / "helmfile.yaml"


def helmfile(file: Path, environment: dict[str, str], *arguments: str) -> tuple[int, str]:
    """Return how helmfile ended, and all that it printed."""
    command = ["helmfile", f"--file={file}", "--environment=test", "--no-color", *arguments]
    done = subprocess.run(
        command, env=environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False, timeout=120
    )
    return done.returncode, done.stdout


def require_all_commands(file: Path, environment: dict[str, str]) -> None:
    """Run every command of helmfile that people use, in the order of a fleet's life."""
    status, output = helmfile(file, environment, "lint")
    assert status == 0, output
    status, output = helmfile(file, environment, "template")
    assert status == 0, output
    assert "replicas: 2" in output
    status, output = helmfile(file, environment, "diff", "--detailed-exitcode")
    assert status == 2, output
    status, output = helmfile(file, environment, "apply")
    assert status == 0, output
    status, output = helmfile(file, environment, "diff", "--detailed-exitcode")
    assert status == 0, output
    status, output = helmfile(file, environment, "apply", "--detailed-exitcode")
    assert status == 0, output
    status, output = helmfile(file, environment, "destroy")
    assert status == 0, output
    status, output = helmfile(file, environment, "diff", "--detailed-exitcode")
    assert status == 2, output


def test_every_command_works_with_a_helm_repository(
    fleet: Path, environment: dict[str, str], repository: tuple[str, list[str], Path]
):
    """The generated helmfile is linted, templated, compared, applied twice and destroyed with a repository's chart."""
    require_all_commands(fleet, environment)
    assert any("mailer-1.2.3.tgz" in line for line in repository[1])


def test_a_mirror_takes_the_place_of_a_charts_own_repository(
    environment: dict[str, str], repository: tuple[str, list[str], Path], api_server: ControlPlane, tmp_path: Path
):
    """Where the spec names a mirror, helmfile installs from there a chart that is published elsewhere."""
    address, asked, _ = repository
    path = tmp_path / "environments" / "test.yaml"
    path.parent.mkdir()
    cluster = f"{{context: {api_server.context}, chartRepository: {address}}}"
    path.write_text(f"profile: local\ncluster: {cluster}\nreleases: {{metrics-server: {{values: {{replicas: 2}}}}}}\n")
    for name, content in build(load(path)).items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(content)
    asked.clear()
    require_all_commands(tmp_path / "values" / "test" / "helmfile.yaml", environment)
    assert any(f"{MIRRORED.name}-{MIRRORED.version}.tgz" in line for line in asked)


def test_every_command_works_with_charts_of_this_machine(
    fleet: Path, environment: dict[str, str], repository: tuple[str, list[str], Path], tmp_path: Path
):
    """The same holds for what `ethgen deploy` installs from a folder of packaged charts, and nothing is fetched."""
    import yaml as reader  # noqa: PLC0415 - beside ethgen's own

    address, asked, folder = repository
    chart = unpacked(obtain(Chart("mailer", "1.2.3", address), Supply(folder)))
    generated = list(reader.safe_load_all(fleet.read_text()))
    local = tmp_path / "elsewhere" / "helmfile.yaml"
    local.parent.mkdir()
    local.write_bytes(yaml.dump(with_local_charts(generated, str(fleet.parent), {"post": str(chart)})))
    asked.clear()
    require_all_commands(local, environment)
    assert asked == []


def test_a_chart_is_pulled_from_a_repository_into_the_cache(
    repository: tuple[str, list[str], Path],
    environment: dict[str, str],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
):
    """Helm itself pulls a chart once; the packaged chart is the repository's."""
    address, asked, folder = repository
    monkeypatch.setenv("ETHGEN_CACHE", str(tmp_path / "cache"))
    chart, supply = Chart("mailer", "1.2.3", address), Supply(None, lambda: environment)
    path = obtain(chart, supply)
    assert path.read_bytes() == (folder / "mailer-1.2.3.tgz").read_bytes()
    asked.clear()
    assert obtain(chart, supply) == path
    assert asked == []
    shutil.rmtree(tmp_path / "cache")
