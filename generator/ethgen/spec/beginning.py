"""What the section of a private network's genesis can tell beside its fields."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from typing import Any, Literal

# Environment variable with the mnemonic of a private network, in place of its `mnemonicFile`.
MNEMONIC_VARIABLE = "ETHGEN_MNEMONIC"


class Beginning:
    """The beginning of a private network."""

    if TYPE_CHECKING:
        preset: Literal["mainnet", "minimal"]
        slots_per_epoch: Literal[8, 16, 32]
        mnemonic: str | None
        _secret: str
        model_fields_set: Any

    @property
    def slots_of_epoch(self) -> int:
        """Slots of an epoch: those asked for, else the preset's own (consensus-specs, presets/*/phase0.yaml)."""
        return (
            8 if self.preset == "minimal" and "slots_per_epoch" not in self.model_fields_set else self.slots_per_epoch
        )

    @property
    def seed(self) -> bytes:
        """What node keys are derived from: the mnemonic, wherever it was read."""
        return (self.mnemonic or self._secret).encode()
