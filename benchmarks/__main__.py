"""`python -m benchmarks [NAME] [options]`: one benchmark by name; without a name, renhai beside its peers."""

from __future__ import annotations

import sys
from collections.abc import Callable, Sequence
from importlib import import_module

NAMES = {
    "peers": "peers.peers",
    "contestants": "peers.contestants",
    "builds": "peers.builds",
    "truth": "truth.truth",
    "audits": "truth.audits",
    "rehearsals": "truth.rehearsals",
    "drills": "truth.drills",
    "arrivals": "engine.arrivals",
    "health": "engine.health",
    "intents": "engine.intents",
    "soak": "engine.soak",
    "liars": "liars.liars",
    "fuzz": "fuzz.fuzz",
    "drafts": "drafts.drafts",
    "operators": "engine.operators",
    "capacity": "engine.capacity",
    "cookies": "data.cookies",
    "dual_track": "data.dual_track",
    "dataset": "dataset.check",
    "exports": "data.exports",
    "generators": "data.generators",
    "initial_load": "data.initial_load",
    "migration": "data.migration",
    "prints": "data.prints",
    "identifiers_million": "data.identifiers_million",
    "served": "data.served",
    "target_durable": "data.target_durable",
    "verdicts": "judge.verdicts",
    "judging": "judge.judging",
    "runs_listed": "judge.runs_listed",
    "comparison_simulated": "judge.comparison_simulated",
    "rule_simulated": "judge.rule_simulated",
}


def main(arguments: Sequence[str]) -> int:
    """Exit 2 for a name that is none; else the benchmark's own: 1 when a goal was missed."""
    if arguments and not arguments[0].startswith("-"):
        name, rest = arguments[0], arguments[1:]
    else:
        name, rest = "peers", arguments
    if name not in NAMES:
        print(f"python -m benchmarks: {name} is none of {', '.join(NAMES)}", file=sys.stderr)
        return 2
    run: Callable[[Sequence[str]], int] = import_module(f"benchmarks.{NAMES[name]}").main
    return run(rest)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
