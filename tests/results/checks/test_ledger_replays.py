"""What replays tell a ledger: of which time it is, what it proves gone, and what it leaves open."""

from __future__ import annotations

from typing import Any

import pytest

from results.checks.dual_track.compare import Difference
from results.checks.dual_track.document import Collected, Transaction, document
from results.checks.ledger.merge import merge_audit, merge_ledger, merge_papers, merge_replay
from results.checks.ledger.model import Ledger
from results.checks.ledger.standing import standing, unconfirmed
from results.checks.papers.document import Papers
from results.checks.papers.document import document as papers_document
from tests.results.checks.audits import LAST, LATER, WELL, audit, only

WRONG = Difference("ybtse", "amount", "1.00", "1.01", "amount→off by 0.01", 1)
NAMED = Difference("nsrmc", "value", "甲", "乙", "甲→乙")
FIRST = "2026-11-01T08:00:00.000+00:00"


def transaction(
    *diffs: Difference, domain: str = "declaration", answered: str = "", unit: str = "u"
) -> Transaction:
    open_ones = [one for one in diffs if not one.reason]
    outcome = "mismatched" if open_ones else "ignored" if diffs else "matched"
    place = "1", unit, domain, "declaration.submit", "2015-09-11", "t"
    return Transaction(*place, outcome, diffs, answered=answered, fields={"ybtse", "nsrmc"})


def replay(*rows: Transaction, run: str = "day", begun: str = FIRST, at: str = FIRST) -> dict[str, Any]:
    collected = Collected()
    for row in rows:
        collected.add(row)
    return document({"run_id": run, "at": at, "begun": begun, "name": "n"}, collected, ())


def merged(*found: dict[str, Any]) -> Ledger:
    ledger = Ledger()
    for one in found:
        merge_replay(ledger, one, "replay.json")
    return ledger


WELL_REPLAYED = replay(transaction(), run="next", begun=LAST, at=LAST)


def test_what_is_compared_again_is_no_new_evidence() -> None:
    """The page is written anew with the states of the ledger: the same command, and nothing is sent."""
    ledger = merged(replay(transaction(WRONG)))
    only(ledger).say(LATER, "solved", "张三", "")
    merge_replay(ledger, replay(transaction(WRONG), at=LAST), "replay.json")
    assert (only(ledger).state, only(ledger).reopened, only(ledger).count) == ("solved", 0, 1)
    merge_replay(ledger, replay(transaction(), at=LAST), "replay.json")  # by rules that let it pass
    assert standing(ledger).verdict == "inconclusive", "nobody was asked since"
    merge_replay(ledger, replay(transaction(WRONG), run="next", begun=LAST, at=LAST), "replay.json")
    assert (only(ledger).state, only(ledger).reopened) == ("other", 1)


def test_what_is_solved_while_a_day_is_replayed_is_neither_opened_nor_proven_gone_by_its_morning() -> None:
    """Solved at eleven; the day is replayed at its own pace until six."""
    morning, eleven, evening = (f"2026-11-01T{hour}:00:00.000+00:00" for hour in ("08", "11", "18"))
    ledger = merged(replay(transaction(WRONG), run="yesterday", begun="2026-10-31T08:00:00+00:00"))
    only(ledger).say(eleven, "solved", "", "")
    told = replay(transaction(WRONG, answered=morning), transaction(NAMED, answered=evening), begun=morning)
    merge_replay(ledger, told, "replay.json")
    assert {one.field: one.state for one in ledger.problems} == {"ybtse": "solved", "nsrmc": "other"}
    well = replay(transaction(), run="well", begun=morning, at=evening)
    merge_replay(ledger, well, "replay.json")
    (solved,) = [one for one in ledger.problems if one.state == "solved"]
    assert unconfirmed(ledger, solved), "what matched may have been answered before eleven"
    later = replay(transaction(WRONG, answered=evening), transaction(), run="other", begun=morning)
    merge_replay(ledger, later, "replay.json")
    assert (solved.state, solved.reopened) == ("other", 1)


def test_stricter_rules_tell_what_the_same_answers_have() -> None:
    ledger = merged(replay(transaction(WRONG)), replay(transaction(WRONG, NAMED), at=LAST))
    assert sorted(one.field for one in ledger.problems) == ["nsrmc", "ybtse"]
    assert len(ledger.audits) == 1
    again = ledger.model_copy(deep=True)
    merge_ledger(again, ledger)
    assert again == ledger


def test_a_replay_proves_that_a_problem_is_gone_and_the_audit_of_a_run_does_not() -> None:
    """That a declaration is stored says nothing of what is answered to it."""
    ledger = merged(replay(transaction(WRONG)))
    only(ledger).say(LATER, "solved", "", "")
    merge_audit(ledger, audit(WELL, "run-2", LAST), "audit.json")
    assert standing(ledger).verdict == "inconclusive"
    merge_replay(ledger, WELL_REPLAYED, "replay.json")
    assert standing(ledger).verdict == "pass"


@pytest.mark.parametrize(("ignored", "verdict"), [(WRONG, "inconclusive"), (NAMED, "pass")])
def test_a_difference_that_a_rule_ignores_is_not_proven_gone(ignored: Difference, verdict: str) -> None:
    ledger = merged(replay(transaction(WRONG)))
    only(ledger).say(LATER, "solved", "", "")
    later = transaction(ignored._replace(reason="known"))
    merge_replay(ledger, replay(later, transaction(), run="next", begun=LAST), "replay.json")
    assert standing(ledger).verdict == verdict


def test_papers_that_are_all_there_do_not_make_an_audit_good_that_could_not_read() -> None:
    ledger = Ledger()
    merge_audit(ledger, audit([], failed="HTTP 500"), "audit.json")
    papers = Papers()
    for kind in ("printed", "checked", "right"):
        papers.count("certificate.print", kind, 3)
    for at in (FIRST, LATER):  # in one moment with it, and after it
        merge_papers(ledger, papers_document("run-1", papers, at, 0.1), "papers.json")
        assert "the audit of run-1 is not whole: declaration.submit: HTTP 500" in standing(ledger).why
    assert len(ledger.audits) == 3


def test_a_ledger_of_an_older_renhai_stands_as_it_stood() -> None:
    """It does not say of which check its audits are."""
    ledger = merged(replay(transaction(WRONG)))
    only(ledger).say(LATER, "solved", "", "")
    merge_replay(ledger, WELL_REPLAYED, "replay.json")
    for one in ledger.audits:
        one.check, one.ignored, one.covered_in = "", [], None
    assert standing(ledger).verdict == "pass"
    merge_replay(ledger, WELL_REPLAYED, "replay.json")
    assert [one.check for one in ledger.audits] == ["", "dual_track"]


def test_a_problem_is_counted_in_every_domain_that_has_it() -> None:
    found = replay(transaction(WRONG, domain="legal"), transaction(WRONG, domain="voucher"))
    (fault,) = found["faults"]
    assert (fault["domain"], fault["count"], fault["units"]) == ("legal", 2, {"u": 2})
    assert fault["places"] == {"legal": {"u": 1}, "voucher": {"u": 1}}


@pytest.mark.parametrize(
    ("one", "other", "told"),
    [
        ("solved", "waiting", "waiting"),
        ("solved", "other", "other"),
        ("answered", "solved", "answered"),
    ],
)
def test_two_bureaus_who_said_it_in_one_moment_close_nothing(one: Any, other: Any, told: str) -> None:
    """As tables that were imported by a script at noon."""
    ledgers = [merged(replay(transaction(WRONG))) for _ in range(2)]
    for ledger, state in zip(ledgers, (one, other), strict=True):
        only(ledger).say(LATER, state, state, "")
    ways = []
    for first, second in (ledgers, reversed(ledgers)):
        made = first.model_copy(deep=True)
        merge_ledger(made, second)
        ways.append((only(made).state, only(made).owner, [said.state for said in only(made).history]))
    assert ways == [(told, told, sorted([one, other]))] * 2


def seen(*places: tuple[str, str]) -> Ledger:
    """A problem that was seen in these domains and units, and is called solved."""
    ledger = merged(replay(*(transaction(WRONG, domain=domain, unit=unit) for domain, unit in places)))
    only(ledger).say(LATER, "solved", "", "")
    return ledger


@pytest.mark.parametrize(
    ("had", "replays", "verdict"),
    [
        (["d A"], [["d A"]], "pass"),
        (["d A"], [["d B"]], "inconclusive"),  # another unit's business says nothing of A's
        (["d A"], [["e A"]], "inconclusive"),  # nor does the same operation in another domain
        (["d A", "d B"], [["d A"]], "inconclusive"),
        (["d A", "d B"], [["d A", "d B"]], "pass"),
        (["d A", "d B"], [["d A"], ["d B"]], "pass"),  # each unit's own day
        (["d A", "e B"], [["d B", "e A"]], "inconclusive"),
    ],
)
def test_a_problem_is_gone_where_it_was_looked_for_in_each_of_its_places(
    had: list[str], replays: list[list[str]], verdict: str
) -> None:
    ledger = seen(*((one[0], one[2:]) for one in had))
    for number, places in enumerate(replays):
        rows = (transaction(domain=one[0], unit=one[2:]) for one in places)
        merge_replay(ledger, replay(*rows, run=f"next-{number}", begun=LAST, at=LAST), "replay.json")
    assert standing(ledger).verdict == verdict


def test_a_unit_whose_business_did_not_match_was_not_looked_at() -> None:
    ledger = seen(("d", "A"))
    for outcome in ("not_planned", "ignored"):
        other = transaction(domain="d", unit="A")._replace(outcome=outcome)
        later = replay(other, transaction(domain="d", unit="B"), run=outcome, begun=LAST, at=LAST)
        merge_replay(ledger, later, "replay.json")
    assert standing(ledger).verdict == "inconclusive"


def test_a_replay_of_an_older_renhai_does_not_tell_whose_business_it_was() -> None:
    ledger = seen(("d", "A"))
    later = replay(transaction(domain="d", unit="A"), run="next", begun=LAST, at=LAST)
    merge_replay(ledger, {name: later[name] for name in later if name != "matched_in"}, "replay.json")
    assert standing(ledger).verdict == "inconclusive"
    merge_replay(ledger, later, "replay.json")
    assert standing(ledger).verdict == "pass"


def test_places_of_an_older_ledger_are_those_of_any_domain() -> None:
    ledger = seen(("d", "A"))
    only(ledger).seen[0].places = {}
    for unit, verdict in (("B", "inconclusive"), ("A", "pass")):
        later = replay(transaction(domain="e", unit=unit), run=unit, begun=LAST, at=LAST)
        merge_replay(ledger, later, "replay.json")
        assert standing(ledger).verdict == verdict


TAKEN = Difference("outcome", "status", "rejected GD1", "ok", "rejected GD1→ok")
OTHERWISE = Difference("code", "status", "GD1", "GD2", "GD1→GD2")
REFUSED_NOW = Difference("outcome", "status", "ok", "rejected GD1", "ok→rejected GD1")


@pytest.mark.parametrize("problem", [WRONG, NAMED, REFUSED_NOW, TAKEN, OTHERWISE])
def test_two_who_refuse_alike_prove_nothing_of_values_and_two_who_accept_nothing_of_refusals(
    problem: Difference,
) -> None:
    by_refusals = problem in (TAKEN, OTHERWISE)
    for refused, expected in (("", not by_refusals), ("recorded", by_refusals), ("unsaid", by_refusals)):
        ledger = merged(replay(transaction(problem)))
        only(ledger).say(LATER, "solved", "", "")
        rows = [transaction()._replace(refused=refused), transaction(unit="other")]
        merge_replay(ledger, replay(*rows, run="next", begun=LAST, at=LAST), "replay.json")
        assert (standing(ledger).verdict == "pass") is expected, refused


def test_a_replay_of_schema_2_counts_as_it_did() -> None:
    later = replay(transaction()._replace(refused="recorded"), run="next", begun=LAST, at=LAST)
    later["matched_in"] = later.pop("refused_in")
    del later["compared"]
    ledger = merged(replay(transaction(WRONG)))
    only(ledger).say(LATER, "solved", "", "")
    merge_replay(ledger, later, "replay.json")
    assert standing(ledger).verdict == "pass"


GONE = Difference("zt", "missing", "03", "", "there→absent")
MORE = Difference("zt", "extra", "", "03", "absent→there")


@pytest.mark.parametrize(
    ("problem", "fields", "verdict"),
    [
        (WRONG, {"ybtse"}, "pass"),
        (WRONG, {"nsrmc"}, "inconclusive"),  # no target file reads it any more, or no answer has it
        (GONE, {"ybtse"}, "inconclusive"),
        (GONE, {"zt"}, "pass"),
        (MORE, {"ybtse"}, "pass"),  # where it is right it is not there
        (REFUSED_NOW, set(), "pass"),
    ],
)
def test_a_field_that_no_answer_had_is_not_proven_right(
    problem: Difference, fields: set[str], verdict: str
) -> None:
    ledger = merged(replay(transaction(problem)))
    only(ledger).say(LATER, "solved", "", "")
    later = replay(transaction()._replace(fields=fields), run="next", begun=LAST, at=LAST)
    merge_replay(ledger, later, "replay.json")
    assert standing(ledger).verdict == verdict
    del later["compared"]
    merge_replay(ledger, later, "replay.json")
    assert standing(ledger).verdict == "pass", "an older one does not tell"
