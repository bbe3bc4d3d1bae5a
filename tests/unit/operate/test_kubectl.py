"""What kubectl is asked, with a program in its place that writes it down."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from ethgen.errors import ClusterError
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


@pytest.mark.parametrize(
    ("errors", "reason"),
    [
        ('Warning: old\nThe Pod "a" is invalid: spec: Forbidden: it is fixed\n  core.PodSpec{\n  }', "The Pod"),
        ("Warning: old\nError from server (Forbidden): no\nWarning: more", "Error from server (Forbidden): no"),
        ("error: timed out waiting for the condition", "error: timed out"),
        ("the network is down\nnothing more", "nothing more"),
        ("", "exit status 3"),
    ],
)
def test_the_reason_of_a_refusal_is_told(tmp_path: Path, errors: str, reason: str):
    """Of what kubectl says, the line that gives the reason is the message, whatever stands around it."""
    program = tmp_path / "kubectl"
    (tmp_path / "errors").write_text(errors)
    program.write_text(f'#!/bin/sh\ncat "{tmp_path}/errors" >&2\nexit 3\n')
    program.chmod(0o755)
    with pytest.raises(ClusterError) as error:
        Kubectl(program, tmp_path / "kubeconfig", "there").run("patch", "pod", "a")
    assert error.value.message.startswith(f"kubectl patch: {reason}")
