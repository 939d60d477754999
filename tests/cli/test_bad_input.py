"""What people hand to ledger, verify, papers, replay, journal and drain when it is wrong: one line, exit 2,
nothing done; and Ctrl-C in the middle, which leaves nothing half done under its final name."""

from __future__ import annotations

import importlib
import json
import os
import shutil
import signal
import tempfile
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from threading import Timer
from typing import Any

import pytest
from openpyxl import load_workbook

from renhai.checks.migration import comparing, output
from renhai.cli.app import run_cli
from renhai.spec.cutover.journal.entry import JournalWriter
from tests.checks.journal.test_importing import CSV, ROWS
from tests.checks.migration.small import NEW, OLD, RULES
from tests.cli.test_ledger import only, run_of
from tests.results.checks.audits import LOST, audit

NOBODY = 65534
EXAMPLE = Path(__file__).resolve().parents[2] / "docs" / "examples" / "print"
JOURNAL = (
    b'{"journal":"renhai-journal","schema":1,"source":"t","day":"2015-09-11"}\n'
    b'{"id":"1","taxpayer":"7","domain":"registration","operation":"registration.query","fields":{},'
    b'"at":"2015-09-11T09:00:00+08:00"}\n{"end":1}\n'
)


@pytest.fixture(autouse=True)
def here(monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder below no private one, so that another user can come to it."""
    folder = Path(tempfile.mkdtemp(prefix="renhai-bad-"))
    folder.chmod(0o755)
    monkeypatch.chdir(folder)
    monkeypatch.setenv("RENHAI_LANG", "en")
    monkeypatch.setenv("COLUMNS", "140")
    yield folder
    shutil.rmtree(folder)


def files() -> list[Path]:
    """All but those that say who is writing."""
    return sorted(path for path in Path().rglob("*") if not path.name.endswith(".lock"))


def refused(line: list[str], said: str, capsys: pytest.CaptureFixture[str]) -> None:
    before = files()
    assert run_cli(line) == 2
    told = capsys.readouterr().err
    assert said in told and "internal error" not in told
    assert len(told.splitlines()) == 1, told
    assert files() == before


# A table that came back


def ledger_and_table(name: str) -> None:
    run_cli(["ledger", "merge", run_of("one", audit(LOST))])
    run_cli(["ledger", "export", name])


def changed(change: Callable[[Any], None]) -> None:
    book = load_workbook("t.xlsx")
    change(book.active)
    book.save("t.xlsx")


def put(cell: str, value: Any) -> Callable[[Any], None]:
    def act(sheet: Any) -> None:
        sheet[cell] = value

    return act


def no_column(sheet: Any) -> None:
    sheet.delete_cols(1)


def merged(cells: str) -> Callable[[Any], None]:
    return lambda sheet: sheet.merge_cells(cells)


def emptied(sheet: Any) -> None:
    sheet.delete_rows(1, 9)


XLSX: dict[str, tuple[Callable[[Any], None], str]] = {
    "a column is gone": (no_column, "t.xlsx:1; lacks the column id (编号); export the ledger again"),
    "a column stands there twice": (put("S1", "note"), "t.xlsx:1; has more than one column note (说明)"),
    "a merged head": (merged("N1:O1"), "t.xlsx:1; cells N1:O1 are merged; take them apart"),
    "merged owners": (merged("O2:O3"), "t.xlsx:2; cells O2:O3 are merged; take them apart"),
    "a formula": (put("O2", '="张"&"三"'), 't.xlsx:2; cell O2 is a formula: ="张"&"三"; write its value'),
    "an error": (put("P2", "#REF!"), "t.xlsx:2; cell P2 is an error: #REF!; write its value"),
    "a date as its state": (put("N2", date(2026, 3, 5)), "t.xlsx:2; the state '2026-03-05' is none"),
    "a date as its id": (put("A2", date(2026, 3, 5)), "t.xlsx:2; the ledger has no problem 2026-03-05"),
    "no row at all": (emptied, "t.xlsx; is empty; export the ledger again"),
}


@pytest.mark.parametrize("name", XLSX)
def test_a_workbook_that_was_edited_wrongly(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    ledger_and_table("t.xlsx")
    change, said = XLSX[name]
    changed(change)
    capsys.readouterr()
    refused(["ledger", "import", "t.xlsx"], said, capsys)
    assert only()["revision"] == 0


def test_a_date_in_a_note_is_taken_as_its_day(capsys: pytest.CaptureFixture[str]) -> None:
    ledger_and_table("t.xlsx")
    changed(put("P2", date(2026, 3, 5)))
    assert run_cli(["ledger", "import", "t.xlsx"]) == 0
    assert only()["note"].startswith("2026-03-05")


def cut(path: str) -> bytes:
    return Path(path).read_bytes()[:-600]


BYTES: dict[str, tuple[str, Callable[[], bytes], str]] = {
    "a text that is called xlsx": ("t.xlsx", lambda: b"id,state\n", "t.xlsx; is no XLSX ("),
    "an xlsx that is cut off": ("t.xlsx", lambda: cut("t.xlsx"), "t.xlsx; is no XLSX ("),
    "an empty xlsx": ("t.xlsx", lambda: b"", "t.xlsx; is no XLSX ("),
    "an empty csv": ("t.csv", lambda: b"", "t.csv; is empty; export the ledger again"),
    "neither UTF-8 nor GBK": (
        "t.csv",
        lambda: b"id,state,owner,note,revision\nv1,other,\xff\xff,,0\n",
        "t.csv:2; is neither UTF-8 nor GBK; save it again as one of both",
    ),
    "a quote without its end": (
        "t.csv",
        lambda: b'id,state,owner,note,revision\nv1,other,"x,,0\n',
        "t.csv:2; is no CSV (unexpected end of data)",
    ),
}


@pytest.mark.parametrize("name", BYTES)
def test_a_table_whose_bytes_are_none(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    path, content, said = BYTES[name]
    ledger_and_table(path)
    Path(path).write_bytes(content())
    capsys.readouterr()
    refused(["ledger", "import", path], said, capsys)


def test_a_folder_in_the_place_of_a_table(capsys: pytest.CaptureFixture[str]) -> None:
    ledger_and_table("u.csv")
    capsys.readouterr()
    for name in ("t.csv", "t.xlsx"):
        Path(name).mkdir()
        refused(["ledger", "import", name], f"{name}; cannot be read: Is a directory", capsys)
        refused(["ledger", "export", name], f"{name}; cannot be written: Is a directory", capsys)


# Files that may not be read, folders in their place


def everything() -> None:
    ledger_and_table("t.xlsx")
    Path("old").mkdir()
    Path("new").mkdir()
    Path("old/t.csv").write_text(OLD, encoding="utf-8")
    Path("new/t.csv").write_text(NEW, encoding="utf-8")
    Path("rules.yaml").write_text(RULES, encoding="utf-8")
    Path("day.csv").write_text(ROWS, encoding="utf-8")
    Path("mapping.yaml").write_text(CSV, encoding="utf-8")
    Path("day.ndjson").write_bytes(JOURNAL)
    Path("stock.yaml").write_text("name: hall\n", encoding="utf-8")
    Path("run").mkdir()
    Path("run/manifest.json").write_text("{}", encoding="utf-8")


IMPORT = ["journal", "import", "day.csv", "--mapping", "mapping.yaml", "--out", "out.ndjson"]
VERIFY = ["verify", "old", "new", "--rules", "rules.yaml"]
REPLAY = ["replay", "day.ndjson", "--new", "reference"]
LOCKED: dict[str, tuple[str, list[str]]] = {
    "a ledger": ("results/ledger.json", ["ledger", "show"]),
    "a table": ("t.xlsx", ["ledger", "import", "t.xlsx"]),
    "rules of a verification": ("rules.yaml", VERIFY),
    "records": ("day.csv", IMPORT),
    "a mapping": ("mapping.yaml", IMPORT),
    "a journal": ("day.ndjson", REPLAY),
    "a drain file": ("stock.yaml", ["drain", "stock.yaml"]),
    "a ledger of a replay": ("results/ledger.json", REPLAY),
}


LATER = (
    "renhai.checks.audit.client",
    "renhai.checks.drain.whole",
    "renhai.checks.papers.whole",
    "renhai.checks.replay.whole",
    "renhai.run.replaying",
)


@pytest.fixture
def as_nobody() -> Iterator[Callable[[], None]]:
    """From the call on no right of root helps."""
    if os.geteuid():
        yield lambda: None
        return
    for name in LATER:  # the interpreter may stand where nobody may look
        importlib.import_module(name)
    yield lambda: os.seteuid(NOBODY)
    os.seteuid(0)


@pytest.mark.parametrize("name", LOCKED)
def test_a_file_that_may_not_be_read(
    name: str, as_nobody: Callable[[], None], capsys: pytest.CaptureFixture[str]
) -> None:
    everything()
    path, line = LOCKED[name]
    Path(path).chmod(0)
    for folder in (Path(), Path("results")):
        os.chown(folder, NOBODY, -1) if not os.geteuid() else None
    capsys.readouterr()
    as_nobody()
    refused(line, "Permission denied", capsys)


@pytest.mark.parametrize("name", LOCKED)
def test_a_folder_in_the_place_of_a_file(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    everything()
    path, line = LOCKED[name]
    Path(path).unlink()
    Path(path).mkdir()
    capsys.readouterr()
    assert run_cli(line) == 2
    told = capsys.readouterr().err
    assert Path(path).name in told and "internal error" not in told
    assert len(told.splitlines()) == 1, told


def test_a_run_whose_files_may_not_be_read(
    as_nobody: Callable[[], None], capsys: pytest.CaptureFixture[str]
) -> None:
    everything()
    Path("run").chmod(0)
    Path("old").chmod(0)
    capsys.readouterr()
    as_nobody()
    refused(["papers", "run"], "run", capsys)
    refused(["ledger", "merge", "run", "--ledger", "/dev/null/x"], "x", capsys)
    refused(VERIFY, "Permission denied", capsys)


# Papers


PAPERS: dict[str, tuple[str, bytes | None, str]] = {  # a file of the run, what stands in it, what is said
    "no plan": ("load.py", None, "run has no load.py of renhai; name the directory of a run"),
    "a plan that is cut off": ("load.py", b"PLAN = '{\"run_id\": '", "run has no load.py of renhai"),
    "a plan in another encoding": ("load.py", b"PLAN = '\xb3\xa4'", "run has no load.py of renhai"),
    "no figures": ("measured.json", None, "run/measured.json"),
    "figures that are cut off": ("measured.json", b'{"operations": {', "run/measured.json"),
    "figures that are none": ("measured.json", b'{"operations": {"a.b": {"ok": -1}}}', "operations.a.b.ok"),
}


@pytest.mark.parametrize("name", PAPERS)
def test_papers_of_a_run_that_is_damaged(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(EXAMPLE, "print")
    path, content, said = PAPERS[name]
    Path("run").symlink_to("print/run")
    (Path("run") / path).unlink() if content is None else (Path("run") / path).write_bytes(content)
    refused(["papers", "run", "--target", "print/target.yaml"], said, capsys)


def test_a_form_that_is_not_there_and_one_that_is_a_folder(capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(EXAMPLE, "print")
    line = ["papers", "print/run", "--target", "print/target.yaml"]
    Path("print/notice.yaml").unlink()
    refused(line, "notice.yaml", capsys)
    Path("print/notice.yaml").mkdir()
    refused(line, "notice.yaml", capsys)
    refused(["papers", "print/target.yaml"], "print/target.yaml has no load.py of renhai", capsys)


# Journals


JOURNALS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "day.ndjson:1: is no journal of renhai; make it again"),
    "UTF-16": (JOURNAL.decode().encode("utf-16"), "day.ndjson:1: is no journal of renhai"),
    "GBK within": (JOURNAL.replace(b'"7"', '"长"'.encode("gbk")), "day.ndjson:2: is no JSON object"),
    "torn in the middle": (
        JOURNAL.replace(b'"fields":{},', b""),
        "day.ndjson:2: fields is empty; must be an object",
    ),
    "a key twice, of which one is none": (JOURNAL.replace(b'"id"', b'"nr"'), "day.ndjson:2: nr is no part"),
}


@pytest.mark.parametrize("name", JOURNALS)
def test_a_journal_that_is_none(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    content, said = JOURNALS[name]
    Path("day.ndjson").write_bytes(content)
    refused(REPLAY, said, capsys)


RECORDS: dict[str, tuple[bytes, str]] = {
    "empty": (b"", "day.csv:1: time is no column; columns: none"),
    "a column twice": (ROWS.replace("office", "kind").encode(), "day.csv:1: office is no column"),
    "a column twice that is used": (
        b"tax," + ROWS.encode().replace(b"\n0", b"\n9,0"),
        "day.csv:1: tax stands there twice; which of both is meant?",
    ),
    "GBK": (ROWS.encode("gbk"), "day.csv:2: is no utf-8; say encoding in the mapping"),
    "torn": (ROWS[:-10].encode(), "day.csv:3: has not as many cells as columns"),
}


@pytest.mark.parametrize("name", RECORDS)
def test_records_that_are_none(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    content, said = RECORDS[name]
    Path("mapping.yaml").write_text(CSV, encoding="utf-8")
    Path("day.csv").write_bytes(content)
    refused(IMPORT, said, capsys)


# Ctrl-C


def interrupted(*_: object, **__: object) -> None:
    raise KeyboardInterrupt


def left() -> list[str]:
    return sorted(path.name for path in Path().rglob("*") if "partial" in path.name)


def test_ctrl_c_within_a_query_keeps_what_was_compared_before(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    everything()
    Path("rules.yaml").write_text("name: t\nbatches:\n  t: {key: [k]}\n  u: {key: [k]}\n", encoding="utf-8")
    for side in ("old", "new"):
        shutil.copy(f"{side}/t.csv", f"{side}/u.csv")
    real, calls = comparing.compare, []

    def long(link: Any, *rest: Any) -> Any:
        calls.append(link)
        if len(calls) == 1:
            return real(link, *rest)
        Timer(0.2, os.kill, (os.getpid(), signal.SIGINT)).start()
        return link.execute("SELECT sum(a.range * b.range % 7) FROM range(9000000) a, range(9000000) b")

    monkeypatch.setattr(comparing, "compare", long)
    capsys.readouterr()
    assert run_cli(VERIFY) == 3
    assert capsys.readouterr().err.splitlines()[-1].startswith("renhai: ended by SIGINT; ")
    (path,) = Path("results/verifications").glob("*/verify.json")
    found = json.loads(path.read_text("utf-8"))
    assert [(one["name"], one["state"]) for one in found["batches"]] == [("t", "pass"), ("u", "inconclusive")]


def test_an_export_that_is_broken_off_leaves_the_table_before(monkeypatch: pytest.MonkeyPatch) -> None:
    ledger_and_table("t.xlsx")
    before = Path("t.xlsx").read_bytes()

    monkeypatch.setattr(Path, "replace", interrupted)  # all is written, and has not its name yet
    assert run_cli(["ledger", "export", "t.xlsx"]) != 0
    assert (Path("t.xlsx").read_bytes(), left()) == (before, [])


def test_a_journal_that_is_broken_off_is_none(monkeypatch: pytest.MonkeyPatch) -> None:
    everything()
    monkeypatch.setattr(JournalWriter, "end", interrupted)
    assert run_cli(IMPORT) != 0
    assert not Path("out.ndjson").exists() and left() == []


def test_what_was_compared_is_kept_when_its_list_is_broken_off(monkeypatch: pytest.MonkeyPatch) -> None:
    everything()
    Path("new/t.csv").write_text(NEW.replace("甲", "丁"), encoding="utf-8")
    monkeypatch.setattr(output, "_as_xlsx", interrupted)
    assert run_cli(VERIFY) != 0
    (folder,) = Path("results/verifications").iterdir()
    text = (folder / "verify.json").read_text("utf-8")
    assert '"changed": 1' in text and "was ended when its rows had been compared" in text
    assert [path.name for path in folder.glob("cleaning/*")] == ["t.csv"] and left() == []
