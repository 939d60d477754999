"""Domain 09: blocks of numbers of tax vouchers, one for each taxpayer, so that no number is in two."""

from __future__ import annotations

from typing import Any

from generators.taxpayers.taxpayer import Taxpayer

CASH = "000001031"
"""pzzlDm of cash payment forms."""
APART = 100  # numbers from one block to the next
BLOCK = 10
VOIDED = 2  # of each block
COUNTED_AFTER = 5  # numbers used
MISCOUNTED = 10


def block(t: Taxpayer) -> dict[str, Any]:
    """The range of a block: {"pzzlDm", "qshm", "zzhm", "fs"}."""
    first = t.serial * APART + 1
    return {"pzzlDm": CASH, "qshm": f"{first:010d}", "zzhm": f"{first + BLOCK - 1:010d}", "fs": BLOCK}


def count(t: Taxpayer, blanks: int) -> dict[str, Any]:
    """The stocktake of a block in which so many blanks are left; one in ten misses one, and says why."""
    missed = 1 if blanks and t.key % MISCOUNTED == 0 else 0
    explained = {"cyyy": "盘点时一份在途"} if missed else {}
    return {**block(t), "pdfs": blanks - missed, **explained}


def lost(t: Taxpayer) -> dict[str, Any]:
    """The report that the first number of a block burned: what `case.accept` takes of it."""
    form = {"pzzlDm": CASH, "hm": block(t)["qshm"], "yy": "火灾损毁"}
    return {"swsxDm": "SXA091005001", "djxh": t.djxh, "form": form, "zl": []}


def uses(t: Taxpayer) -> list[tuple[bool, dict[str, Any]]]:
    """Every number of the block in its order, and whether it is voided: the taxpayer's key says which are."""
    first, start = t.serial * APART + 1, t.key % (BLOCK - VOIDED + 1)
    return [
        (start <= place < start + VOIDED, {"pzzlDm": CASH, "hm": f"{first + place:010d}"})
        for place in range(BLOCK)
    ]
