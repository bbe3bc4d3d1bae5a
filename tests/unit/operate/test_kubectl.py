"""What kubectl is asked, with a program in its place that writes it down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ethgen.operate.kubectl import Kubectl

if TYPE_CHECKING:
    from pathlib import Path


def kubectl(folder: Path, answer: str) -> Kubectl:
    """Return a kubectl that answers every `get` alike and notes all commands."""
    program = folder / "kubectl"
    program.write_text(
        f'#!/bin/sh\nshift 3\necho "$*" >> "{folder}/asked"\n[ "$1" = get ] && echo "{answer}"\nexit 0\n'
    )
    program.chmod(0o755)
    return Kubectl(program, folder / "kubeconfig", "there")


def test_a_namespace_is_marked_before_anything_in_it_goes(tmp_path: Path):
    """An interrupted removal goes on by itself: a release never stays without its objects."""
    kubectl(tmp_path, "namespace/devnet").delete_namespace("devnet")
    asked = (tmp_path / "asked").read_text().splitlines()
    assert asked[1] == "delete namespace devnet --ignore-not-found --wait=false"
    assert [line.split()[1] for line in asked] == ["namespace", "namespace", "statefulsets", "pods", "namespace"]
    assert asked[-1] == "delete namespace devnet --ignore-not-found --timeout=300s"


@pytest.mark.parametrize(("phase", "waits"), [("Terminating", True), ("Active", False), ("", False)])
def test_only_a_namespace_that_is_being_removed_is_waited_for(tmp_path: Path, phase: str, waits: bool):  # noqa: FBT001
    """One that stays, or is not there, costs no wait."""
    kubectl(tmp_path, phase).wait_removed("devnet")
    asked = (tmp_path / "asked").read_text()
    assert ("wait --for=delete namespace/devnet" in asked) is waits
