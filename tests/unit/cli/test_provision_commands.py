"""`ethgen tools`, `ethgen images` and `ethgen doctor`: what they print and how they end."""

from __future__ import annotations

import json
import shutil
from pathlib import Path

import pytest
from click.testing import CliRunner, Result

from ethgen.cli.doctor import doctor
from ethgen.cli.images import images
from ethgen.cli.tools import tools
from ethgen.cluster import doctor as examination
from ethgen.cluster import engine as docker
from ethgen.cluster import images as recipes
from ethgen.cluster import tools as provision
from ethgen.cluster.doctor import Check
from ethgen.cluster.tools import Found, tool_named
from ethgen.errors import ImageError, ToolError

ROOT = Path(__file__).parents[3]

LOCAL_IMAGES = (
    ("localhost/ethgen/agent:0.1.0", "docker/agent"),
    ("ethereum/client-go:v1.17.8", "docker/geth"),
    ("gcr.io/offchainlabs/prysm/beacon-chain:v7.0.0", "docker/prysm"),
    ("gcr.io/offchainlabs/prysm/validator:v7.0.0", "docker/prysm"),
)


@pytest.fixture(autouse=True)
def in_the_repository(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Stand in the repository, with an empty cache."""
    monkeypatch.chdir(ROOT)
    monkeypatch.setenv("ETHGEN_CACHE", str(tmp_path))
    monkeypatch.delenv("ENV", raising=False)


def invoke(command: object, *arguments: str) -> Result:
    """Run a command and return how it ended."""
    return CliRunner().invoke(command, arguments)  # type: ignore[arg-type]


def test_tools_list_shows_where_each_tool_is(monkeypatch: pytest.MonkeyPatch):
    """Each tool takes a line: the range, the version, where it is; what was passed over follows."""
    helm, kubectl = tool_named("helm"), tool_named("kubectl")
    answers = {
        "helm": Found(helm, "PATH", Path("/usr/bin/helm"), "v3.20.1"),
        "kubectl": Found(kubectl, "missing", passed_over="/usr/bin/kubectl is v1.32.4, not >=1.35,<1.38"),
    }
    monkeypatch.setattr(provision, "TOOLS", (helm, kubectl))
    monkeypatch.setattr(provision, "locate", lambda tool: answers[tool.name])
    assert invoke(tools, "list").output == (
        "helm         >=3.18,<4       v3.20.1   PATH   /usr/bin/helm\n"
        "kubectl      >=1.35,<1.38    missing: ethgen tools install\n"
        "             passed over: /usr/bin/kubectl is v1.32.4, not >=1.35,<1.38\n"
    )
    assert json.loads(invoke(tools, "list", "--json").output)[1] == {
        "name": "kubectl",
        "wanted": ">=1.35,<1.38",
        "pinned": "v1.36.3",
        "source": "missing",
        "version": "",
        "path": "",
        "passedOver": "/usr/bin/kubectl is v1.32.4, not >=1.35,<1.38",
        "purpose": "talking to a cluster",
    }


@pytest.mark.parametrize(
    ("arguments", "installed"),
    [
        ((), ["helm", "helmfile", "helm-diff", "kubectl"]),
        (("crane", "helm"), ["crane", "helm"]),
        (("--all",), ["helm", "helmfile", "helm-diff", "kubectl", "kubeconform", "crane"]),
    ],
    ids=["deployment", "named", "all"],
)
def test_tools_install_installs_what_is_asked(
    monkeypatch: pytest.MonkeyPatch, arguments: tuple[str, ...], installed: list[str]
):
    """Without names the deployment's tools are installed, else those that are named."""
    asked: list[str] = []

    def tool_path(name: str, _progress: object) -> Path:
        asked.append(name)
        return Path("/cache", name)

    monkeypatch.setattr(provision, "tool_path", tool_path)
    result = invoke(tools, "install", *arguments)
    assert (result.exit_code, asked) == (0, installed)
    assert [line.split()[-1] for line in result.stdout.splitlines()] == [f"/cache/{name}" for name in installed]


def test_tools_install_refuses_unknown_names_before_it_builds(monkeypatch: pytest.MonkeyPatch):
    """A wrong name is refused before anything is built."""
    monkeypatch.setattr(provision, "tool_path", lambda *_arguments: pytest.fail("built something"))
    result = invoke(tools, "install", "helm", "helmfil")
    assert isinstance(result.exception, ToolError)
    assert result.exception.message == "unknown tool 'helmfil'"


def test_tools_env_prints_what_differs(monkeypatch: pytest.MonkeyPatch):
    """Only variables that differ from the shell's are exported, quoted for it."""
    monkeypatch.setenv("SAME", "1")
    answer = {"SAME": "1", "PATH": "/a b:/c"}
    monkeypatch.setattr(provision, "tool_environment", lambda **_options: answer)
    assert invoke(tools, "env").output == "export PATH='/a b:/c'\n"


def test_images_list_shows_what_local_needs():
    """The local environment's images are all built from this repository."""
    rows = json.loads(invoke(images, "list", "--env", "local", "--json").output)
    assert [(row["reference"], row["builtFrom"], row["buildable"]) for row in rows] == [
        (reference, folder, True) for reference, folder in LOCAL_IMAGES
    ]
    lines = invoke(images, "list").output.splitlines()
    assert lines == [f"{reference:60} built from {folder}" for reference, folder in LOCAL_IMAGES]


def test_images_list_works_in_a_fleet_of_ones_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """What images are built from comes with ethgen, and need not stand in the repository of the spec."""
    shutil.copytree(ROOT / "environments", tmp_path / "environments")
    monkeypatch.chdir(tmp_path)
    rows = json.loads(invoke(images, "list", "--env", "local", "--json").output)
    assert [row["buildable"] for row in rows] == [True] * len(LOCAL_IMAGES)


def test_images_build_builds_the_environments_own(monkeypatch: pytest.MonkeyPatch, tmp_path: Path):
    """Without references every image of the environment that can be built is."""
    archive = tmp_path / "image.tar"
    archive.write_bytes(b"x" * 1_500_000)
    monkeypatch.setattr(docker, "engine_answers", lambda: False)
    monkeypatch.setattr(recipes, "ensure_archive", lambda _request, _progress: archive)
    lines = invoke(images, "build").stdout.splitlines()
    assert [line.split()[0] for line in lines] == [reference for reference, _ in LOCAL_IMAGES]
    assert {line.partition(" s ")[2].strip() for line in lines} == {f"1.5 MB  {archive}"}


def test_images_build_refuses_what_cannot_be_built(monkeypatch: pytest.MonkeyPatch):
    """An image without a recipe is an error."""
    monkeypatch.setattr(docker, "engine_answers", lambda: False)
    result = invoke(images, "build", "grafana/loki:3")
    assert isinstance(result.exception, ImageError)
    assert result.exception.message == "grafana/loki:3 cannot be built here"


def test_doctor_ends_well_when_nothing_is_missing(monkeypatch: pytest.MonkeyPatch):
    """Without anything missing the exit status is 0, whatever optional thing is not there."""
    checks = [
        Check("go", "ok", "1.26.8 at /usr/bin/go", "building"),
        Check("Docker engine", "optional", "none answers", "kind", "install Docker"),
    ]
    monkeypatch.setattr(examination, "effective_provider", lambda _provider: "bare")
    monkeypatch.setattr(examination, "examine", lambda _provider, **_options: checks)
    result = invoke(doctor)
    assert result.exit_code == 0
    assert result.output == (
        "local: cluster provider auto, here bare\n"
        "ok           go                     1.26.8 at /usr/bin/go\n"
        "optional     Docker engine          none answers\n"
        "                                    for kind: install Docker\n"
        "nothing is missing\n"
    )


def test_doctor_ends_with_1_when_something_is_missing(monkeypatch: pytest.MonkeyPatch):
    """Something the environment needs and has not makes the exit status 1, also with --json."""
    checks = [Check("root", "missing", "user 1000", "clusters with bare", "run ethgen with sudo")]
    monkeypatch.setattr(examination, "effective_provider", lambda _provider: "bare")
    monkeypatch.setattr(examination, "examine", lambda _provider, **_options: checks)
    result = invoke(doctor)
    assert result.exit_code == 1
    assert result.output.endswith("for clusters with bare: run ethgen with sudo\n1 missing\n")
    result = invoke(doctor, "--json")
    assert result.exit_code == 1
    assert json.loads(result.output)[0]["cure"] == "run ethgen with sudo"
