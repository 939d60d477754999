"""The load processes of a replay: one a system, side by side, until both have ended."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from pathlib import Path

from renhai.core.process.child_process import Child, last_words
from renhai.core.process.interrupts import Interrupts

POLL_S = 0.1
MOST_INTERRUPTS = 2  # the second one does not wait for answers


def run_tracks(
    plans: Sequence[Path], interrupts: Interrupts, told: Callable[[str], object] = lambda line: None
) -> list[str]:
    """Start a load process for each plan, and wait for all; what went wrong with one, a text each."""
    children = []
    try:
        for plan in plans:
            line = ["-P", "-m", "renhai.load.replay", str(plan.resolve())]
            log = plan.with_suffix(".log")
            children.append((plan, log, Child(line, cwd=plan.parent, log=log)))
        asked, said = 0, dict.fromkeys(plans, "")
        while any(child.code is None for _, _, child in children):
            if interrupts.count > asked:
                asked = interrupts.count
                for _, _, child in children:
                    child.ask() if asked < MOST_INTERRUPTS else child.kill()
            for plan, _, child in children:
                line_said = child.line(POLL_S)
                if line_said:
                    said[plan] = line_said
                    told(_shown(plan, line_said))
        for plan, _, child in children:
            for line_said in child.rest():
                said[plan] = line_said
        return [why for plan, log, child in children for why in _wrong(plan, log, child, said[plan])]
    finally:
        for _, _, child in children:
            if child.code is None:
                child.stop(timeout=10)


def _shown(plan: Path, line: str) -> str:
    try:
        told = json.loads(line)
        return f"{plan.name.partition('.')[0]}: {told['sent']:,} sent, {told['left']:,} left"
    except (ValueError, KeyError, TypeError, RecursionError):
        return line


def _wrong(plan: Path, log: Path, child: Child, line: str) -> list[str]:
    side = plan.name.partition(".")[0]
    try:
        told = json.loads(line)
    except (ValueError, RecursionError):
        told = {}
    found = [f"the {side} track: {why}" for why in (told.get("error"), *told.get("complaints", ())) if why]
    if child.code:
        found.append(f"the {side} load process ended with code {child.code}: {last_words(log) or 'no word'}")
    return found
