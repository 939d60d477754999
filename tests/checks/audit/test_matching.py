"""What DuckDB settles is what the judge in Python would have found well: one account, with and without it."""

from __future__ import annotations

import csv
from pathlib import Path
from typing import Any

import pytest
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from renhai.checks.audit.matching import matched
from renhai.checks.audit.whole import Gathering, Sources, named_fields, with_amounts
from results.checks.audit.balances import check
from results.checks.audit.document import document
from results.checks.audit.faults import Units
from results.checks.audit.intents import intent_files, read_intents
from tests.checks.audit.written import Told, intent_file
from tests.share import examples

RULES: dict[str, Any] = {
    "a.b": {"list": "a.l", "by": ["pzxh"], "key": ["djxh", "period"], "compare": ["djxh", "name"],
            "amounts": ["tax", "more"], "tax": "form", "since": "received", "unit": "unit"},
    "a.void": {"changes": "a.b", "by": ["pzxh"], "expect": {"voided": 1}, "alone": True},
    "a.other": {"list": "a.l", "by": ["serial"], "compare": ["djxh"]},
}  # fmt: skip
BALANCES: list[dict[str, Any]] = [
    {"name": "due", "by": ["djxh"], "where": {"voided": "0"}, "sum": {"a.b": "tax"},
     "equals": {"a.other": "paid"}},
    {"name": "known", "by": ["djxh"], "each": "a.b", "has": "a.other"},
]  # fmt: skip
NAMES = {
    "a.b": ["pzxh", "djxh", "period", "name", "tax", "more", "form"],
    "a.void": ["pzxh"],
    "a.other": ["serial", "djxh"],
}
HEADS = {
    "a.b": ["pzxh", "djxh", "period", "name", "tax", "more", "form", "received", "unit", "voided"],
    "a.other": ["serial", "djxh", "paid"],
}


def intents(
    folder: Path, writes: list[tuple[str, str, dict[str, Any]]], torn: bytes = b"", worker: int = 0
) -> None:
    """Every other worker names its values in another order. said: what answers say beside the serial."""
    (folder / "receipts").mkdir(exist_ok=True)
    names = {name: own[:: -1 if worker % 2 else 1] for name, own in NAMES.items()}
    began = 1_441_900_000_000
    told: list[Told] = []
    for number, (operation, fate, values) in enumerate(writes, 1):
        sent = [values.get(name) if name not in ("pzxh", "serial") else None for name in names[operation]]
        given = {name: values.get(name) for name in ("pzxh", "serial")} | values.get("said", {})
        said = [given.get(name) for name in names[operation]]
        if operation == "a.void":
            sent = said
        told.append(("intent", operation, began + number // 2 * 10, sent))
        if fate == "ok":
            told.append(("ok", number, began + number * 10 + 5, said))
        elif fate != "none":
            told.append((fate, number, began + number * 10 + 5, "a reason"))
    data = intent_file(names, told, worker=worker, together=4) + torn
    (folder / "receipts" / f"worker-{worker}.jsonl").write_bytes(data)


def exported(path: Path, head: list[str], rows: list[dict[str, Any]]) -> str:
    with path.open("w", encoding="utf-8", newline="") as file:
        table = csv.DictWriter(file, head, restval="")
        table.writeheader()
        table.writerows(rows)
    return str(path)


def account(folder: Path, exports: dict[str, str], fresh: bool, settle: bool) -> tuple[dict[str, Any], int]:
    """audit.json without its time, and how many pairs were settled."""
    rules = with_amounts(RULES, BALANCES)
    files, fields = intent_files(folder), named_fields(RULES, BALANCES)
    sources = Sources(exports)
    with matched(files, ("run", 1), rules, exports if settle else {}, fields, fresh, 0) as found:
        held = found.intents if found else read_intents(files, "run", 1)
        work = Gathering(rules, held, sources, lambda: pytest.fail("asks"), fresh)
        work.fields = fields if settle else None  # else by the reader in Python, all columns
        work.readings |= found.readings if found else {}
        count = sum(one.settled.count for one in work.readings.values())
        accounts = work.accounts(lambda text: None)
        equations = check(BALANCES, work.readings)
        holes = [str(hole) for hole in held.holes]
        units = Units(rules, work.readings)
        return document("run", accounts, equations, holes, "", 0.0, "", units=units), count


SERIAL = st.sampled_from(["p1", "p2", "p3", "p4", "p5", "p6", "p7", "p8", "p 9"])
ODD_SERIAL = st.one_of(SERIAL, st.sampled_from(["p1 ", "p1\t", 5, "5", 5.0, None, "", "p1\u3000"]))
AMOUNT = st.one_of(
    st.integers(-300, 300), st.just(100), st.sampled_from([None, "1.00", 1.5, "x", True, 2**63])
)
WRITE = st.fixed_dictionaries({
    "djxh": st.sampled_from(["d1", "d2", "d1 ", "", None, 7, "d\u3000"]) | st.integers(1, 10**6).map(str),
    "period": st.sampled_from(["9", 9, "10"]),
    "name": st.sampled_from(["甲", "甲 ", "", None, "a\"b,c\n", 3, 2.5, True, ["x"], "\u00e9\\"]),
    "tax": AMOUNT, "more": st.just(0) | AMOUNT, "form": st.sampled_from(["A", "A ", "B", None, "B\x85"]),
})  # fmt: skip
SAID = st.just({}) | st.fixed_dictionaries(
    {}, optional={"djxh": st.sampled_from(["d1", "d2", "07", 7]), "tax": AMOUNT, "name": st.just("乙")}
)
FATE = st.sampled_from(["ok", "ok", "ok", "fail", "info", "none"])


def shown(value: Any) -> str:
    """As an export has it: amounts of fen in yuan elsewhere."""
    return "" if value is None else str(value)


def yuan(value: Any) -> str:
    if type(value) is not int:
        return str(value)
    return f"{'-' if value < 0 else ''}{abs(value) // 100}.{abs(value) % 100:02d}"


CHANGED = {"tax": {"tax": "9.99"}, "name": {"name": "乙"}, "serial": {"pzxh": "q"}, "key": {"period": "1"}}


@settings(max_examples=examples(25), deadline=None, phases=[Phase.explicit, Phase.reuse, Phase.generate])
@given(st.data())
def test_one_account_with_and_without(tmp_path_factory: pytest.TempPathFactory, data: st.DataObject) -> None:
    folder, draw = tmp_path_factory.mktemp("run"), data.draw
    plain, writes, rows = draw(st.booleans()), [], []
    for n in range(draw(st.integers(0, 9))):
        values = draw(WRITE)
        serial = f"p{n}" if plain else draw(ODD_SERIAL)
        if plain:
            values |= {"djxh": f"d{n}", "form": "A"}
        said = draw(SAID)
        fate = draw(FATE) if not plain else "ok"
        writes.append(("a.b", fate, {**values, "pzxh": serial, "said": said}))
        values |= said if draw(st.booleans()) else {}
        row = {name: shown(value) for name, value in values.items()}
        row |= {
            "pzxh": shown(serial),
            "tax": yuan(values["tax"]),
            "more": yuan(values["more"]),
            "voided": draw(st.sampled_from(["0", "0", "0", "1"])),
        }
        row["received"] = draw(
            st.sampled_from(["1441900000", "1441900000010", "2015-09-10T15:46:40Z", "", "1"])
        )
        fault = draw(st.sampled_from(["", "", "", "lost", "twice", "tax", "name", "serial", "key"]))
        row |= CHANGED.get(fault, {})
        rows += [row] * {"lost": 0, "twice": 2}.get(fault, 1)
    for serial in draw(st.lists(ODD_SERIAL, max_size=2)):
        writes.append(("a.void", draw(FATE), {"pzxh": serial}))
    others = [{"serial": f"s{n}", "djxh": f"d{n}", "paid": "1.00"} for n in range(draw(st.integers(0, 4)))]
    writes += [("a.other", "ok", {"serial": one["serial"], "djxh": one["djxh"]}) for one in others]
    order = draw(st.permutations(range(len(writes))))
    intents(folder, [writes[place] for place in order])
    exports = {
        "a.b": exported(folder / "b.csv", HEADS["a.b"], draw(st.permutations(rows))),
        "a.other": exported(folder / "o.csv", HEADS["a.other"], others),
    }
    fresh = draw(st.booleans())
    assert account(folder, exports, fresh, True)[0] == account(folder, exports, fresh, False)[0]


def run_of(folder: Path, count: int, torn: bytes = b"") -> dict[str, str]:
    """`count` writes that are all well."""
    own = [{"pzxh": f"p{n}", "djxh": f"d{n}", "period": "9", "name": "甲", "form": "A"} for n in range(count)]
    intents(folder, [("a.b", "ok", {**one, "tax": n, "more": 0}) for n, one in enumerate(own)], torn)
    rows = [{**one, "tax": yuan(n), "more": "0", "voided": "0"} for n, one in enumerate(own)]
    others = [{"serial": f"s{n}", "djxh": f"d{n}", "paid": yuan(n)} for n in range(count)]
    return {
        "a.b": exported(folder / "b.csv", HEADS["a.b"], rows),
        "a.other": exported(folder / "o.csv", HEADS["a.other"], others),
    }


def test_what_is_well_is_settled_and_counted(tmp_path: Path) -> None:
    found, count = account(tmp_path, run_of(tmp_path, 50), True, True)
    assert count == 50
    assert (found["counts"]["stable"], found["figures"]["completeness"]) == (50, [50, 50])
    assert found["sums"][0]["held_fen"] == sum(range(50))


@pytest.mark.parametrize(
    "line",
    [
        b'[[4000000,5,0],[3', b"\n", b'["end",9]\n', b'[[4000000,0,0],[1,1441900000005000000,"p1",null]]\n',
        b'[[4000000,5,9],["a.b"]]\n', b'["well"]\n', b'[[4000000,0,0]]\n',
        b'[[4000000,0,0],[77,1441900000005000000,"p",null,null,null,null,null,null]]\n',
    ],
)  # fmt: skip
def test_a_file_with_one_odd_line_is_left_to_the_reader_that_says_so(tmp_path: Path, line: bytes) -> None:
    exports = run_of(tmp_path, 5, line)
    with matched(intent_files(tmp_path), ("run", 1), RULES, exports, {"pzxh"}, True, 0) as found:
        assert found is None


@pytest.mark.parametrize(("run", "workers"), [("another", 1), ("run", 2)])
def test_intents_of_another_run_or_not_of_all_workers_are_left_to_it_too(
    tmp_path: Path, run: str, workers: int
) -> None:
    exports = run_of(tmp_path, 5)
    with matched(intent_files(tmp_path), (run, workers), RULES, exports, {"pzxh"}, True, 0) as found:
        assert found is None


def test_writes_of_two_workers_are_settled_each_in_its_own_file(tmp_path: Path) -> None:
    """Of 40 writes in turns, the first worker's p6 is lost and the second one's p7 altered."""
    own = [
        {"pzxh": f"p{n}", "djxh": f"d{n}", "period": "9", "name": "甲", "form": "AB"[n % 2]}
        for n in range(40)
    ]
    writes = [("a.b", "ok", {**one, "tax": n, "more": 0}) for n, one in enumerate(own)]
    for worker in (0, 1):
        intents(tmp_path, writes[worker::2], worker=worker)
    rows = [
        {**one, "tax": yuan(n + (n == 7)), "more": "0", "voided": "0"} for n, one in enumerate(own) if n != 6
    ]
    others = exported(tmp_path / "o.csv", HEADS["a.other"], [])
    exports = {"a.b": exported(tmp_path / "b.csv", HEADS["a.b"], rows[::-1]), "a.other": others}
    found, count = account(tmp_path, exports, True, True)
    assert count == 38
    assert found == account(tmp_path, exports, True, False)[0]
    assert {name: found["operations"]["a.b"][name] for name in ("lost", "altered", "stable")} == {
        "lost": 1, "altered": 1, "stable": 38,
    }  # fmt: skip
    assert {row["tax"]: row["held_fen"] for row in found["sums"]} == {
        "A": sum(range(0, 40, 2)) - 6, "B": sum(range(1, 40, 2)) + 1,
    }  # fmt: skip


def test_what_an_answer_says_otherwise_than_it_was_asked_is_not_settled(tmp_path: Path) -> None:
    """p3 is answered, and held, as another taxpayer's; p5 as ten times its tax."""
    own = [{"pzxh": f"p{n}", "djxh": f"d{n}", "period": "9", "name": "甲", "form": "A"} for n in range(9)]
    said: dict[int, dict[str, Any]] = {3: {"djxh": "d77"}, 5: {"tax": 50}, 6: {"tax": 6, "djxh": "d6"}}
    told = [{**one, "tax": n, "more": 0, "said": said.get(n, {})} for n, one in enumerate(own)]
    intents(tmp_path, [("a.b", "ok", one) for one in told])
    rows = [{**one, "more": "0", "voided": "0", "tax": n} | said.get(n, {}) for n, one in enumerate(own)]
    rows = [{**row, "tax": yuan(row["tax"])} for row in rows]
    others = exported(tmp_path / "o.csv", HEADS["a.other"], [])
    exports = {"a.b": exported(tmp_path / "b.csv", HEADS["a.b"], rows), "a.other": others}
    found, count = account(tmp_path, exports, True, True)
    assert count == 7
    assert found == account(tmp_path, exports, True, False)[0]
    altered = [one for one in found["examples"] if one["kind"] == "altered"]
    assert {(one["field"], one["expected"], one["found"]) for one in altered} == {
        ("djxh", "d3", "d77"), ("tax", "0.05", "0.50"),
    }  # fmt: skip
