"""The live view uses its screen: operations, the last failure, units that lag; in both languages."""

from __future__ import annotations

import io
import re
from typing import Any

import pytest
from rich.cells import cell_len
from rich.console import Console

from renhai.load.measure.collector import MAX_REASON, Second
from renhai.run.monitor.live_tables import lagging, operations_table, recent
from renhai.run.monitor.live_thresholds import LiveThresholds
from renhai.run.monitor.terminal import TerminalView
from renhai.run.monitor.views import added, plain_line
from tests.run.test_monitor import PLAN, line


def drawn(what: Any, width: int = 80) -> list[str]:
    console = Console(file=io.StringIO(), width=width, force_terminal=False, legacy_windows=False)
    console.print(what)
    return console.file.getvalue().splitlines()  # type: ignore[attr-defined]


def standing(*lines: Any) -> LiveThresholds:
    found = LiveThresholds(PLAN)
    for one in lines:
        found.take(one)
    return found


def screen(status: Any, width: int, height: int) -> str:
    output = io.StringIO()
    console = Console(
        file=output, width=width, height=height, force_terminal=True, color_system=None, legacy_windows=False
    )
    view = TerminalView(console)
    view.begin("smoke on x", 60, PLAN)
    view.status(status)
    picture = "\n".join(drawn(view._picture(), width))
    view.end()
    return picture


def test_operations_have_rate_p95_and_errors_those_with_errors_first() -> None:
    """20 of 10 ms in one second of two: 10/s; 2 of 30 ms, one of them an error: 1/s."""
    found = standing(line(0, [10] * 20), line(1, [30] * 2, errors=1, name="invoice.buy"))
    rows = recent(found.operations, found.seconds)
    assert [(row.name, row.rate, row.whole.errors) for row in rows] == [
        ("invoice.buy", 1.0, 1), ("taxpayer.query", 10.0, 0),
    ]  # fmt: skip
    lines = drawn(operations_table(found, 10))
    assert lines[0].split() == ["operation", "rate", "p95", "rejected", "errors"]
    assert lines[1].split() == ["invoice.buy", "1.0/s", "30.02", "ms", "0", "1"]
    assert lines[2].split() == ["taxpayer.query", "10.0/s", "10.01", "ms", "0", "0"]


def test_what_the_screen_has_no_room_for_is_counted() -> None:
    found = standing(*(line(number, [10], name=f"a.b{number}") for number in range(9)))
    lines = drawn(operations_table(found, 4))
    assert len(lines) == 5  # the head, three operations, the rest
    assert lines[-1].strip() == "and 6 more"
    assert operations_table(found, 1) is None
    assert operations_table(LiveThresholds(PLAN), 9) is None


def test_the_last_failure_is_told_until_there_is_another() -> None:
    second = Second(0)
    second.failure = ("a.b", "HTTP 500")
    total = added({}, {"second": 0, "errors": 1, **second.live()})
    assert total["failure"] == ("a.b", "HTTP 500")
    assert added(total, {"second": 1})["failure"] == ("a.b", "HTTP 500")
    assert "last failure: a.b: HTTP 500" in screen({**line(0, [10]), "failure": ["a.b", "HTTP 500"]}, 80, 40)
    assert added(total, {"second": 2, "failure": ["c.d", "timeout"]})["failure"] == ["c.d", "timeout"]


def test_a_reason_without_end_fits_into_a_line() -> None:
    second = Second(0)
    report = {
        "operations": {}, "groups": {}, "users": 1, "cpu_percent": 1.0, "lag_ms": 1.0,
        "failures": [{"operation": "a.b", "reason": "x" * 10_000}],
        **dict.fromkeys(("due", "dropped", "answers", "silences", "seated_ns", "busy_ns", "thinking_ns"), 0),
    }  # fmt: skip
    second.add(0, report)
    assert second.live()["failure"] == ("a.b", "x" * MAX_REASON)


def posts(**p95_ms: int) -> LiveThresholds:
    """Posts of units, each with ten transactions of so many ms, none failed."""
    found = LiveThresholds(PLAN)
    for unit, ms in p95_ms.items():
        status = line(0, [ms] * 10)
        entry = status["posts"]["第一税务所/window"]
        status["posts"] = {f"{unit}/desk": [10, 10, 0, 0, 1, *entry[5:]]}
        found.take(status)
    return found


def test_units_whose_transactions_take_half_as_long_again_lag() -> None:
    assert [str(text) for text in lagging(posts(a=100, b=110, c=120, d=900))] == [
        "lags: d/desk: p95 900.1 ms, usual 115 ms"
    ]
    assert lagging(posts(a=100, b=110, c=120)) == []
    assert lagging(posts(a=100, b=900)) == []  # of two none is usual


def test_units_whose_transactions_fail_lag() -> None:
    assert [str(text) for text in lagging(standing(line(0, [10])))] == [
        "lags: 第一税务所/window: 1 transaction failed"
    ]


@pytest.mark.parametrize("width", [60, 80, 160])
@pytest.mark.parametrize("spoken", ["en", "zh"])
def test_no_line_is_wider_than_the_screen_and_no_picture_higher(
    width: int, spoken: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("RENHAI_LANG", spoken)
    status = line(0, [10] * 30, errors=1, name="declaration.submit")
    status["operations"] |= {f"业务操作很长的名称.number{n}": entry for n in range(50)
                             for entry in [status["operations"]["declaration.submit"]]}  # fmt: skip
    status["failure"] = ["declaration.submit", "HTTP 500 " + "系统繁忙" * 30]
    picture = screen(status, width, 30)
    lines = picture.splitlines()
    assert len(lines) <= 30
    assert max(map(cell_len, lines)) <= width
    head = next(place for place, text in enumerate(lines) if text.startswith(("operation ", "操作 ")))
    assert lines[head + 1].startswith(("declaration.submit", "业务操作"))
    assert any("HTTP 500 系统繁忙" in text for text in lines)


def test_in_chinese_nothing_but_names_is_english(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("RENHAI_LANG", "zh")
    status = {**line(0, [10] * 30, errors=1), "failure": ["taxpayer.query", "HTTP 500"]}
    names = r"smoke on x|taxpayer\.query|第一税务所/window|HTTP|error_rate|p95|CPU|\bms\b|/s|\b[sm]\b"
    left = re.sub(names, "", screen(status, 100, 40) + plain_line(status, 60))
    assert re.findall(r"[A-Za-z]{2,}", left) == []
