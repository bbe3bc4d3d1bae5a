"""A fleet's repository and its cluster, as tests of Flux and of Argo CD work with them."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Self

import pytest

from ethgen.cluster.tools import tool_path

if TYPE_CHECKING:
    from collections.abc import Callable

ROOT = Path(__file__).parents[2]

ETHGEN = Path(sys.executable).with_name("ethgen")
"""The command of the environment that the tests run in."""


@dataclass(frozen=True)
class Fleet:
    """A repository of one's own with one environment, and its cluster.

    Attributes:
        folder: the repository.
        environment: the environment's name.
    """

    folder: Path
    environment: str

    @classmethod
    def begun(cls, folder: Path, environment: str, spec: str) -> Self:
        """Return a repository with the charts and one commit, of a spec and what is rendered of it."""
        made = cls(folder, environment)
        shutil.copytree(ROOT / "charts", folder / "charts")
        (folder / "environments").mkdir()
        (folder / ".gitignore").write_text(".ethgen/\n", encoding="utf-8")
        made.git("init", "--quiet", "--initial-branch=main")
        made.commit("a network", spec=spec)
        return made

    @property
    def spec(self) -> Path:
        """The file that people edit."""
        return self.folder / "environments" / f"{self.environment}.yaml"

    def ethgen(self, *arguments: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        """Run ethgen in the repository."""
        command = [str(ETHGEN), *arguments, "--env", self.environment]
        done = subprocess.run(command, cwd=self.folder, capture_output=True, text=True, check=False)
        if check and done.returncode != 0:
            pytest.fail(f"{' '.join(arguments)} ended with {done.returncode}:\n{done.stdout}\n{done.stderr}")
        return done

    def kubectl(self, *arguments: str) -> str:
        """Run kubectl on the cluster and return what it printed."""
        kubeconfig = self.folder / ".ethgen" / self.environment / "kubeconfig"
        command = [str(tool_path("kubectl")), f"--kubeconfig={kubeconfig}", *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def objects(self, kind: str, namespace: str) -> dict[str, Any]:
        """Return the objects of a kind, by name."""
        listed = json.loads(self.kubectl("get", kind, f"--namespace={namespace}", "--output=json"))
        return {each["metadata"]["name"]: each for each in listed["items"]}

    def ids(self, kind: str, namespace: str) -> dict[str, str]:
        """Return what tells the objects of a kind from others that had their names."""
        return {name: each["metadata"]["uid"] for name, each in self.objects(kind, namespace).items()}

    def commit(self, words: str, *, spec: str = "") -> str:
        """Commit all there is, with another spec where one is given, and return the commit."""
        if spec:
            self.spec.write_text(spec, encoding="utf-8")
            self.ethgen("render")
        self.git("add", "--all")
        self.git("commit", "--quiet", f"--message={words}")
        return self.head()

    def head(self) -> str:
        """Return the newest commit."""
        return self.git("rev-parse", "HEAD").strip()

    def git(self, *arguments: str) -> str:
        """Run git in the repository."""
        person = ["-c", "user.name=Test", "-c", "user.email=test@example.org", "-c", "commit.gpgsign=false"]
        command = ["git", *person, "-C", str(self.folder), *arguments]
        return subprocess.run(command, capture_output=True, text=True, check=True).stdout

    def wait(self, what: str, limit: float, condition: Callable[[], bool]) -> float:
        """Wait until a condition holds, and return how many seconds that took."""
        begin = time.monotonic()
        while True:
            try:
                if condition():
                    return time.monotonic() - begin
            except (KeyError, ValueError, subprocess.CalledProcessError):
                # A machine that is busy answers late; the next look may have better luck.
                pass
            if time.monotonic() - begin > limit:
                pytest.fail(f"{what} did not come about within {limit:g} s\n{self.described()}")
            time.sleep(0.5)

    def described(self) -> str:
        """Return what helps to understand why something did not come about."""
        return self.kubectl("get", "pods", "--all-namespaces")


def said(words: str) -> None:
    """Say what was measured; `pytest -s` shows it."""
    sys.stdout.write(f"\n{words}\n")
