"""Rules: what they say, what they are judged on, and that doubt is never a pass."""

from __future__ import annotations

from fractions import Fraction

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.snapshot.facts import Facts
from results.snapshot.histograms import Histogram
from results.verdict.evaluate import evaluate, judge_rule, measure
from results.verdict.rules import RuleError, parse_condition, parse_gate, parse_rule, parse_threshold


def latencies(values: list[int]) -> Histogram:
    """Values in µs below 2048, where every counter is exact."""
    return Histogram(np.bincount(values, minlength=1).astype(np.int64)) if values else Histogram.empty()


def facts(ok: list[int], errors: list[int] | None = None, rejected: int = 0, unfinished: int = 0) -> Facts:
    errors = errors or []
    return Facts(
        started=len(ok) + len(errors) + unfinished,
        ok=len(ok) - rejected,
        rejected=rejected,
        errors=len(errors),
        unfinished=unfinished,
        latency=latencies(ok + errors),
    )


@pytest.mark.parametrize(
    ("text", "metric", "op", "value", "unit"),
    [
        ("p95 < 3s", "p95", "<", 3000, "ms"),
        ("p999<=1.5m", "p999", "<=", 90_000, "ms"),
        ("mean <= 200ms", "mean", "<=", 200, "ms"),
        ("max < 250us", "max", "<", 0.25, "ms"),
        ("error_rate < 0.1%", "error_rate", "<", 0.1, "%"),
        ("rejection_rate <= 0", "rejection_rate", "<=", 0, "%"),
        ("throughput >= 7/s", "throughput", ">=", 7, "/s"),
        (" throughput  >  420/m ", "throughput", ">", 7, "/s"),
    ],
)
def test_a_rule_reads_as_written(text: str, metric: str, op: str, value: float, unit: str) -> None:
    rule = parse_gate(text)
    assert (rule.metric, rule.op, rule.value, rule.unit) == (metric, op, value, unit)


@pytest.mark.parametrize(
    ("text", "remedy"),
    [
        ("p95 under 3s", "write it like `p95 < 3s`"),
        ("p59 < 3s", "use one of p50 p90 p95 p99 p999"),
        ("p99.9 < 3s", "did you mean p999?"),
        ("errorrate < 1%", "did you mean error_rate?"),
        ("jitter < 3s", "use one of p50 p90 p95"),
        ("p95 = 3s", "use one of < <= > >="),
        ("p95 < 3", "write it like 500ms or 3s"),
        ("p95 < 3%", "write it like 500ms or 3s"),
        ("error_rate < 0.1", "write it like 0.1%"),
        ("throughput >= 7", "write it like 7/s or 420/m"),
        ("p95 < -3s", "zero or more"),
        ("p95 > 3s", "write `p95 < 3s`"),
        ("error_rate >= 1%", "write `error_rate <= 1%`"),
        ("throughput <= 7/s", "write `throughput >= 7/s`"),
        ("error_rate < 0", "write `error_rate <= 0`"),
        ("error_rate < 101%", "from 0% to 100%"),
        ("p95 < nans", "write it like `p95 < 3s`"),
        ("", "write it like `p95 < 3s`"),
    ],
)
def test_a_bad_rule_says_what_to_write_instead(text: str, remedy: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse_gate(text)
    assert remedy in str(caught.value)
    assert repr(text) in str(caught.value)


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("throughput >= 0/s", "it cannot fail"),
        ("throughput >= 0", "it cannot fail"),
        ("throughput >= 0/h", "it cannot fail"),
        ("throughput > -1/s", "a limit below zero"),
        ("error_rate <= 100%", "it cannot fail"),
        ("rejection_rate <= 100.0%", "it cannot fail"),
        ("rejection_rate < 101%", "at most 100%"),
        ("completion >= 0%", "it cannot fail"),
        ("signed_in >= 0", "it cannot fail"),
        ("p95 < 60m", "it cannot fail"),
        ("p99 <= 3600s", "it cannot fail"),
        ("max < 3600001ms", "it cannot fail"),
        ("mean < 90m", "it cannot fail"),
        ("completion > 100%", "it cannot hold"),
        ("signed_in > 100%", "it cannot hold"),
        ("p50 <= 0", "it cannot hold"),
        ("p50 < 1us", "it cannot hold"),
        ("mean < 0.5us", "it cannot hold"),
    ],
)
def test_a_threshold_that_decides_nothing_is_refused(text: str, why: str) -> None:
    with pytest.raises(RuleError, match=why):
        parse_threshold(text)


@pytest.mark.parametrize(
    "text",
    [
        "throughput > 0/s",
        "throughput >= 0.001/d",
        "error_rate < 100%",
        "error_rate <= 0",
        "completion >= 100%",
        "completion > 0%",
        "p95 < 59m",
        "p50 <= 1us",
    ],
)
def test_a_threshold_that_some_run_breaks_and_some_keeps_is_taken(text: str) -> None:
    assert parse_threshold(text).text == text


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("error_rate > 100%", "never so"),
        ("error_rate >= 100.5%", "never so"),
        ("error_rate >= 0%", "always so"),
        ("error_rate <= 100%", "always so"),
        ("throughput < 0/s", "never so"),
        ("throughput >= 0/s", "always so"),
        ("p95 > 61m", "never so"),
        ("p95 < 2h", "does not fit"),
    ],
)
def test_a_condition_that_is_always_or_never_so_is_refused(text: str, why: str) -> None:
    with pytest.raises(RuleError, match=why):
        parse_condition(text)


@pytest.mark.parametrize("text", ["error_rate > 20%", "throughput < 5/s", "throughput <= 0/s", "p95 > 59m"])
def test_a_condition_that_may_come_about_is_taken(text: str) -> None:
    assert parse_condition(text).text == text


def test_an_abort_rule_may_look_the_other_way() -> None:
    assert parse_rule("error_rate > 20%").holds(Fraction(21))


@pytest.mark.parametrize(
    ("rule", "passed", "value"),
    [
        ("p50 < 101us", True, 0.1),
        ("p50 < 100us", False, 0.1),
        ("p50 <= 100us", True, 0.1),
        ("p95 <= 190us", True, 0.19),
        ("p99 <= 198us", True, 0.198),
        ("p999 <= 199us", False, 0.2),
        ("max <= 200us", True, 0.2),
        ("mean <= 100.5us", True, 0.1005),
        ("mean < 100.5us", False, 0.1005),
        ("throughput >= 20/s", True, 20),
        ("throughput > 20/s", False, 20),
    ],
)
def test_one_to_two_hundred_microseconds_in_ten_seconds(rule: str, passed: bool, value: float) -> None:
    row = judge_rule(parse_gate(rule), "a", facts(list(range(1, 201))), 10)
    few = "the highest of 200 latencies, p999 needs 1000" if rule.startswith("p999") else ""
    assert (row.passed, row.value, row.note) == (passed, value, few)


@pytest.mark.parametrize(
    ("metric", "needed"), [("p50", 2), ("p90", 10), ("p95", 20), ("p99", 100), ("p999", 1000)]
)
def test_a_percentile_of_too_few_says_so_beside_its_value(metric: str, needed: int) -> None:
    def note(samples: int) -> str:
        return judge_rule(parse_gate(f"{metric} < 3s"), "a", facts(list(range(1, samples + 1))), 1).note

    few = needed - 1
    said = "1 latency" if few == 1 else f"{few} latencies"
    assert note(few) == f"the highest of {said}, {metric} needs {needed}"
    assert note(needed) == ""


def test_errors_are_told_beside_too_few() -> None:
    row = judge_rule(parse_gate("p99 < 3s"), "a", facts([5, 6], [1]), 1)
    assert row.passed is True
    assert row.note == "the highest of 3 latencies, p99 needs 100; 1 error counted as the fastest"


def test_one_error_in_a_thousand_is_not_below_a_thousandth() -> None:
    exactly = facts([5] * 999, [5])
    assert judge_rule(parse_gate("error_rate < 0.1%"), "a", exactly, 1).passed is False
    assert judge_rule(parse_gate("error_rate <= 0.1%"), "a", exactly, 1).passed is True
    assert judge_rule(parse_gate("error_rate < 0.1%"), "a", facts([5] * 1000, [5]), 1).passed is True


def test_rejections_are_not_errors() -> None:
    found = facts([5] * 100, rejected=4)
    assert measure("rejection_rate", found, 1) == (4, 4)
    assert measure("error_rate", found, 1) == (0, 0)
    assert measure("throughput", found, 2) == (48, 48)


def test_quick_errors_do_not_make_a_slow_target_fast() -> None:
    # 100 answers of 1 … 100 µs: p50 is 50. With 100 errors of 1 µs the bare median would be 1.
    mixed = facts(list(range(1, 101)), [1] * 100)
    assert mixed.latency.quantile(Fraction(1, 2)) == 1
    assert measure("p50", mixed, 1) == (Fraction(50, 1000), Fraction(50, 1000))


def test_a_subject_without_one_answer_fails_its_latency() -> None:
    row = judge_rule(parse_gate("p95 < 3s"), "a", facts([], [1] * 50), 1)
    assert (row.passed, row.value, row.note) == (False, None, "no request was answered")


@pytest.mark.parametrize(
    ("rule", "unfinished", "passed"),
    [
        ("p95 < 1s", 4, True),  # 96 finished in 1 µs: p95 is 1 µs however the four would have ended
        ("p95 < 1s", 6, None),
        ("p50 < 1us", 6, False),  # even if the six had taken no time
        ("max < 1s", 1, None),
        ("mean < 1s", 1, None),
        ("error_rate < 5%", 4, True),
        ("error_rate < 5%", 5, None),
        ("throughput >= 90/s", 10, True),
        ("throughput >= 90/s", 11, None),
        ("throughput >= 101/s", 11, False),
    ],
)
def test_unfinished_requests_are_judged_as_the_best_and_the_worst(
    rule: str, unfinished: int, passed: bool | None
) -> None:
    found = facts([1] * (100 - unfinished), unfinished=unfinished)
    row = judge_rule(parse_gate(rule), "a", found, 1)
    assert row.passed is passed
    assert (row.value is None) == (passed is None)


def test_only_unfinished_requests_decide_nothing() -> None:
    assert judge_rule(parse_gate("p95 < 1s"), "a", Facts(started=3, unfinished=3), 1).passed is None


def test_each_matching_operation_is_judged_on_its_own() -> None:
    operations = {"a.query": facts([1]), "b.query": facts([900]), "b.save": facts([5]), "c.query": Facts()}
    rows = evaluate({"*.query": ["max < 500us"], "run": ["throughput >= 1/s"]}, operations, 3)
    assert [(row.subject, row.passed) for row in rows] == [
        ("a.query", True),
        ("b.query", False),
        ("run", True),
    ]
    assert rows[2].value == 1.0


@pytest.mark.parametrize("glob", ["d.*", "c.query", "run.*"])
def test_a_glob_without_requests_is_never_a_pass(glob: str) -> None:
    rows = evaluate({glob: ["error_rate < 1%"]}, {"a.query": facts([1]), "c.query": Facts()}, 1)
    assert [(row.subject, row.passed) for row in rows] == [(glob, None)]


def test_run_with_no_request_at_all_is_never_a_pass() -> None:
    assert evaluate({"run": ["error_rate < 1%"]}, {"a": Facts()}, 1)[0].passed is None


values = st.lists(st.integers(0, 2000), max_size=30)
gates = st.sampled_from(
    ["p50 < 1ms", "p95 <= 1ms", "p999 < 2ms", "max < 1500us", "mean < 1ms", "error_rate < 10%"]
)


@given(values, values, st.integers(0, 5), st.integers(0, 2000), gates)
def test_an_error_more_never_turns_into_a_pass(
    ok: list[int], errors: list[int], unfinished: int, extra: int, gate: str
) -> None:
    before, after = facts(ok, errors, 0, unfinished), facts(ok, [*errors, extra], 0, unfinished)
    if before.started and judge_rule(parse_gate(gate), "a", before, 1).passed is False:
        assert judge_rule(parse_gate(gate), "a", after, 1).passed is False


@given(values, values, st.lists(st.tuples(st.integers(0, 2000), st.booleans()), max_size=5), gates)
def test_what_was_judged_with_unfinished_requests_holds_however_they_end(
    ok: list[int], errors: list[int], ends: list[tuple[int, bool]], gate: str
) -> None:
    before = facts(ok, errors, 0, len(ends))
    after = facts(
        ok + [value for value, good in ends if good], errors + [value for value, good in ends if not good]
    )
    if not before.started:
        return
    judged = judge_rule(parse_gate(gate), "a", before, 1).passed
    if judged is True:
        assert judge_rule(parse_gate(gate), "a", after, 1).passed is True
