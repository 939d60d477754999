"""Other targets by YAML alone: the tax bus, web pages, a service that we did not write; the user's own users."""

# ruff: noqa: E501

from __future__ import annotations

import json
import re
import sqlite3
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from results.snapshot.run import Run, load_run
from tests.bookshelf import SHELF, SHELF_TARGET
from tests.e2e.test_run import FEW, MACHINE, ROOT, counted, last_run, measured, renhai

SHARE = {"test_declarations_run_over_a_shipped_binding": 2}

THEIRS = """\
from locust import FastHttpUser, HttpUser, between, task


class Reader(HttpUser):
    wait_time = between(0.05, 0.1)

    @task
    def books(self):
        self.client.get("/shelf/books.json?_shape=objects", name="/books")

    @task
    def missing(self):
        self.client.get("/nothing", name="/nothing")


class Writer(FastHttpUser):
    wait_time = between(0.05, 0.1)

    @task
    def add(self):
        book = {"title": "x", "isbn": "1"}
        self.client.post("/shelf/add_book.json", data=book, headers={"Accept": "application/json"}, name="/add")
"""
OWN = """\
# Does it hold under my own Locust users?
name: own
target: target.yaml
locustfile: theirs.py
load: {users: 6, stages: [{hold: 2s}]}
thresholds:
  GET /books: [error_rate < 1%, p95 < 5s]
  POST /add: [error_rate < 1%]
  GET /nothing: [errors < 10000]
"""


@contextmanager
def datasette(folder: Path) -> Iterator[str]:
    """Datasette (Apache-2.0, from PyPI) on a shelf of books."""
    pytest.importorskip("datasette")
    with sqlite3.connect(folder / "shelf.db") as shelf:
        shelf.execute("create table books (id integer primary key, title text, isbn text)")
    query = {"sql": "insert into books (title, isbn) values (:title, :isbn)", "write": True}
    metadata = {"databases": {"shelf": {"queries": {"add_book": query}}}}
    (folder / "metadata.json").write_text(json.dumps(metadata))
    line = [sys.executable, "-m", "datasette", "shelf.db", "-m", "metadata.json", "-p", "0"]
    said = folder / "datasette.txt"
    with said.open("wb") as out:
        process = subprocess.Popen(line, cwd=folder, stdout=out, stderr=out)
    try:
        yield url_told(process, said)
    finally:
        process.terminate()
        process.wait(timeout=20)


def url_told(process: subprocess.Popen[bytes], said: Path) -> str:
    """Where uvicorn says that it listens: a port that it took itself, so that nobody took it before."""
    deadline = time.monotonic() + 60
    while process.poll() is None and time.monotonic() < deadline:
        if found := re.search(r"running on (http://127\.0\.0\.1:\d+) ", said.read_text(encoding="utf-8")):
            return found[1]
        time.sleep(0.1)
    raise AssertionError(said.read_text(encoding="utf-8"))


def test_a_bureau_is_tried_out_whole(tmp_path: Path) -> None:
    """What a case comes to only seldom, too: sent back, refused, handed in again, its refund told."""
    done = renhai(tmp_path, "binding", "check", "bureau", "--seed", "7")
    assert done.returncode == 0, done.stdout
    assert re.search(r"^(\d+) of \1 operations ok", done.stdout, re.MULTILINE), done.stdout


@pytest.mark.parametrize(("name", "operations"), [("golden_tax_esb", 27), ("web_filing", 10)])
def test_a_shipped_binding_is_tried_out_whole(tmp_path: Path, name: str, operations: int) -> None:
    done = renhai(tmp_path, "binding", "check", name, "--seed", "7")
    assert done.returncode == 0, done.stdout + done.stderr
    assert f"{operations} of {operations} operations ok" in done.stdout
    if name == "web_filing":
        assert "Cookie: JSESSIONID=***" in done.stdout
    if name == "golden_tax_esb":
        assert re.search(r"<tran_seq>[0-9a-f]{32}</tran_seq>", done.stdout)


@pytest.mark.parametrize("name", ["golden_tax_esb", "web_filing"])
def test_declarations_run_over_a_shipped_binding(tmp_path: Path, name: str) -> None:
    done = renhai(tmp_path, "run", "declaration_open", "--target", name, "--duration", "2s", *FEW)
    run = last_run(tmp_path)
    assert run.target.name == name
    assert not [row for row in run.thresholds if row.metric != "throughput" and not row.passed], done.stdout
    assert counted((run.model_extra or {})["target_counts"]) == measured(run)
    assert ("session.open" in run.operations) == (name == "web_filing")


def test_a_service_that_we_did_not_write_runs_by_yaml_alone(tmp_path: Path) -> None:
    with datasette(tmp_path) as url:
        (tmp_path / "target.yaml").write_text(SHELF_TARGET.replace("http://127.0.0.1:9", url))
        (tmp_path / "shelf.yaml").write_text(SHELF)
        tried = renhai(tmp_path, "binding", "check", "target.yaml", "--fields", '{"isbn": "4711"}')
        done = renhai(tmp_path, "run", "./shelf.yaml", "--out", "shelf")
        (tmp_path / "theirs.py").write_text(THEIRS)
        (tmp_path / "own.yaml").write_text(OWN)
        before = added(tmp_path)
        own = renhai(tmp_path, "run", "./own.yaml", "--out", "own", "--processes", "2")
    assert tried.returncode == 0, tried.stdout + tried.stderr
    run = passed(tmp_path / "shelf", done)
    assert list(run.operations) == ["shelf.add", "shelf.count", "shelf.find"]
    with sqlite3.connect(tmp_path / "shelf.db") as shelf:
        (books,) = shelf.execute("select count(*) from books where isbn = '4711'").fetchone()
    assert books == run.operations["shelf.add"].ok + 1  # and the one of the check
    check_own(tmp_path / "own", own, added(tmp_path) - before)


def added(folder: Path) -> int:
    """How many books the users of THEIRS have added to the shelf."""
    with sqlite3.connect(folder / "shelf.db") as shelf:
        return int(shelf.execute("select count(*) from books where isbn = '1'").fetchone()[0])


@pytest.mark.parametrize(
    ("broken", "said"),
    [
        ("x = 1\nimport no_such_module\nclass A: ...\n", "line 2: ModuleNotFoundError: No module named"),
        ("class Visitor: ...\n", "none of its classes is an HttpUser, FastHttpUser or User"),
    ],
)
def test_a_locust_file_that_does_not_load_is_a_mistake(tmp_path: Path, broken: str, said: str) -> None:
    (tmp_path / "theirs.py").write_text(broken)
    (tmp_path / "own.yaml").write_text(OWN.replace("target.yaml", "reference"))
    done = renhai(tmp_path, "run", "./own.yaml")
    assert done.returncode == 2, done.stdout + done.stderr
    (line,) = [line for line in done.stderr.splitlines() if "locustfile" in line]
    assert line.startswith(f"own.yaml:4: locustfile is theirs.py; {said}")
    assert line.endswith("; correct the file")


def test_a_locust_file_that_sends_more_than_the_ceiling_ends(tmp_path: Path) -> None:
    """Six users of about 13 requests a second each, where 5 a second are allowed."""
    (tmp_path / "theirs.py").write_text(THEIRS)
    (tmp_path / "own.yaml").write_text(OWN.replace("hold: 2s", "hold: 60s"))
    reference = (ROOT / "scenarios" / "targets" / "reference.yaml").read_text(encoding="utf-8")
    (tmp_path / "target.yaml").write_text(reference + "ceiling: {rate: 5/s}\n", encoding="utf-8")
    done = renhai(tmp_path, "run", "./own.yaml")
    run = last_run(tmp_path)
    assert (done.returncode, run.ended) == (3, "interrupted"), done.stdout + done.stderr
    assert run.duration_s < 50
    assert any("sends more than the target file's ceiling.rate of 5 requests/s" in why for why in run.reasons)


def passed(folder: Path, done: subprocess.CompletedProcess[str], busy: frozenset[str] = MACHINE) -> Run:
    """The one run in a folder: every threshold held, whatever else kept this machine busy."""
    run = load_run(next(folder.iterdir()))
    assert all(row.passed for row in run.thresholds), done.stdout + done.stderr
    refused = {record.code for record in run.reason_codes}
    assert done.returncode == (3 if refused else 0) and refused <= busy, done.stdout
    return run


def check_own(folder: Path, done: subprocess.CompletedProcess[str], written: int) -> None:
    # a second in which one of six is missing is more than the hundredth of their time that a run may lack
    run = passed(folder, done, MACHINE | {"user_file.users_missing"})
    assert "Measured from Locust's request event" in done.stdout
    assert "(latency from the send)" in done.stdout
    assert "取自 Locust" in next(folder.glob("*/report.html")).read_text(encoding="utf-8")
    assert (run.model_extra or {})["measured"] == "locust-event"
    assert (run.generator.processes, run.generator.workers_lost) == (2, 0)
    assert set(run.operations) == {"GET /books", "GET /nothing", "POST /add"}
    missing = run.operations["GET /nothing"]
    assert missing.errors == missing.started > 0
    added = run.operations["POST /add"]
    # every one that ended was counted, none twice; at the end each user may have had one that was cut
    assert 0 <= written - added.ok <= 6
    assert added.latency_ms is not None
