"""Written journeys: loops, conditions, choices, pauses; what they declare; rows of files."""

from __future__ import annotations

from collections import Counter
from pathlib import Path
from typing import Any

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st
from pydantic import TypeAdapter

from generators.taxpayers.population import Population
from renhai.binding.codec import Reply
from renhai.core.errors import UsageError
from renhai.load.engine.written import walk_of
from renhai.plan.model import Iterations
from renhai.plan.parts.written import AnyWritten, written
from renhai.spec.journeys.cases import Exhausted, Partition, TaxpayerPool
from renhai.spec.journeys.registry import THINK, planned_steps
from renhai.spec.journeys.written.conditions import parse
from renhai.spec.journeys.written.data import Deck, Finished, Table, kept_rows, read_table
from renhai.spec.journeys.written.declared import declared
from renhai.spec.journeys.written.steps import WrittenJourney
from renhai.spec.loader import load_scenario

PLANNED = TypeAdapter(tuple[AnyWritten, ...])


def steps_of(text: str) -> Any:
    return TypeAdapter(WrittenJourney).validate_python(yaml.safe_load(text))


def desk(**decks: Deck) -> TaxpayerPool:
    pool = TaxpayerPool(Population(7, "gt3_2015"), Partition(3))
    pool.decks = dict(decks)
    return pool


def walked(
    text: str, answers: Any = None, pool: TaxpayerPool | None = None
) -> list[tuple[str, dict[str, Any]]]:
    """What a journey sends where `answers(operation, number)` is the data of each answer."""
    plan = PLANNED.validate_json(PLANNED.dump_json(written(steps_of(text))))
    walk, sent, reply = walk_of(plan)(pool or desk()), [], None
    try:
        while True:
            sent.append(walk.send(reply))  # type: ignore[arg-type]
            data = answers(sent[-1][0], len(sent)) if answers else {}
            reply = Reply("ok", data, "", "")
    except StopIteration as stop:
        return [*sent, ("done", {"": stop.value})]


def names(sent: list[tuple[str, dict[str, Any]]]) -> list[str]:
    return [name for name, _ in sent[:-1]]


PAGES = """
- while: reply.next != null
  at_most: 5
  usually: 50%
  steps: [{send: item.page, fields: {page: "${reply.next}", n: "${loop}"}}]
"""


def test_a_loop_goes_on_while_its_condition_holds_and_never_beyond_its_bound() -> None:
    sent = walked("- item.first" + PAGES, lambda name, n: {"next": n + 1 if n < 4 else None})
    assert names(sent) == ["item.first", "item.page", "item.page", "item.page"]
    assert [fields for _, fields in sent[1:4]] == [
        {"page": 2, "n": 0},
        {"page": 3, "n": 1},
        {"page": 4, "n": 2},
    ]
    assert len(names(walked("- item.first" + PAGES, lambda name, n: {"next": n}))) == 6
    assert names(walked("- item.first" + PAGES)) == ["item.first"]


def test_repeat_if_and_choose() -> None:
    text = "- repeat: 2\n  steps: [a.one, {repeat: 2, steps: [{send: a.two, fields: {n: '${loop}'}}]}]\n"
    assert [(name, fields.get("n")) for name, fields in walked(text)[:-1]] == [
        ("a.one", None), ("a.two", 0), ("a.two", 1), ("a.one", None), ("a.two", 0), ("a.two", 1),
    ]  # fmt: skip
    text = "- a.one\n- {if: 'reply.s == \"open\"', then: [a.two], else: [a.three]}\n- a.four\n"
    assert names(walked(text, lambda *_: {"s": "open"})) == ["a.one", "a.two", "a.four"]
    assert names(walked(text, lambda *_: {"s": "shut"})) == ["a.one", "a.three", "a.four"]
    pool = desk()
    text = "- {choose: [{weight: 3, steps: [a.one]}, {weight: 1, steps: [a.two]}]}\n"
    seen = Counter(names(walked(text, pool=pool))[0] for _ in range(400))
    assert 260 <= seen["a.one"] <= 340  # 300 of 400; the dice are seeded


def test_a_pause_is_no_operation_and_a_refusal_ends_the_journey_wherever_it_is() -> None:
    sent = walked("- a.one\n- think: 2s\n- {think: {uniform: [1s, 3s]}}\n- a.two\n")
    assert names(sent) == ["a.one", THINK, THINK, "a.two"]
    assert sent[1][1] == {"seconds": 2.0} and 1 <= sent[2][1]["seconds"] <= 3
    walk = walk_of(written(steps_of("- {repeat: 3, steps: [a.one]}\n- a.two\n")))(desk())
    next(walk)
    with pytest.raises(StopIteration) as stop:
        walk.send(Reply("rejected", {}, "", ""))
    assert stop.value.value is False


def test_what_is_declared_holds_a_run_to_what_is_certain_and_no_further() -> None:
    found = planned_steps(
        declared(
            steps_of(
                "- a.one\n- {repeat: 3, steps: [a.two]}\n- {if: reply.x, then: [a.three]}\n"
                "- {if: reply.x, usually: 40%, then: [a.four], else: [a.five]}\n"
                "- {choose: [{weight: 3, steps: [a.six]}, {weight: 1}]}\n"
            )
            + steps_of(PAGES)
        )
    )
    assert found["a.one"] == {"each": 1, "new": 0, "many": False, "least": None}
    assert found["a.two"]["each"] == 3
    assert found["a.three"]["least"] == 1e-9  # nobody said how often
    shares = {name: found[name]["least"] for name in ("a.four", "a.five", "a.six", "item.page")}
    assert shares == pytest.approx({"a.four": 0.2, "a.five": 0.3, "a.six": 0.375, "item.page": 0.25})
    assert found["item.page"]["many"]


@pytest.mark.parametrize(
    ("text", "holds"),
    [
        ("reply.a", True), ("not reply.a", False), ("reply.none", False), ("not reply.none.deeper", True),
        ("reply.a == 7", True), ('reply.a == "7"', False), ("reply.a != 7", False),
        ("reply.b == false", True), ("reply.a >= 7", True), ("reply.a < 7", False),
        ("reply.t < 7.5", True), ("reply.rows.1.id == 2", True),
        ("reply.empty", False), ("reply.none == null", True),
    ],
)  # fmt: skip
def test_conditions(text: str, holds: bool) -> None:
    reply = {"a": 7, "b": False, "t": "7", "rows": [{"id": 1}, {"id": 2}], "empty": []}
    assert parse(text)[1]({"reply": reply}) is holds


@pytest.mark.parametrize(
    "text", ["reply.x = 3", "reply.x == open", "not reply.x == 3", "3 < reply.x", "", "reply.x < true"]
)
def test_what_is_no_condition(text: str) -> None:
    with pytest.raises(ValueError):
        parse(text)


def test_an_order_of_what_is_no_number_breaks_the_journey_and_is_never_just_false() -> None:
    for value in (None, True, "x", []):
        with pytest.raises(ValueError, match="is no number, so it has no order"):
            parse("reply.x < 3")[1]({"reply": {"x": value}})


# Rows


def table(rows: int) -> Table:
    return Table(("id",), tuple((str(n),) for n in range(rows)), "")


@given(
    st.integers(1, 60),
    st.integers(1, 6),
    st.sampled_from(["in order", "at random", "unique"]),
    st.integers(0, 9),
)
def test_no_row_is_dealt_twice_over_all_workers_before_the_end(
    rows: int, slots: int, take: Any, seed: int
) -> None:
    dealt: list[str] = []
    for slot in range(slots):
        deck = Deck("d", table(rows), take, "stop", slot, slots, seed)
        with pytest.raises(Finished):
            while True:
                dealt.append(deck.draw()["id"])
    assert sorted(dealt, key=int) == [str(n) for n in range(rows)]


@given(st.lists(st.integers(0, 5), min_size=1, max_size=6), st.integers(0, 9))
def test_operators_have_a_row_each_however_they_are_spread_over_workers(spread: list[int], more: int) -> None:
    """What is left over is dealt as well, for who takes the place of a lost one's operators."""
    readers, slots = sum(spread), len(spread)
    kept = [
        kept_rows(readers + more, sum(spread[:slot]), here, readers, slot, slots, again)
        for again in (False, True)
        for slot, here in enumerate(spread)
    ]
    for dealt in (kept[:slots], kept[slots:]):
        assert sorted(number for one in dealt for number in one) == list(range(readers + more))
        assert all(len(one) >= here for one, here in zip(dealt, spread, strict=True))


@given(st.lists(st.integers(0, 5), min_size=1, max_size=6), st.integers(1, 9))
def test_of_fewer_rows_some_have_none_or_share_one_as_it_is_said(spread: list[int], rows: int) -> None:
    readers, slots = max(sum(spread), rows), len(spread)
    strict, shared = (
        [
            kept_rows(rows, sum(spread[:slot]), here, readers, slot, slots, again)
            for slot, here in enumerate(spread)
        ]
        for again in (False, True)
    )
    assert sorted(number for one in strict for number in one) == list(range(min(sum(spread), rows)))
    assert [len(one) for one in shared] == spread
    assert {number for one in shared for number in one} <= set(range(rows))


def test_at_its_end_a_file_begins_again_stops_or_is_an_error() -> None:
    deck = Deck("d", table(3), "in order", "again")
    assert [deck.draw()["id"] for _ in range(7)] == list("0120120")
    deck = Deck("d", table(3), "at random", "again", seed=1)
    rounds = [[deck.draw()["id"] for _ in range(3)] for _ in range(20)]
    assert all(sorted(one) == list("012") for one in rounds) and len(set(map(tuple, rounds))) > 1
    deck = Deck("d", table(1), "in order", "error")
    deck.draw()
    with pytest.raises(Exhausted, match=r"the rows of data\.d that a worker has were all taken: 1"):
        deck.draw()


def test_a_unique_row_is_held_by_one_at_a_time() -> None:
    deck = Deck("d", table(2), "unique", "again")
    one, two = deck.draw(), deck.draw()
    with pytest.raises(Exhausted):
        deck.draw()
    deck.give_back(two)
    assert deck.draw()["id"] == two["id"] != one["id"]
    never_again = Deck("d", table(1), "unique", "error")
    never_again.give_back(never_again.draw())
    with pytest.raises(Exhausted):
        never_again.draw()


def test_a_journey_uses_its_row_throughout_and_gives_it_back() -> None:
    deck = Deck("accounts", Table(("user", "pw"), (("ann", "1"), ("bob", "2")), ""), "unique", "again")
    text = "- {send: a.in, fields: {u: '${accounts.user}'}}\n- {send: a.out, fields: {p: '${accounts.pw}'}}\n"
    pool = desk(accounts=deck)
    first = [walked(text, pool=pool) for _ in range(4)]
    assert [(sent[0][1]["u"], sent[1][1]["p"]) for sent in first] == [("ann", "1"), ("bob", "2")] * 2


@pytest.mark.parametrize(
    ("data", "said"),
    [
        (b"user,pw\na,1\nb,2,3\n", "rows.csv:3: has 3 values, the header has 2 columns"),
        (b"user,user\na,1\n", "rows.csv:1: has 'user' among its columns"),
        (b"user name\na\n", "rows.csv:1: has 'user name' among its columns"),
        (b"user\n", "rows.csv: has a header and no row"),
        (b"", "rows.csv: is empty"),
        (b'user\n"a\n', "rows.csv:2: is not CSV"),
        (b"user\n\xff\xff\n", "rows.csv: is neither UTF-8 nor GB18030"),
    ],
)
def test_a_file_that_is_no_table_is_refused_by_its_line(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, data: bytes, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("rows.csv").write_bytes(data)
    with pytest.raises(UsageError) as refused:
        read_table(Path("rows.csv"))
    assert said in str(refused.value)


def test_files_come_as_excel_and_older_systems_write_them(tmp_path: Path) -> None:
    (tmp_path / "bom.csv").write_bytes('\ufeff名称,n\r\n"甲,乙",1\r\n'.encode())
    (tmp_path / "gbk.csv").write_bytes("名称,n\n国家税务局,1\n".encode("gbk"))
    assert read_table(tmp_path / "bom.csv").rows == (("甲,乙", "1"),)
    assert read_table(tmp_path / "gbk.csv").rows == (("国家税务局", "1"),)


TARGET = """name: t
environment: test
url: http://127.0.0.1:1
success: {success: any}
operations:
  a.in: {path: /in, body: {u: "${DATA:accounts.user}"}}
  a.b: {path: /b}
"""
DATA = "data: {accounts: {file: accounts.csv, each: operator}}\n"
SCENARIO = f"""name: s
target: t.yaml
{DATA}load: {{arrivals: {{rate: 5/s, journeys: {{j.a: 1}}}}, stages: [{{hold: 5s}}]}}
thresholds: {{run: [errors <= 3]}}
journeys:
  j.a: [a.in, {{send: a.b, fields: {{u: "${{accounts.user}}"}}}}]
"""


@pytest.mark.parametrize(
    ("change", "said"),
    [
        (("a.in, ", ""), ""),
        ((DATA, ""), "holds ${DATA:accounts.user}; the scenario has no data.accounts"),
        ((", each: operator", ""), "is dealt to journeys; give it each: operator"),
        (("${accounts.user}", "${accounts.usr}"), "data.accounts has no column usr; did you mean 'user'?"),
        (("${accounts.user}", "${taxpayer.name}"), "s.yaml:3: data.seed is missing; add it"),
        (("accounts.csv", "gone.csv"), "s.yaml:3: data.accounts is gone.csv; there is no such file"),
        (("each: operator", "take: uniq"), "data.accounts.take is uniq; must be one of in order, "),
        (("[a.in, ", "[{repeat: 3, stepps: [a.b]}, "), "stepps is not a known key; did you mean 'steps'?"),
        (("[a.in, ", "[{while: reply.x, steps: [a.b]}, "), "j.a\"[0].at_most is missing"),
        (("[a.in, ", "[{if: reply.x = 1, then: [a.b]}, "), "j.a\"[0].if is reply.x = 1; is no condition"),
        (("[a.in, ", "[{repeat: 2, steps: [a.x]}, "), 'j.a"[0].steps[0] is a.x; no such operation of t'),
        (("[a.in, ", "[{think: 2}, "), "has no unit"),
        (("[a.in, ", "[{choose: [{steps: [a.b]}]}, "), "must have at least 2 entry"),
        (("stages", "iterations: {run: 3, operator: 2}, stages"), "must be exactly one of operator and run"),
        (("stages", "iterations: {operator: 2}, stages"), "has iterations of an operator without operators"),
    ],
)  # fmt: skip
def test_every_new_key_is_checked_before_the_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, change: tuple[str, str], said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("t.yaml").write_text(TARGET)
    Path("accounts.csv").write_text("user,pw\nann,1\n")
    Path("s.yaml").write_text(SCENARIO.replace(*change))
    if not said:
        assert load_scenario("./s.yaml").scenario.data.files["accounts"].end == "again"
        return
    with pytest.raises(UsageError) as refused:
        load_scenario("./s.yaml")
    assert said in str(refused.value)


@given(st.integers(1, 1000), st.integers(1, 40))
def test_iterations_of_a_run_are_shared_out_to_the_last(run: int, seats: int) -> None:
    counted = Iterations(run=run)
    assert sum(counted.of_seat(seat, seats) for seat in range(seats)) == run
    assert sum(counted.of_slot(slot, seats) or 0 for slot in range(seats)) == run
    assert Iterations(operator=run).of_seat(0, seats) == run
