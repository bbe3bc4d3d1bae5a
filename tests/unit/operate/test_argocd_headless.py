"""Argo CD's parts as processes: what they are started with, when they count as ready, and how they end."""

from __future__ import annotations

import json
import os
import sys
from typing import TYPE_CHECKING

import pytest

from ethgen.errors import ToolError
from ethgen.operate.argocd.headless import Setup, running

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

# Stands for each part: writes down what it was started with, answers on its port, and ends with its input.
PART = """
import http.server, json, os, sys, threading
name, *arguments = sys.argv[1:]
options = dict(word[2:].split("=", 1) for word in arguments if word.startswith("--"))
port = int(options.get("metrics-port") or arguments[0].rpartition(":")[2])
import shutil
assert shutil.which("git-verify-wrapper.sh")
variables = {name: os.environ[name] for name in sorted(os.environ) if name.startswith(("ARGOCD_", "REDIS_", "GIT_"))}
with open(os.path.join(os.environ["RECORDS"], name), "w") as file:
    json.dump({"arguments": arguments, "variables": variables}, file)
class Handler(http.server.BaseHTTPRequestHandler):
    def do_GET(self):
        self.send_response(200 if self.path == "/healthz" else 404)
        self.end_headers()
server = http.server.HTTPServer(("127.0.0.1", port), Handler)
threading.Thread(target=server.serve_forever, daemon=True).start()
sys.stdin.read()
"""


@pytest.fixture
def setup(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Setup]:
    """Return what makes a setup of a program's text."""
    monkeypatch.setenv("ARGOCD_SERVER", "argocd.example.org")
    monkeypatch.setenv("GIT_DIR", "/elsewhere")

    def made(text: str) -> Setup:
        program = tmp_path / "argocd-headless"
        program.write_text(f"#!{sys.executable}\n{text}")
        program.chmod(0o755)
        variables = {**os.environ, "RECORDS": str(tmp_path)}
        script = tmp_path / "git-verify-wrapper.sh"
        script.write_text("#!/bin/sh\n")
        return Setup(program, (script,), variables, tmp_path / "kubeconfig", "argocd", 30, tmp_path / "logs")

    return made


def test_all_three_parts_run_in_the_block_and_none_after_it(setup: Callable[[str], Setup]) -> None:
    """Inside the block every part answers; after it each has ended."""
    with running(setup(PART)) as parts:
        assert [part.name for part in parts] == ["redis", "repo-server", "application-controller"]
        assert [part.process.poll() for part in parts] == [None, None, None]
    assert all(part.process.poll() is not None for part in parts)


def test_the_parts_speak_on_loopback_with_a_password_and_nothing_of_the_users_settings(
    setup: Callable[[str], Setup], tmp_path: Path
) -> None:
    """Every address is loopback's, all three have one password, and no variable of the user's set-up reaches them."""
    with running(setup(PART)):
        told = {name: json.loads((tmp_path / name).read_text()) for name in ("redis", "repo-server")}
        controller = json.loads((tmp_path / "application-controller").read_text())
    assert {told["redis"]["variables"]["REDIS_PASSWORD"]} == {
        part["variables"]["REDIS_PASSWORD"] for part in (told["repo-server"], controller)
    }
    redis = f"--redis={told['redis']['arguments'][0]}"
    assert redis.startswith("--redis=127.0.0.1:")
    assert redis in told["repo-server"]["arguments"]
    assert redis in controller["arguments"]
    assert f"--kubeconfig={tmp_path / 'kubeconfig'}" in controller["arguments"]
    assert controller["variables"]["ARGOCD_RECONCILIATION_TIMEOUT"] == "30s"
    assert {"ARGOCD_SERVER", "GIT_DIR"}.isdisjoint(controller["variables"])


def test_a_part_that_ends_while_it_starts_is_told_with_its_last_line(setup: Callable[[str], Setup]) -> None:
    """The error names the part, its status, what it said last, and its log."""
    ending = "import sys\nif sys.argv[1] == 'repo-server':\n    sys.exit('no room')\n"
    made = setup(ending + PART)
    with pytest.raises(ToolError, match=r"Argo CD's repo-server ended with 1: no room") as caught, running(made):
        pytest.fail("it began")
    assert caught.value.cure == f"read {made.logs / 'repo-server.log'}"


def test_a_part_that_ends_later_is_told(setup: Callable[[str], Setup]) -> None:
    """A part that was killed is an error at the next look."""
    with running(setup(PART)) as parts:
        parts[1].require_alive()
        parts[1].process.kill()
        parts[1].process.wait()
        with pytest.raises(ToolError, match="repo-server ended with -9"):
            parts[1].require_alive()


def test_without_git_nothing_is_started(setup: Callable[[str], Setup], monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine without git is told so, with the cure."""
    made = setup(PART)
    monkeypatch.setenv("PATH", "/nowhere")
    with pytest.raises(ToolError, match="needs git") as caught, running(made):
        pytest.fail("it began")
    assert "apt install git" in caught.value.cure
