"""What intents cost: writes that leave a line before and after each request, beside the same without.

    python -m benchmarks intents [--rounds 6] [--seconds 8] [--scenario bench/closed]

As `builds`: both run at once on one core, each against an nginx of its own, and a figure is requests ended in
a second of the load process's processor time; here both are this checkout, and one target file names what a
receipt keeps. The work is declarations, computed and filed; bench/closed sends one fixed document, which
costs next to nothing, so that lines weigh most. Goal: at least LEAST of the rate without, in the median pair.
"""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from contextlib import ExitStack

from benchmarks.peers.builds import contest, contest_parser, pairs
from benchmarks.product import bench_home
from benchmarks.rig import report, table

LEAST = 0.98
PLAIN = "{path: /api/declaration/submit}"
RECEIPT = "{path: /api/declaration/submit, receipt: [djxh, yzpzzlDm, skssqq, skssqz, ybtse]}"


def main(arguments: Sequence[str]) -> int:
    """Exit 1 when intents cost more than the goal, or a round broke."""
    parser = contest_parser("intents", __doc__)
    parser.add_argument("--scenario", default="bench/closed-declarations", help="of benchmarks/home")
    options = parser.parse_args(arguments)
    with ExitStack() as stack:
        homes = {name: stack.enter_context(bench_home()) for name in ("here", "other")}
        file = homes["here"] / "scenarios" / "targets" / "bench.yaml"
        text = file.read_text(encoding="utf-8")
        if PLAIN not in text:
            raise SystemExit(f"{file} has no {PLAIN}")
        file.write_text(text.replace(PLAIN, RECEIPT), encoding="utf-8")
        standings = contest(options.scenario, homes, options)
    ratios = pairs(standings)
    if not ratios:
        print("\n".join(one.absent for one in standings.values() if one.absent))
        return 1
    middle = statistics.median(ratios)
    row = (
        options.scenario,
        *(f"{standings[name].rate:,.0f}" for name in ("here", "other")),
        " ".join(f"{ratio:.3f}" for ratio in ratios),
        f"{middle:.3f}",
    )
    heads = (
        "work",
        "with / CPU s",
        "without / CPU s",
        "with / without, each pair",
        f"median, at least {LEAST}",
    )
    raw = {name: vars(one) for name, one in standings.items()}
    report("intents", "Intents beside none", [table(heads, [row])], raw, keep=not options.draft)
    return int(middle < LEAST)
