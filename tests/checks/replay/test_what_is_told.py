"""What a replay is called, of when it is, and what it does not compare."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from renhai.binding.text.unread import UNREAD
from renhai.checks.replay.gather import transactions
from renhai.checks.replay.sides import Pace, asked_twice, side_of
from renhai.checks.replay.whole import _others, compared, prepare, replay
from renhai.core.errors import UsageError
from renhai.spec.cutover.journal.rules import Rules
from renhai.spec.cutover.journal.track_file import COMPLETE, TrackWriter
from results.checks.ledger.model import Ledger
from results.report.html.checks.replay import render_replay
from results.report.terminal.replay import lines, open_words
from tests.checks.replay.test_gather import OK, answered, asked, became, journal, record, track_of


def test_what_succeeded_and_was_not_kept_is_not_compared(tmp_path: Path) -> None:
    """A CSV with codes alone: each answer that has something would be a problem."""
    file = journal(tmp_path, *[{"answer": None}] * 3)
    empty, no = OK._replace(data={}), OK._replace(outcome="rejected", code="GD201", data=None)
    new = record(answers={"1": OK, "2": empty, "3": no})
    assert [name for name, _ in became(file, new=new)] == ["not_compared", "mismatched", "mismatched"]
    nothing = record(answers={name: OK._replace(data=None) for name in "123"})
    assert [name for name, _ in became(file, new=nothing)] == ["matched"] * 3


@pytest.mark.parametrize(
    ("at", "day"),
    [
        ("2015-09-11T23:59:59.999+08:00", "2015-09-11"),
        ("20150911T083000+0800", "2015-09-11"),
        ("2015-W37-5T08:30:00+08:00", "2015-09-11"),
        ("2015-09-11T23:30:00Z", "2015-09-11"),
    ],
)
def test_a_day_is_a_day_however_the_time_is_written(tmp_path: Path, at: str, day: str) -> None:
    (one,) = transactions(journal(tmp_path, {"at": at}), Rules(), {"new": record(answers={"1": OK})})
    assert one.day == day


def test_two_taxpayers_who_were_entered_as_one_are_not_held_against_the_other(tmp_path: Path) -> None:
    rules = Rules.model_validate({"new": {"translate": {"djxh": {"take": "101.(.{3})"}}}})
    file = journal(tmp_path, {"fields": {"djxh": "1011777"}}, {"fields": {"djxh": "1012777"}})
    found = became(file, rules, new=record(answers={"1": OK, "2": OK}))
    assert found == [("matched", ""), ("not_compared", "new: djxh: is 777 there, as 1011777 is")]


def test_a_code_that_the_tables_lack_is_a_difference_though_both_spell_it_alike(tmp_path: Path) -> None:
    rules = Rules.model_validate(
        {"tables": {"states": {"1": "A"}}, "old": {"translate": {"zt": {"table": "states"}}}}
    )
    sides = {
        "old": record(answers={"1": answered(zt="A"), "2": answered(zt="7")}),
        "new": record(answers={"1": answered(zt="1"), "2": answered(zt="7")}),
    }
    assert [name for name, _ in became(journal(tmp_path, {}, {}), rules, **sides)] == [
        "matched",
        "mismatched",
    ]


def test_time_is_not_called_compared_where_the_journal_has_none(tmp_path: Path) -> None:
    journal(tmp_path, {})
    rules = tmp_path / "rules.yaml"
    rules.write_text("compare: {timing: {times: 3, over: 1s}}\n", "utf-8")
    with pytest.raises(UsageError, match=r"rules.yaml: compare.timing needs --old"):
        prepare(asked(tmp_path, rules=rules))
    prepare(asked(tmp_path, rules=rules, old="ctais"))


def test_replays_of_two_days_are_two_runs_of_a_ledger_whatever_their_folders_are_called(
    tmp_path: Path,
) -> None:
    """Else the second one, that is whole, would make good what the first could not compare."""
    names = []
    for day in ("mon", "tue"):
        journal(tmp_path, {"fields": {"of": day}})
        more: dict[str, Any] = {"out": tmp_path / day / "replay"}
        names.append(prepare(asked(tmp_path, **more)).run_id)
        assert prepare(asked(tmp_path, **more)).run_id == names[-1]
        more = {"out": tmp_path / f"{day}-again"}
        names.append(prepare(asked(tmp_path, **more)).run_id)
    assert len(set(names)) == 4
    plain = prepare(asked(tmp_path, out=None))
    assert plain.run_id == plain.folder.name
    assert prepare(asked(tmp_path, out=tmp_path / plain.folder.name)).run_id == plain.run_id


def test_a_replay_is_of_the_time_of_its_answers(tmp_path: Path) -> None:
    journal(tmp_path, {}, {}, {})
    found = prepare(asked(tmp_path))
    writer = track_of(found)
    assert compared(found)["begun"] == ""
    begun = 1_441_931_400_000
    for number, ms, ybtse in (("1", begun + 9000, 6), ("2", begun, 5), ("3", begun + 7000, 6)):
        writer.intent(number)
        data = {"pzxh": "N1", "ybtse": ybtse}
        writer.write(["answer", number, *OK._replace(ms=ms, us=250_000, data=data)])
    writer.write(["end", COMPLETE])
    result = compared(found)
    (fault,) = result["faults"]
    assert (result["begun"], fault["seen"]) == (
        "2015-09-11T00:30:00.000+00:00",
        "2015-09-11T00:30:09.250+00:00",
    )


OWN = """
name: own
url: http://127.0.0.1:24601
environment: test
hosts: [127.0.0.1]
success: any
operations:
  declaration.submit: {path: /a, method: POST}
  declaration.status: {path: /b, method: POST}
  hall.ticket: {path: /c, method: POST}
  hall.waiting: {path: /d, method: POST}
  registration.status: {path: /e, method: POST, receipt: [djxh]}
"""


def test_nothing_that_may_write_is_asked_twice_whatever_a_target_file_leaves_unsaid(tmp_path: Path) -> None:
    """A declaration of a system whose file has no receipts would be filed twice."""
    (tmp_path / "own.yaml").write_text(OWN, "utf-8")
    sides = [side_of("new", str(tmp_path / "own.yaml"), None, Pace())]

    def twice(*reads: str) -> list[str]:
        rules = Rules.model_validate({"noise": {"reads": list(reads)}})
        found = asked_twice(rules, sides).noise.reads
        return [name for name in found if name in sides[0].plain["operations"]]

    assert twice("*") == ["declaration.status"]
    assert twice("*", "hall.waiting") == ["declaration.status", "hall.waiting"]
    assert twice("declaration.submit", "registration.status") == []
    assert asked_twice(Rules(), sides) == Rules()
    both = [*sides, side_of("new", "reference", None, Pace())]
    found = asked_twice(Rules.model_validate({"noise": {"reads": ["*"]}}), both).noise.reads
    assert "registration.status" not in found and "certificate.issue" not in found
    assert {"registration.query", "case.todo"} <= set(found)


def test_another_day_stands_once_however_often_it_was_replayed(tmp_path: Path) -> None:
    journal(tmp_path, {})
    days = [
        ("10", "a", "2"),
        ("10", "a", "3"),
        ("10", "a", "1"),
        ("10", "b", "1"),
        ("09", "c", "1"),
        ("11", "d", "9"),
    ]
    for number, (day, digest, at) in enumerate(days):
        place = tmp_path / str(number)
        place.mkdir()
        about = {"day": f"2015-09-{day}", "sha256": digest}
        told = {"name": "replay", "at": at, "journal": about, "rows": [], "faults": []}
        (place / "replay.json").write_text(json.dumps(told), "utf-8")
    (tmp_path / "5" / "more").mkdir()
    found = [
        (one["journal"]["day"][-2:], one["journal"]["sha256"], one["at"])
        for one in _others(prepare(asked(tmp_path)))
    ]
    assert sorted(found) == [("09", "c", "1"), ("10", "a", "3"), ("10", "b", "1")]


def test_what_an_answer_has_besides_is_told_once_an_operation_and_side(tmp_path: Path) -> None:
    """Neither target file reads them, so that nothing is known of them."""
    journal(tmp_path, *[{}] * 3)
    found = prepare(asked(tmp_path, old="ctais"))
    found.folder.mkdir()
    for side, names in zip(found.sides, ([["zt"], ["zt"], []], [["je", "zt"], [], ["je"]]), strict=True):
        writer = TrackWriter(side.track(found.folder), side.digest(found.digest, found.rules), side.side, 0)
        for number, unread in enumerate(names, 1):
            data = {"pzxh": "J1", "ybtse": 5.0} | ({UNREAD: unread} if unread else {})
            writer.intent(str(number))
            writer.write(["answer", str(number), "error" if number == 3 else "ok", "", "", data, 0, 1])
        writer.write(["end", COMPLETE])
    result = compared(found)
    assert result["counts"]["matched"] == 2  # of what was read all is alike
    assert result["unread"] == [
        {"side": "new", "operation": "declaration.submit", "fields": {"je": 1, "zt": 1}},
        {"side": "old", "operation": "declaration.submit", "fields": {"zt": 2}},
    ]
    told = lines(result, 0)
    assert "  not compared, old system, declaration.submit: zt × 2" in told
    assert "  not compared, new system, declaration.submit: je × 1, zt × 1" in told
    page = render_replay(result, Ledger())
    assert "which the target file of their system does not read" in page
    assert "which the target file" not in render_replay({**result, "unread": []}, Ledger())


@pytest.mark.parametrize(
    ("why", "told"),
    [
        (
            "not_sent: new: a.b is no operation of the target file",
            (
                "not sent, new system: a.b is no operation of the target file",
                "未发送，新系统：目标文件中没有操作 a.b",
            ),
        ),
        (
            "not_compared: journal: no answer was recorded",
            ("not compared, journal: no answer was recorded", "未比对，业务记录：流水没有记录答复"),
        ),
        ("late: reason 7", ("not re-entered in time: reason 7", "未及时补录：reason 7")),
        ("whatever: it was", ("whatever: it was", "whatever: it was")),
    ],
)
def test_why_something_is_left_is_said_in_words(why: str, told: tuple[str, str]) -> None:
    assert open_words(why) == told


def test_a_plan_that_cannot_be_is_told_by_the_option_that_gave_it(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"^--new-url: is kaese; must be http"):
        side_of("new", "reference", "kaese", Pace())
    with pytest.raises(UsageError, match=r"^--old-url: is http://a/b; must end after the port"):
        side_of("old", "ctais", "http://a/b", Pace())


def test_defects_that_cannot_be_planted_are_a_mistake_of_the_option(tmp_path: Path) -> None:
    """The reference system refuses them; nothing is sent."""
    journal(tmp_path, {})
    plant = tmp_path / "defects.yaml"
    plant.write_text("- {operation: nix.nix, change: {add: 1}}\n", encoding="utf-8")
    found = prepare(replace(asked(tmp_path), plant=plant))
    with pytest.raises(UsageError, match=r"^--plant: .*defects\.yaml:1: nix\.nix is no operation$") as told:
        replay(found, lambda *_: pytest.fail("something was sent"), print)
    assert told.value.code == 2


@pytest.mark.parametrize(
    "text", ["{}", "[]", '{"journal": []}', "\xff", "[" * 100_000, '{"rows": [{}]}', "{rows}"]
)
def test_another_day_that_is_damaged_costs_this_one_nothing(tmp_path: Path, text: str) -> None:
    """A neighbour may have been cut off, or edited: whatever it lacks."""
    journal(tmp_path, {})
    found = prepare(asked(tmp_path, out=tmp_path / "days" / "one"))
    found.folder.parent.mkdir()
    track_of(found).write(["end", COMPLETE])
    other = tmp_path / "days" / "other" / "replay.json"
    other.parent.mkdir()
    whole = compared(found)
    whole["journal"]["day"] = "2015-09-12"
    if text == "{rows}":
        whole["rows"] = [{"unit": "u", "domain": "d", "matched": 1}]
        text = json.dumps(whole)
    other.write_text(text, "latin-1")
    result = replay(found, lambda plans, interrupts: [], lambda said: None)
    assert (found.folder / "replay.html").exists()
    assert result["verdict"] == "inconclusive"
    assert "2015-09-12" not in (found.folder / "replay.html").read_text("utf-8")


def test_a_ledger_that_is_damaged_meanwhile_costs_no_verdict(tmp_path: Path) -> None:
    journal(tmp_path, {})
    ledger, notes = tmp_path / "ledger.json", list[str]()
    found = prepare(asked(tmp_path, ledger=ledger))
    track_of(found).write(["end", COMPLETE])
    ledger.write_text("{", "utf-8")
    result = replay(found, lambda plans, interrupts: [], lambda said: notes.append(str(said)))
    assert json.loads((found.folder / "replay.json").read_text("utf-8"))["verdict"] == result["verdict"]
    assert "ledger.json is no JSON" in notes[-1]
