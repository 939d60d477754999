"""How a row is said: figures, signs, units, and what a reader is told of the settings."""

from __future__ import annotations

from typing import Any

import pytest

from results.compare.findings import (
    MANY,
    Comparison,
    Row,
    brief,
    conclusion,
    describe,
    interval,
    promises,
    sentence,
    sides,
    spread_of,
)
from results.compare.settings import Settings


def row(finding: str, **changes: Any) -> Row:
    """p95 from 40 to 42 ms: +5 % (+1 % … +9 %), of which 10 % is tolerated."""
    said = {
        "subject": "run", "metric": "p95", "unit": "ms", "baseline": 40.0, "candidate": 42.0, "effect": 0.05,
        "low": 0.01, "high": 0.09, "p": 0.2, "finding": finding, "decisive": True, "bound": 0.09,
        "limit": 0.10,
    }  # fmt: skip
    return Row.model_validate({**said, **changes})


def share(finding: str, **changes: Any) -> Row:
    said = {
        "metric": "error_rate",
        "unit": "%",
        "effect": 0.0012,
        "low": 0.0001,
        "high": 0.0031,
        "bound": 0.0031,
    }
    return row(finding, **{**said, "limit": 0.005, **changes})


def comparison(*rows: Row, **changes: Any) -> Comparison:
    said = {
        "scenario": "smoke", "target": "reference", "baseline": ["a"], "candidate": ["b", "c"],
        "verdict": "pass",
        "reasons": [], "reasons_zh": [], "differences": [], "caveats": [], "rows": list(rows),
        "settings": Settings(),
    }  # fmt: skip
    return Comparison.model_validate({**said, **changes})


def test_latencies_in_per_cent_and_shares_in_points() -> None:
    assert interval(row("worse")) == "+5.0% (+1.0% … +9.0%)"
    assert interval(share("worse")) == "+0.12 pt (+0.01 pt … +0.31 pt)"
    assert interval(row("better", effect=-0.05, low=-0.09, high=-0.01)) == "-5.0% (-9.0% … -1.0%)"


def test_what_is_many_times_as_much_is_told_as_a_multiple_in_text_and_table() -> None:
    """A build that answers in 1 us against one of 0.24 s: +23,686,994.4 %, which nobody reads."""
    far = row("worse", effect=236_869.944, low=8.0, high=3e9)
    assert interval(far) == "×236,871 (+800.0% … >×1,000,000)"
    assert describe(far).en == "run p95: ×236,871 (+800.0% … >×1,000,000): worse"
    assert describe(far).zh.startswith("run p95：×236,871 (+800.0% … >×1,000,000)")
    assert brief(row("cannot decide", bound=236_869.944)).zh == "无法判定：可能 ×236,871"
    gone = row("better", effect=1 / 236_870 - 1, low=-0.9999, high=-0.5)
    assert interval(gone) == "×1/236,870 (×1/10,000 … -50.0%)"


def test_each_finding_is_a_sentence() -> None:
    assert describe(row("worse")).en == "run p95: +5.0% (+1.0% … +9.0%): worse"
    assert describe(row("better")).en.endswith("better")
    assert "1.0–9.0%" in describe(row("within tolerance")).en
    assert "slower" in describe(row("within tolerance")).en
    less = describe(row("within tolerance", metric="throughput", unit="/s", low=-0.09, high=-0.01)).en
    assert "1.0–9.0%" in less
    assert "less" in less
    more = describe(share("within tolerance")).en
    assert "0.01–0.31 pt" in more
    assert "more" in more
    held = describe(row("not worse")).en
    assert all(part in held for part in ("+9.0%", "97.5%", "+10.0%"))


def test_what_is_undecided_names_the_runs_that_would_tell_up_to_a_hundred() -> None:
    assert MANY == 100
    assert "100" in describe(row("cannot decide", runs_needed=100)).en
    assert describe(row("cannot decide", runs_needed=100)).code == "comparison.undecided"
    assert describe(row("cannot decide", runs_needed=101)).code == "comparison.far_undecided"
    assert "launches" in describe(row("cannot decide", runs_needed=9, paired=True)).en
    assert "launches" not in describe(row("cannot decide", runs_needed=9)).en


def test_a_line_that_names_its_row_does_not_name_it_again() -> None:
    said = sentence(row("worse"))
    assert said.en == "+5.0% (+1.0% … +9.0%): worse"
    assert not said.zh.startswith("run p95")


def test_brief_for_a_table() -> None:
    assert brief(row("not worse")).en == "not worse than +9.0%"
    assert brief(row("cannot decide")).en == "cannot decide: may be +9.0%"
    assert brief(share("cannot decide")).zh == "无法判定：可能 +0.31 pt"
    assert (brief(row("worse")).en, brief(row("worse")).zh) == ("worse", "变差")


def test_the_spread_between_runs_or_a_dash() -> None:
    assert spread_of(row("worse", spread=0.024)) == "2.4%"
    assert spread_of(row("worse", spread=0.0)) == "–"
    assert spread_of(row("worse", spread=0.0004)) == "< 0.1%"


def test_who_was_compared() -> None:
    one = comparison(row("not worse"))
    assert sides(one) == ("1 baseline run(s), 2 candidate run(s)", "基线 1 次，候选 2 次")
    built = comparison(row("not worse"), baseline_builds=["0123"], candidate_builds=["x", "y"], paired=True)
    assert sides(built) == (
        "1 baseline run(s) of 0123, 2 candidate run(s) of x, y, under load at the same time",
        "基线 1 次（0123），候选 2 次（x, y），同时加压",
    )


def test_the_verdict_in_one_sentence() -> None:
    assert conclusion(comparison(row("worse"), verdict="fail")).en == "the candidate is worse"
    assert conclusion(comparison(row("cannot decide"), verdict="inconclusive")).en == "the runs cannot tell"
    assert conclusion(comparison(row("not worse"))).en == "nothing that decides is worse"
    small = conclusion(comparison(row("within tolerance"), row("within tolerance"), row("better")))
    assert small.en == "nothing is worse by more than is tolerated; 2 row(s) a little worse"
    assert small.zh == "没有超出容差的变差；2 行略差"


@pytest.mark.parametrize(("verdict", "code"), [("pass", 0), ("fail", 1), ("inconclusive", 4)])
def test_exit_codes(verdict: str, code: int) -> None:
    assert comparison(verdict=verdict).exit_code == code


def test_the_settings_are_told_as_they_are() -> None:
    told = promises(Settings())
    assert len(told) == 3
    assert all(part in told[0].en for part in ("10%", "0.5 points", "97.5%"))
    assert all(part in told[0].zh for part in ("10%", "0.5 个百分点", "97.5%"))
    assert told[1].en == "What decides: throughput, typical, p50, p95, error_rate, rejection_rate, of run."
    assert all(part in told[2].en for part in ("2%", "0.1 points", "at most 1%"))
    assert all(part in told[2].zh for part in ("2%", "0.1 个百分点", "至多 1%"))


def test_several_looks_are_told_only_where_there_are_several() -> None:
    told = promises(Settings().at_each_look())
    assert len(told) == 4
    assert "98%" in told[0].en
    assert "0.33%" in told[2].en
    assert "5, 8, 12 runs a side" in told[3].en
    assert "5, 8, 12 launches" in promises(Settings().at_each_look(), paired=True)[3].en
    assert "5、8、12 次启动" in promises(Settings().at_each_look(), paired=True)[3].zh
    assert len(promises(Settings(looks=1))) == 3
    assert len(promises(Settings(looks=2))) == 4
