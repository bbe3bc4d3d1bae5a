"""Which validators the first sync committee and the first proposers are.

Source: `compute_shuffled_index` (specs/phase0), `get_next_sync_committee_indices` and `compute_proposer_index`
(specs/altair, and with 16-bit sampling specs/electra), `compute_proposer_indices` (specs/fulu) of
ethereum/consensus-specs.
"""

from __future__ import annotations

from hashlib import sha256
from itertools import count, cycle, islice
from typing import TYPE_CHECKING

from ethgen.genesis.presets import (
    FORKS,
    MAX_EFFECTIVE_BALANCE_ELECTRA,
    MIN_ACTIVATION_BALANCE,
    MIN_SEED_LOOKAHEAD,
    Fork,
    Preset,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

_DOMAIN_BEACON_PROPOSER = bytes.fromhex("00000000")
_DOMAIN_SYNC_COMMITTEE = bytes.fromhex("07000000")
_POSITIONS_PER_HASH = 256


def sync_committee(balances: Sequence[int], mix: bytes, fork: Fork, sizes: Preset) -> list[int]:
    """Sample the sync committee of the first two periods.

    Args:
        balances: effective balances of the active validators, in Gwei.
        mix: the RANDAO mix of every epoch before genesis, 32 bytes.
        fork: the fork of the genesis state, which decides how balances weigh.
        sizes: constants of the preset.

    Returns:
        Positions in `balances`, with repetitions, in the order of the committee.
    """
    seed = _seed(_DOMAIN_SYNC_COMMITTEE, 1, mix)
    order = _permutation(len(balances), seed, sizes.shuffle_round_count)
    return list(islice(_by_balance(cycle(order), balances, seed, fork), sizes.sync_committee_size))


def proposer_lookahead(balances: Sequence[int], mix: bytes, sizes: Preset) -> list[int]:
    """Give the proposer of each slot of the first epochs (EIP-7917), as positions in `balances`."""
    return [
        _proposer(
            balances, sha256(_seed(_DOMAIN_BEACON_PROPOSER, epoch, mix) + slot.to_bytes(8, "little")).digest(), sizes
        )
        for epoch in range(MIN_SEED_LOOKAHEAD + 1)
        for slot in range(epoch * sizes.slots_per_epoch, (epoch + 1) * sizes.slots_per_epoch)
    ]


def _proposer(balances: Sequence[int], seed: bytes, sizes: Preset) -> int:
    order = _shuffled(len(balances), seed, sizes.shuffle_round_count)
    return next(_by_balance(order, balances, seed, "fulu"))


def _seed(domain: bytes, epoch: int, mix: bytes) -> bytes:
    return sha256(domain + epoch.to_bytes(8, "little") + mix).digest()


def _by_balance(candidates: Iterable[int], balances: Sequence[int], seed: bytes, fork: Fork) -> Iterator[int]:
    electra = FORKS.index(fork) >= FORKS.index("electra")
    width, most = (2, MAX_EFFECTIVE_BALANCE_ELECTRA) if electra else (1, MIN_ACTIVATION_BALANCE)
    limit = 256**width - 1
    for candidate, value in zip(candidates, _random_values(seed, width), strict=False):
        if balances[candidate] * limit >= most * value:
            yield candidate


def _random_values(seed: bytes, width: int) -> Iterator[int]:
    for block in count():
        digest = sha256(seed + block.to_bytes(8, "little")).digest()
        for at in range(0, len(digest), width):
            yield int.from_bytes(digest[at : at + width], "little")


def _permutation(size: int, seed: bytes, rounds: int) -> list[int]:
    """Give `compute_shuffled_index` of every index at once: a round swaps pairs, and the last round comes first."""
    order = list(range(size))
    for number in reversed(range(rounds)):
        pivot = _pivot(seed, number, size)
        bits = b"".join(_source(seed, number, block) for block in range(-(-size // _POSITIONS_PER_HASH)))
        for mirror in (pivot, pivot + size):
            for position in range(mirror // 2 + 1, min(mirror + 1, size)):
                if bits[position >> 3] >> (position & 7) & 1:
                    other = mirror - position
                    order[position], order[other] = order[other], order[position]
    return order


def _shuffled(size: int, seed: bytes, rounds: int) -> Iterator[int]:
    """Give `compute_shuffled_index` of 0, 1, 2, ... without end, hashing only what these need."""
    pivots = [_pivot(seed, number, size) for number in range(rounds)]
    sources: dict[tuple[int, int], bytes] = {}
    for start in cycle(range(size)):
        index = start
        for number, pivot in enumerate(pivots):
            flip = (pivot - index) % size
            position = max(index, flip)
            key = (number, position // _POSITIONS_PER_HASH)
            if key not in sources:
                sources[key] = _source(seed, *key)
            if sources[key][position % _POSITIONS_PER_HASH >> 3] >> (position & 7) & 1:
                index = flip
        yield index


def _pivot(seed: bytes, number: int, size: int) -> int:
    return int.from_bytes(sha256(seed + bytes([number])).digest()[:8], "little") % size


def _source(seed: bytes, number: int, block: int) -> bytes:
    return sha256(seed + bytes([number]) + block.to_bytes(4, "little")).digest()
