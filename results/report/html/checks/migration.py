"""verify.html: what a verification found, batch by batch, for people: counts, columns, sums, examples."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from results.report.html.page import embedded, environment
from results.report.junit import Case, suite_xml
from results.report.words.migration import CLASSES, OTHERS, VERDICTS, damaged, problem_in_chinese
from results.snapshot.files import write_whole

COLUMN_COUNTS = ("changed", "unreadable_old", "unreadable_new", "within_tolerance", "by_rule")
MOST_SUMS = 100  # that differ, of a batch


def write_verification(folder: Path, result: Mapping[str, Any]) -> Path:
    """Writes verify.html and junit.xml; returns the path of the page. Raises SnapshotError."""
    path = folder / "verify.html"
    write_whole(path, render_verification(result))
    write_whole(folder / "junit.xml", verification_junit(result))
    return path


def verification_junit(result: Mapping[str, Any]) -> str:
    """A case for the answer, then one for each batch; what was not compared is an error, never a pass."""
    name = f"renhai.{result['name']}.verification"
    shut = {"fail": "failure", "inconclusive": "error"}
    said = "; ".join(map(str, result["problems"])) or VERDICTS[result["verdict"]][0]
    cases = [Case(name, "old and new agree", *_outcome(shut, result["verdict"], said))]
    for one in result["batches"]:
        faults = [f"{CLASSES[fault['class']][0]} {fault['rows']:,}" for fault in one["faults"]]
        told = "; ".join([*faults, *map(str, one["problems"])]) or "nothing was compared"
        cases.append(Case(f"{name}.batch", one["name"], *_outcome(shut, one["state"], told)))
    return suite_xml(name, cases)


def _outcome(shut: Mapping[str, Any], state: str, told: str) -> tuple[Any, str]:
    return (shut.get(state, "error"), told) if state != "pass" else ("", "")


def render_verification(result: Mapping[str, Any]) -> str:
    """The page as text. result: verify.json."""
    return environment().get_template("migration.html.j2").render(
        result=result,
        batches=[_shown(one) for one in result["batches"]],
        words=CLASSES,
        verdict_words=VERDICTS,
        others=OTHERS,
        damaged=damaged,
        column_counts=COLUMN_COUNTS,
        zh=problem_in_chinese,
        data=embedded({}),
    )  # fmt: skip


def _shown(batch: Mapping[str, Any]) -> dict[str, Any]:
    """The batch with what a reader looks at first: only columns and sums in which something is to be told."""
    uneven = [one for one in batch["sums"] if not one["equal"]]
    return {
        **batch,
        "classes": [(name, number) for name, number in batch["counts"].items() if number and name in CLASSES],
        "told": [one for one in batch["columns"] if any(one[name] for name in COLUMN_COUNTS)],
        "uneven": uneven[:MOST_SUMS],
        "uneven_more": max(0, len(uneven) - MOST_SUMS),
        "broken": [one for one in batch["violations"] if one["old"] or one["new"]],
    }
