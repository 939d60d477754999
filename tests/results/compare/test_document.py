"""docs/comparison.md: its worked examples, computed again from the runs that stand there."""

from __future__ import annotations

import math
import re
from pathlib import Path

import pytest
from scipy import stats

from results.compare.effects import Effect
from results.compare.findings import describe
from results.compare.rule import decide
from results.compare.settings import Settings
from results.stats.estimates import between_runs

DOCS = Path(__file__).resolve().parents[3] / "docs"
DOCUMENT, CHINESE = ((folder / "comparison.md").read_text(encoding="utf-8") for folder in (DOCS, DOCS / "zh"))
EXAMPLE = re.compile(r"^\| \d \| ([\d ]+) \| ([\d ]+) \| (.+) \|$", re.MULTILINE)
EXAMPLES = [(*one, 0) for one in EXAMPLE.findall(DOCUMENT)] + [(*one, 1) for one in EXAMPLE.findall(CHINESE)]


def logs(text: str) -> list[float]:
    return [math.log(float(word)) for word in text.split()]


def test_there_are_three_on_either_page() -> None:
    assert len(EXAMPLES) == 6 and [one[:2] for one in EXAMPLES[:3]] == [one[:2] for one in EXAMPLES[3:]]


@pytest.mark.parametrize(("old", "new", "said", "language"), EXAMPLES)
def test_an_example_says_what_the_rule_says_and_scipy_agrees(
    old: str, new: str, said: str, language: int
) -> None:
    estimate = between_runs(logs(old), logs(new))
    (row,) = decide([Effect("run", "p95", "ms", 1, 1, estimate)], Settings())
    assert describe(row).said(language) == said
    wanted = stats.ttest_ind(logs(new), logs(old)).confidence_interval(0.95)
    assert row.bound == pytest.approx(math.expm1(wanted.high))
    if row.runs_needed:
        ask = [
            estimate.spread * math.sqrt(2 / n) * (stats.t.ppf(0.975, 2 * n - 2) + 0.8416)
            for n in range(2, 99)
        ]
        left = math.log(1.1) - max(estimate.effect, 0)
        assert row.runs_needed == next(n for n, one in enumerate(ask, 2) if one <= left)


def test_requests_without_an_error_that_a_pass_needs() -> None:
    """ "about 740": the first number of which the exact bound of no error lies below half a point."""
    fewest = next(
        n for n in range(700, 800) if stats.binomtest(0, n).proportion_ci(0.95, "exact").high < 0.005
    )
    assert (fewest, "about 740 requests" in DOCUMENT, "约 740 个" in CHINESE) == (736, True, True)
