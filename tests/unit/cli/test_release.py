"""What a release is checked for, and what its charts and notes say."""

from __future__ import annotations

import importlib.util
import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import yaml

from ethgen import __version__

if TYPE_CHECKING:
    from types import ModuleType

ROOT = Path(__file__).parents[3]
CHART = "ethereum-infrastructure"
CHANGELOG = """\
# Changelog

## [Unreleased]

## [1.2.0] - 2026-01-02

### Added
- A thing,
  on two lines.
- Another.

### Fixed
- A fault.

## [1.1.0] - 2026-01-01

### Added
- What was before.
"""


@pytest.fixture(scope="module")
def release() -> ModuleType:
    """Return the script of the release workflow."""
    spec = importlib.util.spec_from_file_location("release", ROOT / ".github" / "scripts" / "release.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def project(tmp_path: Path) -> Path:
    """Return a project of version 1.2.0 with one chart."""
    for folder in ("generator/ethgen", f"charts/{CHART}", "charts/other"):
        (tmp_path / folder).mkdir(parents=True)
    (tmp_path / "generator" / "ethgen" / "__init__.py").write_text('"""It."""\n\n__version__ = "1.2.0"\n')
    for name in (CHART, "other"):
        (tmp_path / "charts" / name / "Chart.yaml").write_text(
            f"apiVersion: v2\nname: {name}\nversion: 1.2.0\nappVersion: 1.2.0\nannotations: {{kept: as it is}}\n"
        )
    (tmp_path / "CHANGELOG.md").write_text(CHANGELOG)
    return tmp_path


def test_every_chart_has_the_version_of_the_program() -> None:
    """The program's version stands in one place, and version and appVersion of each own chart are the same."""
    charts = sorted(ROOT.glob("charts/*/Chart.yaml"))
    assert charts
    for path in charts:
        about = yaml.safe_load(path.read_text())
        assert (path.parent.name, about["version"], str(about["appVersion"])) == (
            about["name"],
            __version__,
            __version__,
        )


def test_a_tag_of_this_version_needs_only_its_section_in_the_changelog(release: ModuleType) -> None:
    """Nothing else stands in the way of a release of the version that is here."""
    section = [] if release.notes(ROOT, __version__) else [f"CHANGELOG.md: has no section {__version__}"]
    assert release.check(ROOT, f"v{__version__}") == section


def test_a_tag_that_is_not_the_version_is_no_release(release: ModuleType, project: Path) -> None:
    """Each place that has another version is named, and the changelog where it says nothing of it."""
    assert release.check(project, "v1.2.0") == []
    assert release.check(project, "v1.3.0") == [
        "generator/ethgen/__init__.py: __version__ is 1.2.0, not v1.3.0",
        *(
            f"charts/{name}/Chart.yaml: {key} is 1.2.0, not v1.3.0"
            for name in (CHART, "other")
            for key in ("version", "appVersion")
        ),
        "CHANGELOG.md: has no section 1.3.0",
    ]


def test_notes_are_the_section_of_the_version(release: ModuleType, project: Path) -> None:
    """A release says what its section of the changelog says, and nothing of others."""
    expected = "### Added\n- A thing,\n  on two lines.\n- Another.\n\n### Fixed\n- A fault."
    assert release.notes(project, "1.2.0") == expected
    assert release.notes(project, "1.1.0") == "### Added\n- What was before."
    assert release.notes(project, "1.2") == ""


def test_a_released_chart_says_what_only_the_release_knows(release: ModuleType, project: Path, tmp_path: Path) -> None:
    """The copy that is packaged has changes, images, key and addresses beside what stands in Chart.yaml."""
    release.charts(project, "1.2.0", tmp_path / "out", "Acme/ethgen", "ABCD")
    about = yaml.safe_load((tmp_path / "out" / CHART / "Chart.yaml").read_text())
    notes = about.pop("annotations")
    assert about == {
        "apiVersion": "v2",
        "name": CHART,
        "version": "1.2.0",
        "appVersion": "1.2.0",
        "home": "https://github.com/Acme/ethgen",
        "sources": ["https://github.com/Acme/ethgen"],
    }
    assert notes.pop("kept") == "as it is"
    assert {name.removeprefix("artifacthub.io/"): yaml.safe_load(text) for name, text in notes.items()} == {
        "changes": [
            {"kind": "added", "description": "A thing, on two lines."},
            {"kind": "added", "description": "Another."},
            {"kind": "fixed", "description": "A fault."},
        ],
        "images": [{"name": "agent", "image": "ghcr.io/acme/ethgen/agent:1.2.0"}],
        "signKey": {"fingerprint": "ABCD", "url": "https://github.com/acme.gpg"},
    }
    other = yaml.safe_load((tmp_path / "out" / "other" / "Chart.yaml").read_text())
    assert "artifacthub.io/images" not in other["annotations"]


def test_the_workflow_calls_the_script_as_it_is(
    release: ModuleType, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong call says how it is meant, with status 2; a tag that is not the version has status 1."""
    monkeypatch.setattr(sys, "argv", [])
    assert release.main(["publish"]) == 2
    assert "release.py check v1.2.3" in capsys.readouterr().err
    assert release.main(["check", "v99.0.0"]) == 1
    assert f"__version__ is {__version__}, not v99.0.0" in capsys.readouterr().err


def test_the_changelog_keeps_its_form(release: ModuleType) -> None:
    """CHANGELOG.md begins with what is not released, and every heading below a version is a kind of change."""
    text = (ROOT / "CHANGELOG.md").read_text()
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert headings[0] == "## [Unreleased]"
    section = release.notes(ROOT, "Unreleased")
    kinds = [line.removeprefix("### ").lower() for line in section.splitlines() if line.startswith("### ")]
    assert set(kinds) <= {"added", "changed", "deprecated", "removed", "fixed", "security"}
    assert len(release.changes(section)) == section.count("\n- ")


def test_the_workflow_looks_before_it_publishes() -> None:
    """The key that charts are signed with is looked for first; PyPI, which takes nothing back, is last."""
    jobs = yaml.safe_load((ROOT / ".github" / "workflows" / "release.yaml").read_text())["jobs"]
    assert "CHART_SIGNING_KEY" in str(jobs["test"]["steps"][0])
    assert [name for name, job in jobs.items() if "needs" not in job] == ["test"]
    assert jobs["pypi"]["needs"] == "release"
    assert [name for name, job in jobs.items() if "pypi" in str(job.get("needs"))] == []


def test_fleets_get_the_packages_that_are_tested() -> None:
    """The extra `pinned` has each package that ethgen needs, and all that these need, in the versions that are here."""
    script = ROOT / ".github" / "scripts" / "pins.py"
    done = subprocess.run([sys.executable, script, "--check"], check=False, capture_output=True, text=True)
    assert (done.returncode, done.stderr) == (0, "")
