"""What the terminal shows of comparisons and trends: figures, order, and the colours that carry a verdict."""

from __future__ import annotations

import pytest

from results.compare.trend_steps import Accepted
from results.report.terminal.comparison import (
    finding_of,
    plain,
    render_comparison,
    render_trend,
    sparkline,
    standing_words,
)
from tests.results.report.coloured import (
    EVERY,
    GREEN,
    NONE,
    RED,
    YELLOW,
    change,
    colours,
    comparison,
    row,
    trend,
)


@pytest.mark.parametrize(
    ("verdict", "colour"), [("pass", GREEN), ("fail", RED), ("inconclusive", YELLOW), ("invalid", YELLOW)]
)
def test_the_verdict_of_a_comparison_has_its_colour(verdict: str, colour: str) -> None:
    shown = render_comparison(comparison(row("run", "not worse"), verdict=verdict))
    assert colours(shown, "it is worse") == {colour}
    word = {"pass": "PASS", "fail": "FAIL", "inconclusive": "CANNOT DECIDE", "invalid": "INVALID"}[verdict]
    assert colours(shown, word) == {colour}


def test_each_finding_has_its_colour_and_the_worst_stands_first() -> None:
    shown = render_comparison(comparison(*EVERY))
    assert colours(shown, "worse 变差") == {RED}
    assert colours(shown, "within tolerance 略差") == {YELLOW}
    assert colours(shown, "better 变好") == {GREEN}
    assert colours(shown, "not worse than") == {NONE}
    text = plain(shown)
    places = [text.index(name) for name in ("e.worse", "d.slack", "c.better", "run   ")]
    assert places == sorted(places)


def test_rows_that_neither_changed_nor_decide_are_counted() -> None:
    text = plain(render_comparison(comparison(*EVERY)))
    assert "a.same" not in text
    assert "b.open" not in text
    assert "further rows: 1 not worse, 1 cannot decide" in text
    assert "further rows" not in plain(render_comparison(comparison(row("run", "not worse"))))
    nothing = plain(render_comparison(comparison(row("a.same", "not worse"))))
    assert "Effects" not in nothing


def test_a_row_of_a_comparison_reads_from_left_to_right() -> None:
    text = plain(render_comparison(comparison(row("run", "worse"))))
    line = next(line for line in text.splitlines() if line.startswith("run"))
    assert line.split() == [
        "run", "p95", "40", "ms", "42", "ms", "+5.0%", "(+1.0%", "…", "+9.0%)", "2.4%", "worse", "变差"
    ]  # fmt: skip


def test_differences_and_caveats_are_told_in_the_language_of_the_reader_in_yellow(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shown = render_comparison(comparison(row("run", "worse")))
    text = plain(shown)
    assert "! compared anyway: another seed\n" in text
    assert "! one run\n" in text
    assert colours(shown, "another seed") == {YELLOW}
    assert "share one draw" not in text
    assert "share one draw" in plain(render_comparison(comparison(row("run", "worse"), paired=True)))
    monkeypatch.setenv("RENHAI_LANG", "zh")
    text = plain(render_comparison(comparison(row("run", "worse"))))
    assert "! 强制比较：种子不同\n" in text
    assert "! 仅一次\n" in text


def test_a_trend_opens_with_what_stands_in_its_colour() -> None:
    for one, words, colour in (
        (trend(change(10)), "1 regression stands, since c10", RED),
        (trend(change(5), change(10)), "2 regressions stand, since c5, c10", RED),
        (trend(change(10, 30.0)), "no regression stands", GREEN),
        (trend(), "no regression stands", GREEN),
        (trend(change(3), runs=5), "too few runs to see a change", YELLOW),
    ):
        assert standing_words(one) == words
        assert colours(render_trend(one), words) == {colour}


def test_a_step_is_a_line_with_its_worst_row() -> None:
    rows = [change(10), change(10, 44.0, metric="p50", subject="a.query")]
    one = trend(*rows, left_out=["x: invalid", "y: seed 7"])
    text = plain(render_trend(one))
    line = next(line for line in text.splitlines() if line.startswith("c10"))
    assert line.split()[:10] == ["c10", "worse", "变差", "run", "p95", "40", "ms", "50", "ms", "2"]
    assert line.endswith("▁" * 10 + "█" * 10)
    assert "left out: 2 run(s), the last: y: seed 7" in text
    assert "smoke on reference: 20 runs" in text
    assert "Steps" not in plain(render_trend(trend()))
    assert "left out" not in plain(render_trend(trend()))


def test_what_a_step_is_called() -> None:
    wanted = [Accepted(since="c10", reason="a new page", who="li", when="now", rows=["run p95"])]
    accepted = trend(change(10), accepted=wanted)
    assert finding_of(accepted.steps[0]) == ("accepted 已接受", "")
    assert "c10 accepted 已接受: a new page" in plain(render_trend(accepted))
    assert finding_of(trend(change(10)).steps[0]) == ("worse 变差", "red")
    assert finding_of(trend(change(10, stands=False)).steps[0]) == ("changed since 其后又变", "")
    assert finding_of(trend(change(10, 30.0)).steps[0]) == ("better 变好", "green")


def test_a_sparkline_spans_from_the_lowest_to_the_highest() -> None:
    assert sparkline([0, 1, 2, 3, 4, 5, 6, 7]) == "▁▂▃▄▅▆▇█"
    assert sparkline([10, None, 24]) == "▁ █"
    assert sparkline([5, 5, 5]) == "▁▁▁"
    assert sparkline([None, None]) == "  "
    assert sparkline([0.0, *[7.0] * 40]) == "▁" * 40
    assert sparkline([7.0, *[0.0] * 39]) == "█" + "▁" * 39
    assert sparkline([0, 3.4, 3.6, 7]) == "▁▄▅█"


def test_plain_text_has_no_control_sequence_and_its_width() -> None:
    text = plain(render_comparison(comparison(*EVERY)), width=60)
    assert "\x1b" not in text
    assert max(map(len, text.splitlines())) <= 60
