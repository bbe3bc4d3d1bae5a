"""A branch over HTTP: git itself reads it, nothing can be written, and nobody else is answered."""

from __future__ import annotations

import subprocess
import threading
from contextlib import contextmanager
from http import HTTPStatus
from http.client import HTTPConnection
from types import SimpleNamespace
from typing import TYPE_CHECKING

import pytest

from ethgen.errors import EthgenError, ToolError
from ethgen.operate.git import Git, git_environment
from ethgen.operate.git_server import GitServer, Served
from ethgen.operate.since import changes_since

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

PATH = "/repository.git"


def git(folder: Path, *arguments: str) -> str:
    """Run git without the settings of whoever runs the tests."""
    variables = {**git_environment(), "GIT_CONFIG_GLOBAL": "/dev/null", "GIT_CONFIG_NOSYSTEM": "1"}
    person = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"]
    command = ["git", *person, "-C", str(folder), *arguments]
    return subprocess.run(command, env=variables, capture_output=True, text=True, check=True).stdout


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """Return a repository with a commit in `main` and another in `private`."""
    folder = tmp_path / "fleet"
    folder.mkdir()
    git(folder, "init", "--quiet", "--initial-branch=main")
    (folder / "file").write_text("one", encoding="utf-8")
    git(folder, "add", "--all")
    git(folder, "commit", "--quiet", "--message=one")
    git(folder, "checkout", "--quiet", "-b", "private")
    git(folder, "commit", "--quiet", "--allow-empty", "--message=private")
    git(folder, "checkout", "--quiet", "main")
    return folder


@contextmanager
def serving(folder: Path, *, clients: tuple[str, ...] = ("127.0.0.0/8",)) -> Iterator[tuple[int, list[str]]]:
    """Serve a repository at a free port while the body runs; returns the port and what the server says."""
    said: list[str] = []
    server = GitServer(Served(Git(folder).directory(), "main", "127.0.0.1", 0, PATH, clients), said.append)
    thread = threading.Thread(target=server.serve_forever, args=(0.01,))
    thread.start()
    try:
        yield server.server_address[1], said
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def ask(port: int, method: str, path: str, headers: dict[str, str] | None = None) -> int:
    """Return the status of an answer."""
    connection = HTTPConnection("127.0.0.1", port, timeout=10)
    connection.request(method, path, headers=headers or {})
    status = connection.getresponse().status
    connection.close()
    return status


def test_git_clones_and_fetches_the_branch(repository: Path, tmp_path: Path):
    """A clone has the branch's files, and a later fetch its next commit."""
    with serving(repository) as (port, said):
        git(tmp_path, "clone", "--quiet", "--depth=1", f"http://127.0.0.1:{port}{PATH}", "clone")
        assert (tmp_path / "clone" / "file").read_text(encoding="utf-8") == "one"
        (repository / "file").write_text("two", encoding="utf-8")
        git(repository, "commit", "--quiet", "--all", "--message=two")
        git(tmp_path / "clone", "pull", "--quiet")
    assert (tmp_path / "clone" / "file").read_text(encoding="utf-8") == "two"
    assert any("git-upload-pack" in line for line in said)


def test_a_work_tree_beside_others_can_be_served(repository: Path, tmp_path: Path):
    """`git worktree add` makes a folder whose branch is served like any other."""
    git(repository, "worktree", "add", "--quiet", str(tmp_path / "tree"), "private")
    with serving(tmp_path / "tree") as (port, _):
        listed = git(tmp_path, "ls-remote", "--heads", f"http://127.0.0.1:{port}{PATH}")
    assert listed.split() == [Git(repository).commit("main"), "refs/heads/main"]


def test_no_other_branch_is_shown(repository: Path, tmp_path: Path):
    """Only the branch that is served can be listed."""
    with serving(repository) as (port, _):
        listed = git(tmp_path, "ls-remote", "--heads", f"http://127.0.0.1:{port}{PATH}")
    assert "private" not in listed


def test_a_commit_that_the_branch_does_not_have_cannot_be_fetched(repository: Path, tmp_path: Path):
    """A commit of another branch is refused by its hash, too, whichever version of the protocol a client speaks."""
    hidden = Git(repository).commit("private")
    git(tmp_path, "init", "--quiet", "mine")
    for version in ("0", "2"):
        with serving(repository) as (port, _):
            url = f"http://127.0.0.1:{port}{PATH}"
            with pytest.raises(subprocess.CalledProcessError):
                git(tmp_path / "mine", "-c", f"protocol.version={version}", "fetch", "--quiet", url, hidden)


def test_nothing_can_be_written(repository: Path, tmp_path: Path):
    """A push is refused, whatever the repository's own settings allow."""
    git(repository, "config", "http.receivepack", "true")
    before = Git(repository).commit("main")
    with serving(repository) as (port, _):
        git(tmp_path, "clone", "--quiet", f"http://127.0.0.1:{port}{PATH}", "clone")
        git(tmp_path / "clone", "commit", "--quiet", "--allow-empty", "--message=theirs")
        with pytest.raises(subprocess.CalledProcessError) as caught:
            git(tmp_path / "clone", "push", "--quiet")
    assert "403" in caught.value.stderr
    assert Git(repository).commit("main") == before


@pytest.mark.parametrize(
    ("method", "path", "expected"),
    [
        ("GET", f"{PATH}/info/refs?service=git-receive-pack", HTTPStatus.FORBIDDEN),
        ("GET", f"{PATH}/info/refs", HTTPStatus.FORBIDDEN),
        ("GET", f"{PATH}/HEAD", HTTPStatus.NOT_FOUND),
        ("GET", f"{PATH}/../../etc/passwd", HTTPStatus.NOT_FOUND),
        ("GET", "/other.git/info/refs?service=git-upload-pack", HTTPStatus.NOT_FOUND),
        ("POST", f"{PATH}/git-receive-pack", HTTPStatus.FORBIDDEN),
        ("PUT", f"{PATH}/file", HTTPStatus.NOT_IMPLEMENTED),
    ],
)
def test_all_else_is_refused(repository: Path, method: str, path: str, expected: HTTPStatus):
    """Files, other services and other repositories are not served."""
    with serving(repository) as (port, _):
        assert ask(port, method, path) == expected


def test_requests_have_a_length_and_it_is_small(repository: Path):
    """A request without a length, or with more than a megabyte, is refused before it is read."""
    with serving(repository) as (port, _):
        upload = f"{PATH}/git-upload-pack"
        assert ask(port, "POST", upload, {"Content-Length": str(1 << 21)}) == HTTPStatus.REQUEST_ENTITY_TOO_LARGE
        assert ask(port, "POST", upload, {"Transfer-Encoding": "chunked"}) == HTTPStatus.LENGTH_REQUIRED


def test_clients_of_other_networks_are_not_answered(repository: Path):
    """A connection from outside the cluster's networks is closed without an answer."""
    with serving(repository, clients=("10.244.0.0/16",)) as (port, said):
        with pytest.raises(ConnectionError):
            ask(port, "GET", f"{PATH}/info/refs?service=git-upload-pack")
        assert said == ["127.0.0.1 refused: it is not of this cluster"]


def test_a_taken_port_is_told(repository: Path):
    """A second server at one port is a clear error."""
    with serving(repository) as (port, _):
        served = Served(Git(repository).directory(), "main", "127.0.0.1", port, PATH, ())
        with pytest.raises(EthgenError, match=rf"the port of 127\.0\.0\.1:{port} is taken"):
            GitServer(served, lambda _: None)


def test_an_address_that_is_not_there_is_told(repository: Path):
    """Before the cluster's link is there nothing can listen at its address."""
    served = Served(Git(repository).directory(), "main", "192.0.2.1", 8418, PATH, ())
    with pytest.raises(EthgenError) as caught:
        GitServer(served, lambda _: None)
    assert str(caught.value) == (
        "192.0.2.1 is no address of this machine now\n  cure: start the cluster first: `ethgen cluster up`"
    )


def test_what_a_commit_lacks_is_named(repository: Path):
    """Changed, new, renamed and removed files are named, also those of another branch, of the wanted folders alone."""
    main = Git(repository).commit("main")
    git(repository, "checkout", "--quiet", "-b", "other")
    (repository / "file").rename(repository / "renamed file")
    git(repository, "add", "--all")
    git(repository, "commit", "--quiet", "--message=renamed")
    (repository / "sub").mkdir()
    (repository / "sub" / "new").touch()
    assert Git(repository).differing(main) == ["file", "renamed file", "sub/new"]
    assert Git(repository).differing(main, "sub", "absent") == ["sub/new"]
    assert Git(repository / "sub").differing(main, ".") == ["new"]
    assert Git(repository).differing(Git(repository).commit("other"), "file") == []


def test_a_missing_branch_is_told(repository: Path):
    """The branch that the spec names has to be there."""
    with pytest.raises(EthgenError, match="has no branch releases with a commit"):
        Git(repository).commit("releases")


@pytest.mark.parametrize(
    "ask",
    [
        lambda folder: Git(folder).directory(),
        lambda folder: Git(folder).commit("main"),
        lambda folder: changes_since(SimpleNamespace(environment="local"), folder, "HEAD"),  # type: ignore[arg-type]
    ],
    ids=["directory", "commit", "since"],
)
def test_a_folder_that_git_refuses_is_told(tmp_path: Path, ask: Callable[[Path], object]):
    """Where git refuses the folder, that is the error and not that a branch is missing, and it says what helps."""
    with pytest.raises(EthgenError) as caught:
        ask(tmp_path)
    assert "not a git repository" in str(caught.value)
    assert "git init" in caught.value.cure


def test_a_missing_git_is_told(repository: Path, monkeypatch: pytest.MonkeyPatch):
    """Without the program the error says how to install it."""
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ToolError, match="there is no git"):
        Git(repository).directory()
