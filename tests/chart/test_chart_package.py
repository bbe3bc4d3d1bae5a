"""The chart as a package with provenance: signed as the release workflow signs it, with a key that is thrown away."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ethgen import __version__

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

CHART = Path(__file__).parents[2] / "charts" / "ethereum-infrastructure"
NAME = "throw-away key"

Run = subprocess.CompletedProcess[str]


@pytest.fixture(scope="module")
def keyrings(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """Return a folder with the keyrings secring.gpg and pubring.gpg of a new key."""
    gpg = shutil.which("gpg")
    if gpg is None:
        pytest.skip("no gpg here: apt-get install gnupg")
    home = tmp_path_factory.mktemp("gnupg")
    home.chmod(0o700)
    environment = {**os.environ, "GNUPGHOME": str(home)}

    def run(*arguments: str) -> bytes:
        command = [gpg, "--batch", "--quiet", "--pinentry-mode", "loopback", "--passphrase", "", *arguments]
        return subprocess.run(command, env=environment, check=True, capture_output=True, timeout=60).stdout

    run("--quick-generate-key", NAME, "rsa2048", "sign", "never")
    for file, export in (("secring.gpg", "--export-secret-keys"), ("pubring.gpg", "--export")):
        (home / file).write_bytes(run(export))
    yield home
    subprocess.run(["gpgconf", "--kill", "gpg-agent"], env=environment, check=True, timeout=60)


@pytest.fixture
def package(helm: Callable[..., Run], keyrings: Path, tmp_path: Path) -> Path:
    """Return the signed package of the chart, with its provenance beside it."""
    signing = ("--sign", "--key", NAME, "--keyring", keyrings / "secring.gpg")
    done = helm("package", CHART, "--destination", tmp_path, *signing)
    assert done.returncode == 0, done.stderr
    return tmp_path / f"ethereum-infrastructure-{__version__}.tgz"


def test_a_package_is_verified_by_its_provenance(helm: Callable[..., Run], package: Path, keyrings: Path) -> None:
    """`helm verify` names who signed a package that is as it was made."""
    done = helm("verify", "--keyring", keyrings / "pubring.gpg", package)
    assert done.returncode == 0, done.stderr
    assert f"Signed by: {NAME}" in done.stdout


def test_a_package_that_was_changed_is_refused(helm: Callable[..., Run], package: Path, keyrings: Path) -> None:
    """One more byte, and the package is not what was signed."""
    package.write_bytes(package.read_bytes() + b"\0")
    done = helm("verify", "--keyring", keyrings / "pubring.gpg", package)
    assert done.returncode != 0
    assert "sha256 sum does not match" in done.stderr


def test_a_package_holds_the_chart_and_no_examples(package: Path) -> None:
    """Everything that draws objects is in it, and the values that only tests are for are not."""
    with tarfile.open(package) as archive:
        names = {name.partition("/")[2] for name in archive.getnames()}
    expected = {path.relative_to(CHART).as_posix() for path in CHART.rglob("*") if path.is_file()}
    assert names == {name for name in expected if not name.startswith("ci/")}
