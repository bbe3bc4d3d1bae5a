"""`ethgen diff --since`: what a spec gives now, beside what a commit has, as Helm draws both."""

from __future__ import annotations

import io
import json
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ethgen.cli import main

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]

SPEC = """\
profile: local
networks:
  devnet:
    chain: custom
    chainId: 1234
    genesis: {mnemonic: test test test test test test test test test test test junk, slotsPerEpoch: 8}
    nodes:
      a: {execution: {client: geth, version: 1.17.7}, consensus: {client: prysm}, storage: 4Gi}
    validators:
      a: {client: prysm, keys: 8, storage: 1Gi, feeRecipient: "0x000000000000000000000000000000000000dead"}
"""


def git(folder: Path, *arguments: str) -> None:
    """Run git as nobody in particular."""
    identity = ("-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false")
    subprocess.run(["git", *identity, *arguments], cwd=folder, check=True, capture_output=True)


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, program: Callable[[str], str]) -> Path:
    """Return a repository with one environment, rendered and committed, and stand in it."""
    program("helm")
    (tmp_path / "environments").mkdir()
    (tmp_path / "environments" / "here.yaml").write_text(SPEC)
    shutil.copytree(ROOT / "charts", tmp_path / "charts")
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit):
        main(["render", "--env", "here"])
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", "--all")
    git(tmp_path, "commit", "--quiet", "--message=first")
    return tmp_path


@pytest.fixture
def since(repository: Path, capsys: pytest.CaptureFixture[str]) -> Callable[..., tuple[int, str, str]]:
    """Return a function that changes the spec and compares it with the commit."""
    capsys.readouterr()

    def compare(*pairs: tuple[str, str], arguments: tuple[str, ...] = ("--since", "HEAD")) -> tuple[int, str, str]:
        text = SPEC
        for old, new in pairs:
            assert old in text
            text = text.replace(old, new)
        (repository / "environments" / "here.yaml").write_text(text)
        with pytest.raises(SystemExit) as caught:
            main(["diff", "here", *arguments])
        printed = capsys.readouterr()
        assert isinstance(caught.value.code, int)
        return caught.value.code, printed.out, printed.err

    return compare


def test_nothing_differs(since: Callable[..., tuple[int, str, str]]):
    """A spec that gives what was committed differs in nothing."""
    assert since() == (0, "here gives what HEAD has\n", "")


def test_values_and_what_is_done_about_them(since: Callable[..., tuple[int, str, str]]):
    """Every value that differs is told, and a larger volume with what a deployment does."""
    status, output, _ = since(("1.17.7", "1.17.8"), ("storage: 4Gi", "storage: 8Gi"))
    assert status == 1
    assert output == (
        "devnet: changed\n"
        "  nodes.a.execution.image  ethereum/client-go:v1.17.7 -> ethereum/client-go:v1.17.8\n"
        "  nodes.a.storage          4Gi -> 8Gi\n"
        "  carried out by ethgen deploy\n"
        "    StatefulSet devnet/a: volumeClaimTemplates[data].storage 4Gi -> 8Gi\n"
        "      the claims grow one at a time, then the StatefulSet is made anew around its pods, which go on running\n"
    )


def test_what_kubernetes_refuses(since: Callable[..., tuple[int, str, str]]):
    """A smaller claim and another class are refused, each with its procedure."""
    _, output, _ = since(
        ("storage: 1Gi", "storage: 512Mi"), ("profile: local", "profile: local\ncluster: {storage: {class: fast}}")
    )
    assert "  refused by Kubernetes\n" in output
    for line in (
        "StatefulSet devnet/a: volumeClaimTemplates[data].storageClassName not set -> fast",
        "PersistentVolumeClaim devnet/slashing-protection-a: spec.storageClassName not set -> fast",
        "PersistentVolumeClaim devnet/slashing-protection-a: spec.storage 1Gi -> 512Mi",
    ):
        assert f"    {line}\n" in output


def test_a_client_that_cannot_read_the_database(since: Callable[..., tuple[int, str, str]]):
    """Another client in a group is told to be refused, for it cannot go on with the database there."""
    _, output, _ = since(("{client: geth, version: 1.17.7}", "{client: besu}"))
    assert "  refused by ethgen deploy, for the sake of the database\n    devnet/a: besu cannot read" in output


def test_a_changed_chart_counts(since: Callable[..., tuple[int, str, str]], repository: Path):
    """What only the chart has changed is found too: a selector that no update may touch."""
    template = repository / "charts" / "ethereum-infrastructure" / "templates" / "nodes" / "statefulset.yaml"
    template.write_text(
        template.read_text().replace("podManagementPolicy: Parallel", "podManagementPolicy: OrderedReady")
    )
    status, output, _ = since()
    assert status == 1
    assert output.startswith("devnet: changed, its chart as committed -> changed\n")
    assert (
        "around the running pods\n    StatefulSet devnet/a: spec.podManagementPolicy Parallel -> OrderedReady" in output
    )


def test_releases_that_come_and_go(since: Callable[..., tuple[int, str, str]]):
    """A network under another name is one release more and one less."""
    assert since(("  devnet:", "  other:"))[1] == "other: added\ndevnet: removed\n"


def test_programs_read_all_of_it(since: Callable[..., tuple[int, str, str]]):
    """JSON has the values and the changes that are refused."""
    _, output, _ = since(("storage: 4Gi", "storage: 2Gi"), arguments=("--since", "HEAD", "--json"))
    (release,) = json.loads(output)["releases"]
    assert release["values"] == [["nodes.a.storage", "4Gi", "2Gi"]]
    changed: list[Any] = release["immutable"][0]
    assert changed[:7] == ["StatefulSet", "devnet", "a", "volumeClaimTemplates[data].storage", "4Gi", "2Gi", "refuse"]


def test_a_commit_that_is_not_there(since: Callable[..., tuple[int, str, str]]):
    """An unknown commit ends with status 2 and what to name."""
    status, _, errors = since(arguments=("--since", "nowhere"))
    assert status == 2
    assert errors == (
        "error: git does not have nowhere: Not a valid object name nowhere\n"
        "  cure: name a commit, branch or tag of this repository, such as HEAD or origin/main\n"
    )


@pytest.mark.parametrize("arguments", [(), ("there", "--since", "HEAD")])
def test_one_environment_or_two(since: Callable[..., tuple[int, str, str]], arguments: tuple[str, ...]):
    """Two environments are compared with each other, and one with a commit; nothing else makes sense."""
    status, _, errors = since(arguments=arguments)
    assert status == 2
    assert "name two environments, or one and --since" in errors


def packaged(folder: Path, version: str, app: str) -> None:
    """Package a chart called metrics-server, whose Deployment selects the pods of an app."""
    labels = {"app": app}
    deployment = {
        "apiVersion": "apps/v1", "kind": "Deployment", "metadata": {"name": "x"},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": {"containers": [{"name": "x", "image": "x"}]}},
        },
    }  # fmt: skip
    chart = {"apiVersion": "v2", "name": "metrics-server", "version": version}
    with tarfile.open(folder / f"metrics-server-{version}.tgz", "w:gz") as archive:
        for name, content in (("Chart.yaml", chart), ("templates/x.yaml", deployment)):
            text = json.dumps(content).encode()
            file = tarfile.TarInfo(f"metrics-server/{name}")
            file.size = len(text)
            archive.addfile(file, io.BytesIO(text))


def test_a_chart_of_others_is_compared_where_it_is_at_hand(
    since: Callable[..., tuple[int, str, str]], repository: Path, monkeypatch: pytest.MonkeyPatch
):
    """Both versions on this machine are drawn and compared; one that would have to be pulled is named instead."""
    folder = repository / "packaged"
    folder.mkdir()
    monkeypatch.setenv("ETHGEN_CHARTS", str(folder))
    added = f"{SPEC}releases: {{metrics-server: {{version: 3.12.0}}}}\n"
    (repository / "environments" / "here.yaml").write_text(added)
    with pytest.raises(SystemExit):
        main(["render", "--env", "here"])
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message=a chart of others")
    packaged(folder, "3.13.0", "new")
    newer = ("profile: local\n", "profile: local\nreleases: {metrics-server: {version: 3.13.0}}\n")
    changed = "metrics-server: changed, its chart 3.12.0 -> 3.13.0\n"
    status, output, errors = since(newer)
    assert (status, errors) == (1, "")
    missing = "  objects not compared: the chart metrics-server 3.12.0 is not on this machine ("
    assert output.partition(changed)[2].startswith(missing)
    packaged(folder, "3.12.0", "old")
    _, output, _ = since(newer)
    assert output.partition(changed)[2].startswith(
        "  refused by Kubernetes\n"
        "    Deployment metrics-server/x: spec.selector {matchLabels: {app: old}} -> {matchLabels: {app: new}}\n"
        "      remove it, and deploy again: kubectl --context ethgen-here --namespace metrics-server "
        "delete deployment x\n"
    )


def test_a_commit_that_cannot_be_read_is_told(repository: Path, since: Callable[..., tuple[int, str, str]]):
    """What ethgen did not write, or what is no YAML, is named with the commit that has it."""
    helmfile = repository / "values" / "here" / "helmfile.yaml"
    for text, said in (("releases: [\n", "cannot be read: while parsing"), ("- 1\n", "is not a helmfile")):
        helmfile.write_text(text)
        git(repository, "commit", "--quiet", "--all", "--message=broken")
        status, _, errors = since()
        assert status == 2
        assert errors.startswith("error: values/here/helmfile.yaml as HEAD has it cannot be read: ")
        assert said in errors
