"""A verification's findings as problems of the ledger: counted as its verdict counts them, closed as any."""

from __future__ import annotations

import copy
import json
from pathlib import Path
from typing import Any

import pytest

from renhai.cli.app import run_cli
from results.checks.ledger.merge import merge_document
from results.checks.ledger.model import Ledger, read_ledger
from results.checks.ledger.standing import unconfirmed
from results.checks.migration.faults import migration_faults
from results.errors import SnapshotError
from tests.docs.markdown import ROOT

EXAMPLE = ROOT / "docs" / "examples" / "migration"


@pytest.fixture(scope="module")
def found(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """verify.json of the shipped example."""
    folder = tmp_path_factory.mktemp("verified")
    sides = [str(EXAMPLE / side) for side in ("old", "new")]
    assert run_cli(["verify", *sides, "--rules", str(EXAMPLE / "rules.yaml"), "--out", str(folder)]) == 1
    return next(folder.glob("*/verify.json"))


def known(path: Path) -> dict[str, Any]:
    return dict(json.loads(path.read_text("utf-8")))


def test_every_fault_of_the_verdict_is_a_problem_as_often_as_it_was_found(found: Path) -> None:
    rows = migration_faults(known(found))
    assert sorted((row["operation"], row["field"], row["kind"], row["count"]) for row in rows) == [
        ("arrears", "", "duplicated_new", 2),
        ("arrears", "", "unpaired_old", 1),
        ("arrears", "qse", "changed", 1),
        ("arrears", "qse", "sums", 2),
        ("arrears", "ynse", "changed", 1),
        ("taxpayer", "", "missing", 1),
        ("taxpayer", "nsrmc", "changed", 1),
        ("taxpayer", "nsrzt_dm", "changed", 1),
    ]
    assert len({row["id"] for row in rows}) == len(rows)


def test_a_class_that_no_column_tells_is_a_problem_all_the_same(found: Path) -> None:
    document = known(found)
    batch = copy.deepcopy(document["batches"][0])
    batch["faults"] = [{"class": "damaged", "rows": 7}]
    (row,) = migration_faults({**document, "batches": [batch]})
    assert (row["kind"], row["field"], row["count"]) == ("damaged", "", 7)


def test_the_ledger_takes_it_once_and_waits_for_a_look_at_what_is_called_solved(found: Path) -> None:
    folder = found.parent
    ledger = folder / "ledger.json"
    merge = ["ledger", "merge", str(folder), "--ledger", str(ledger)]
    assert run_cli(merge) == 1
    first = read_ledger(ledger)
    assert len(first.problems) == 8
    batches = [one for one in first.audits[0].covered if "." not in one]
    assert batches == ["arrears", "taxpayer"]
    assert {"taxpayer.nsrmc: changed", "arrears.qse: sums"} <= set(first.audits[0].covered)
    run_cli(merge)
    assert read_ledger(ledger) == first


def test_a_failure_without_a_fault_is_refused(found: Path, tmp_path: Path) -> None:
    document = known(found)
    for batch in document["batches"]:
        batch["faults"] = []
    path = tmp_path / "verify.json"
    path.write_text(json.dumps(document), encoding="utf-8")
    with pytest.raises(SnapshotError, match="says fail, and tells no fault"):
        merge_document(Ledger(), path)


def without(document: dict[str, Any], column: str) -> dict[str, Any]:
    """The same data verified later, all well but for a column that the rules ignore by then; "" for none."""
    later = copy.deepcopy(document)
    later |= {"started": "2099-01-01T00:00:00+00:00", "verdict": "pass"}
    for batch in later["batches"]:
        batch |= {"faults": [], "state": "pass", "problems": []}
        batch["columns"] = [one for one in batch["columns"] if one["name"] != column]
        batch["sums"] = [{**one, "equal": True} for one in batch["sums"]]
    return later


@pytest.mark.parametrize(("column", "waiting"), [("", 0), ("nsrmc", 1), ("ynse", 1), ("djrq", 0)])
def test_a_column_that_is_not_compared_any_more_proves_no_problem_solved(
    found: Path, tmp_path: Path, column: str, waiting: int
) -> None:
    ledger, document = Ledger(), known(found)
    for number, one in enumerate((document, without(document, column))):
        path = tmp_path / str(number) / "verify.json"
        path.parent.mkdir()
        path.write_text(json.dumps(one), encoding="utf-8")
        merge_document(ledger, path)
        for problem in ledger.problems:
            problem.state, problem.changed = "solved", "2098-01-01T00:00:00+00:00"
    assert sum(unconfirmed(ledger, problem) for problem in ledger.problems) == waiting
