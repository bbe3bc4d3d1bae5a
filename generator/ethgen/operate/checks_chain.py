"""Checks of the chain itself: the right one, growing, agreed upon, finalising, and reachable for users."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

from ethgen.operate.checks import Check, CheckFailedError, NotApplicableError
from ethgen.operate.dead_network import NodeEvidence, evidence_of, recognise_dead_network
from ethgen.operate.endpoints import outside_url, rpc_answers
from ethgen.operate.kube import ApiError
from ethgen.operate.status import active_validators

if TYPE_CHECKING:
    from collections.abc import Callable

    from ethgen.operate.checks import Live

# A healthy network finalises two epochs behind its head (consensus-specs, phase0, "Justification and finalization");
# as many again are spared for missed slots.
_FINALITY_EPOCHS = 4
_GROWTH_SLOTS = 12
_PATIENCE_SECONDS = 60
_DEPTH = 2  # blocks below the lowest head: young blocks may still be exchanged for others
_TWO_THIRDS = 2 / 3


def look_at_agents(live: Live) -> str:
    """See that every node's agent calls its node ready, and that not all of them excuse a standstill."""
    agents = live.agents()
    bad = {pod: agent for pod, agent in agents.items() if not agent["ready"]}
    dead = recognise_dead_network(_evidence(live, agents), live.plan.seconds_per_slot, time.time())
    if dead:
        raise CheckFailedError(dead.reason, cure=dead.cure)
    if bad:
        words = "; ".join(f"{pod}: {_reasons(agent)}" for pod, agent in bad.items())
        raise CheckFailedError(words, cure="`ethgen help health` says what each reason means")
    if all(agent["state"] == "chain stands still" for agent in agents.values()):
        raise CheckFailedError("no node has a young head: blocks have stopped", cure="look at the validators' logs")
    return ", ".join(f"{pod} {agent['state']}" for pod, agent in agents.items())


def look_at_chain_id(live: Live) -> str:
    """See that every execution client has the chain id of the spec."""
    for pod, agent in live.agents().items():
        found = agent["execution"]["chainId"]
        if found != live.plan.chain_id:
            raise CheckFailedError(f"{pod} has chain id {found}, not {live.plan.chain_id}", cure=_OTHER_GENESIS)
    return f"chain id {live.plan.chain_id}"


def look_at_genesis_block(live: Live) -> str:
    """See that block 0 of every execution client is the one that the network began with."""
    expected = live.genesis["genesisBlockHash"].lower()
    for pod in live.plan.node_pods:
        found = str(live.execution(pod, "eth_getBlockByNumber", "0x0", False)["hash"]).lower()  # noqa: FBT003 - JSON
        if found != expected:
            raise CheckFailedError(f"block 0 of {pod} is {found}, not {expected}", cure=_OTHER_GENESIS)
    return f"block 0 is {expected}"


def look_at_genesis_state(live: Live) -> str:
    """See that every consensus client began with the network's validators and at its time."""
    expected = live.genesis
    for pod in live.plan.node_pods:
        found = live.consensus(pod, "/eth/v1/beacon/genesis")["data"]
        pairs = (("genesis_validators_root", "genesisValidatorsRoot"), ("genesis_time", "genesisTime"))
        for theirs, ours in pairs:
            if str(found[theirs]).lower() != expected[ours].lower():
                text = f"{theirs} of {pod} is {found[theirs]}, not {expected[ours]}"
                raise CheckFailedError(text, cure=_OTHER_GENESIS)
    return f"genesis validators root {expected['genesisValidatorsRoot']}"


def look_at_growth(live: Live) -> str:
    """See the head grow, on every node, within a dozen slots."""
    first = _blocks(live)
    seconds = _GROWTH_SLOTS * live.plan.seconds_per_slot

    def grown() -> str | None:
        now = _blocks(live)
        if all(now[pod] > first[pod] for pod in first):
            return ", ".join(f"{pod} from block {first[pod]} to {now[pod]}" for pod in first)
        return None

    seen = live.until(seconds, grown)
    if seen is None:
        still = [pod for pod, block in _blocks(live).items() if block <= first[pod]]
        cure = "see `ethgen status`, and the validators' logs where no node grows"
        raise CheckFailedError(f"no new block in {seconds} s on {', '.join(still)}", cure=cure)
    return seen


def look_at_agreement(live: Live) -> str:
    """See that all nodes have the same block a little below the lowest of their heads."""
    number = max(0, min(_blocks(live).values()) - _DEPTH)
    hashes = {
        pod: live.execution(pod, "eth_getBlockByNumber", hex(number), False)["hash"]  # noqa: FBT003 - JSON
        for pod in live.plan.node_pods
    }
    if len(set(hashes.values())) > 1:
        words = ", ".join(f"{pod} {value}" for pod, value in hashes.items())
        raise CheckFailedError(f"nodes differ at block {number}: {words}", cure="look at peers: the network is split")
    return f"block {number} is {next(iter(hashes.values()))} everywhere"


def look_at_finality(live: Live) -> str:
    """See that the finalized epoch is recent on every node, or becomes so within two epochs."""
    return _patiently(live, _finality)


def look_at_execution_peers(live: Live) -> str:
    """See that every execution client has its peers."""
    return _peers(live, "execution")


def look_at_consensus_peers(live: Live) -> str:
    """See that every consensus client has its peers."""
    return _peers(live, "consensus")


def look_at_active_validators(live: Live) -> str:
    """See that the chain counts the validators of all key sets as active."""
    _require_validators(live)
    expected = sum(live.plan.key_sets.values())
    found = active_validators(live.api, live.plan, live.plan.node_pods)
    if found is None:
        raise CheckFailedError("no consensus client counts its validators", cure="see `ethgen status`")
    if found < expected:
        raise CheckFailedError(f"{found} of {expected} validators are active", cure="see the validators' logs")
    return f"{found} active, {expected} of them ours"


def look_at_attestations(live: Live) -> str:
    """See that the validators of every key set attest: in the last full epoch, or in the next two."""
    _require_validators(live)
    return _patiently(live, _attestations)


def look_at_outside(live: Live) -> str:
    """See that JSON-RPC answers with the right chain id outside the cluster, on the way that users take."""
    address = outside_url(live.api, live.plan)
    found = rpc_answers(address, live.plan)
    if isinstance(found, str):
        raise CheckFailedError(
            f"{address.url} does not answer: {found}",
            cure=f"see `kubectl --namespace {live.plan.name} get service rpc`, and `networks.{live.plan.name}.rpc`",
        )
    if found != live.plan.chain_id:
        raise CheckFailedError(f"{address.url} has chain id {found}, not {live.plan.chain_id}", cure=_OTHER_GENESIS)
    return f"{address.url} ({address.way})"


def _patiently(live: Live, look: Callable[[Live], str]) -> str:
    """Return what a look sees, and look again for two epochs, at most a minute, while it finds a fault."""
    seconds = min(_PATIENCE_SECONDS, 2 * live.plan.slots_per_epoch * live.plan.seconds_per_slot)

    def again() -> str | None:
        try:
            return look(live)
        except CheckFailedError:
            return None

    return live.until(seconds, again) or look(live)


def _finality(live: Live) -> str:
    seen = []
    for pod, agent in live.agents().items():
        view = agent["consensus"]
        finalized, slot = view["finalizedEpoch"], view["headSlot"]
        if finalized is None or slot is None:
            raise CheckFailedError(f"the consensus client of {pod} does not answer", cure="see `ethgen status`")
        epoch = slot // live.plan.slots_per_epoch
        if finalized == 0 or epoch - finalized > _FINALITY_EPOCHS:
            raise CheckFailedError(
                f"{pod} is in epoch {epoch} and its finalized epoch is {finalized}",
                cure="two thirds of the validators must attest: see their checks; a young network needs time",
            )
        seen.append(f"{pod} {finalized} of {epoch}")
    return f"finalized epoch: {', '.join(seen)}"


def _attestations(live: Live) -> str:
    pod = live.plan.node_pods[0]
    slot = int(live.agents()[pod]["consensus"]["headSlot"] or 0)
    epoch = max(0, slot // live.plan.slots_per_epoch - 1)
    total = sum(live.plan.key_sets.values())
    path = live.page(pod, live.plan.group_of(pod).beacon_port, f"/eth/v1/validator/liveness/{epoch}")
    answer = live.api.post(path, [str(index) for index in range(total)])
    live_indices = {int(entry["index"]) for entry in answer["data"] if entry["is_live"]}
    seen, first = [], 0
    for key_set, count in live.plan.key_sets.items():
        attested = len(live_indices & set(range(first, first + count)))
        first += count
        if attested < _TWO_THIRDS * count:
            raise CheckFailedError(
                f"{attested} of {count} validators of key set {key_set} attested in epoch {epoch}",
                cure=f"see `kubectl --namespace {live.plan.name} logs validator-{key_set}-0`",
            )
        seen.append(f"{key_set} {attested}/{count}")
    return f"epoch {epoch}: {', '.join(seen)}"


def _require_validators(live: Live) -> None:
    if not live.plan.private or not live.plan.key_sets:
        raise NotApplicableError("no validators of a private network")


def _peers(live: Live, layer: str) -> str:
    others = len(live.plan.node_pods) - 1
    expected = others if live.plan.private else 1
    seen = []
    for pod, agent in live.agents().items():
        found = agent[layer]["peers"]
        if found is None or found < expected:
            raise CheckFailedError(
                f"the {layer} client of {pod} has {found or 0} peers, at least {expected} are expected",
                cure="see the NetworkPolicies and the Services `…-p2p`; a pod that has just started needs a minute",
            )
        seen.append(f"{pod} {found}")
    return ", ".join(seen)


def _blocks(live: Live) -> dict[str, int]:
    found: dict[str, int] = {}
    for pod, agent in live.agents().items():
        number = agent["execution"]["blockNumber"]
        if number is None:
            raise CheckFailedError(f"the execution client of {pod} does not answer", cure="see `ethgen status`")
        found[pod] = number
    return found


def _evidence(live: Live, agents: dict[str, dict[str, Any]]) -> list[NodeEvidence]:
    if not live.plan.private:
        return []
    try:
        pods = live.pods
    except ApiError:
        return []
    return [evidence_of(pod, agent, pods.get(pod)) for pod, agent in agents.items()]


def _reasons(agent: dict[str, Any]) -> str:
    return ", ".join(str(reason["text"]) for reason in agent["reasons"]) or str(agent["state"])


_OTHER_GENESIS = "its volume is of another network: deploy with --new-genesis"

CHECKS = (
    Check("agents", look_at_agents),
    Check("chain id", look_at_chain_id),
    Check("genesis block", look_at_genesis_block),
    Check("genesis state", look_at_genesis_state),
    Check("blocks", look_at_growth),
    Check("agreement", look_at_agreement),
    Check("finality", look_at_finality),
    Check("execution peers", look_at_execution_peers),
    Check("consensus peers", look_at_consensus_peers),
    Check("validators", look_at_active_validators),
    Check("attestations", look_at_attestations),
    Check("JSON-RPC from outside", look_at_outside),
)
