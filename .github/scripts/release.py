"""What a release is made of beside the wheel: checked versions, notes, and charts ready to be packaged.

python .github/scripts/release.py check v1.2.3
python .github/scripts/release.py notes v1.2.3
python .github/scripts/release.py charts v1.2.3 FOLDER OWNER/REPOSITORY [FINGERPRINT]
"""

from __future__ import annotations

import re
import shutil
import sys
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).parents[2]

# The kinds of change that Artifact Hub knows (its documentation, "Helm annotations"), by the heading they stand under.
_KINDS = ("added", "changed", "deprecated", "removed", "fixed", "security")


# The chart whose pods run the image that is released with it.
_WITH_AGENT = "ethereum-infrastructure"


def main(arguments: list[str]) -> int:
    """Run the command that the arguments name."""
    match arguments:
        case ["check", tag]:
            problems = check(ROOT, tag)
            print("\n".join(problems), file=sys.stderr)
            return 1 if problems else 0
        case ["notes", tag]:
            print(notes(ROOT, tag.removeprefix("v")))
        case ["charts", tag, folder, repository, *fingerprint]:
            charts(ROOT, tag.removeprefix("v"), Path(folder), repository, "".join(fingerprint))
        case _:
            print(__doc__, file=sys.stderr)
            return 2
    return 0


def check(root: Path, tag: str) -> list[str]:
    """Return why a tag is no release: the program, every chart and the changelog have its version."""
    source = (root / "generator" / "ethgen" / "__init__.py").read_text(encoding="utf-8")
    found = re.search(r'^__version__ = "(.+)"$', source, re.MULTILINE)
    versions = {"generator/ethgen/__init__.py: __version__": found[1] if found else "missing"}
    for path in sorted(root.glob("charts/*/Chart.yaml")):
        about = yaml.safe_load(path.read_text(encoding="utf-8"))
        for key in ("version", "appVersion"):
            versions[f"{path.relative_to(root)}: {key}"] = str(about.get(key, "missing"))
    problems = [f"{place} is {version}, not {tag}" for place, version in versions.items() if f"v{version}" != tag]
    if not notes(root, tag.removeprefix("v")):
        problems.append(f"CHANGELOG.md: has no section {tag.removeprefix('v')}")
    return problems


def notes(root: Path, version: str) -> str:
    """Return the section of CHANGELOG.md for a version, without its heading; empty where there is none."""
    text = (root / "CHANGELOG.md").read_text(encoding="utf-8")
    found = re.search(rf"^## \[{re.escape(version)}\][^\n]*\n(.*?)(?=^## \[|\Z)", text, re.MULTILINE | re.DOTALL)
    return found[1].strip() if found else ""


def changes(section: str) -> list[dict[str, str]]:
    """Return the entries of a section of the changelog as Artifact Hub reads them."""
    entries = []
    for heading, body in re.findall(r"^### (\w+)\n(.*?)(?=^### |\Z)", section, re.MULTILINE | re.DOTALL):
        if heading.lower() in _KINDS:
            texts = re.findall(r"^- (.*?)(?=^- |\Z)", body, re.MULTILINE | re.DOTALL)
            entries += [{"kind": heading.lower(), "description": " ".join(text.split())} for text in texts]
    return entries


def charts(root: Path, version: str, folder: Path, repository: str, fingerprint: str) -> None:
    """Write a copy of every chart into a folder, with the annotations that only a release knows."""
    known = _annotations(notes(root, version), repository.partition("/")[0].lower(), version, fingerprint)
    for source in sorted(path.parent for path in root.glob("charts/*/Chart.yaml")):
        copy = shutil.copytree(source, folder / source.name)
        about = yaml.safe_load((copy / "Chart.yaml").read_text(encoding="utf-8"))
        about |= {"home": f"https://github.com/{repository}", "sources": [f"https://github.com/{repository}"]}
        about["annotations"] |= known
        if source.name != _WITH_AGENT:
            del about["annotations"]["artifacthub.io/images"]
        (copy / "Chart.yaml").write_text(yaml.safe_dump(about, sort_keys=False), encoding="utf-8")


def _annotations(section: str, owner: str, version: str, fingerprint: str) -> dict[str, str]:
    agent = {"name": "agent", "image": f"ghcr.io/{owner}/ethgen/agent:{version}"}
    listed: dict[str, Any] = {"artifacthub.io/changes": changes(section), "artifacthub.io/images": [agent]}
    if fingerprint:
        address = f"https://github.com/{owner}.gpg"
        listed["artifacthub.io/signKey"] = {"fingerprint": fingerprint, "url": address}
    return {name: yaml.safe_dump(value, sort_keys=False) for name, value in listed.items()}


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
