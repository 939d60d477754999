"""Income tax on wages by the table of its time, in fen. A band's quick deduction is what makes one formula of
all bands: tax = taxable x percent - quick."""

from functools import lru_cache
from typing import NamedTuple

from generators.eras.era import Era

Bands = tuple[tuple[int, int], ...]


class Taxed(NamedTuple):
    """Percent, quick deduction and tax of what is taxable; both amounts in fen."""

    percent: int
    quick: int
    tax: int


@lru_cache(maxsize=16)
def table(bands: Bands, top: int) -> tuple[tuple[int, int, int], ...]:
    """Return (taxable up to in fen, percent, quick deduction in fen) of each band; -1: without an end.

    quick = quick before + upper end of the band before x (percent - percent before).
    """
    found: list[tuple[int, int, int]] = []
    lower = before = quick = 0
    for limit, percent in (*bands, (0, top)):
        quick += lower * (percent - before)
        found.append((100 * limit or -1, percent, quick))
        lower, before = limit, percent
    return tuple(found)


def taxed(now: Era, taxable: int) -> Taxed:
    """Return the tax on `taxable` fen, half up: of a month, or since January (see wages_bands)."""
    return on_bands(table(now.wages_bands, now.wages_top), taxable)


def on_bands(bands: tuple[tuple[int, int, int], ...], taxable: int) -> Taxed:
    """Return the tax on `taxable` fen by the bands of `table`."""
    percent, quick = next((p, q) for limit, p, q in bands if taxable <= limit or limit < 0)
    return Taxed(percent, quick, (taxable * percent - 100 * quick + 50) // 100)
