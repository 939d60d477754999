"""What `renhai verify` prints: the verdict, each batch, what is wrong in it, what was not compared."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from results.language import language
from results.language.catalogue import say
from results.language.numbers import agreed
from results.report.looks import apart, seen
from results.report.words.migration import CLASSES, OTHERS, VERDICTS, damaged, problem_in_chinese

SHOWN = 3  # examples of each batch


def lines(result: Mapping[str, Any]) -> list[str]:
    """result: verify.json."""
    rows = result["rows"]
    found = [f"{_both(VERDICTS[result['verdict']])}: {result['name']}, "
             + say(f"{rows['old']:,} old rows, {rows['new']:,} new, {result['seconds']:.1f} s")]  # fmt: skip
    for batch in result["batches"]:
        found += _batch(batch)
    return found + [f"  ? {problem_said(why)}" for why in result["problems"]]


def problem_said(why: str) -> str:
    """A problem in the person's language."""
    return problem_in_chinese(why) if language() == "zh" else agreed(why)


def _batch(batch: Mapping[str, Any]) -> Iterator[str]:
    zh = int(language() == "zh")
    title = f" {batch['title']}" if batch["title"] else ""
    counts = [
        f"{_both(CLASSES[name])} {number:,}"
        for name, number in batch["counts"].items()
        if number and name in CLASSES
    ]
    state = _both(VERDICTS[batch["state"]])
    yield f"  {batch['name']}{title}: {state}: {', '.join(counts) or say('nothing was compared')}"
    for one in batch["columns"]:
        said = [
            f"{CLASSES[name][zh]} {one[name]:,}"
            for name in ("changed", "within_tolerance", "by_rule", "unreadable_old", "unreadable_new")
            if one[name]
        ]
        if said:
            yield f"    {one['name']}: {', '.join(said)}"
    uneven = [one for one in batch["sums"] if not one["equal"]]
    yield from ("    " + say(f"sum of {_group(one)}: {_amounts(one)}") for one in uneven[:SHOWN])
    if len(uneven) > SHOWN:
        yield "    " + say(f"and {len(uneven) - SHOWN:,} more sums, in verify.json")
    for one in batch["violations"]:
        if one["old"] or one["new"]:
            sides = say(f"old {one['old']:,}, new {one['new']:,}")
            rule = f", {one['rule']}" if one["rule"] != one["field"] else ""  # an equation is both
            yield f"    {CLASSES[one['kind']][zh]}, {one['field']}{rule}: {sides}"
    for side, number in batch["damaged"].items():
        if number:
            yield "    " + say(damaged(number, side))
    for one in batch["allowed"]:
        yield f"    {CLASSES[one['class']][zh]} {one['rows']:,}, {say('allowed')}: {one['reason']}"
    if "before" in batch:
        to_clean, before = _both(("to clean", "待清理")), _both(("before", "上次"))
        other = "".join(f" ({_both(words)})" for name, words in OTHERS.items() if name in batch["before"])
        yield f"    {to_clean} {batch['findings']:,}, {before} {batch['before']['findings']:,}{other}"
    for one in batch["samples"][:SHOWN]:
        old, new = apart(one["old"], one["new"])
        values = f": {one['field']}: {_shown(old)} → {_shown(new)}" if one["field"] else ""
        yield f"    {say('e.g.')} {CLASSES[one['kind']][zh]}: {seen(one['key'])}{values}"
    yield from (f"    ? {problem_said(why)}" for why in batch["problems"])


def _both(words: tuple[str, str]) -> str:
    """English and Chinese, for who reads English; Chinese alone otherwise."""
    return words[1] if language() == "zh" else " ".join(words)


def _group(one: Mapping[str, Any]) -> str:
    return ", ".join(f"{name} {value}" for name, value in one["by"].items()) or say("all rows")


def _amounts(one: Mapping[str, Any]) -> str:
    return ", ".join(
        f"{name} {amount['old']} → {amount['new']} ({amount['difference']})"
        for name, amount in one["sums"].items()
        if amount["old"] != amount["new"]
    ) or say(f"{one['rows']['old']:,} rows → {one['rows']['new']:,}")  # fmt: skip


def _shown(value: str | None) -> str:
    if value is None:
        return "–"
    return repr(value) if value != value.strip() or not value else seen(value)
