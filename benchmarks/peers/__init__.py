"""Other generators of documents, installed from their own registries, each given documents that are resolved already.

They only have to print: none of them reads a spec, checks it, knows a client or keeps what people edited. That is as
fast as each of them can be.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ethgen.cluster.cache import cache_root

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    Documents = Mapping[str, list[Any]]

PROGRAMS = Path(__file__).parent / "programs"


@dataclass(frozen=True)
class Peer:
    """A generator.

    Attributes:
        name: its name and version.
        install: makes a folder that has it.
        prepare: writes its input into a folder: a program, and the documents.
        command: runs it there, given the folder that has it.
        output: the folder, from its own, that it writes into.
    """

    name: str
    install: Callable[[Path], None]
    prepare: Callable[[Path, Documents], None]
    command: Callable[[Path], list[str]]
    output: str

    def installed(self) -> Path:
        """Return the folder that has it, installed once."""
        folder = cache_root() / "benchmarks" / self.name.replace(" ", "-")
        done = folder / ".installed"
        if not done.exists():
            print(f"installing {self.name} into {folder}", file=sys.stderr)
            shutil.rmtree(folder, ignore_errors=True)
            folder.mkdir(parents=True)
            self.install(folder)
            done.touch()
        return folder


def peers() -> list[Peer]:
    """Return the peers that can be had here; those of Node.js only where it is installed."""
    found = [
        Peer("makejinja 2.8.1", _pip("makejinja==2.8.1"), _templates, _makejinja, "output"),
        Peer("kapitan 0.36.3", _pip("kapitan==0.36.3"), _program("kapitan"), _kapitan, "compiled/fleet"),
        Peer("cdk8s 2.70.115 (Python)", _pip("cdk8s==2.70.115"), _program("cdk8s-python"), _cdk8s_python, "output"),
    ]
    if shutil.which("npm") is None:
        print("cdk8s (Node.js) is left out: npm is not on PATH", file=sys.stderr)
        return found
    return [*found, Peer("cdk8s 2.70.106 (Node.js)", _npm, _program("cdk8s-node"), _cdk8s_node, "output")]


def _pip(requirement: str) -> Callable[[Path], None]:
    def install(folder: Path) -> None:
        subprocess.run([sys.executable, "-m", "venv", folder / "venv"], check=True)
        pip = [folder / "venv/bin/python", "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
        subprocess.run([*pip, requirement], check=True)

    return install


def _npm(folder: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(PROGRAMS / "cdk8s-node" / name, folder)
    subprocess.run(["npm", "ci", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"], cwd=folder, check=True)


def _program(name: str) -> Callable[[Path, Documents], None]:
    def prepare(folder: Path, documents: Documents) -> None:
        shutil.copytree(PROGRAMS / name, folder, dirs_exist_ok=True)
        (folder / "documents.json").write_text(json.dumps(documents), encoding="utf-8")

    return prepare


def _templates(folder: Path, documents: Documents) -> None:
    """Write a template for each file: its text, with the name of the network as an expression."""
    import yaml  # noqa: PLC0415 - only to prepare

    (folder / "input").mkdir()
    for name, contents in documents.items():
        text = yaml.dump_all(contents, Dumper=yaml.CSafeDumper, sort_keys=False, explicit_start=True)
        known, expression = f"network: {name}\n", "{% endraw %}network: {{ network }}\n{% raw %}"
        template = f'{{% set network = "{name}" %}}\n{{% raw %}}{text.replace(known, expression)}{{% endraw %}}'
        (folder / "input" / f"{name}.yaml.jinja").write_text(template, encoding="utf-8")


def _makejinja(installed: Path) -> list[str]:
    return [str(installed / "venv/bin/makejinja"), "--input", "input", "--output", "output", "--jinja-suffix", ".jinja"]


def _kapitan(installed: Path) -> list[str]:
    return [str(installed / "venv/bin/kapitan"), "compile", "--parallelism", "1"]


def _cdk8s_python(installed: Path) -> list[str]:
    return [str(installed / "venv/bin/python"), "main.py"]


def _cdk8s_node(installed: Path) -> list[str]:
    # Node.js looks for packages beside the program.
    return ["sh", "-c", f'ln -sfn "{installed}/node_modules" node_modules && exec node main.mjs']
