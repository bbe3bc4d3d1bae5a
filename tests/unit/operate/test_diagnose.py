"""Why a pod is not ready, told from what Kubernetes and its logs say."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ethgen.operate.diagnose import diagnose, likely_cause

if TYPE_CHECKING:
    from conftest import Cluster
    from ethgen.operate.kube import Api

POD = "geth-prysm-0"
PATH = f"/api/v1/namespaces/devnet/pods/{POD}"


def waiting(reason: str) -> dict[str, Any]:
    """Describe a container that waits."""
    return {"name": "execution", "ready": False, "restartCount": 3, "state": {"waiting": {"reason": reason}}}


def describe(well: Cluster, *containers: dict[str, Any], ready: str = "False", **status: Any) -> None:  # noqa: ANN401 - parts of a Kubernetes object
    """Change the pod to one that is not ready."""
    known = {"conditions": [{"type": "Ready", "status": ready}], "containerStatuses": list(containers), **status}
    well.pages[PATH]["status"] = known


def test_a_pod_that_does_not_exist(api: Api, cluster: Cluster) -> None:
    """There is nothing to look at, and the cure is to deploy."""
    assert cluster.asked == []
    found = diagnose(api, "devnet", POD)
    assert (found.problem, found.cure) == ("it does not exist", "run `ethgen deploy`")


def test_a_pod_that_is_ready(api: Api, well: Cluster) -> None:
    """A ready pod has no problem."""
    assert well.pages
    assert diagnose(api, "devnet", POD).problem == "it is ready"


def test_a_missing_image(api: Api, well: Cluster) -> None:
    """The reason is told with its cure."""
    describe(well, waiting("ErrImageNeverPull"))
    found = diagnose(api, "devnet", POD)
    assert found.problem == "execution waits (ErrImageNeverPull): the image is not there"
    assert "ethgen images load" in found.cure


def test_a_crash_shows_exit_code_last_lines_and_likely_cause(api: Api, well: Cluster) -> None:
    """The log of the container that ended names the cause, without colours."""
    ended = {"exitCode": 1, "reason": "Error"}
    describe(well, {**waiting("CrashLoopBackOff"), "lastState": {"terminated": ended}})
    log = "starting\n\x1b[31mFatal: database contains incompatible genesis (have a, new b)\x1b[0m\n"
    well.pages[f"GET {PATH}/log?container=execution&tailLines=15&previous=true"] = log
    found = diagnose(api, "devnet", POD)
    assert found.problem == (
        "execution waits (CrashLoopBackOff, it ended with exit code 1): its volume or its genesis is of another network"
    )
    assert found.logs[-1] == "Fatal: database contains incompatible genesis (have a, new b)"
    assert "--new-genesis" in found.cure
    assert "execution: Fatal" in str(found)


@pytest.mark.parametrize(
    ("ended", "words"),
    [
        ({"exitCode": 137, "reason": "OOMKilled"}, "want of memory"),
        ({"exitCode": 139, "reason": "Error"}, "SIGSEGV (exit code 139)"),
        ({"exitCode": 2, "reason": "Error"}, "exit code 2"),
        ({"exitCode": 0, "signal": 9}, "SIGKILL"),
    ],
)
def test_how_a_container_ended(api: Api, well: Cluster, ended: dict[str, Any], words: str) -> None:
    """Memory, signals and exit codes are told apart."""
    running = {"name": "consensus", "ready": False, "restartCount": 1, "state": {"running": {}}}
    describe(well, {**running, "lastState": {"terminated": ended}})
    assert words in diagnose(api, "devnet", POD).problem


def test_a_failed_init_container_is_found_first(api: Api, well: Cluster) -> None:
    """What stops in `prepare` is told by prepare's own line."""
    init = {"name": "prepare", "ready": False, "restartCount": 1, "state": {"waiting": {"reason": "CrashLoopBackOff"}}}
    describe(well, waiting("PodInitializing"), initContainerStatuses=[init])
    line = "the genesis in /genesis-parts has SHA-256 1, not 2: it belongs to another network"
    well.pages[f"GET {PATH}/log?container=prepare&tailLines=15"] = line
    found = diagnose(api, "devnet", POD)
    assert found.container == "prepare"
    assert found.logs == (line,)
    assert "another network" in found.problem


def test_a_pod_that_is_not_scheduled(api: Api, well: Cluster) -> None:
    """The scheduler's words and events lead to the cause."""
    message = "0/1 nodes are available: pod has unbound immediate PersistentVolumeClaims."
    condition = {"type": "PodScheduled", "status": "False", "message": message}
    describe(well, conditions=[condition])
    event = {"reason": "FailedScheduling", "message": message, "lastTimestamp": "2026-01-01T00:00:00Z"}
    well.items("/api/v1/namespaces/devnet/events", event)
    found = diagnose(api, "devnet", POD)
    assert "its volume is not there" in found.problem
    assert found.events == (f"FailedScheduling: {message}",)


def test_a_node_that_runs_and_is_not_ready_is_told_by_its_agent(api: Api, well: Cluster) -> None:
    """Where every container runs, the agent's reasons are the problem."""
    running = {"name": "agent", "ready": False, "restartCount": 0, "state": {"running": {}}}
    describe(well, running)
    well.pages[well.pod_page(POD, 9300, "/status")] = {"reasons": [{"name": "syncing", "text": "the client syncs"}]}
    found = diagnose(api, "devnet", POD)
    assert found.problem == "the client syncs"
    assert "--container agent" in found.cure


@pytest.mark.parametrize(
    ("line", "cause"),
    [
        ("Fatal: Error starting protocol stack: listen tcp 127.0.0.1:8551: bind: address already in use", "port"),
        ("write /data/x: no space left on device", "disk is full"),
        ('level=error msg="could not connect: HTTP authentication to your execution client is not working"', "JWT"),
        ("could not decrypt keystore: invalid checksum", "password"),
        ("WARN Ignoring beacon update to old head while syncing", "dead"),
        ("peer disconnected: wrong fork digest", "fork digests differ"),
        ("missing trie node 35c3 (path ) layer stale", "lost its state"),
        ("flag provided but not defined: -foo", "arguments"),
        ("open /data/LOCK: permission denied", "may not write"),
        ('MountVolume.SetUp failed for volume "genesis-parts" : configmap "genesis-0" not found', "genesis"),
        ("0/3 nodes are available: 3 Insufficient memory.", "no node"),
    ],
)
def test_known_lines_lead_to_their_cause(line: str, cause: str) -> None:
    """Each line that operators met leads to what it means, and to a cure."""
    found, cure = likely_cause(line)
    assert cause in found
    assert cure


def test_an_unknown_line_leads_nowhere() -> None:
    """No cause is made up."""
    assert likely_cause("INFO Imported new potential chain segment") == ("", "")
