"""A run that goes on while it is audited: records of its later writes would be called never asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from renhai.checks.audit.whole import Sources, audit_run, of_run
from renhai.core.errors import UsageError
from results.checks.audit.intents import has_end, intent_files, lines_told, read_intents
from results.verdict.reasons.generator import FileNotWritten
from results.verdict.reasons.reason import records
from tests.checks.audit.test_inputs import NAMES, PLAN, home, lines, pair, written
from tests.checks.audit.written import intent_file

MORE = b'[[4000000,5,2],["a.b",null,"d2",100]]\n'


@pytest.mark.parametrize("behind", [b"", b"\0" * 4096])  # room that a load process has made for more
@pytest.mark.parametrize("more", [b"", MORE])
def test_a_file_that_grows_meanwhile_is_of_a_run_under_way(
    tmp_path: Path, behind: bytes, more: bytes
) -> None:
    """Without an end, and as it was, it is one of a run that was killed."""
    begun = lines(0, *pair(1), run=tmp_path.name)
    path = home(tmp_path, begun + behind)
    (tmp_path / "load.py").write_text(f"PLAN = {json.dumps(json.dumps(PLAN))}\n", encoding="utf-8")
    export = tmp_path / "e.csv"
    export.write_text("pzxh,djxh,tax\np1,d1,1.00\np2,d2,1.00\n", encoding="utf-8")
    sources = Sources({"a.b": str(export)}, written(tmp_path))

    def goes_on(text: str) -> None:
        path.write_bytes(begun + more + behind)

    if more:
        with pytest.raises(UsageError, match=r"is under way: worker-0\.jsonl is still written"):
            audit_run(tmp_path, sources, goes_on)
    else:
        assert audit_run(tmp_path, sources, goes_on)["counts"]["stable"] == 1


@pytest.mark.parametrize(
    "damaged",
    [{"generator": 1}, {"generator": {"processes": "x"}}, {"generator": {"processes": [1]}}, {"target": "x"}],
)
def test_a_run_whose_own_account_is_damaged_is_told_so(tmp_path: Path, damaged: dict[str, Any]) -> None:
    (tmp_path / "measured.json").write_text(json.dumps(damaged), encoding="utf-8")
    with pytest.raises(UsageError, match=r"is damaged, in measured\.json or manifest\.json"):
        of_run(tmp_path)


def test_a_file_that_was_given_up_does_not_tell_of_all(tmp_path: Path) -> None:
    """It ends as that of a process that was killed."""
    home(tmp_path, lines(0, *pair(1), run=tmp_path.name))
    (tmp_path / "load.py").write_text(
        f"PLAN = {json.dumps(json.dumps(PLAN | {'processes': 1}))}\n", encoding="utf-8"
    )
    export = tmp_path / "e.csv"
    export.write_text("pzxh,djxh,tax\np1,d1,1.00\n", encoding="utf-8")
    sources = Sources({"a.b": str(export)}, written(tmp_path))
    for folder, told in (("receipts", 1), ("journal", 0)):
        reason = FileNotWritten(file="worker-0.jsonl", error="No space left on device", out=f"/run/{folder}")
        measured = {"run_id": tmp_path.name, "unhealthy_codes": [{}, *records([reason])]}
        (tmp_path / "measured.json").write_text(json.dumps(measured), encoding="utf-8")
        found = audit_run(tmp_path, sources)
        assert (found["state"], len(found["problems"])) == (("audited", "incomplete")[told], told)
        assert all(
            "was given up by its load process (No space left on device)" in one for one in found["problems"]
        )


@pytest.mark.parametrize("name", [".", "receipts", "a[1].jsonl", "**.jsonl", "a"])
def test_whatever_is_given_as_a_file_of_receipts_is_read_or_told(tmp_path: Path, name: str) -> None:
    path = home(tmp_path, lines(0, *pair(1)))
    given = tmp_path / name
    whole = not given.exists()
    if whole:
        path.rename(given)
    found = read_intents(intent_files(tmp_path / "none", [given]), "run", 1)
    assert len(found.writes) == whole
    assert bool(found.holes) is not whole


def test_a_file_has_its_end_where_its_last_line_says_so(tmp_path: Path) -> None:
    path = tmp_path / "worker-0.jsonl"
    whole = intent_file(NAMES, pair(1))
    for data, end in ((whole, True), (whole[:-1], False), (whole + MORE, False), (b"", False)):
        path.write_bytes(data)
        assert has_end(path) is end
    assert (has_end(tmp_path / "a.jsonl"), lines_told(tmp_path / "a.jsonl")) == (False, 0)
