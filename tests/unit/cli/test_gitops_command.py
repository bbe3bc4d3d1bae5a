"""`ethgen gitops`: what is served and where, and what Flux says."""

from __future__ import annotations

import json
import subprocess
from contextlib import contextmanager
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from ethgen.cli.gitops import gitops
from ethgen.cluster import providers
from ethgen.errors import EthgenError, SpecError
from ethgen.operate import git_server, kube, plan
from ethgen.operate.flux import state
from ethgen.operate.flux.state import FluxState, Part
from ethgen.operate.served import served_of
from ethgen.spec import load

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

SPEC = """\
profile: local
cluster: {provider: bare, subnets: {link: 10.88.4.0/30}}
gitops: {repository: "URL"}
"""
URL = "http://10.88.4.1:8418/fleet.git"


@pytest.fixture
def fleet(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Return a repository with one commit, whose environment `local` has a cluster of the provider `bare`."""
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / "local.yaml").write_text(SPEC.replace("URL", URL), encoding="utf-8")
    for arguments in (("init", "--quiet", "--initial-branch=main"), ("add", "."), ("commit", "--quiet", "-m", "one")):
        person = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"]
        subprocess.run(["git", *person, "-C", str(tmp_path), *arguments], check=True)
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv("ETHGEN_ENV", raising=False)
    monkeypatch.setattr(providers, "choose", lambda config: SimpleNamespace(name=config.provider))
    return tmp_path


def write(fleet: Path, text: str) -> None:
    """Write the spec anew."""
    (fleet / "environments" / "local.yaml").write_text(text, encoding="utf-8")


def test_the_specs_own_repository_is_served_to_its_cluster_alone(fleet: Path):
    """Address, port, path and branch are those of the spec; who may ask are the pods and the node."""
    served = served_of(load(fleet / "environments" / "local.yaml"), "/repository", fleet)
    assert (served.address, served.port, served.path, served.branch) == ("10.88.4.1", 8418, "/fleet.git", "main")
    assert served.clients == ("10.88.4.0/30", "10.244.0.0/16")


@pytest.mark.parametrize("url", ["https://git.example.org/fleet.git", "http://10.88.0.1:8418/fleet.git"])
def test_a_repository_elsewhere_cannot_be_served(fleet: Path, url: str):
    """The error stands at the address, and says which one can be served."""
    write(fleet, SPEC.replace("URL", url))
    with pytest.raises(SpecError) as error:
        served_of(load(fleet / "environments" / "local.yaml"), "/repository", fleet)
    assert str(error.value) == (
        f"{fleet}/environments/local.yaml:3:22: gitops.repository: {url} is not on this machine, where the cluster "
        f"would reach it; write {URL} to serve it"
    )


def test_clusters_in_containers_are_not_served(fleet: Path):
    """What address they reach this machine at is not known."""
    write(fleet, SPEC.replace("URL", URL).replace("bare, subnets: {link: 10.88.4.0/30}", "kind"))
    with pytest.raises(EthgenError, match=r"pods of ethgen-local \(provider kind\) reach this machine at no address"):
        served_of(load(fleet / "environments" / "local.yaml"), "/repository", fleet)


@pytest.mark.usefixtures("fleet")
def test_serving_ends_with_an_interruption(fleet: Path, monkeypatch: pytest.MonkeyPatch):
    """What is served is said, files that no commit holds are named, and Ctrl-C is a good end."""
    (fleet / "new").touch()

    class Server:
        """Plays the server; is interrupted at once."""

        closed = False

        def __init__(self, *_: object) -> None:
            """Take what is served."""

        def serve_forever(self) -> None:
            raise KeyboardInterrupt

        def server_close(self) -> None:
            Server.closed = True

    monkeypatch.setattr(git_server, "GitServer", Server)
    result = CliRunner().invoke(gitops, ["serve"])
    assert result.exit_code == 0, result.output
    assert f"is served as {URL}" in result.stdout
    assert result.stderr == "warning: not in main yet, so local does not have it: new\nended\n"
    assert Server.closed


def status(monkeypatch: pytest.MonkeyPatch, found: FluxState | None, *arguments: str) -> Result:
    """Run `ethgen gitops status` where Flux says this."""

    @contextmanager
    def connected(_: object) -> Iterator[None]:
        yield

    monkeypatch.setattr(kube, "connected", connected)
    monkeypatch.setattr(plan, "kubectl_of", lambda *_: None)
    monkeypatch.setattr(state, "flux_state", lambda *_: found)
    return CliRunner().invoke(gitops, ["status", *arguments])


@pytest.mark.usefixtures("fleet")
@pytest.mark.parametrize(("state_", "expected"), [("ready", 0), ("at work", 0), ("failed", 1)])
def test_status_tells_what_has_failed(monkeypatch: pytest.MonkeyPatch, state_: state.State, expected: int):
    """Every object has its row, and a failure is the exit status too."""
    found = FluxState(None, Part("Kustomization", "local", state_, "its words"), ())
    result = status(monkeypatch, found)
    assert result.exit_code == expected
    assert "Kustomization" in result.stdout
    assert "its words" in result.stdout
    assert json.loads(status(monkeypatch, found, "--json").stdout)[0]["state"] == state_


@pytest.mark.usefixtures("fleet")
def test_status_without_flux_says_how_to_begin(monkeypatch: pytest.MonkeyPatch):
    """Where Flux does not install the environment the error names the command that lets it."""
    result = status(monkeypatch, None)
    assert isinstance(result.exception, EthgenError)
    assert "ethgen deploy --env local --with flux" in result.exception.cure
