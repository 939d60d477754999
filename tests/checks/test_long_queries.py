"""Ctrl-C in the midst of a query that would take days: it ends, with sentence and code of all commands."""

from __future__ import annotations

import json
import os
import shutil
import signal
from collections.abc import Callable
from pathlib import Path
from threading import Timer
from typing import Any

import duckdb
import pytest

from renhai.checks.migration import comparing, scanning, totals, whole
from renhai.checks.migration.output import Output
from renhai.cli.app import run_cli
from renhai.cli.signals import Ended, ended_by_signals
from renhai.core.process.long_queries import Stopped, asked, endable, go_on, queries_end_by_signals
from tests.checks.audit.test_matching import account, run_of
from tests.checks.migration.small import NEW, OLD, RULES, written
from tests.docs.markdown import ROOT

pytestmark = pytest.mark.timeout(
    100
)  # what does not end at all is a failure, and how fast it ends is not judged
DAYS = "SELECT sum(a.range * b.range % 7) FROM range(9000000) a, range(9000000) b"
AUDIT = "docs/examples/audit"


def soon(number: int = signal.SIGINT) -> None:
    Timer(0.3, os.kill, (os.getpid(), number)).start()


class Slow:
    """A connection of DuckDB whose first query takes days; the signal comes in its midst."""

    def __init__(self, link: Any, opened: list[Any]) -> None:
        self.link, self.opened = link, opened
        opened.append(link)

    def __enter__(self) -> Slow:
        return self

    def __exit__(self, *_: object) -> None:
        self.link.close()

    def execute(self, *query: Any) -> Any:
        if len(self.opened) == 1:
            self.opened.append(self.link)
            soon()
            self.link.execute(DAYS)
        return self.link.execute(*query)

    def __getattr__(self, name: str) -> Any:
        return getattr(self.link, name)


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    """The connections that were opened; the first query of the first one takes days."""
    opened: list[Any] = []
    real: Callable[..., Any] = duckdb.connect
    monkeypatch.setattr(duckdb, "connect", lambda *words, **how: Slow(real(*words, **how), opened))
    return opened


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
@pytest.mark.parametrize("cursor", [False, True])
def test_a_query_ends_with_the_signal_that_asks_for_it(number: signal.Signals, cursor: bool) -> None:
    def ask(link: Any) -> None:
        with ended_by_signals(), queries_end_by_signals(), endable(link.cursor() if cursor else link) as one:
            soon(number)
            one.execute(DAYS)

    with duckdb.connect() as link:
        with pytest.raises(Ended, match=number.name):
            ask(link)
        assert link.execute("SELECT 42").fetchall() == [(42,)]
    assert not asked.is_set() and signal.set_wakeup_fd(-1) == -1


def test_what_a_library_swallows_is_heard_all_the_same() -> None:
    def swallowed() -> None:
        try:
            os.kill(os.getpid(), signal.SIGINT)
        except Ended:
            pass

    with pytest.raises(Ended, match="SIGINT"), ended_by_signals():
        swallowed()
        go_on()
    go_on()  # of another command
    asked.set()
    with pytest.raises(Stopped):
        go_on()
    asked.clear()


def ended(capsys: pytest.CaptureFixture[str]) -> None:
    assert capsys.readouterr().err.splitlines()[-1].startswith("renhai: ended by SIGINT; ")


@pytest.mark.usefixtures("slow")
def test_an_audit_ends_in_the_midst_of_an_export(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """And no other reader takes the export up again."""
    shutil.copytree(ROOT / AUDIT, tmp_path / AUDIT)
    monkeypatch.chdir(tmp_path)
    before = sorted(tmp_path.rglob("*"))
    export = f"declaration.submit={AUDIT}/declarations.csv"
    line = ["audit", f"{AUDIT}/run", "--target", f"{AUDIT}/target.yaml", "--export", export]
    assert run_cli(line) == 3
    ended(capsys)
    assert sorted(tmp_path.rglob("*")) == before


def test_an_audit_ends_in_the_midst_of_its_matching(tmp_path: Path, slow: list[Any]) -> None:
    exports = run_of(tmp_path, 3)
    with pytest.raises(Ended), ended_by_signals(), queries_end_by_signals():
        account(tmp_path, exports, fresh=True, settle=True)
    assert len(slow) == 2, "nobody went on with the next reader"


def two_batches(folder: Path) -> list[str]:
    (folder / "rules.yaml").write_text(RULES.replace("  t:", "  s: {key: [k]}\n  t:"), "utf-8")
    for side, text in (("old", OLD), ("new", NEW.replace("甲", "丁"))):
        written(folder / side, {"s.csv": text, "t.csv": text})
    return ["verify", "old", "new", "--rules", "rules.yaml"]


@pytest.mark.parametrize(
    ("module", "name", "kept", "why"),
    [
        (comparing, "_pair_up", {}, "was not come to"),
        (comparing, "findings", {"changed": 1, "identical": 2}, "was ended when its rows had been compared"),
        (totals, "too_wide", {"changed": 1, "identical": 2}, "was ended when its rows had been compared"),
        (comparing, "samples", {"changed": 1, "identical": 2}, "was ended when its rows had been compared"),
    ],
)
def test_a_verification_keeps_what_was_compared(
    module: Any, name: str, kept: dict[str, int], why: str,
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str],
) -> None:  # fmt: skip
    """The second batch is ended in one of its queries: what was known of it by then is there, and no pass."""
    monkeypatch.chdir(tmp_path)
    line, real, calls = two_batches(tmp_path), getattr(module, name), list[int]()

    def long(link: Any, *rest: Any) -> Any:
        calls.append(1)
        if len(calls) == 2:
            soon()
            link.execute(DAYS)
        return real(link, *rest)

    monkeypatch.setattr(module, name, long)
    assert run_cli(line) == 3
    ended(capsys)
    (path,) = Path("results/verifications").glob("*/verify.json")
    found = json.loads(path.read_text("utf-8"))
    first, second = found["batches"]
    assert (first["name"], first["state"], first["counts"]["changed"]) == ("s", "fail", 1)
    assert {key: n for key, n in second["counts"].items() if n} == kept
    assert len(second["problems"]) == 1 and second["problems"][0].startswith(why)
    assert second["state"] == ("fail" if kept else "inconclusive")
    assert (path.parent / "verify.html").exists() and (path.parent / "junit.xml").exists()
    assert len(calls) == 2, "it did not go on"


def test_a_verification_ends_while_bytes_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """DuckDB is in the midst of a query, the thread beside it in the midst of a file: both end there."""
    monkeypatch.chdir(tmp_path)
    line, pieces = two_batches(tmp_path), list[bytes]()

    def long(link: Any, *_: Any) -> None:
        soon()
        link.execute(DAYS)

    def slowly(_: Any, piece: bytes) -> None:
        pieces.append(piece)
        asked.wait(60)

    monkeypatch.setattr(comparing, "hash_rows", long)
    monkeypatch.setattr(scanning, "PIECE", 1)
    monkeypatch.setattr(scanning.Lines, "take", slowly)
    assert run_cli(line) == 3
    ended(capsys)
    assert pieces == [b"k"]
    (path,) = Path("results/verifications").glob("*/verify.json")
    found = json.loads(path.read_text("utf-8"))
    assert [one["problems"] for one in found["batches"]] == [["was not come to"]] * 2


def test_a_query_that_fails_by_itself_is_a_fault_of_the_files_as_before(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    two_batches(tmp_path)
    found = whole.prepare(Path("old"), Path("new"), Path("rules.yaml"), lambda text: None)
    output = Output(Path("out"), found)

    def broken(link: Any, *_: Any) -> Any:
        link.execute("SELECT error('no')")

    monkeypatch.setattr(comparing, "findings", broken)
    whole.verify(found, output.batch)
    for one in output.write()["batches"]:
        assert one["state"] == "inconclusive"
        assert one["problems"][0].startswith("could not be compared:")
