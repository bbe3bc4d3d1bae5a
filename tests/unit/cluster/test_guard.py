"""The guard against the wrong cluster."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ethgen.cluster.guard import require_context
from ethgen.cluster.kubeconfig import Identity, write_kubeconfig
from ethgen.errors import ClusterError

if TYPE_CHECKING:
    from pathlib import Path


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Path:
    """Return a kubeconfig with the context ethgen-local."""
    path = tmp_path / "kubeconfig"
    write_kubeconfig(path, "ethgen-local", "https://10.88.0.2:6443", Identity(b"ca", b"certificate", b"key"))
    return path


def test_the_specs_own_context_passes(kubeconfig: Path):
    """Named or not, the expected context is no error."""
    require_context("ethgen-local", kubeconfig)
    require_context("ethgen-local", kubeconfig, chosen="ethgen-local")


def test_any_other_context_is_refused(kubeconfig: Path):
    """A context that was chosen elsewhere is one clear error, before anything is asked of it."""
    with pytest.raises(ClusterError) as caught:
        require_context("ethgen-local", kubeconfig, chosen="eks-prod")
    assert caught.value.message == "refusing the kube context 'eks-prod': this environment's own is 'ethgen-local'"
    assert caught.value.exit_status == 2


def test_a_missing_context_is_refused(kubeconfig: Path):
    """A kubeconfig without the context names those it has."""
    with pytest.raises(ClusterError) as caught:
        require_context("eks-prod", kubeconfig)
    assert caught.value.message == f"the kube context 'eks-prod' is not in {kubeconfig} (there: ethgen-local)"


def test_a_missing_file_is_refused(tmp_path: Path):
    """No kubeconfig at all is the same error."""
    with pytest.raises(ClusterError, match=r"is not in .*/none \(there: none\)"):
        require_context("ethgen-local", tmp_path / "none")


def test_a_kubeconfig_is_written_once_and_for_its_owner_alone(kubeconfig: Path):
    """The file is private, and the same content does not touch it again."""
    assert kubeconfig.stat().st_mode & 0o777 == 0o600
    before = kubeconfig.stat().st_mtime_ns, kubeconfig.stat().st_ino
    write_kubeconfig(kubeconfig, "ethgen-local", "https://10.88.0.2:6443", Identity(b"ca", b"certificate", b"key"))
    assert (kubeconfig.stat().st_mtime_ns, kubeconfig.stat().st_ino) == before
    assert [path.name for path in kubeconfig.parent.iterdir()] == ["kubeconfig"]
