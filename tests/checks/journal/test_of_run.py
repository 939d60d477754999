"""The journal of a run: what each process wrote, in the order of time, and never whole when it is not."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from renhai.binding.codec import Reply
from renhai.checks.journal import of_run
from renhai.checks.journal.of_run import NAME, join
from renhai.core import private_files
from renhai.core.errors import UsageError
from renhai.core.packing import compress
from renhai.core.private_files import FileInParts
from renhai.load.measure.snapshot_files import Files
from renhai.load.worker.journal_file import HomeLines, JournalLog
from renhai.run.process.compressing import growing
from renhai.spec.cutover.journal.entry import JournalFile
from renhai.spec.cutover.journal.recorded import read_recorded
from results.snapshot.segments import finished, packed_name, part_of, parts

BEGUN_NS = 1_441_929_600_000_000_000  # 2015-09-11 08:00 in China
MIDDLE = "ends in the middle: its load process did not come to its end"
OWN = frozenset({"session.open"})
OK = Reply("ok", {"pzxh": "p1", "password": "open sesame"}, "0", "")


def journey(name: str, ns: int, **fields: Any) -> SimpleNamespace:
    return SimpleNamespace(
        journey=name, fields=fields, intended_ns=ns, told=None, tally=SimpleNamespace(name="14301030000/post")
    )


def log(run: Path, worker: int, lost: list[str] | None = None) -> JournalLog:
    (run / "journal").mkdir(exist_ok=True)
    path = run / "journal" / f"worker-{worker}.jsonl"
    told = lost if lost is not None else []
    return JournalLog(FileInParts(path, told.append, part_of), "run", worker, OWN, BEGUN_NS)


def written(run: Path) -> None:
    """Two processes; the second's transaction falls between the first's."""
    one, two, mine = log(run, 0), log(run, 1), journey("a", 5_000_000)
    one.keep(mine, "session.open", OK)
    one.keep(mine, "registration.query", Reply("rejected", {"secret": 1}, "GY01", "no"))
    mine.fields, mine.intended_ns = {"djxh": "d1", "token": "abc"}, 9_000_000
    one.keep(mine, "declaration.submit", OK)
    two.keep(journey("b", 7_000_000, djxh="d2"), "declaration.status", Reply("error", {}, "", "timeout"))
    one.close()
    two.close()


def test_the_journal_has_every_request_in_the_order_of_time_without_secrets(tmp_path: Path) -> None:
    written(tmp_path)
    assert join(tmp_path, "run", "smoke", "2015-09-11", 2) == (3, [])
    journal = JournalFile(tmp_path / NAME)
    entries = list(journal.entries())
    assert not journal.torn
    assert [(one.id, one.operation, one.outcome, one.code) for one in entries] == [
        ("0000001", "registration.query", "rejected", "GY01"),
        ("0000002", "declaration.status", "error", ""),
        ("0000003", "declaration.submit", "ok", "0"),
    ]
    assert [one.taxpayer for one in entries] == ["a/0-1", "d2", "d1"]
    assert entries[0].operator == entries[2].operator == "a/0-1"
    assert entries[0].unit == "14301030000"
    assert entries[2].fields == {"djxh": "d1", "token": "***"}
    assert entries[2].answer == {"pzxh": "p1", "password": "***"}
    assert entries[0].answer is None
    assert not (tmp_path / "journal").exists()
    assert "sesame" not in (tmp_path / NAME).read_text("utf-8")


@pytest.mark.parametrize("damage", ["torn", "gone", "of another run", "a line lost", "never closed"])
def test_a_journal_that_may_lack_something_has_no_end(tmp_path: Path, damage: str) -> None:
    written(tmp_path)
    path = tmp_path / "journal" / "worker-1.jsonl"
    data = path.read_bytes()
    lines = data.splitlines(keepends=True)
    damaged = {
        "torn": data[:-30],
        "of another run": data.replace(b'"run"', b'"other"', 1),
        "a line lost": lines[0] + lines[2],
        "never closed": b"".join(lines[:2]),
    }
    path.unlink() if damage == "gone" else path.write_bytes(damaged[damage])
    _, wrong = join(tmp_path, "run", "smoke", "", 2)
    assert len(wrong) == 1
    journal = JournalFile(tmp_path / NAME)
    assert len(list(journal.entries())) >= 2
    assert journal.torn == "the journal has no end: entries may be missing"
    assert (tmp_path / "journal" / "worker-0.jsonl").exists()


def far(run: Path, worker: int) -> tuple[JournalLog, Callable[[], None]]:
    """A process on another machine, and what takes home what it has to tell."""
    lines, home = HomeLines(pytest.fail), Files(run, 0.0, lambda reason: pytest.fail(reason.en))
    log = JournalLog(lines, "run", worker, OWN, BEGUN_NS)
    return log, lambda: home.journal(worker, log.take())


@pytest.mark.parametrize("told", ["all", "not the last", "nothing"])
def test_what_a_process_elsewhere_tells_is_of_the_journal_and_missed_where_it_does_not_come(
    tmp_path: Path, told: str
) -> None:
    near, (one, report) = log(tmp_path, 0), far(tmp_path, 1)
    near.keep(journey("a", 5_000_000, djxh="d1"), "declaration.status", OK)
    near.close()
    assert near.take() == b"", "it has its file"
    for ns in (9_000_000, 4_000_000):
        one.keep(journey("b", ns, djxh="d2"), "declaration.submit", OK)
        if told != "nothing":
            report()
    one.close()
    if told == "all":
        report()
    count, wrong = join(tmp_path, "run", "smoke", "", 2)
    journal = JournalFile(tmp_path / NAME)
    times = [entry.at[-9:] for entry in journal.entries()]
    if told == "nothing":
        assert wrong == ["worker-1.jsonl cannot be read: No such file or directory"]
        assert (count, times) == (1, ["005+08:00"])
    else:
        assert times == ["004+08:00", "005+08:00", "009+08:00"], "one order, whichever machine it was"
        assert wrong == ([] if told == "all" else [f"worker-1.jsonl {MIDDLE}"])
    assert bool(journal.torn) == bool(wrong)


def test_what_is_no_json_elsewhere_leaves_the_journal_without_end(tmp_path: Path) -> None:
    lost: list[str] = []
    lines = HomeLines(lost.append)
    one = JournalLog(lines, "run", 0, OWN, BEGUN_NS)
    one.keep(journey("a", 1, djxh="d1", paper=object()), "declaration.submit", OK)
    one.keep(journey("a", 2, djxh="d1"), "declaration.status", OK)
    one.close()
    Files(tmp_path, 0.0, lambda reason: pytest.fail(reason.en)).journal(0, one.take())
    assert (len(lost), join(tmp_path, "run", "smoke", "", 1)) == (1, (0, [f"worker-0.jsonl {MIDDLE}"]))


def test_what_is_no_json_is_told_and_the_journal_is_not_whole(tmp_path: Path) -> None:
    lost: list[str] = []
    one = log(tmp_path, 0, lost)
    one.keep(journey("a", 1, djxh="d1", paper=object()), "declaration.submit", OK)
    one.keep(journey("a", 2, djxh="d1"), "declaration.status", OK)
    one.close()
    assert len(lost) == 1
    assert join(tmp_path, "run", "smoke", "", 1)[1] != []


def in_parts(run: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two processes with 20 entries each, in parts of about three, whose intended times go backwards."""
    monkeypatch.setattr(private_files.FileInParts.__init__, "__defaults__", (400,))
    monkeypatch.setattr(of_run, "BUFFER", 300)
    for worker in (0, 1):
        kept = log(run, worker)
        for number in range(20):
            kept.keep(journey("a", (39 - 2 * number - worker) * 10**6, djxh="d"), "declaration.status", OK)
            kept.flush()
        kept.close()


def no_room(*_: object) -> None:
    raise OSError(28, "No space left on device")


@pytest.mark.parametrize("room", [False, True])
def test_a_journal_in_parts_is_one_journal_in_the_order_of_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, room: bool
) -> None:
    in_parts(tmp_path, monkeypatch)
    assert len(finished(tmp_path / "journal")) > 8
    for part in list(growing(tmp_path))[::2]:
        compress(part, packed_name(part))
    if not room:
        monkeypatch.setattr(of_run, "compress", no_room)
    assert join(tmp_path, "run", "smoke", "", 2) == (40, [])
    assert not (tmp_path / "journal").exists() and not list(tmp_path.glob(".*"))
    path = tmp_path / NAME
    assert len(parts(path)) > 8 and {one.suffix for one in parts(path)[:-1]} == {".gz" if room else ".ndjson"}
    assert all(one.stat().st_mode & 0o077 == 0 for one in parts(path))
    file = JournalFile(path)
    entries = list(file.entries())
    ms = [one.ms for one in entries]
    assert (len(entries), ms, file.torn) == (40, list(range(ms[0], ms[0] + 40)), "")
    whole = tmp_path / "whole.ndjson"
    whole.write_bytes(b"".join(file.lines()))
    assert JournalFile(whole).digest() == file.digest()


@pytest.mark.parametrize("place", [0, 3, -2])
def test_a_part_of_a_process_that_is_missing_or_damaged_leaves_the_journal_without_end(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: int
) -> None:
    in_parts(tmp_path, monkeypatch)
    gone = parts(tmp_path / "journal" / "worker-1.jsonl")[place]
    gone.unlink()
    _, wrong = join(tmp_path, "run", "smoke", "", 2)
    assert len(wrong) == 1 and wrong[0].startswith("worker-1.jsonl")
    assert place == -2 or f"{gone.name} is missing" in wrong[0]
    file = JournalFile(tmp_path / NAME)
    assert len(list(file.entries())) >= 20
    assert file.torn == "the journal has no end: entries may be missing"


@pytest.mark.parametrize("how", ["gone", "cut"])
@pytest.mark.parametrize("place", [0, 4, -2])
def test_a_part_of_the_journal_that_is_missing_or_damaged_is_named_or_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, place: int, how: str
) -> None:
    in_parts(tmp_path, monkeypatch)
    join(tmp_path, "run", "smoke", "", 2)
    damaged = parts(tmp_path / NAME)[place]
    damaged.unlink() if how == "gone" else damaged.write_bytes(damaged.read_bytes()[:-12])
    with pytest.raises(UsageError) as refused:
        list(JournalFile(tmp_path / NAME).entries())
    if place != -2 or how == "cut":
        assert damaged.name.removesuffix(".gz") in str(refused.value)
    else:  # nobody knows that there was one, but the end does
        assert "entries stand before it" in str(refused.value)


def test_a_journal_that_is_whole_is_not_joined_with_files_beside_it(tmp_path: Path) -> None:
    written(tmp_path)
    join(tmp_path, "run", "smoke", "2015-09-11", 2)
    (tmp_path / "journal.2015.ndjson").write_text("another year\n", encoding="utf-8")
    file = JournalFile(tmp_path / NAME)
    assert len(list(file.entries())) == 3 and not file.torn


def test_what_is_sorted_in_pieces_comes_in_one_order(tmp_path: Path) -> None:
    one = log(tmp_path, 0)
    for number in (5, 3, 3, 1, 4, 2):
        one.keep(journey("a", number, djxh=f"d{number}"), "declaration.status", OK)
    one.close()
    found = read_recorded(tmp_path / "journal" / "worker-0.jsonl", "run", tmp_path, most=250)
    assert (found.count, found.wrong, len(found.runs) > 1) == (6, "", True)
    join(tmp_path, "run", "smoke", "", 1)
    entries = list(JournalFile(tmp_path / NAME).entries())
    assert [one.taxpayer for one in entries] == ["d1", "d2", "d3", "d3", "d4", "d5"]


def test_a_disk_that_is_full_leaves_what_the_processes_wrote(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    written(tmp_path)
    before = {path.name: path.read_bytes() for path in (tmp_path / "journal").iterdir()}

    def full(file: private_files.AppendedFile, data: bytes) -> bool:
        file.give_up("No space left on device")
        return False

    with monkeypatch.context() as patched:
        patched.setattr(private_files.AppendedFile, "write", full)
        with pytest.raises(OSError, match="No space left on device"):
            join(tmp_path, "run", "smoke", "2015-09-11", 2)
    assert {path.name: path.read_bytes() for path in (tmp_path / "journal").iterdir()} == before
    assert sorted(path.name for path in tmp_path.iterdir()) == ["journal", NAME]
    with pytest.raises(UsageError, match="is no journal of renhai"):
        JournalFile(tmp_path / NAME)
    assert join(tmp_path, "run", "smoke", "2015-09-11", 2) == (3, [])
