"""The price table of a provider, in a file that people can replace."""

from __future__ import annotations

from decimal import Context, Decimal
from pathlib import Path
from typing import Annotated, Literal

from pydantic import Field, ValidationError

from ethgen.errors import SpecError
from ethgen.spec.documents import parse
from ethgen.spec.mistakes import describe
from ethgen.spec.section import Section

DEFAULT = Path(__file__).parent / "prices.yaml"

# A year of 365 days has 8,760 hours, and a month a twelfth of them.
HOURS_PER_MONTH = 730

# Beyond what anybody asks, in any currency; JSON has no number for what is infinite.
_HIGHEST = 1_000_000_000

# More digits than the highest price of everything that the quantities of Kubernetes can ask for.
_EXACT = Context(prec=100)

Date = Annotated[str, Field(pattern=r"^[0-9]{4}-[0-9]{2}(-[0-9]{2})?$")]


class Price(Section):
    """One price and where it is from."""

    price: Annotated[float, Field(ge=0, le=_HIGHEST, allow_inf_nan=False)] = Field(
        description="In the table's currency."
    )
    source: str = Field(description="Where the price is from.")
    date: Date = Field(description="Month or day that the source is of, such as 2026-03.")


class CpuPrice(Price):
    """The price of a core."""

    unit: Literal["core-hour"] = Field(description="What the price is for.")


class MemoryPrice(Price):
    """The price of memory."""

    unit: Literal["GiB-hour"] = Field(description="What the price is for.")


class StoragePrice(Price):
    """The price of volumes."""

    unit: Literal["GiB-month"] = Field(description="What the price is for.")


class Prices(Section):
    """What a provider asks for what pods request."""

    name: str = Field(description="Provider, region and tariff.")
    currency: Annotated[str, Field(pattern=r"^[A-Z]{3}$")] = Field(description="ISO 4217 code, such as USD.")
    cpu: CpuPrice = Field(description="CPU, by the hour.")
    memory: MemoryPrice = Field(description="Memory, by the hour.")
    storage: StoragePrice = Field(description="Volumes, by the month.")

    def monthly(self, cores: Decimal, memory: Decimal, storage: Decimal) -> Decimal:
        """Return what cores, and GiB of memory and storage cost in a month, rounded to hundredths."""
        hourly = cores * Decimal(str(self.cpu.price)) + memory * Decimal(str(self.memory.price))
        total = hourly * HOURS_PER_MONTH + storage * Decimal(str(self.storage.price))
        return total.quantize(Decimal("0.01"), context=_EXACT)


def load_prices(file: Path = DEFAULT) -> Prices:
    """Return the price table in a file.

    Raises:
        SpecError: it is no such table; every mistake with its place.
    """
    document = parse(file)
    try:
        return Prices.model_validate(document.data)
    except ValidationError as error:
        raise SpecError(describe(error, document.positions, root=Prices)) from None
