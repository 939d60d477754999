"""A target that acknowledges, and holds, another value than it was sent has altered it."""

from __future__ import annotations

from typing import Any

import pytest

from results.checks.audit.classes import Audit, spread
from results.checks.audit.intents import Write
from results.checks.audit.model import AuditResult, Reading, Record

RULE: dict[str, Any] = {
    "by": ["pzxh"], "key": ["djxh"], "compare": ["djxh", "day", "pzxh"], "amounts": ["tax"],
}  # fmt: skip
SENT: dict[str, Any] = {"djxh": "10", "day": "2015-09-01", "tax": 10_000}


def write(n: int, fate: Any = "ok", **said: Any) -> Write:
    """Sent as `SENT`, but for the taxpayer, who is 100 and n; the answer says what is given."""
    sent = {**SENT, "djxh": f"{100 + n}", "pzxh": "new"}
    told = {**sent, "pzxh": f"p{n}", **said}
    asked = {name: value for name, value in sent.items() if told[name] != value}
    return Write((0, n, 0), "a.b", fate, 1000, 1005, told, "", asked)


def judged(*writes: Write, **rule: Any) -> AuditResult:
    """All is held as it was acknowledged."""
    return Audit("a.b", {**RULE, **rule}).judge(
        writes, Reading([Record(one.values) for one in writes], fresh=True)
    )


def findings(found: AuditResult) -> list[tuple[str, str, str, str]]:
    return [(one.kind, one.field, one.expected, one.found) for one in found.findings]


PLAIN = [write(n) for n in range(1, 9)]


def test_what_is_answered_as_it_was_sent_is_stable_and_a_serial_is_none_that_was_sent() -> None:
    found = judged(*PLAIN)
    assert (found.counts["stable"], findings(found), found.problems) == (8, [], [])


@pytest.mark.parametrize(
    ("said", "told"),
    [
        ({"tax": 100_000}, ("altered", "tax", "100.00", "1,000.00")),
        ({"tax": "100.01"}, ("altered", "tax", "100.00", "100.01")),
        ({"tax": ""}, ("altered", "tax", "100.00", "")),
        ({"djxh": "205"}, ("altered", "djxh", "100", "205")),  # another taxpayer's
        ({"day": "2015-10-01"}, ("altered", "day", "2015-09-01", "2015-10-01")),
        ({"day": ""}, ("altered", "day", "2015-09-01", "")),
    ],
)
def test_another_value_in_answer_and_record_is_altered(
    said: dict[str, Any], told: tuple[str, str, str, str]
) -> None:
    found = judged(write(0, **said), *PLAIN)
    assert findings(found) == [told]
    assert (found.counts["altered"], found.counts["stable"]) == (1, 8)


@pytest.mark.parametrize(
    "said",
    [
        {"tax": "100.00"}, {"tax": 10_000}, {"tax": "100"}, {"djxh": "0000100"}, {"djxh": 100},
        {"djxh": "100 "},
        {"day": "20150901"}, {"day": "2015/09/01"}, {"day": "2015-09-01T00:00:00"},
        {"day": "2015-09-01 00:00:00"},
    ],
)  # fmt: skip
def test_the_same_written_otherwise_is_the_same(said: dict[str, Any]) -> None:
    found = judged(write(0, **said), *PLAIN)
    assert (findings(found), found.counts["stable"]) == ([], 9)


def test_what_was_not_acknowledged_was_not_answered() -> None:
    found = judged(write(0, "info", tax=100_000), *PLAIN)
    assert (findings(found), found.counts["recovered"]) == ([], 1)


def test_a_field_that_each_answer_writes_another_way_is_the_target_s_way() -> None:
    """As of another list of codes; two of them are too few to say so."""
    every = [write(n, djxh=f"X{n}") for n in range(4)]
    assert findings(judged(*every)) == []
    assert [one[1:] for one in findings(judged(*every[:2]))] == [("djxh", "100", "X0"), ("djxh", "101", "X1")]
    assert len(findings(judged(*every, write(5)))) == 4


def test_an_amount_that_each_answer_says_otherwise_is_no_one_s_way_and_nobody_knows_it() -> None:
    found = judged(*(write(n, tax=1_000_000) for n in range(4)))
    assert (findings(found), found.problems) == ([], ["each answer of a.b says another tax than was sent"])


def test_what_is_held_as_it_was_sent_and_answered_otherwise_is_told_once() -> None:
    one = write(0, tax=100_000)
    records = [Record({**one.values, "tax": 10_000}), *(Record(other.values) for other in PLAIN)]
    found = Audit("a.b", RULE).judge([one, *PLAIN], Reading(records, fresh=True))
    assert findings(found) == [("altered", "tax", "1,000.00", "100.00")]


def test_entries_have_their_own_values() -> None:
    one = write(0, tax=100_000)._replace(
        values={**SENT, "tax": 100_000, "items": [{"tax": "5.00"}, {"no": 2}]}
    )
    assert [entry.asked.get("tax") for entry in spread([one], "items", ["tax"])] == [None, 10_000]
