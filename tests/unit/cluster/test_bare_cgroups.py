"""The cgroups of a bare cluster, on folders that play the kernel's."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from ethgen.cluster.bare import cgroups
from ethgen.errors import ClusterError

MOUNTS = """\
25 1 254:0 / / rw - ext4 /dev/vda rw
30 25 0:26 / /sys/fs/cgroup/cpu rw,relatime - cgroup cgroup rw,cpu
31 25 0:27 / /sys/fs/cgroup/memory rw,relatime shared:4 - cgroup cgroup rw,memory
32 25 0:28 / /sys/fs/cgroup/unified rw,relatime - cgroup2 cgroup2 rw
"""


def test_hierarchies_of_both_versions_are_found():
    """Every cgroup mount counts, whatever optional fields precede its type."""
    assert cgroups.hierarchies(MOUNTS) == (
        Path("/sys/fs/cgroup/cpu"),
        Path("/sys/fs/cgroup/memory"),
        Path("/sys/fs/cgroup/unified"),
    )


def test_a_version_1_cpuset_gets_its_parents_processors(tmp_path: Path):
    """An empty cpuset would take no process, so the root's values are handed down twice."""
    (tmp_path / "cpuset.cpus").write_text("0-1\n")
    (tmp_path / "cpuset.mems").write_text("0\n")
    for folder in (tmp_path / "ethgen-local", tmp_path / "ethgen-local" / "daemons"):
        folder.mkdir()
        (folder / "cpuset.cpus").write_text("\n")
        (folder / "cpuset.mems").write_text("\n")
    tasks = cgroups.create("ethgen-local", [tmp_path])
    assert tasks == (tmp_path / "ethgen-local" / "daemons" / "cgroup.procs",)
    assert (tmp_path / "ethgen-local" / "daemons" / "cpuset.cpus").read_text() == "0-1\n"


def test_a_version_2_hierarchy_hands_its_controllers_down(tmp_path: Path):
    """Controllers that are offered and not yet enabled are enabled at the root and in the cluster's group."""
    ours = tmp_path / "ethgen-local"
    ours.mkdir()
    for folder, offered, enabled in ((tmp_path, "cpu memory", "cpu"), (ours, "cpu", "")):
        (folder / "cgroup.controllers").write_text(offered)
        (folder / "cgroup.subtree_control").write_text(enabled)
    cgroups.create("ethgen-local", [tmp_path])
    assert (tmp_path / "cgroup.subtree_control").read_text() == "+memory"
    assert (ours / "cgroup.subtree_control").read_text() == "+cpu"


def test_what_cannot_be_made_is_one_clear_error(tmp_path: Path):
    """A hierarchy that is read-only, or no folder, is named."""
    root = tmp_path / "file"
    root.touch()
    with pytest.raises(ClusterError, match="cannot make the cluster's cgroups: Not a directory: "):
        cgroups.create("ethgen-local", [root])


def test_members_are_found_in_every_depth(tmp_path: Path):
    """Processes of pods count as well as daemons; other clusters' do not."""
    for name, pids in (
        ("ethgen-local/daemons", "10\n11\n"),
        ("ethgen-local/kubepods/pod1/c", "12\n"),
        ("other", "13\n"),
    ):
        (tmp_path / name).mkdir(parents=True)
        (tmp_path / name / "cgroup.procs").write_text(pids)
    assert cgroups.members("ethgen-local", [tmp_path]) == {10, 11, 12}


def test_kill_ends_what_is_in_the_cgroup(tmp_path: Path):
    """Processes are killed until the group is empty."""
    folder = tmp_path / "ethgen-local"
    folder.mkdir()
    with subprocess.Popen(["sleep", "1000"]) as victim:
        # The kernel removes a process from the file as it ends; here a link to it that breaks plays that.
        (folder / "cgroup.procs").symlink_to(tmp_path / "procs")
        (tmp_path / "procs").write_text(f"{victim.pid}\n")
        with pytest.raises(ClusterError, match=f"processes of ethgen-local do not end: {victim.pid}"):
            cgroups.kill("ethgen-local", [tmp_path], 0)
        assert victim.wait() == -9
        (tmp_path / "procs").unlink()
    cgroups.kill("ethgen-local", [tmp_path], 0)


def test_remove_takes_the_deepest_first_and_nothing_else(tmp_path: Path):
    """The whole tree of the cluster goes, in every hierarchy that has it."""
    for path in ("cpu/ethgen-local/kubepods/pod1", "memory/ethgen-local/daemons", "memory/other", "pids"):
        (tmp_path / path).mkdir(parents=True)
    roots = [tmp_path / name for name in ("cpu", "memory", "pids")]
    cgroups.remove("ethgen-local", roots, 0)
    assert sorted(str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*")) == [
        "cpu",
        "memory",
        "memory/other",
        "pids",
    ]
    assert not cgroups.exists("ethgen-local", roots)


def test_a_group_that_is_held_is_named(tmp_path: Path):
    """What the kernel does not let go within its time is an error with the group's path."""
    held = tmp_path / "ethgen-local" / "kubepods"
    held.mkdir(parents=True)
    (held / "busy").touch()
    with pytest.raises(ClusterError, match=rf"cannot remove a cgroup: Directory not empty: {tmp_path}/ethgen-local"):
        cgroups.remove("ethgen-local", [tmp_path], 0)
