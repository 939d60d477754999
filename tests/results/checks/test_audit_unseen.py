"""Audits of targets and files in which something is wrong that seems to be fine, and the other way about."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest

from results.checks.audit.changes import find_unasked
from results.checks.audit.classes import Audit
from results.checks.audit.document import document
from results.checks.audit.intents import Intents, Write
from results.checks.audit.model import AuditResult, Reading, Record, Settled
from results.checks.ledger.merge import merge_audit
from results.checks.ledger.model import Ledger
from results.verdict.checks.audit import audited
from results.verdict.run_summary import Judgement
from tests.results.checks.audits import LAST, LATER, RULE, WELL, record, write

BEGAN = 1_442_000_000_000
SAVED = {"by": ["djxh"], "key": ["djxh"], "compare": ["djxh"]}


def judged(
    writes: list[Write], records: list[Record], rule: dict[str, Any] = RULE, **reading: Any
) -> AuditResult:
    return Audit("declaration.submit", rule, BEGAN).judge(writes, Reading(records, **reading))


def counts(account: AuditResult) -> dict[str, int]:
    left_out = ("acknowledged", "unknown", "refused", "found", "found_acknowledged")
    return {name: n for name, n in account.counts.items() if n and name not in left_out}


def unknown(n: int, **values: Any) -> Write:
    return write(n, **{"pzxh": None, **values})._replace(fate="info", ended_ms=0)


@pytest.mark.parametrize(
    ("sent", "held", "same"),
    [
        ("12.345", "99.999", False),  # neither is a number of fen, and they are not one
        (None, "12,34", False),
        (None, "NULL", False),
        ("nan", "inf", False),
        ("12.345", "12.345", True),
        (None, "", True),
        ("12.30", 1230, True),
    ],
)
def test_two_amounts_that_are_none_are_the_same_only_if_they_say_the_same(
    sent: Any, held: Any, same: bool
) -> None:
    account = judged([write(1, tax=sent), write(2)], [record(1, tax=held), record(2)])
    assert counts(account) == ({"stable": 2} if same else {"stable": 1, "altered": 1})


@pytest.mark.parametrize(
    ("found", "figure"),
    [
        (WELL, [2, 2]),
        ([*WELL[1:], WELL[1]], [1, 2]),  # one lost, another there twice, of the same amount and tax kind
        ([record(0, form="B"), *WELL[1:]], [0, 2]),  # of another kind: neither book agrees
        ([record(0, code="12"), *WELL[1:]], [2, 2]),  # no money: that is correctness
    ],
)
def test_a_book_agrees_where_each_write_has_its_record_and_not_where_sums_do_by_accident(
    found: list[Record], figure: list[int]
) -> None:
    writes = [write(n, tax=500, form="A" if n < 8 else "B") for n in range(10)]
    records = [
        one._replace(
            values={**one.values, "tax": 500, **({"form": "B"} if one.values["djxh"] > "d7" else {})}
        )
        for one in found
    ]
    told = document("r", [judged(writes, records)], [], [], LAST, 0.1, "target")
    assert told["figures"]["consistency"] == figure
    accident = found[-1] is found[0]
    assert not accident or [row["difference_fen"] for row in told["sums"]] == [0, 0]


def test_what_has_no_amounts_is_one_book_and_what_was_not_read_is_none() -> None:
    rule = {"by": ["pzxh"], "key": ["djxh"], "compare": ["code"]}

    def consistency(records: list[Record], **reading: Any) -> list[int]:
        account = judged([write(1), write(2)], records, rule, **reading)
        return list(document("r", [account], [], [], LAST, 0.1, "target")["figures"]["consistency"])

    assert consistency([record(1), record(2)]) == [1, 1]
    assert consistency([record(1)]) == [0, 1]
    assert consistency([record(1), record(1)]) == [0, 1]
    assert consistency([record(1)], failed="HTTP 500") == [0, 0]


VOID = {"by": ["pzxh"], "changes": "declaration.submit", "expect": {"voided": 1}, "alone": True}


def voided(asked: list[Write], records: list[Record], **reading: Any) -> AuditResult:
    account = AuditResult("declaration.void")
    find_unasked(account, VOID, asked, [write(n) for n in (1, 2)], Reading(records, **reading))
    return account


def test_a_filing_that_is_void_and_that_nobody_asked_to_void_is_unexpected() -> None:
    records = [record(1, voided="1"), record(2, voided=0), record(7, voided=1)]
    (one,) = voided([], records).findings
    assert (one.kind, one.field, one.expected, one.found) == ("unexpected", "voided", "", "1")
    assert one.record["pzxh"] == "p1", "of p7 the run wrote nothing"
    assert voided([], records, fresh=True).counts["unexpected"] == 2, "and there was nothing before"


@pytest.mark.parametrize(
    ("fate", "serial", "found"),
    [("ok", "p1", 0), ("info", "p1", 0), ("fail", "p1", 1), ("ok", "p2", 1), ("ok", None, 0)],
)
def test_what_was_asked_for_is_no_surprise(fate: Any, serial: str | None, found: int) -> None:
    """Also where an acknowledged one does not say what it voided: it is unverified itself."""
    asked = [write(1, pzxh=serial)._replace(fate=fate, operation="declaration.void")]
    assert voided(asked, [record(1, voided=1)]).counts["unexpected"] == found


def test_what_could_not_be_read_surprises_nobody() -> None:
    assert voided([], [record(1, voided=1)], failed="HTTP 500").findings == []


@pytest.mark.parametrize(
    ("rule", "times", "fresh", "stable"),
    [
        (SAVED, None, True, 1),  # nothing was there before
        (SAVED, None, False, 1),  # and a doubt: it may be of an earlier run
        ({**SAVED, "since": "at"}, BEGAN + 9, False, 1),
        ({**SAVED, "since": "at"}, BEGAN - 1_800_000, False, 0),
    ],
)
def test_what_an_earlier_run_registered_does_not_stand_for_what_this_one_lost(
    rule: dict[str, Any], times: int | None, fresh: bool, stable: int
) -> None:
    """A taxpayer who is registered again is known by what was sent alone."""
    others = [(write(n), record(n)._replace(at_ms=BEGAN + 5)) for n in (2, 3)]
    known = [one for _, one in others] if times else []
    account = judged(
        [write(1), *(one for one, _ in others if times)], [record(1)._replace(at_ms=times), *known], rule,
        fresh=fresh,
    )  # fmt: skip
    assert account.counts["stable"] == stable + len(known)
    well = fresh or (times is not None and times > BEGAN)
    assert (account.problems == [] and not account.counts["unverified"]) is well


def test_records_that_are_all_half_an_hour_older_are_of_before_and_no_clock() -> None:
    """All of the run's registrations are lost; those of the run before it, of the same people, are there."""
    records = [record(n)._replace(at_ms=BEGAN - 1_800_000 + n) for n in range(5)]
    account = judged([write(n) for n in range(5)], records, {**SAVED, "since": "at"})
    assert [why for why in account.problems if "older than their writes" in why]
    serials = judged([write(n) for n in range(5)], records, {**RULE, "since": "at"})
    assert (serials.problems, serials.counts["stable"]) == ([], 5), (
        "a serial of the run's own was given in it"
    )


WHOLE_S = BEGAN // 1000 * 1000


@pytest.mark.parametrize(("unit_ms", "before_ms"), [(1000, 1000), (60_000, 60_000), (86_400_000, 86_400_000)])
def test_what_was_stored_in_the_first_second_is_not_of_before(unit_ms: int, before_ms: int) -> None:
    """Times in whole seconds, minutes or days: the run began in the middle of one."""
    began = BEGAN // unit_ms * unit_ms + unit_ms * 9 // 10

    def stored(n: int, at: int, serial: str) -> Record:
        return record(n, pzxh=serial)._replace(at_ms=at // unit_ms * unit_ms)

    writes = [write(n)._replace(began_ms=began + n, ended_ms=began + n + 9) for n in range(4)]
    records = [stored(n, began + n, f"p{n}") for n in range(4)]
    again, lost_answer = stored(1, began + 2, "q"), stored(5, began + 2, "r")
    old = stored(9, began - before_ms, "s")
    later = [*writes, unknown(5)._replace(began_ms=began + 1)]
    account = Audit("a.b", {**RULE, "since": "at"}, began).judge(
        later, Reading([*records, again, lost_answer, old])
    )
    assert counts(account) == {"stable": 4, "duplicated": 1, "recovered": 1, "before": 1}


def test_records_without_the_fields_that_tell_them_apart_are_not_lost_but_unreadable() -> None:
    """`columns:` or `rows:` names a wrong path: thousands of filings would be called lost."""
    bare = [Record({"id": n, "amount": 5}) for n in range(3)]
    for fresh in (True, False):
        account = judged([write(n) for n in range(3)], bare, fresh=fresh)
        assert (account.counts["lost"], account.counts["unexpected"]) == (0, 0)
        assert account.counts["unverified"] >= 3
        assert account.problems == ["what was read of declaration.submit has no field pzxh"]
    assert counts(judged([write(0)], [record(1, pzxh=None, djxh=None)]))["lost"] == 1, "it has them, and none"


def test_a_key_that_is_written_otherwise_finds_nothing_and_is_told() -> None:
    moment = datetime(2015, 9, 11, 8, tzinfo=UTC)
    rule = {**RULE, "key": ["djxh", "at"], "compare": ["at"]}
    sent, held = write(1, at="2015-09-11T16:00:00+08:00"), record(1, at=moment)
    account = judged([sent], [held], rule)
    assert (account.findings, account.counts["stable"]) == ([], 1)
    assert account.problems == [
        "records of declaration.submit write at otherwise than it was sent; no key finds them"
    ]
    assert judged([sent], [record(1, at="2015-09-11T16:00:00+08:00")], rule).problems == []


def test_a_record_with_the_serial_of_a_write_and_another_key_is_not_taken_for_an_old_one() -> None:
    account = judged([write(1)], [record(1), record(1, djxh="d9")])
    assert counts(account) == {"stable": 1, "unverified": 1}
    assert counts(judged([write(1)], [record(1), record(1, djxh="d9")], fresh=True))["unexpected"] == 1


@pytest.mark.parametrize(
    ("at_ms", "fresh", "word"),
    [(None, False, "unverified"), (None, True, "unexpected"), (BEGAN + 5, False, "unexpected"),
     (BEGAN - 5_000, False, "before")],
)  # fmt: skip
def test_what_a_refused_write_would_have_made_may_be_why_it_was_refused(
    at_ms: int | None, fresh: bool, word: str
) -> None:
    refused = write(1)._replace(fate="fail")
    account = judged([refused], [record(1)._replace(at_ms=at_ms)], fresh=fresh)
    assert counts(account) == {word: 1}


READ = {"by": ["pzxh"], "compare": ["code"], "read": "declaration.query"}


@pytest.mark.parametrize(
    ("rule", "reading", "unseen"),
    [
        (READ, {"whole": False}, True),  # asked by the serial: a second record has another one
        ({**READ, "rows": "rows"}, {"whole": False}, True),
        ({**READ, "key": ["djxh"]}, {"whole": False}, True),  # one answer shows one record
        ({**READ, "rows": "rows", "key": ["djxh"]}, {"whole": False}, False),
        ({**READ, "rows": "rows", "ask": ["djxh"]}, {"whole": False}, False),
        ({**READ, "rows": "rows", "ask": ["pzxh"], "key": ["djxh"]}, {"whole": False}, True),
        (RULE, {}, False),
        ({"by": ["pzxh"]}, {}, True),  # a list, to which others have written before, without a time
        ({"by": ["pzxh"], "since": "at"}, {}, False),
        ({"by": ["pzxh"]}, {"fresh": True}, False),
    ],
)
def test_no_second_record_is_no_proof_where_nothing_would_show_one(
    rule: dict[str, Any], reading: dict[str, Any], unseen: bool
) -> None:
    account = judged([write(1)], [record(1)], rule, **reading)
    told = document("r", [account], [], [], LAST, 0.1, "target")
    assert told["unseen"] == ({"duplicated": ["declaration.submit"]} if unseen else {})
    before = Judgement("pass", [], [], [])
    asked = audited(before, {"required": True, "most": {"lost": 0, "duplicated": 0}}, told)
    assert asked.verdict == ("inconclusive" if unseen else "pass")
    assert [one.code for one in asked.why] == ["audit.unseen"] * unseen
    assert [row.passed for row in asked.thresholds] == [True, None if unseen else True]
    other = audited(before, {"required": True, "most": {"lost": 0}}, told)
    assert (other.verdict, other.why) == ("pass", []), "who does not bound it is not told"


def test_a_second_record_that_is_seen_all_the_same_fails() -> None:
    account = judged([write(1)], [record(1), record(1)], READ, whole=False)
    told = document("r", [account], [], [], LAST, 0.1, "target")
    found = audited(Judgement("pass", [], [], []), {"required": True, "most": {"duplicated": 0}}, told)
    assert (found.verdict, [one.code for one in found.why]) == ("fail", ["audit.found"])


def test_an_audit_that_would_not_see_it_proves_no_problem_solved() -> None:
    ledger = Ledger()
    of: list[tuple[dict[str, Any], str, dict[str, Any]]] = [
        (RULE, LATER, {}),
        (READ, LAST, {"whole": False}),
    ]
    for rule, at, reading in of:
        account = judged([write(1)], [record(1)], rule, **reading)
        told = json.loads(json.dumps(document("r", [account], [], [], at, 0.1, "target")))
        merge_audit(ledger, told, "audit.json")
    assert [one.covered for one in ledger.audits] == [["declaration.submit"], []]


def test_what_agreed_before_is_counted_for_the_times_of_the_others() -> None:
    """Of settled writes only how far apart their times are is known, and what all are multiples of."""
    fine = Settled("a.b", 2, {}, apart=lambda: ([-1, -1], 1))
    whole = Settled("a.b", 2, {}, apart=lambda: ([-1, -1], 1000))
    old = record(9)._replace(at_ms=WHOLE_S)
    rule = {**RULE, "since": "at"}
    for settled, word in ((fine, "before"), (whole, "unexpected")):
        account = Audit("a.b", rule, WHOLE_S + 900).judge([], Reading([old], settled=settled))
        assert counts(account) == {"stable": 2, word: 1}


@pytest.mark.parametrize(
    ("behind_ms", "ahead_ms", "word"),
    [
        (500, 0, "unexpected"),
        (1500, 0, "after"),
        (-500, 0, "unexpected"),
        (1500, 120_000, "after"),  # the target's clock is two minutes ahead
        (500, 120_000, "unexpected"),
        (1500, 8 * 3_600_000, "after"),
        (500, 8 * 3_600_000, "unexpected"),
        (1500, -120_000, "after"),
        (500, -120_000, "unexpected"),
    ],
)
def test_what_another_run_wrote_later_is_not_unexpected_of_this_one(
    behind_ms: int, ahead_ms: int, word: str
) -> None:
    """As when a run is audited again while others went on at the same target."""
    writes = [write(n)._replace(began_ms=BEGAN + 100 * n, ended_ms=BEGAN + 100 * n) for n in range(9)]
    records = [record(n)._replace(at_ms=BEGAN + 100 * n + ahead_ms) for n in range(9)]
    last = BEGAN + 800
    other = record(20)._replace(at_ms=last + behind_ms + ahead_ms)
    rule = {**RULE, "since": "at"}
    account = Audit("a.b", rule, BEGAN, last).judge(writes, Reading([*records, other]))
    assert counts(account) == {"stable": 9, word: 1}
    again = record(3, pzxh="x")._replace(at_ms=last + 3_600_000 + ahead_ms)
    twice = Audit("a.b", rule, BEGAN, last).judge(writes, Reading([*records, again]))
    assert counts(twice) == {"stable": 9, "duplicated": 1}, "a job at night that books all anew"
    fresh = Audit("a.b", rule, BEGAN, last).judge(writes, Reading([*records, other], fresh=True))
    assert counts(fresh)["unexpected"] == 1


def test_the_last_write_of_a_run_is_the_last_that_began_or_was_acknowledged() -> None:
    slow = write(1)._replace(began_ms=5, ended_ms=70)
    cut = unknown(2)._replace(began_ms=60, ended_ms=90)
    assert (Intents({"a": [slow], "b": [cut]}).ended_ms, Intents({"b": [cut]}).ended_ms) == (70, 60)
    assert Intents().ended_ms == 0
