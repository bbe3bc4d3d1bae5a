"""`ethgen cluster` over a provider that only keeps what it was asked."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from click.testing import CliRunner, Result

from ethgen.cli.cluster import PROVIDERS, cluster
from ethgen.cluster.provider import Cluster, ClusterConfig, Progress, Status, silent
from ethgen.cluster.providers import providers

if TYPE_CHECKING:
    from ethgen.cluster.provider import Provider

ROOT = Path(__file__).parents[3]


@dataclass
class Recorder:
    """Plays a provider."""

    state: str = "running"
    asked: list[tuple[str, ClusterConfig, bool]] = field(default_factory=list)

    def up(self, config: ClusterConfig, progress: Progress = silent) -> Cluster:
        """Report one step."""
        progress("node Ready", 4.2)
        self.asked.append(("up", config, False))
        return Cluster("bare", config.name, config.kubeconfig, ("10.88.0.2",))

    def down(self, config: ClusterConfig, *, keep_data: bool = False, progress: Progress = silent) -> None:
        """Report one step."""
        progress("files removed", 0.1)
        self.asked.append(("down", config, keep_data))

    def status(self, config: ClusterConfig) -> Status:
        """Tell the state."""
        return Status("bare", config.name, self.state, "a detail", config.name, str(config.kubeconfig), ("10.88.0.2",))


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> Recorder:
    """Return the provider that every choice comes to; the working folder is the repository."""
    made = Recorder()

    def choose(config: ClusterConfig) -> Provider:
        made.asked.append(("choose " + config.provider, config, False))
        return made  # type: ignore[return-value] - the commands need no more of it

    monkeypatch.setattr("ethgen.cluster.providers.choose", choose)
    for variable in ("ENV", "ETHGEN_ENV"):
        monkeypatch.delenv(variable, raising=False)
    monkeypatch.chdir(ROOT)
    return made


def run(*arguments: str) -> Result:
    """Run the command."""
    return CliRunner().invoke(cluster, list(arguments), catch_exceptions=False)


def test_up_shows_each_step_with_its_duration_and_how_to_reach_the_cluster(recorder: Recorder):
    """Steps go to standard error, the result to standard output."""
    result = run("up", "--env", "local")
    kubeconfig = ROOT / ".ethgen" / "local" / "kubeconfig"
    assert result.stderr == "   4.20 s  node Ready\n"
    assert result.stdout == f"ethgen-local (bare) at 10.88.0.2\nexport KUBECONFIG={kubeconfig}\n"
    assert [word for word, _, _ in recorder.asked] == ["choose auto", "up"]
    assert recorder.asked[0][1].state == kubeconfig.parent


@pytest.mark.usefixtures("recorder")
def test_up_prints_json_when_asked():
    """The same as data, for programs."""
    answer = json.loads(run("up", "--json").stdout)
    assert (answer["provider"], answer["context"], answer["addresses"]) == ("bare", "ethgen-local", ["10.88.0.2"])


def test_the_provider_can_be_named_on_the_command_line(recorder: Recorder):
    """`--provider` goes before the spec's own."""
    run("up", "--provider", "bare")
    assert recorder.asked[0][0] == "choose bare"


@pytest.mark.parametrize(("option", "kept"), [((), False), (("--keep-data",), True)])
def test_down_removes_and_may_keep_the_data(recorder: Recorder, option: tuple[str, ...], kept: bool):  # noqa: FBT001
    """What is kept is said."""
    result = run("down", *option)
    assert recorder.asked[-1][0::2] == ("down", kept)
    assert result.stdout == "ethgen-local is gone" + (", its data is kept\n" if kept else "\n")


def test_status_is_a_line_or_json_and_an_exit_status(recorder: Recorder):
    """Anything but a running cluster is exit status 1."""
    result = run("status")
    assert (result.exit_code, result.stdout.splitlines()[0]) == (0, "ethgen-local (bare): running, a detail")
    recorder.state = "broken"
    result = run("status", "--json")
    assert result.exit_code == 1
    assert json.loads(result.stdout) == {
        "provider": "bare",
        "name": "ethgen-local",
        "state": "broken",
        "detail": "a detail",
        "context": "ethgen-local",
        "kubeconfig": str(ROOT / ".ethgen" / "local" / "kubeconfig"),
        "addresses": ["10.88.0.2"],
    }


def test_every_provider_can_be_named():
    """The option's values are `auto` and the providers there are."""
    assert set(PROVIDERS) == {"auto", *providers()}
