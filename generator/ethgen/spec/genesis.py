"""Section `networks.<network>.genesis`: the first block and state of a private network."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import Field, PrivateAttr

from ethgen.spec.beginning import Beginning
from ethgen.spec.counts import Positive
from ethgen.spec.ethereum import Address, Mnemonic
from ethgen.spec.section import Section
from ethgen.spec.types import RepositoryFile

# A balance counts wei in 256 bits (Yellow Paper, 4.1), and an ether has 10^18 of them.
Ether = Annotated[int, Field(ge=1, le=(2**256 - 1) // 10**18)]

# The largest gas limit of a block (go-ethereum, params/protocol_params.go, MaxGasLimit).
_MOST_GAS = 2**63 - 1

# Thirty days: who plans a network further ahead than this deploys it later.
_LONGEST_DELAY = 30 * 24 * 3600


class Genesis(Beginning, Section):
    """How a private network begins; the genesis time is chosen when it is deployed."""

    fork: Literal["electra", "fulu"] = Field(default="electra", description="Fork that is active from the first slot.")
    preset: Literal["mainnet", "minimal"] = Field(
        default="mainnet",
        description="Compile-time sizes of the consensus specification that the clients were built with.",
    )
    slot_seconds: Annotated[int, Field(ge=1, le=60)] = Field(default=12, description="Length of a slot, in seconds.")
    slots_per_epoch: Literal[8, 16, 32] = Field(
        default=32,
        description="Slots of an epoch; fewer than the preset's own finalise sooner, where every client can run them.",
    )
    validators: Positive | None = Field(
        default=None, description="Validators active at genesis; as many as all key sets have keys if absent."
    )
    mnemonic: Mnemonic | None = Field(
        default=None,
        description=(
            "BIP-39 mnemonic of all keys. Only in profile `local`, where it is throw-away; "
            "elsewhere it comes from the file named by `mnemonicFile`."
        ),
    )
    mnemonic_file: RepositoryFile | None = Field(
        default=None, description="File of the repository with the mnemonic, kept out of git."
    )
    premine: dict[Address, Ether] = Field(
        default_factory=dict, description="Balances at genesis beside the mnemonic's own accounts, in ether."
    )
    premine_accounts: Annotated[int, Field(ge=0, le=100)] = Field(
        default=10, description="Accounts m/44'/60'/0'/0/i of the mnemonic that start with 1,000,000 ether."
    )
    gas_limit: Annotated[int, Field(ge=5000, le=_MOST_GAS)] = Field(
        default=60_000_000, description="Gas limit of the first block."
    )
    delay_seconds: Annotated[int, Field(ge=5, le=_LONGEST_DELAY)] = Field(
        default=30, description="Seconds between the deployment and the first slot, for the clients to start."
    )

    _secret: str = PrivateAttr(default="")
