"""A share is shown as all only if it is all, and as nothing only if it is nothing, wherever it is shown."""

from __future__ import annotations

import re
import subprocess
from fractions import Fraction
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from results.metrics import MOST_TIMES, change, rounded_share, show
from results.report.wording import amount, growth, show_margin
from results.verdict.reasons.generator import ArrivalsDropped, CpuBusy
from tests.results.report.coloured import run, threshold
from tests.share import examples

ROOT = Path(__file__).resolve().parents[2]
ALL = re.compile(r"100(\.0+)?%")
NONE = re.compile(r"0(\.0+)?%")
# A share written by Python alone. Signed ones are changes; templates of reasons are filled by `_Filling`.
BARE = re.compile(r"\{[^{}+]*:\.\d%\}|(?<![\w.])100 \* [\w.]+ / [\w.]+:\.\df|%\.\df ?%%")
CONSTANT = "HEADROOM"


def read(shown: str) -> Fraction:
    return Fraction(shown.removeprefix("< ").removesuffix("%")) / 100


@given(st.integers(0, 10**9), st.integers(1, 10**9), st.integers(0, 3))
@example(28_935, 28_936, 1)
@example(10**9 - 1, 10**9, 3)
@example(1, 10**9, 0)
@example(999, 1000, 0)
@settings(max_examples=examples(2000))
def test_a_share_of_counts(part: int, whole: int, digits: int) -> None:
    part = min(part, whole)
    for share in (Fraction(part, whole), part / whole):
        shown = rounded_share(share, digits)
        assert bool(ALL.fullmatch(shown)) == (part == whole)
        assert bool(NONE.fullmatch(shown)) == (part == 0)
        step = Fraction(1, 100 * 10**digits)
        if shown.startswith("<"):
            assert 0 < share < read(shown)
        else:
            assert abs(read(shown) - Fraction(part, whole)) <= step


@given(st.floats(0, 100))
@example(99.9966)
@example(99.99999999999999)
@example(5e-324)
@example(0.00005)
@settings(max_examples=examples(2000))
def test_a_rate_in_per_cent(value: float) -> None:
    shown = show(value, "%")
    assert bool(ALL.fullmatch(shown)) == (value == 100)
    assert bool(NONE.fullmatch(shown)) == (value == 0)
    assert "e" not in shown


def test_rates_as_people_read_them() -> None:
    assert [show(value, "%") for value in (0, 0.00001, 0.9901, 12.345, 99.9966, 99.99999, 100)] == [
        "0%", "< 0.0001%", "0.9901%", "12.35%", "99.997%", "99.99999%", "100%",
    ]  # fmt: skip


@given(st.floats(-0.999999, 1e12))
@settings(max_examples=examples(1000))
def test_a_change_is_short_and_never_says_that_all_is_gone(value: float) -> None:
    shown = change(value)
    assert len(shown) <= len(f"<×1/{MOST_TIMES:,}")
    assert shown != "-100.0%"


def test_changes_as_people_read_them() -> None:
    values = (0.121, -0.0001, 8.99, 9, 24.5, 236_869.944, 5e9, -0.99, -0.995, 1 / 236_870 - 1, -1)
    assert [change(value) for value in values] == [
        "+12.1%", "+0.0%", "+899.0%", "×10.0", "×25.5", "×236,871", ">×1,000,000", "-99.0%", "×1/200",
        "×1/236,870", "-100.0%",
    ]  # fmt: skip
    assert growth(236_869.944, "ms") == "×236,871"
    assert growth(0.00012, "share") == "+0.012 pp"
    assert show_margin(run(thresholds=[threshold(False, 2_368_700.0)]).thresholds[0]) == "23,687x the limit"


def test_reasons_do_not_round_a_share_away() -> None:
    dropped = ArrivalsDropped(dropped=1, due=1_000_000, share=1e-6, bound=0.001)
    assert "(< 0.01%, bound 0.1%)" in dropped.en
    assert "（< 0.01%，上限 0.1%）" in dropped.zh
    busy = CpuBusy(percent=99.7, seconds=3, bound_percent=90.0)
    assert "used 99.7 % of its core for 3 s on end (bound 90 %)" in busy.en
    assert "占用单核 99.7%（上限 90%）" in busy.zh


def test_a_small_error_rate_of_a_drift_is_not_nothing() -> None:
    assert amount(0.0012, "share") == "0.120%"
    assert amount(0.000001, "share") == "< 0.001%"
    assert amount(0.0, "share") == "0.000%"


def lines() -> list[str]:
    listed = subprocess.run(
        ["git", "ls-files", "results", "renhai", "benchmarks", "tools"],
        cwd=ROOT, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    kept = [name for name in listed if name.endswith((".py", ".j2")) and "/verdict/reasons/" not in name]
    found = []
    for name in kept:
        for number, line in enumerate((ROOT / name).read_text("utf-8").splitlines(), start=1):
            if BARE.search(line) and CONSTANT not in line and "style=" not in line and 'style="' not in line:
                found.append(f"{name}:{number}: {line.strip()}")
    return found


def test_no_share_is_shown_by_hand() -> None:
    assert lines() == [], "results.metrics.rounded_share, or show(..., '%')"


@pytest.mark.parametrize(
    ("line", "seen"),
    [
        ('f"{share:.1%}"', True),
        ('f"{100 * part / whole:.1f} %"', True),
        ('"%.0f%%" | format(100 * found.done)', True),
        ('f"{growth:+.1%}"', False),
        ('f"{rounded_share(share, 1)}"', False),
    ],
)
def test_the_search_finds_one(line: str, seen: bool) -> None:
    assert bool(BARE.search(line)) == seen
