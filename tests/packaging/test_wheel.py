"""What `pip install ethgen` gives to those who have no clone."""

from __future__ import annotations

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import TYPE_CHECKING

from ethgen import __version__
from ethgen.cluster.images import agent_digest

if TYPE_CHECKING:
    from collections.abc import Callable

REPOSITORY = Path(__file__).parents[2]

Run = subprocess.CompletedProcess[str]


def test_the_wheel_has_every_file_of_charts_images_and_tools(wheel: Path) -> None:
    """Each file of charts/, docker/, docs/ and tools/ in the repository is in the wheel as it is, and no other is."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "charts", "docker", "docs", "tools"],
        cwd=REPOSITORY,
        check=True,
        capture_output=True,
        text=True,
    )
    committed = {name: (REPOSITORY / name).read_bytes() for name in listed.stdout.split("\0") if name}
    with zipfile.ZipFile(wheel) as archive:
        shipped = {
            name.removeprefix("ethgen/data/"): archive.read(name)
            for name in archive.namelist()
            if name.startswith(tuple(f"ethgen/data/{folder}/" for folder in ("charts", "docker", "docs", "tools")))
        }
    assert shipped == committed


def test_two_builds_give_the_same_wheel(wheel: Path, tmp_path: Path) -> None:
    """The wheel depends on nothing but the clone's files."""
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check", "wheel", "--no-build-isolation", "--no-deps"]
    command = [*pip, "--no-index", "--wheel-dir", str(tmp_path), str(REPOSITORY)]
    subprocess.run(command, check=True, capture_output=True)
    assert (tmp_path / wheel.name).read_bytes() == wheel.read_bytes()


def test_the_installed_program_is_of_this_version(ethgen: Callable[..., Run]) -> None:
    """`ethgen --version` says the version that stands in one place, the package itself."""
    assert ethgen("--version").stdout == f"ethgen, version {__version__}\n"


def test_tools_are_found_where_a_clone_has_built_them(ethgen: Callable[..., Run]) -> None:
    """The pins in the wheel are those of the clone: both find the same programs in the cache."""
    done = ethgen("tools", "list", "--json")
    assert done.stderr == ""
    here = subprocess.run(
        [sys.executable, "-m", "ethgen", "tools", "list", "--json"], cwd=REPOSITORY, check=True, capture_output=True
    )
    assert json.loads(done.stdout) == json.loads(here.stdout)


def test_without_a_cache_a_tool_is_missing_and_nothing_else(ethgen: Callable[..., Run], tmp_path: Path) -> None:
    """Outside of a clone a tool that was never built is told as missing, with the pins at hand to build it."""
    done = ethgen("tools", "list", "--json", ETHGEN_CACHE=str(tmp_path / "cache"), PATH="/nowhere")
    assert done.stderr == ""
    assert {tool["source"] for tool in json.loads(done.stdout)} == {"missing"}


def test_the_agents_image_is_the_one_of_a_clone(ethgen: Callable[..., Run], tmp_path: Path) -> None:
    """Built from the wheel, the agent's image has the same sources in it, and so the same tag, as from the clone."""
    reference = f"registry.example.org/ethgen/agent:{agent_digest()}"
    done = ethgen("images", "build", reference, ETHGEN_CACHE=str(tmp_path / "cache"))
    assert done.returncode == 0, done.stdout + done.stderr
    (archive,) = (tmp_path / "cache" / "images").glob("*.tar")
    assert archive.name.startswith(f"agent-{agent_digest()}-")
