"""`python -m benchmarks served`: what a load process remembers of taxpayers that it has served.

Ten million come once, file, pay, and wait to come again; then some come again. The goal: 500 MB in all.
"""

from __future__ import annotations

import argparse
import resource
import time
from collections.abc import Sequence

from renhai.spec.journeys.cases import Partition, TaxpayerPool

GOAL_MB = 500
AGAIN = 100_000


class Numbers:
    """Taxpayers who are their numbers: it is not they who are measured."""

    def taxpayer(self, i: int) -> int:
        return i


def megabytes() -> float:
    """The most that this process ever held."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main(arguments: Sequence[str]) -> int:
    """Print what was held; 1 when it is more than the goal for ten million."""
    options = argparse.ArgumentParser(prog="python -m benchmarks served", description=__doc__)
    options.add_argument("--taxpayers", type=int, default=10_000_000, metavar="N")
    count = options.parse_args(arguments).taxpayers
    pool, before, begun = TaxpayerPool(Numbers(), Partition(count)), megabytes(), time.monotonic()
    for number in range(count + AGAIN):
        with pool.case() as case:
            wrong = case.taxpayer != number % count or case.period != number // count
            case.registered, case.paid, case.period = True, True, case.period + 1
        if wrong:
            print(f"taxpayer {number} came back as another")
            return 1
    held = megabytes()
    more = held - before
    print(
        f"{count:,} taxpayers served, {AGAIN:,} again: {held:,.0f} MB in all, {more:,.0f} MB more, "
        f"{more * 2**20 / count:.1f} bytes a taxpayer; {time.monotonic() - begun:.0f} s"
    )
    return int(held > GOAL_MB)
