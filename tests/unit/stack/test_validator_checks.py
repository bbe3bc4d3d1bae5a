"""What the key sets of one network share, and where its nodes may take a checkpoint from."""

from __future__ import annotations

import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from ethgen.stack.checks import check, checkpoint, validators

if TYPE_CHECKING:
    from collections.abc import Callable

    from ethgen.spec.network import Network

HERE = ("networks", "x")
FIRST, SECOND = "0xf39Fd6e51aad88F6F4ce6aB8827279cffFb92266", "0x70997970C51812dc3A010C7d01b50e0d17dc79C8"
POLICY = Path(__file__).parents[3] / "charts" / "ethereum-infrastructure" / "templates" / "policies" / "nodes.yaml"


def key_sets(*recipients: str) -> dict[str, dict[str, Any]]:
    """Return the key sets `a`, `b`, … with these fee recipients."""
    return {
        name: {"client": "lighthouse", "keys": 1, "feeRecipient": recipient}
        for name, recipient in zip("abc", recipients, strict=False)
    }


def test_key_sets_that_pay_another_recipient_are_told(network: Callable[..., Network]) -> None:
    """A key set whose recipient is not the first one's is told at its own, with the first one's place and address."""
    found = list(validators.warnings(HERE, network("mainnet", validators=key_sets(FIRST, FIRST.lower(), SECOND))))
    assert [problem.path for problem in found] == [("networks", "x", "validators", "c", "feeRecipient")]
    assert found[0].text == (
        f"differs from that of networks.x.validators.a, {FIRST}, which all beacon nodes here fall back to: a block of "
        "c pays that one where a beacon node was not told in time whose it is; use one address, or a network of its "
        "own for each"
    )


@pytest.mark.parametrize("recipients", [(), (FIRST,), (FIRST, FIRST)])
def test_one_recipient_is_no_word_worth(network: Callable[..., Network], recipients: tuple[str, ...]) -> None:
    """A network without key sets, with one, or with one recipient has nothing to mix up."""
    assert list(validators.warnings(HERE, network("mainnet", validators=key_sets(*recipients)))) == []


def test_what_is_refused_is_what_the_policy_closes() -> None:
    """The ranges that no checkpoint may be in are those that the chart's NetworkPolicy takes out."""
    lists = re.findall(r"except: \[([^\]]+)\]", POLICY.read_text())
    drawn = {cidr.strip(' "') for each in lists for cidr in each.split(",")}
    assert drawn == {str(closed) for closed in checkpoint.CLOSED}


@pytest.mark.parametrize(
    "url",
    ["https://checkpoint.example.org", "http://1.1.1.1:5052", "http://[2606:4700::1111]", "https://svc.example.org.uk"],
)
def test_a_public_checkpoint_is_taken(network: Callable[..., Network], url: str) -> None:
    """Names of the Internet and public addresses are nobody's business here."""
    given = network("hoodi").model_copy(update={"checkpoint_url": url})
    assert list(checkpoint.problems(HERE, given)) == []


def test_key_sets_of_a_private_network_need_a_node_group(network: Callable[..., Network]) -> None:
    """A key set without any group, as where the only one has a mistake of its own, is told and not drawn."""
    given = network("custom", validators=key_sets(FIRST)).model_copy(update={"nodes": {}})
    assert ("networks", "x", "validators", "a", "client") in [problem.path for problem in check(HERE, given).prevents]
