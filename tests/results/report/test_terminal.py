"""What the terminal shows of runs: figures, order, and the colours that carry a verdict."""

from __future__ import annotations

from typing import Any

import pytest
from rich.console import Console

from results.language.catalogue import say
from results.report.heatmap import heat_map
from results.report.terminal.comparison import (
    plain,
)
from results.report.terminal.goals import capacity_line, render_goals
from results.report.terminal.run import _desk, plain_summary, render_summary
from tests.results.report.coloured import GREEN, RED, YELLOW, colours, run, summary, threshold


@pytest.mark.parametrize(
    ("verdict", "word", "colour"),
    [("fail", "FAIL", RED), ("invalid", "INVALID", YELLOW), ("inconclusive", "CANNOT DECIDE", YELLOW)],
)
def test_the_verdict_of_a_run_has_its_colour(verdict: str, word: str, colour: str) -> None:
    shown = render_summary(run(verdict=verdict))
    assert colours(shown, word) == {colour}
    assert colours(shown, "because") == {colour}


def test_a_pass_is_green() -> None:
    shown = render_summary(run(verdict="pass", reasons=[], thresholds=[threshold(True, 42.0)]))
    assert colours(shown, "PASS") == {GREEN}


def test_the_headline_sums_up_who_asked_how_much() -> None:
    text = plain_summary(run(operations={"a": summary(), "b": summary(started=7)}))
    assert "\x1b" not in text
    assert "smoke on reference: 5,007 requests, 12 users, 10.0 s from" in text


def test_thresholds_broken_first_then_unjudged_then_the_nearest_of_those_that_held() -> None:
    rows = [
        threshold(True, 60.0, "a.far"),
        threshold(True, 90.0, "b.near"),
        threshold(None, None, "c.unjudged", note="no request was made"),
        threshold(False, 174.0, "d.broken"),
    ]
    shown = render_summary(run(thresholds=rows))
    text = plain_summary(run(thresholds=rows))
    lines = [line for line in text.splitlines() if "p95 < 100ms" in line]
    assert [line.split()[:2] for line in lines] == [
        ["FAIL", "d.broken"], ["?", "c.unjudged"], ["ok", "b.near"]
    ]  # fmt: skip
    assert lines[0].split()[-4:] == ["174", "ms", "74%", "beyond"]
    assert lines[1].endswith("no request was made")
    assert "b.near and 1 more" in lines[2]
    assert lines[2].rstrip().endswith("10% to spare")
    assert colours(shown, "ok") >= {GREEN}
    assert RED in colours(shown, "FAIL")
    assert colours(shown, "?") == {YELLOW}


def test_operations_are_loud_only_where_something_failed() -> None:
    quiet = summary(started=4000, ok=4000, errors=0, rejected=0)
    shown = render_summary(run(operations={"a.loud": summary(), "b.quiet": quiet}, reasons=[]))
    assert colours(shown, "7") == {RED}
    assert YELLOW in colours(shown, "3")
    console = Console(width=120, no_color=True)
    with console.capture() as captured:
        console.print(shown)
    lines = {line.split()[0]: line.split()[1:] for line in captured.get().splitlines() if line[1:2] == "."}
    assert lines["a.loud"] == ["5,000", "3", "7", "499", "20", "42", "60", "1,100"]
    assert lines["b.quiet"] == ["4,000", "0", "0", "499", "20", "42", "60", "1,100"]
    assert "intended start" in captured.get()


@pytest.mark.parametrize(("width", "figures"), [(60, 6), (79, 6), (80, 9)])
def test_names_of_operations_stay_whole_on_a_narrow_screen(width: int, figures: int) -> None:
    console = Console(width=width, no_color=True)
    with console.capture() as captured:
        console.print(render_summary(run(operations={"declaration.precheck": summary()}, reasons=[])))
    row = next(
        line.split() for line in captured.get().splitlines() if line.startswith("declaration.precheck")
    )
    assert len(row) == figures
    assert row[1:4] == ["5,000", "3", "7"]
    assert {"42", "60"} <= set(row)  # p95, p99


def test_a_users_own_file_is_measured_from_the_send() -> None:
    own = plain_summary(run(measured="locust-event"))
    assert "(latency from the send)" in own
    assert "Locust's request event" in own
    assert "Locust's request event" not in plain_summary(run())
    assert "(latency from the intended start)" in plain_summary(run(measured="else"))


def test_few_requests_are_marked_and_the_mark_is_explained() -> None:
    few = plain_summary(run(operations={"a": summary(started=19, ok=19, errors=0, rejected=0)}))
    assert " 42*" in few
    assert " 60*" in few
    assert " 20*" not in few
    assert "of fewer requests than it needs" in few
    enough = plain_summary(run(operations={"a": summary(started=100, ok=100, errors=0, rejected=0)}))
    assert "*" not in enough


@pytest.mark.parametrize(("many", "said"), [(59, ""), (60, ""), (61, "and 1 more, in report.html")])
def test_operations_that_have_no_row_are_counted(many: int, said: str) -> None:
    text = plain_summary(run(operations={f"a{n:02}.query": summary() for n in range(many)}))
    assert sum(".query" in line for line in text.splitlines()) == min(many, 60)
    assert [line.strip() for line in text.splitlines() if "in report.html" in line] == (
        [said] if said else []
    )


def test_an_operation_without_an_answer_shows_dashes() -> None:
    text = plain_summary(run(operations={"a.query": summary(latency_ms=None)}))
    assert next(line for line in text.splitlines() if line.startswith("a.query")).split()[-4:] == ["–"] * 4


def test_the_generator_says_what_it_knows() -> None:
    bare = plain_summary(run())
    assert bare.rstrip().endswith("Load generator 负载机: 1 process(es), 0 lost")
    known = run(
        load={"model": "open", "arrivals_due": 5000, "arrivals_dropped": 3},
        generator={"processes": 2, "workers_lost": 1, "cpu_percent_max": 0.0, "loop_lag_ms_p99": 4.5,
                   "littles_law_error": 0.012},
        connections={"lost_reused": 2},
    )  # fmt: skip
    text = " ".join(plain_summary(known, width=200).split())
    assert text.endswith(
        "2 process(es), 1 lost, arrivals dropped 3 of 5,000, 2 lost on reused connections, CPU max 0%, "
        "loop lag p99 4.5 ms, Little's law off by 1.2%"
    )


def desk(**changes: Any) -> dict[str, Any]:
    said = {"unit": "u1", "post": "counter", "seats": 5, "signed_in": 5, "attempted": 1200, "completed": 1199}
    return {**said, "error_screens": 0, "p95_ms": 1500.0, **changes}


def test_a_desk_is_red_where_there_is_trouble() -> None:
    heat = heat_map([desk(), desk(unit="u2", signed_in=4), desk(unit="u3", error_screens=1000, p95_ms=None)])
    assert heat is not None
    well, absent, screens = (_desk(heat.cells[unit, "counter"], ", ") for unit in ("u1", "u2", "u3"))
    assert (well.plain, well.style) == ("1,199/1,200, 1.5 s", "")
    assert (absent.plain, absent.style) == ("1,199/1,200, 1.5 s, 4 of 5 in", "red")
    assert (screens.plain, screens.style) == ("1,199/1,200, –, 1,000 error screens", "red")
    assert _desk(None, ", ").plain == ""


def test_the_table_of_desks_breaks_lines_from_four_posts_on() -> None:
    def shown(posts: int) -> str:
        return plain_summary(run(groups=[desk(post=f"p{n}") for n in range(posts)]), width=200)

    assert "1,199/1,200, 1.5 s" in shown(3)
    assert "1,199/1,200, 1.5 s" not in shown(4)
    assert "1,199/1,200," in shown(4)
    assert "Units and posts" not in plain_summary(run())


# Goals


CAPACITY = {
    "ended": "found", "low": 40.2, "high": 40.9, "requests_per_s": 121.0, "first_broken": {}, "queueing": {},
    "slowed": False, "steps": [],
}  # fmt: skip


def goals(**extra: Any) -> str:
    return "\n".join(plain(part, 200) for part in render_goals(run(**extra)))


def test_a_capacity_in_a_line() -> None:
    assert capacity_line(CAPACITY) == "40.2 journeys/s (40.2 held, 40.9 broke), about 121 requests/s"
    assert "none broke" in capacity_line({**CAPACITY, "high": None})
    assert capacity_line({**CAPACITY, "low": 0.0}) == "none found"


def test_what_broke_first_and_where_the_knee_is() -> None:
    first = {"subject": "run", "rule": "p95 < 3s", "value": 3100.0, "unit": "ms", "rate": 40.51, "note": ""}
    fit = {"knee": 25.55, "knee_s": 0.21, "servers": 4.04, "service_s": 0.1}
    text = goals(capacity={**CAPACITY, "first_broken": first, "queueing": fit, "slowed": True})
    assert "first to break: run: p95 < 3s (3.1 s, at about 40.51/s)" in text
    assert "knee at 25.55/s, where a journey takes 210 ms; as if 4.0 servers of 100 ms" in text
    assert "slowed down during the search" in text
    noted = goals(capacity={**CAPACITY, "first_broken": {**first, "note": "after 9 s more"}})
    assert "(3.1 s, after 9 s more)" in noted
    assert "knee" not in noted
    assert "slowed" not in noted
    assert "gave out first" in goals(capacity={**CAPACITY, "ended": "generator"})


def test_servers_and_a_knee_are_told_of_a_search_in_which_something_broke() -> None:
    """A search that nothing broke in knows no capacity, so what is computed from one says nothing."""
    fit = {"knee": 25.55, "knee_s": 0.21, "servers": 0.8, "service_s": 0.02}
    unbroken = goals(capacity={**CAPACITY, "high": None, "queueing": fit})
    assert "nothing broke up to 40.2/s: what lies beyond was not measured" in unbroken
    assert "servers" not in unbroken and "knee" not in unbroken
    flat = goals(capacity={**CAPACITY, "queueing": {"servers": 0.8, "service_s": 0.02}})
    assert "hardly longer up to the highest rate that held: no knee" in flat
    assert "servers" not in flat
    nothing = goals(capacity={**CAPACITY, "low": 0.0, "high": 12.5, "queueing": {}})
    assert "nothing broke" not in nothing and "servers" not in nothing


def test_steps_of_a_search_have_the_colour_of_their_outcome() -> None:
    def step(number: int, outcome: str) -> dict[str, Any]:
        latency = {"p50": 20.0, "p95": 42.0} if number == 1 else {}
        return {
            "number": number, "rate": 40.25, "seconds": 8.0, "latency_ms": latency, "journey_s": 0.21,
            "outcome": outcome, "why": f"why {number}",
        }  # fmt: skip

    steps = [step(1, "held"), step(2, "broke"), step(3, "invalid")]
    parts = render_goals(run(capacity={**CAPACITY, "steps": steps}))
    assert [colours(parts[-1], word) for word in ("held", "broke", "invalid")] == [{GREEN}, {RED}, {YELLOW}]
    lines = [line.split() for line in plain(parts[-1], 200).splitlines() if "210 ms" in line]
    assert lines[0] == [
        "1",
        "40.25/s",
        "8",
        "s",
        "20",
        "ms",
        "42",
        "ms",
        "–",
        "210",
        "ms",
        "held",
        "why",
        "1",
    ]
    assert lines[1] == ["2", "40.25/s", "8", "s", "–", "–", "–", "210", "ms", "broke", "why", "2"]


def test_drift_has_the_colour_of_its_state() -> None:
    known = {"quantity": "p95", "unit": "ms", "limit": 0.2, "state": "drifts", "first": 40.0, "last": 60.0}
    rows = [
        {**known, "growth": 0.5, "low": 0.41, "high": 0.58},
        {"quantity": "memory", "unit": "MB", "limit": 0.1, "state": "cannot tell"},
        {**known, "quantity": "error_rate", "unit": "share", "state": "steady", "growth": 0.0, "low": 0.0,
         "high": 0.0, "first": 0.0012, "last": 0.0012},
    ]  # fmt: skip
    parts = render_goals(run(drift=rows))
    assert [colours(parts[0], word) for word in ("drifts", "cannot tell", "steady")] == [
        {RED},
        {YELLOW},
        {GREEN},
    ]
    text = " ".join(plain(parts[0], 200).split())
    assert "drifts p95 40 ms 60 ms +50.0% (+41.0% … +58.0%) 20.000%" in text
    assert "cannot tell memory – – – 10.000%" in text
    assert "steady error_rate 0.120% 0.120%" in text


def test_catching_up_is_red_when_it_is_too_late() -> None:
    found = {
        "in_time": False, "finish": "18:10", "volume": 9000.0, "from": "09:00", "until": "17:30",
        "needed_per_hour": 1058.8, "reached_per_hour": 981.8, "hours": 0.5, "completed": 490,
        "compressed": 60.0,
        "done_by_until": 0.927,
    }  # fmt: skip
    late = render_goals(run(catch_up=found))[0]
    assert colours(late, "Catching up") == {RED}
    assert "9000 transactions from 09:00, done at 18:10 (must be by 17:30)" in plain(late, 200)
    assert (
        "needed 1059/h, reached 981.8/h over 0.5 h (490 completed, 60 times faster than life); 93% by 17:30"
        in (plain(late, 200))
    )
    assert colours(render_goals(run(catch_up={**found, "in_time": True}))[0], "Catching up") == {GREEN}
    assert "done at never" in plain(render_goals(run(catch_up={**found, "finish": ""}))[0], 200)
    assert render_goals(run()) == []


def test_a_knee_and_the_headline_of_arrivals_are_told_in_chinese(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENHAI_LANG", "zh")
    fit = {"servers": 4.0, "service_s": 0.02, "knee": 190.0, "knee_s": 0.025}
    text = goals(capacity={**CAPACITY, "queueing": fit})
    assert "拐点约 190/秒，此时单笔业务用时 25 ms；相当于 4.0 个服务台，每笔 20 ms" in text
    assert say("smoke on http://x: 10 journeys/s, 30s; into runs/a") == (
        "smoke → http://x：每秒 10 笔业务流程，30s；写入 runs/a"
    )
