"""Sync committees and proposers against the specification's own loops, index by index."""

from __future__ import annotations

from hashlib import sha256
from itertools import islice

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from ethgen.genesis import committees
from ethgen.genesis.presets import PRESETS, Fork

MIX = b"\x5a" * 32
ETHER = 10**9


@settings(deadline=None)  # a loaded machine is no failure
@given(st.integers(1, 600), st.binary(min_size=32, max_size=32), st.sampled_from([10, 90]))
def test_both_shuffles_agree_with_the_specification(size: int, seed: bytes, rounds: int) -> None:
    """Shuffling all indices at once and one by one give what compute_shuffled_index gives."""
    sample = range(0, size, max(1, size // 7))
    expected = [shuffled(index, size, seed, rounds) for index in sample]
    whole = committees._permutation(size, seed, rounds)  # noqa: SLF001 - the two ways must agree
    single = list(islice(committees._shuffled(size, seed, rounds), size))  # noqa: SLF001 - likewise
    assert [whole[index] for index in sample] == expected
    assert [single[index] for index in sample] == expected
    assert sorted(whole) == list(range(size))


@pytest.mark.parametrize("fork", ["deneb", "electra"])
@pytest.mark.parametrize("preset", ["mainnet", "minimal"])
def test_the_sync_committee_is_sampled_as_specified(fork: Fork, preset: str) -> None:
    """Candidates are accepted by effective balance: with 8 random bits before electra, with 16 since."""
    sizes = PRESETS["mainnet" if preset == "mainnet" else "minimal"]
    highest = 2048 if fork == "electra" else 32
    balances = [(17 + 7 * number % (highest - 16)) * ETHER for number in range(50)]
    seed = sha256(bytes.fromhex("07000000") + (1).to_bytes(8, "little") + MIX).digest()
    expected: list[int] = []
    attempt = 0
    while len(expected) < sizes.sync_committee_size:
        candidate = shuffled(attempt % 50, 50, seed, sizes.shuffle_round_count)
        if accepted(balances[candidate], seed, attempt, fork):
            expected.append(candidate)
        attempt += 1
    assert committees.sync_committee(balances, MIX, fork, sizes) == expected


def test_proposers_are_sampled_as_specified() -> None:
    """Each slot's proposer comes from the slot's own seed, over the first two epochs."""
    sizes, balances = PRESETS["minimal"], [32 * ETHER] * 20 + [2048 * ETHER] * 5
    expected = []
    for slot in range(16):
        epoch_seed = sha256(bytes(4) + (slot // 8).to_bytes(8, "little") + MIX).digest()
        seed, attempt = sha256(epoch_seed + slot.to_bytes(8, "little")).digest(), 0
        while True:
            candidate = shuffled(attempt % 25, 25, seed, sizes.shuffle_round_count)
            if accepted(balances[candidate], seed, attempt, "electra"):
                break
            attempt += 1
        expected.append(candidate)
    assert committees.proposer_lookahead(balances, MIX, sizes) == expected


def accepted(balance: int, seed: bytes, attempt: int, fork: Fork) -> bool:
    """Say whether the specification accepts a candidate at an attempt."""
    if fork == "electra":
        digest = sha256(seed + (attempt // 16).to_bytes(8, "little")).digest()
        value = int.from_bytes(digest[attempt % 16 * 2 :][:2], "little")
        return balance * (2**16 - 1) >= 2048 * ETHER * value
    digest = sha256(seed + (attempt // 32).to_bytes(8, "little")).digest()
    return balance * 255 >= 32 * ETHER * digest[attempt % 32]


def shuffled(index: int, count: int, seed: bytes, rounds: int) -> int:
    """Give compute_shuffled_index, written as the specification defines it."""
    for number in range(rounds):
        pivot = int.from_bytes(sha256(seed + bytes([number])).digest()[:8], "little") % count
        flip = (pivot + count - index) % count
        position = max(index, flip)
        source = sha256(seed + bytes([number]) + (position // 256).to_bytes(4, "little")).digest()
        if source[position % 256 // 8] >> position % 8 & 1:
            index = flip
    return index
