"""Why a run has its verdict, as people read it: in their language, of many reasons alike the first few."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from results.language import language as spoken_by
from results.snapshot.run import Run
from results.verdict.reasons import Reason, Recorded
from results.verdict.reasons.evidence import MoreAlike
from results.verdict.reasons.reason import EN, ZH
from results.verdict.run_summary import reasons_of

FIRST = 3  # of reasons alike are told; one more is told, too, rather than counted


class Told(NamedTuple):
    """One line, in both languages; by EN and ZH as places."""

    en: str
    zh: str


def language(environ: Mapping[str, str] | None = None) -> int:
    """EN or ZH, as places in a pair (see results.language)."""
    return ZH if spoken_by(environ) == "zh" else EN


def told(run: Run) -> list[Told]:
    """The reasons by kind, in the order of the first of each; of a kind those that weigh most come first."""
    kinds: dict[str, list[Reason]] = {}
    for number, reason in enumerate(reasons_of(run)):
        kind = f"{reason.code} {number}" if isinstance(reason, Recorded) else reason.code
        kinds.setdefault(reason.like if isinstance(reason, MoreAlike) else kind, []).append(reason)
    return [line for alike in kinds.values() for line in _few(alike, run)]


def sentences(run: Run, spoken: int | None = None) -> list[str]:
    """The same in one language: the reader's own unless given."""
    place = language() if spoken is None else spoken
    return [line[place] for line in told(run)]


def notes(run: Run, place: int) -> list[str]:
    """What is to be known beside the verdict and decides nothing, in English or Chinese (EN, ZH)."""
    return run.notes_zh if place == ZH and len(run.notes_zh) == len(run.notes) else run.notes


def _few(alike: list[Reason], run: Run) -> list[Told]:
    left_out = sum(reason.more for reason in alike if isinstance(reason, MoreAlike))
    whole = [reason for reason in alike if not isinstance(reason, MoreAlike)]
    whole.sort(key=lambda reason: -_weight(reason, run))
    shown = whole if len(whole) + left_out <= FIRST + 1 else whole[:FIRST]
    more = len(whole) - len(shown) + left_out
    lines = [Told(reason.en, reason.zh) for reason in shown]
    return [*lines, Told(f"and {more:,} more like it", f"另有 {more:,} 项同类原因")] if more else lines


def _weight(reason: Reason, run: Run) -> int:
    """How much stands behind a reason: how often it was so, and how many requests it is about."""
    given = vars(reason)
    count = given.get("count")
    if isinstance(count, int):
        return count
    about = run.operations.get(str(given.get("subject") or given.get("operation") or ""))
    failed = about.errors + about.rejected + about.unfinished or about.started if about else 0
    return max(failed, reason.times)
