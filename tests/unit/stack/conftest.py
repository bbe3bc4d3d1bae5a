"""A network's section from a few words."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from ethgen.spec.network import Network

if TYPE_CHECKING:
    from collections.abc import Callable

MNEMONIC = "test test test test test test test test test test test junk"


@pytest.fixture(name="network")
def network_of_one_group() -> Callable[..., Network]:
    """Return a function that makes a network with the node group `a`, of geth and Lighthouse unless told otherwise."""

    def make(  # noqa: PLR0913 - each is a part of one section
        chain: str,
        *,
        execution: dict[str, Any] | None = None,
        consensus: dict[str, Any] | None = None,
        storage: str = "4Ti",
        genesis: dict[str, Any] | None = None,
        nodes: dict[str, Any] | None = None,
        validators: dict[str, Any] | None = None,
    ) -> Network:
        group = {
            "execution": execution or {"client": "geth"},
            "consensus": consensus or {"client": "lighthouse"},
            "storage": storage,
        }
        section: dict[str, Any] = {"chain": chain, "nodes": nodes or {"a": group}, "validators": validators or {}}
        if chain == "custom":
            section |= {"chainId": 3151908, "genesis": {"mnemonic": MNEMONIC, **(genesis or {})}}
        return Network.model_validate(section)

    return make
