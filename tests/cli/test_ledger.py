"""`renhai ledger`: from the audit of a run to people's answers and back, with the exit codes of a judge."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from renhai.cli.app import run_cli
from tests.results.checks.audits import LATER, LOST, WELL, audit


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("RENHAI_LANG", "en")
    monkeypatch.setenv("COLUMNS", "140")


def run_of(name: str, found: dict[str, Any]) -> str:
    Path(name).mkdir()
    (Path(name) / "audit.json").write_text(json.dumps({**found, "run_id": name}), encoding="utf-8")
    return name


def only() -> dict[str, Any]:
    (one,) = json.loads(Path("results/ledger.json").read_text(encoding="utf-8"))["problems"]
    assert isinstance(one, dict)
    return one


def test_a_problem_from_its_finding_to_the_audit_that_confirms_that_it_is_gone(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert run_cli(["ledger", "merge", run_of("one", audit(LOST))]) == 1
    told = capsys.readouterr().out
    assert "1 new problem in results/ledger.json" in told
    assert "1 problem is open" in told
    assert "declaration.submit" in told
    assert "-100.00" in told
    number = only()["id"]
    assert run_cli(["ledger", "set", number[:8], "--state", "上报待回复", "--owner", "张三"]) == 0
    assert run_cli(["ledger", "show", "--state", "waiting"]) == 1
    assert "张三" in capsys.readouterr().out
    assert run_cli(["ledger", "show", "--page", "ledger.html"]) == 1
    assert number in Path("ledger.html").read_text("utf-8")
    assert run_cli(["ledger", "export", "t.xlsx"]) == 0
    assert run_cli(["ledger", "set", number, "--state", "solved"]) == 0
    assert run_cli(["ledger", "show"]) == 4
    assert f"no audit has looked since: {number}" in capsys.readouterr().out
    assert run_cli(["ledger", "import", "t.xlsx"]) == 2, "it is older than what was said since"
    assert "was changed since this table was exported: it is solved now" in capsys.readouterr().err
    assert only()["state"] == "solved"
    late = audit(WELL, at="2099-01-01T00:00:00+00:00")
    assert run_cli(["ledger", "merge", run_of("two", late)]) == 0
    assert "PASS" in capsys.readouterr().out


def test_every_audit_of_a_run_is_entered(capsys: pytest.CaptureFixture[str]) -> None:
    run = run_of("one", audit([], failed="HTTP 500"))
    assert run_cli(["ledger", "merge", run]) == 4
    (Path(run) / "audits").mkdir()
    later = {**audit(LOST, at=LATER), "run_id": "one"}
    (Path(run) / "audits" / "20261102T080000Z.json").write_text(json.dumps(later), encoding="utf-8")
    assert run_cli(["ledger", "merge", run]) == 1
    assert "the audit of one is not whole" not in capsys.readouterr().out.partition("FAIL")[2]


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (["show"], "results/ledger.json; is no ledger; renhai ledger merge RUN makes one"),
        (["merge", "nowhere"], "nowhere is neither the directory of a run nor a ledger"),
        (["merge", "."], "has no audit; renhai audit . makes one"),
        (["set", "v1-0"], "nothing to set; give --state, --owner or --note"),
        (["set", "v1-0", "--note", "x"], "results/ledger.json; is no ledger"),
        (["export", "t.pdf"], "results/ledger.json; is no ledger"),
        (["import", "t.csv"], "t.csv; cannot be read: No such file or directory; check its name"),
        (["import", "t.txt"], "t.txt; is neither .csv nor .xlsx; name it so"),
        (["show", "--ledger", "bad.json"], "bad.json; is no JSON"),
        (["merge", "torn"], "torn/audit.json; is no JSON ("),
    ],
)
def test_what_is_wrong_is_said_in_a_line(
    line: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("bad.json").write_text("{", encoding="utf-8")
    Path("torn").mkdir()
    Path("torn/audit.json").write_text('{"schema": 2, "fau', encoding="utf-8")
    assert run_cli(["ledger", *line]) == 2
    told = capsys.readouterr().err
    assert said in told
    assert len(told.splitlines()) == 1


def test_one_wrong_source_and_nothing_is_entered() -> None:
    assert run_cli(["ledger", "merge", run_of("one", audit(LOST)), "nowhere"]) == 2
    assert not Path("results/ledger.json").exists()


def test_an_id_that_two_problems_begin_with_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    run_cli(["ledger", "merge", run_of("one", audit([*LOST, WELL[5]]))])
    assert run_cli(["ledger", "set", "v1-", "--state", "solved"]) == 2
    assert "v1- is no id of the ledger" in capsys.readouterr().err
