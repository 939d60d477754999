"""What became of each transaction: nothing that was not sent, answered or comparable is ever called fine."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from renhai.checks.replay.gather import noise_of, transactions
from renhai.checks.replay.sides import Pace, side_of
from renhai.checks.replay.whole import Asked, Prepared, compared, prepare, replay
from renhai.core.errors import UsageError
from renhai.spec.cutover.journal.entry import Entry, JournalFile, JournalWriter
from renhai.spec.cutover.journal.rules import Rules
from renhai.spec.cutover.journal.track_file import (
    COMPLETE,
    DEADLINE,
    STOPPED,
    Answer,
    TrackRecord,
    TrackWriter,
)

OK = Answer("ok", "", "", {"pzxh": "N1", "ybtse": 5}, 0, 1000)
RULES = Rules.model_validate({"compare": {"amounts": ["ybtse"]}})


def journal(folder: Path, *entries: dict[str, Any], end: bool = True) -> JournalFile:
    path = folder / "day.ndjson"
    with path.open("wb") as file:
        writer = JournalWriter(file, "a test", "2015-09-11")
        for number, more in enumerate(entries, 1):
            known = {
                "id": str(number), "taxpayer": "t", "unit": "u1", "operator": "", "domain": "declaration",
                "operation": "declaration.submit", "fields": {}, "at": f"2015-09-11T08:30:{number:02}+08:00",
                "outcome": "ok", "answer": {"pzxh": "J1", "ybtse": 5.0},
            }  # fmt: skip
            writer.write(Entry(**{**known, **more}))
        if end:
            writer.end()
    return JournalFile(path)


def record(ended: str = COMPLETE, **more: Any) -> TrackRecord:
    found = TrackRecord(**more)
    found.sent |= set(found.answers)
    found.ended = ended
    return found


def became(file: JournalFile, rules: Rules = RULES, **sides: TrackRecord) -> list[tuple[str, str]]:
    return [(one.outcome, one.why) for one in transactions(file, rules, sides)]


def test_each_class_has_its_reason(tmp_path: Path) -> None:
    file = journal(tmp_path, *[{}] * 6)
    new = record(
        answers={
            "1": OK, "2": Answer("error", "", "read timeout", {}, 0, 1), "3": OK._replace(data={"ybtse": 6}),
        },
        sent={"4"}, unsent={"5": "djxh: is not in the table t"}, ended=STOPPED,
    )  # fmt: skip
    assert became(file, new=new) == [
        ("matched", ""),
        ("not_answered", "new: read timeout"),
        ("mismatched", ""),
        ("not_answered", "new: sent, and no answer was kept"),
        ("not_sent", "new: djxh: is not in the table t"),
        ("not_sent", "new: the replay ended before"),
    ]


def test_what_the_deadline_left_is_late_and_what_could_not_be_said_is_not(tmp_path: Path) -> None:
    new = record(DEADLINE, answers={"1": OK}, unsent={"2": "pzxh: the system has issued none for it"})
    assert [name for name, _ in became(journal(tmp_path, {}, {}, {}), new=new)] == [
        "matched",
        "not_sent",
        "late",
    ]


@pytest.mark.parametrize(
    ("more", "why"),
    [
        ({"outcome": "", "answer": None}, "journal: no answer was recorded"),
        ({"outcome": "error", "answer": None}, "journal: it was recorded as error"),
    ],
)
def test_without_a_recorded_answer_there_is_nothing_to_compare(
    tmp_path: Path, more: dict[str, Any], why: str
) -> None:
    assert became(journal(tmp_path, more), new=record(answers={"1": OK})) == [("not_compared", why)]


def test_an_old_system_that_was_silent_compares_nothing(tmp_path: Path) -> None:
    old = record(answers={"1": Answer("error", "", "HTTP 500", {}, 0, 1)})
    assert became(journal(tmp_path, {}), old=old, new=record(answers={"1": OK})) == [
        ("not_answered", "old: HTTP 500")
    ]


def test_each_system_s_own_id_is_the_journal_s_and_an_id_of_another_is_not(tmp_path: Path) -> None:
    query = {"operation": "declaration.status", "fields": {"pzxh": "J1"}, "answer": {"pzxh": "J1"}}
    file = journal(tmp_path, {}, query)
    right = record(answers={"1": OK, "2": OK._replace(data={"pzxh": "N1"})})
    other = record(answers={"1": OK, "2": OK._replace(data={"pzxh": "N7"})})
    assert [name for name, _ in became(file, new=right)] == ["matched", "matched"]
    assert [name for name, _ in became(file, new=other)] == ["matched", "mismatched"]


def test_the_plan_says_what_is_re_entered_and_fills_up_exactly(tmp_path: Path) -> None:
    entries = [{"unit": "u1"}] * 4 + [{"unit": "u2", "domain": "invoice"}] * 2 + [{"unit": "u2"}] * 3
    file = journal(tmp_path, *entries, {"unit": "u3"})
    rules = Rules.model_validate({"reenter": {"u1": {"fill": 5}, "u2": {"domains": ["declaration"]}}})
    found = Counter(name for name, _ in became(file, rules, new=record(DEADLINE)))
    assert found == {"late": 5, "not_planned": 5}
    with pytest.raises(UsageError, match=r"reenter.u1.fill is 2, and the other units re-enter 3"):
        became(
            file,
            Rules.model_validate({"reenter": {"u1": {"fill": 2}, "u2": {"domains": ["declaration"]}}}),
            new=record(),
        )


def asked(folder: Path, **more: Any) -> Asked:
    known: dict[str, Any] = {
        "old": None,
        "new": "reference",
        "rules": None,
        "pace": Pace(),
        "out": folder / "out",
    }
    return Asked(journal=folder / "day.ndjson", **{**known, **more})


def track_of(found: Prepared) -> TrackWriter:
    """The track of a replay on its one side, which is the new one, before anything is sent."""
    found.folder.mkdir()
    (side,) = found.sides
    return TrackWriter(side.track(found.folder), side.digest(found.digest, found.rules), "new", 0)


def test_a_torn_journal_and_a_track_without_its_end_never_pass(tmp_path: Path) -> None:
    journal(tmp_path, {}, end=False)
    found = prepare(asked(tmp_path))
    writer = track_of(found)
    writer.intent("1")
    writer.write(["answer", "1", *OK])
    result = compared(found)
    assert result["counts"]["matched"] == 1
    assert result["verdict"] == "inconclusive"
    assert result["problems"] == [
        "the journal has no end: entries may be missing",
        "the new track is not at its end: cut short",
    ]
    writer.write(["end", COMPLETE])
    assert compared(found)["problems"] == ["the journal has no end: entries may be missing"]


def test_two_replays_of_one_journal_never_send_side_by_side(tmp_path: Path) -> None:
    """The second one is refused before it sends anything, and is free to go on once the first is over."""
    journal(tmp_path, {})
    found = prepare(asked(tmp_path))
    began: list[str] = []

    def load(plans: Any, interrupts: Any) -> list[str]:
        began.append("first")
        with pytest.raises(UsageError, match="is being replayed by another process"):
            replay(found, lambda plans, interrupts: pytest.fail("sends"), began.append)
        return ["nothing was sent"]

    for _ in range(2):
        assert replay(found, load, began.append)["verdict"] != "pass"
    assert began == ["first", "first"]


def test_two_sides_that_are_one_system_and_a_ceiling_are_refused(tmp_path: Path) -> None:
    journal(tmp_path, {})
    here = "http://127.0.0.1:8400"
    with pytest.raises(UsageError, match="what one writes the other would meet"):
        prepare(asked(tmp_path, old="ctais", old_url=here, new_url=here))
    text = (Path(__file__).parents[3] / "scenarios" / "targets" / "ctais.yaml").read_text("utf-8")
    for line, wrong in (
        ("ceiling: {operators: 4}", "lower --together"),
        ("environment: production", "production"),
    ):
        own = text if line.startswith("ceiling") else text.replace("environment: test\n", "")
        (tmp_path / "own.yaml").write_text(f"{own}\n{line}\n", "utf-8")
        with pytest.raises(UsageError, match=wrong):
            side_of("new", str(tmp_path / "own.yaml"), None, Pace())


def test_other_rules_of_comparison_go_on_with_the_same_tracks_and_other_words_do_not(tmp_path: Path) -> None:
    journal(tmp_path, {})
    side = side_of("new", "reference", None, Pace())
    plain = side.digest("d", Rules())
    assert side.digest("d", RULES) == plain
    assert side.digest("d", Rules.model_validate({"ids": ["pzxh"]})) != plain
    assert side.digest("e", Rules()) != plain


def learned(operation: str, field: str) -> dict[str, Any]:
    return {"operation": operation, "field": field, "kind": "value", "count": 1, "asked": 1}


def answered(**data: Any) -> Answer:
    return Answer("ok", "", "", data, 0, 1000)


def test_what_the_old_system_answers_otherwise_when_read_again_is_noise_and_nothing_else(
    tmp_path: Path,
) -> None:
    """The time of printing is another each time; a wrong state beside it is still found."""
    file = journal(tmp_path, *[{"operation": "a.read"}] * 2)
    old = record(
        answers={"1": answered(printed="08:00", zt="03"), "2": answered(printed="08:01", zt="03")},
        again={"1": answered(printed="08:02", zt="03")},
    )
    new = record(
        answers={"1": answered(printed="09:00", zt="03"), "2": answered(printed="09:01", zt="05")},
        again={"1": answered(printed="09:02", zt="03")},
    )
    sides = {"old": old, "new": new}
    noise = noise_of(file, RULES, {"old": old})
    assert (noise.asked, noise.told()) == (1, [learned("a.read", "printed")])
    found = list(transactions(file, RULES, sides, noise))
    assert [one.outcome for one in found] == ["ignored", "mismatched"]
    assert [(one.field, one.reason != "") for one in found[1].differences] == [
        ("printed", True),
        ("zt", False),
    ]


@pytest.mark.parametrize(
    ("side", "one", "other"),
    [
        ("new", {"zt": "03"}, {"zt": "05"}),
        ("old", {"ybtse": 5.0}, {"ybtse": 6.0}),
        ("old", {"zt": "03"}, {}),
        ("old", {"zt": "03"}, {"zt": ""}),
        ("old", {"rq": "2015-09-11"}, {"rq": "soon"}),
        ("old", {"pzxh": "N1"}, {"pzxh": "N2"}),
    ],
)
def test_a_system_that_is_unsteady_where_it_must_not_be_is_told_and_not_forgiven(
    tmp_path: Path, side: str, one: dict[str, Any], other: dict[str, Any]
) -> None:
    sides = {"old": record(answers={"1": answered(**one)}), "new": record(answers={"1": answered(**one)})}
    sides[side].again["1"] = answered(**other)
    noise = noise_of(journal(tmp_path, {"operation": "a.read"}), RULES, sides)
    assert not noise.fields
    assert [f"{side}: a.read {name} is another" in what for name in one for what in noise.unsteady] == [True]


def test_twins_tell_noise_of_writes_until_they_part(tmp_path: Path) -> None:
    rules = Rules.model_validate(
        {"compare": {"amounts": ["ybtse"]}, "noise": {"twins": [["A", "B"]], "apart": ["nsrmc"]}}
    )
    rows = [("A", {"n": 1, "nsrmc": "a"}), ("B", {"n": 1, "nsrmc": "b"}), ("A", {"n": 2}), ("B", {"n": 3}),
            ("C", {"n": 1})]  # fmt: skip
    file = journal(tmp_path, *({"taxpayer": who, "fields": fields} for who, fields in rows))
    old = record(answers={
        "1": answered(pzxh="1", nsrmc="a", slsj="08:00", ybtse=5),
        "2": answered(pzxh="2", nsrmc="b", slsj="08:01", ybtse=6),
        "3": answered(zt="1"), "4": answered(zt="2"), "5": answered(slsj="08:05"),
    })  # fmt: skip
    noise = noise_of(file, rules, {"old": old})
    assert noise.told() == [learned("declaration.submit", "slsj")]


def test_a_new_system_with_other_defects_is_another_system(tmp_path: Path) -> None:
    """Answers that were given under one file of defects are none of the system under another one."""
    journal(tmp_path, {})
    plant, url = tmp_path / "defects.yaml", "http://127.0.0.1:8400"
    names = []
    for text in ("[]\n", "- {operation: a.b, field: x, change: {drop: 1}}\n"):
        plant.write_text(text, "utf-8")
        found = prepare(asked(tmp_path, out=None, plant=plant, old="ctais", old_url=url))
        names.append(found.folder.name)
        assert [bool(side.defects) for side in found.sides] == [False, True]
        again = prepare(asked(tmp_path, out=None, plant=plant, old="ctais", old_url=url))
        assert again.folder.name == names[-1]
    names.append(prepare(asked(tmp_path, out=None, old="ctais", old_url=url)).folder.name)
    assert len(set(names)) == 3


def test_a_track_goes_on_under_the_same_defects_alone(tmp_path: Path) -> None:
    journal(tmp_path, {})
    plant = tmp_path / "defects.yaml"
    plant.write_text("[]\n", "utf-8")
    found = prepare(asked(tmp_path, plant=plant))
    track_of(found).close()
    prepare(asked(tmp_path, plant=plant))
    plant.write_text("[] # other\n", "utf-8")
    with pytest.raises(UsageError, match="of another journal, other rules or another target"):
        prepare(asked(tmp_path, plant=plant))


def test_defects_that_no_system_would_get_are_refused(tmp_path: Path) -> None:
    journal(tmp_path, {})
    with pytest.raises(UsageError, match=r"none.yaml: cannot be read: No such file"):
        prepare(asked(tmp_path, plant=tmp_path / "none.yaml"))
    with pytest.raises(UsageError, match="Is a directory"):
        prepare(asked(tmp_path, plant=tmp_path))
    with pytest.raises(UsageError, match="--plant: is for an embedded new system"):
        prepare(asked(tmp_path, plant=tmp_path / "day.ndjson", new_url="http://127.0.0.1:8400"))


@pytest.mark.parametrize(
    ("plan", "said"),
    [
        (
            {"u1": {}, "v2": {}},
            r"reenter\.v2: no transaction of the journal is of this unit; known: u2",
        ),
        (
            {"u1": {}, "u2": {"domains": ["declarations"]}},
            r"reenter\.u2\.domains has declarations, which is none",
        ),
        ({"u1": {}, "u2": {}, "u9": {}}, ""),  # which had nothing to do: nobody is left out
        ({"u1": {"domains": ["collection"]}, "u2": {}}, ""),
    ],
)
def test_a_plan_that_names_what_is_nowhere_leaves_nobody_out_unseen(
    tmp_path: Path, plan: dict[str, Any], said: str
) -> None:
    file, rules = journal(tmp_path, {"unit": "u1"}, {"unit": "u2"}), Rules.model_validate({"reenter": plan})
    if not said:
        became(file, rules, new=record())
        return
    with pytest.raises(UsageError, match=said):
        became(file, rules, new=record())


def test_a_deadline_that_is_over_before_anything_was_sent_is_refused(tmp_path: Path) -> None:
    """It would end the track for good, with every transaction late; a replay that was begun may be judged."""
    journal(tmp_path, {}, {})
    over = Pace(deadline_ms=1_441_900_800_000)
    with pytest.raises(UsageError, match="--deadline: is over already"):
        prepare(asked(tmp_path, pace=over))
    found = prepare(asked(tmp_path))
    writer = track_of(found)
    writer.intent("1")
    writer.close()
    assert prepare(asked(tmp_path, pace=over)).digest == found.digest


def test_a_target_file_that_was_changed_meanwhile_sends_nothing_a_second_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The folder of a replay goes by its work: another one would begin anew, at the same system."""
    monkeypatch.chdir(tmp_path)
    journal(tmp_path, {})
    here, elsewhere = "http://127.0.0.1:24601", "http://127.0.0.1:24602"
    begun = prepare(asked(tmp_path, out=None, new_url=here))
    begun.folder.mkdir(parents=True)
    (side,) = begun.sides
    side.write_plan(begun.folder, begun.asked.journal, begun.digest, begun.rules, here, Pace())
    (tmp_path / "rules.yaml").write_text("ids: [pzxh]\n", "utf-8")
    renamed = tmp_path / "another name.ndjson"
    renamed.write_bytes((tmp_path / "day.ndjson").read_bytes())
    changed = asked(tmp_path, out=None, new_url=here, rules=tmp_path / "rules.yaml")
    assert prepare(changed).folder != begun.folder  # nothing was sent yet
    writer = TrackWriter(side.track(begun.folder), side.digest(begun.digest, begun.rules), "new", 0)
    writer.intent("1")
    writer.close()
    with pytest.raises(UsageError, match=f"was entered in {here} .* and would be sent again"):
        prepare(changed)
    with pytest.raises(UsageError, match="before it was changed or renamed, and would be sent again"):
        prepare(replace(asked(tmp_path, out=None, new_url=here), journal=renamed))
    assert prepare(begun.asked).folder == begun.folder  # which goes on
    prepare(asked(tmp_path, out=None, new_url=elsewhere))
    prepare(asked(tmp_path, out=tmp_path / "anew", new_url=here, rules=tmp_path / "rules.yaml"))
