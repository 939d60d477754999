"""verify.html: what a verification found, batch by batch, for people: counts, columns, sums, examples."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from results.report.html.page import embedded, environment
from results.report.migration_words import CLASSES, VERDICTS, problem_in_chinese
from results.snapshot.files import write_whole

COLUMN_COUNTS = ("changed", "unreadable_old", "unreadable_new", "within_tolerance", "by_rule")
MOST_SUMS = 100  # that differ, of a batch


def write_verification(folder: Path, result: Mapping[str, Any]) -> Path:
    """Writes verify.html and returns its path. Raises SnapshotError when it cannot be written."""
    path = folder / "verify.html"
    write_whole(path, render_verification(result))
    return path


def render_verification(result: Mapping[str, Any]) -> str:
    """The page as text. result: verify.json."""
    return environment().get_template("migration.html.j2").render(
        result=result,
        batches=[_shown(one) for one in result["batches"]],
        words=CLASSES,
        verdict_words=VERDICTS,
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
