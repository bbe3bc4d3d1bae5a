"""What this machine has of what an environment needs."""

from __future__ import annotations

from pathlib import Path

import pytest

from ethgen.cluster import doctor
from ethgen.cluster.bare import machine
from ethgen.cluster.process import Command, Result

ROOT = Path(__file__).parents[3]


@pytest.fixture(autouse=True)
def empty_machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Stand on a machine without any program, not as root, with an empty cache; return PATH's folder."""
    folder = tmp_path / "path"
    folder.mkdir()
    monkeypatch.setenv("PATH", str(folder))
    monkeypatch.setenv("ETHGEN_CACHE", str(tmp_path / "cache"))
    monkeypatch.chdir(ROOT)
    monkeypatch.setattr(machine, "is_root", lambda: False)
    monkeypatch.setattr(machine, "missing_packages", lambda: ("nftables", "runc"))
    monkeypatch.setattr(machine, "missing_feature", lambda _proc: "")
    return folder


def no_program(_command: Command) -> Result:
    """Play a machine on which nothing runs."""
    return Result(127, "", "not found")


def engine(command: Command) -> Result:
    """Play a machine on which only a Docker engine runs."""
    return Result(0, "28.2.2\n", "") if command.argv[:2] == ["docker", "version"] else no_program(command)


def states(checks: list[doctor.Check]) -> dict[str, str]:
    """Return the state of each check."""
    return {check.name: check.state for check in checks}


def test_bare_needs_root_and_packages():
    """For a bare cluster root, the Debian packages and a C compiler are needed, an engine is not."""
    found = states(doctor.examine("bare", runner=no_program))
    assert {name for name, state in found.items() if state == "missing"} >= {"root", "runc, nft, ip, CNI", "C compiler"}
    assert found["Docker engine"] == "optional"


def test_bare_names_the_programs_it_will_build():
    """What a bare cluster has to build first is named, and is not missing."""
    check = next(check for check in doctor.examine("bare", runner=no_program) if check.name == "node programs")
    assert check.state == "will be made"
    assert check.found.startswith("not there: kubernetes, etcd, coredns")


def test_existing_cluster_needs_neither():
    """For a cluster that is there already nothing of this machine is needed but the tools."""
    found = states(doctor.examine("existing", runner=no_program))
    assert "missing" not in found.values()
    assert found["root"] == "optional"
    assert found["helm"] == "will be made"


def test_kind_needs_an_engine_and_kind():
    """For kind an engine and the program are needed, root is not."""
    found = states(doctor.examine("kind", runner=no_program))
    assert (found["Docker engine"], found["kind"], found["root"]) == ("missing", "missing", "optional")
    assert states(doctor.examine("kind", runner=engine))["Docker engine"] == "ok"


def test_auto_takes_kind_where_docker_runs(empty_machine: Path):
    """`auto` comes to kind or k3d where an engine answers and the program is there, else to bare."""
    assert doctor.effective_provider("auto", engine) == "bare"
    (empty_machine / "k3d").touch(mode=0o755)
    assert doctor.effective_provider("auto", engine) == "k3d"
    (empty_machine / "kind").touch(mode=0o755)
    assert doctor.effective_provider("auto", engine) == "kind"
    assert doctor.effective_provider("auto", no_program) == "bare"
    assert doctor.effective_provider("eks", engine) == "eks"


def test_tools_are_missing_where_nothing_can_build_them(monkeypatch: pytest.MonkeyPatch):
    """Without Go and without pip the deployment's tools are missing and the others optional."""
    monkeypatch.setattr(doctor.importlib.util, "find_spec", lambda _name: None)
    found = states(doctor.examine("existing", runner=no_program))
    assert (found["go"], found["helm"], found["kubectl"], found["kubeconform"]) == (
        "missing",
        "missing",
        "missing",
        "optional",
    )


def test_what_is_missing_comes_with_the_exact_line():
    """Each missing thing says the line that gets it."""
    cures = {check.name: check.cure for check in doctor.examine("bare", runner=no_program)}
    assert cures["runc, nft, ip, CNI"] == "apt-get install -y nftables runc"
    assert cures["C compiler"] == "apt-get install -y gcc libc6-dev"
    assert cures["helm"] == "ethgen tools install helm"
    assert cures["root"] == "run ethgen with sudo, or install Docker and kind"


def test_full_disk_is_missing_space(monkeypatch: pytest.MonkeyPatch):
    """Too little free space for the builds that are to come is missing, with the amount."""
    monkeypatch.setattr(doctor.shutil, "disk_usage", lambda _path: type("Usage", (), {"free": 5 << 30}))
    checks = {check.name: check for check in doctor.examine("bare", runner=no_program)}
    assert (checks["disk of the cache"].state, checks["disk of the repository"].state) == ("missing", "ok")
    assert checks["disk of the cache"].cure == "free 20 GiB, or set ETHGEN_CACHE to a larger disk"


def test_little_memory_is_missing(monkeypatch: pytest.MonkeyPatch):
    """Less memory than a network takes is missing on a local cluster and of no account on another."""
    monkeypatch.setattr(doctor, "_available_memory", lambda: 1 << 30)
    assert states(doctor.examine("bare", runner=no_program))["memory"] == "missing"
    assert states(doctor.examine("existing", runner=no_program))["memory"] == "optional"


def test_looking_changes_nothing(tmp_path: Path):
    """Looking makes no file and no folder."""
    doctor.examine("bare", runner=no_program)
    assert not (tmp_path / "cache").exists()


def test_every_check_is_plain_data():
    """What JSON shows of a check is its fields."""
    check = doctor.Check("go", "ok", "1.26.8", "building")
    assert check.as_dict() == {
        "name": "go",
        "state": "ok",
        "found": "1.26.8",
        "neededFor": "building",
        "cure": "",
    }
