"""Installing releases with helmfile, and uninstalling them."""

from __future__ import annotations

import re
import subprocess
from dataclasses import dataclass
from typing import TYPE_CHECKING

from ethgen.errors import DeployError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path

    from ethgen.operate.deploy.steps import Report

# helmfile's exit status of `apply --detailed-exitcode` when it changed something (helmfile documentation, "apply").
_CHANGED = 2


@dataclass(frozen=True)
class Helmfile:
    """helmfile on the generated helmfile of one environment.

    Attributes:
        root: the repository.
        name: the environment.
        variables: the process environment with the tools first on PATH and the kubeconfig.
        local: a helmfile with charts of other repositories in folders of this machine; None takes the generated one.
    """

    root: Path
    name: str
    variables: Mapping[str, str]
    local: Path | None = None

    def apply(self, report: Report, layer: str | None = None, without: Sequence[str] = ()) -> bool:
        """Install what differs, of one layer or of all, without some releases; returns whether anything did.

        Raises:
            DeployError: helmfile or Helm fails; Helm's own words are the message.
        """
        status, output = self._run(
            report, _selectors(layer, without), "apply", "--detailed-exitcode", "--suppress-diff"
        )
        if status not in {0, _CHANGED}:
            raise _failure(output)
        return status == _CHANGED

    def sync(self, report: Report, names: Sequence[str]) -> None:
        """Install releases whether or not their values differ from what Helm has installed.

        Raises:
            DeployError: helmfile or Helm fails; Helm's own words are the message.
        """
        status, output = self._run(report, _named(names), "sync")
        if status:
            raise _failure(output)

    def destroy(self, report: Report, layer: str) -> None:
        """Uninstall the releases of a layer, those first that need others; charts and values are not looked at.

        Raises:
            DeployError: helmfile or Helm fails; Helm's own words are the message.
        """
        status, output = self._run(report, _selectors(layer, ()), "destroy", "--skip-charts")
        if status:
            raise _failure(output, "uninstall")

    def template(self, report: Report, folder: Path, names: Sequence[str]) -> None:
        """Write the objects of releases below `folder`, each in a folder of the release's name.

        Raises:
            DeployError: helmfile or Helm fails; Helm's own words are the message.
        """
        places = (f"--output-dir={folder}", "--output-dir-template={{ .OutputDir }}/{{ .Release.Name }}")
        status, output = self._run(report, _named(names), "template", *places)
        if status:
            raise _failure(output)

    def _run(self, report: Report, selectors: list[str], *arguments: str) -> tuple[int, str]:
        file = self.local or self.root / "values" / self.name / "helmfile.yaml"
        command = ["helmfile", f"--file={file}", f"--environment={self.name}", "--no-color", *selectors, *arguments]
        lines: list[str] = []
        with subprocess.Popen(
            command, env=dict(self.variables), stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as process:
            assert process.stdout is not None  # noqa: S101 - it is a pipe
            for line in process.stdout:
                lines.append(line)
                if line.strip():
                    report.detail(line.strip()[:120])
        return process.returncode, "".join(lines)


def _named(names: Sequence[str]) -> list[str]:
    return [f"--selector=name={name}" for name in names]


def _selectors(layer: str | None, without: Sequence[str]) -> list[str]:
    terms = [*([f"layer={layer}"] if layer else []), *(f"name!={name}" for name in without)]
    return [f"--selector={','.join(terms)}"] if terms else []


def _failure(output: str, verb: str = "install") -> DeployError:
    errors = [line.strip() for line in output.splitlines() if re.match(r"\s*(Error|err|in |STDERR|failed)", line)]
    words = "\n  ".join(dict.fromkeys(errors[-6:])) or output.strip()[-600:] or "it printed nothing"
    return DeployError(f"helmfile could not {verb} the releases:\n  {words}")
