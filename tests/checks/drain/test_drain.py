"""`renhai drain` against a server of its own: what is open, what came late, what could not be read."""

from __future__ import annotations

import time
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from renhai.checks.drain import whole
from renhai.checks.drain.whole import Draining
from renhai.cli.app import run_cli
from renhai.cli.commands.checks.drain import MOST_UNREAD
from renhai.core.errors import UsageError
from results.checks.audit.model import Reading
from tests.checks.drain.looking import AFTER, BEFORE, CLOSED, DRAIN, WATCH, look


def test_nothing_open_and_nothing_late_is_drained(system: dict[str, list[dict[str, Any]]]) -> None:
    found = look()
    assert (found["verdict"], found["total"], found["late"], found["problems"]) == ("pass", 0, [], [])
    assert found["looked_at"] == ["flows", "filing"]
    assert run_cli(["drain", "drain.yaml"]) == 0


def test_what_is_open_is_counted_over_all_pages_by_item_and_unit(
    system: dict[str, list[dict[str, Any]]],
) -> None:
    system["/flows"] = [
        CLOSED,
        CLOSED,
        *[{"zt": 10, "item": "A", "unit": "1"}] * 3,
        {"zt": "20", "item": "B", "unit": "2"},
    ]
    found = look()
    assert (found["verdict"], found["total"]) == ("fail", 4)
    assert [(row["item"], row["unit"], row["count"]) for row in found["open"]] == [
        ("A", "1", 3),
        ("B", "2", 1),
    ]
    assert [(one["kind"], one["field"], one["count"], one["units"]) for one in found["faults"]] == [
        ("open", "A", 3, {"1": 3}),
        ("open", "B", 1, {"2": 1}),
    ]
    early = look(datetime(2015, 9, 28, 9, tzinfo=UTC))  # not yet a fault, and not drained either
    assert (early["verdict"], early["total"], early["faults"]) == ("fail", 4, [])
    assert run_cli(["drain", "drain.yaml"]) == 1


def test_a_write_at_the_hour_of_its_stop_or_later_is_a_finding(
    system: dict[str, list[dict[str, Any]]],
) -> None:
    system["/filings"] = [{"received": BEFORE}, {"received": AFTER, "unit": "1"}]
    found = look()
    assert (found["verdict"], [(one["name"], one["writes"]) for one in found["late"]]) == (
        "fail",
        [("filing", 1)],
    )
    assert [(one["kind"], one["operation"], one["count"]) for one in found["faults"]] == [
        ("after_stop", "filing", 1)
    ]


@pytest.mark.parametrize(
    ("path", "rows"),
    [
        ("/flows", [{"zt": "55", "item": "A"}]),  # a state that nobody spoke of
        ("/flows", [{"item": "A"}]),
        ("/flows", []),  # nothing closed either: an empty system, or the wrong list
        ("/filings", []),  # the wrong list, perhaps
        ("/filings", [{"received": BEFORE}, {"received": None}]),
        ("/filings", [{"received": "yesterday"}]),
    ],
)
def test_what_cannot_be_judged_is_never_drained(
    system: dict[str, list[dict[str, Any]]], path: str, rows: list[dict[str, Any]]
) -> None:
    system[path] = rows
    found = look()
    assert (found["verdict"], len(found["problems"])) == ("inconclusive", 1)


def test_a_stop_that_has_not_come_is_not_kept_yet(system: dict[str, list[dict[str, Any]]]) -> None:
    assert look(datetime(2015, 9, 28, 9, tzinfo=UTC))["verdict"] == "inconclusive"


def test_a_system_that_does_not_answer_has_nothing_drained(system: dict[str, list[dict[str, Any]]]) -> None:
    text = Path("lab.yaml").read_text().replace("/flows", "/elsewhere").replace('ok: "1"', 'ok: "2"')
    Path("lab.yaml").write_text(text)
    found = look()
    assert (found["verdict"], len(found["problems"])) == ("inconclusive", 2)


@pytest.mark.parametrize(
    ("before", "after", "said"),
    [
        ("list: flow.list", "list: flow.lost", "drain.yaml:5: open[0].list is flow.lost; no such operation"),
        ("+08:00", "", "drain.yaml:3: until is 2015-09-28T18:00:00; must be a day, a time and a zone"),
        ("closed: [90]", "closed: [20]", "has 20 both open and closed"),
        (
            'at: "2015-09-28T10:00:00+00:00"',
            'at: "2015-09-28T10:00:01+00:00"',
            "drain.yaml:9: stops[0].at is 2015-09-28T10:00:01+00:00, after 2015-09-28T18:00:00+08:00, when",
        ),
        (
            "stops:\n",
            'booked:\n  - {name: trial, list: filing.list, since: "2015-09-28T18:00:01+08:00",'
            " stored: received, taxpayer: nsrsbh, file: booked.csv}\nstops:\n",
            "drain.yaml:8: booked[0].since is 2015-09-28T18:00:01+08:00, after 2015-09-28T18:00:00+08:00",
        ),
        (
            "state: {field: zt",
            "amount: je, state: {field: zt",
            "drain.yaml:5: open[0] has both state and amount",
        ),
        ("stored: received, ", "", "drain.yaml:8: stops[0] has one of at and stored"),
        ("open: [10, 20]", "open: []", "drain.yaml:6: open[0].state.open is []"),
        ("list: flow.list, ", "", "drain.yaml:5: open[0].list is missing"),
        ("until: ", "untill: ", "drain.yaml:3: untill is not a known key"),
        ("2015-09-28T18:00:00+08:00", "2015-09-31T18:00:00+08:00", "drain.yaml:3: until is 2015-09-31T18"),
        ("name: filing", "name: flows", "has the name flows twice"),
        ("target: ./lab.yaml", "target: reference", "which a run starts for itself; say where it stands"),
    ],
)
def test_a_mistake_is_told_by_its_line(
    system: dict[str, list[dict[str, Any]]], before: str, after: str, said: str
) -> None:
    text = DRAIN.replace(before, after)
    if after == "target: reference":
        text = text.replace("flow.list", "case.list").replace("filing.list", "declaration.list")
    Path("drain.yaml").write_text(text, encoding="utf-8")
    with pytest.raises(UsageError) as caught:
        Draining(Path("drain.yaml"), None)
    assert said in str(caught.value)


def test_a_write_that_is_taken_while_it_is_watched_is_a_finding(
    system: dict[str, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    Path("drain.yaml").write_text(WATCH, encoding="utf-8")
    assert look()["verdict"] == "pass"
    new = {"received": BEFORE, "unit": "7"}  # by its clock it came before: nobody asks the clock
    monkeypatch.setattr("renhai.checks.drain.whole.sleep", lambda _: system["/filings"].append(new))
    found = look()
    assert (found["verdict"], found["late"][0]["writes"], found["late"][0]["units"]) == ("fail", 1, {"7": 1})
    monkeypatch.setattr("renhai.checks.drain.whole.sleep", lambda _: system["/filings"].pop())
    assert look()["verdict"] == "inconclusive"  # a row that went is no read-only either
    system["/filings"].clear()
    assert look()["verdict"] == "inconclusive"


@pytest.mark.parametrize(
    "stop", ['watch: 1s, at: "2015-09-28T10:00:00+00:00"', "unit: unit", "watch: 1s, stored: received"]
)
def test_a_stop_has_an_hour_or_a_watch(system: dict[str, list[dict[str, Any]]], stop: str) -> None:
    Path("drain.yaml").write_text(WATCH.replace("watch: 1ms", stop), encoding="utf-8")
    with pytest.raises(UsageError):
        Draining(Path("drain.yaml"), None)


def test_a_list_by_amount_without_any_row_proves_nothing(system: dict[str, list[dict[str, Any]]]) -> None:
    """Not even what is paid is in it: as where a filter is wrong."""
    state = "state: {field: zt, open: [10, 20], closed: [90]}"
    Path("drain.yaml").write_text(DRAIN.replace(state, "amount: je"), encoding="utf-8")
    system["/flows"] = [{"je": "0.00"}]
    assert look()["verdict"] == "pass"
    system["/flows"] = []
    found = look()
    assert (found["verdict"], found["problems"]) == (
        "inconclusive",
        ["flows: the list has no row at all; is it the right one?"],
    )


@pytest.mark.parametrize("zone", ["UTC", "Asia/Shanghai", "America/New_York"])
def test_a_time_without_a_zone_is_of_the_hour_s_whatever_the_machine_s_is(
    system: dict[str, list[dict[str, Any]]], monkeypatch: pytest.MonkeyPatch, zone: str
) -> None:
    monkeypatch.setenv("TZ", zone)
    time.tzset()
    text = DRAIN.replace('"2015-09-28T10:00:00+00:00"', '"2015-09-28T18:00:00+08:00"')
    Path("drain.yaml").write_text(text, encoding="utf-8")
    try:
        system["/filings"] = [{"received": "2015-09-28 17:59:59"}]
        assert look()["verdict"] == "pass"
        system["/filings"] = [{"received": "2015/9/28 18:00:00"}]
        assert [one["writes"] for one in look()["late"]] == [1]
    finally:
        monkeypatch.undo()
        time.tzset()


@pytest.mark.parametrize(("failing", "code", "looks"), [(2, 0, 3), (99, 4, MOST_UNREAD)])
def test_waiting_goes_on_though_a_list_could_not_be_read_once(
    system: dict[str, list[dict[str, Any]]],
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    failing: int,
    code: int,
    looks: int,
) -> None:
    """A target that is restarted at night ends no wait; one whose list is wrong ends it soon."""
    asked: list[Any] = []
    real = whole.read_list

    def reads(asker: Any, rule: Any, *more: Any) -> Reading:
        if rule["list"] != "flow.list":
            return real(asker, rule, *more)
        asked.append(rule)
        return Reading(failed="no answer") if len(asked) <= failing else real(asker, rule, *more)

    monkeypatch.setattr(whole, "read_list", reads)
    text = DRAIN.replace("\nopen:", "\nevery: 1ms\nopen:").replace(
        "2015-09-28T18:00:00+08:00", "2999-09-28T18:00:00+08:00"
    )
    Path("drain.yaml").write_text(text, encoding="utf-8")
    assert run_cli(["drain", "drain.yaml", "--wait"]) == code
    assert len(asked) == looks
    assert capsys.readouterr().out.count("a list could not be read; looking again in 0.001 s") == looks - 1
