"""Files of intents as load processes leave them, and as a kill, a full disk or a lost machine leave them."""

from __future__ import annotations

import errno
import json
import mmap
import os
from pathlib import Path
from time import monotonic_ns
from typing import Any

import gevent
import pytest

from renhai.binding.codec import Reply
from renhai.checks.cleanup import read_receipts
from renhai.core import private_files
from renhai.core.packing import compress
from renhai.load.measure.intents import IntentLog
from renhai.load.worker import intent_file
from renhai.load.worker.intent_file import forget
from results.checks.audit.intents import Intents, intent_files, read_intents
from results.snapshot.segments import finished, lines, packed_name, parts
from tests.killed import last_told
from tests.load.measure.intending import answered, intended

NOW = monotonic_ns()
NAMES = {"a.b": ["djxh", "pzxh", "je"], "c.d": ["x"]}


class Run:
    """A run's directory with one file."""

    def __init__(self, folder: Path, worker: int = 0, carried: bool = False) -> None:
        (folder / "receipts").mkdir(exist_ok=True)
        self.folder, self.lost = folder, list[str]()
        self.path = folder / "receipts" / f"worker-{worker}.jsonl"
        fen = {"a.b": ["je"]}
        self.log = IntentLog(self.path, "run-1", worker, NAMES, fen, self.lost.append, carried=carried)

    def read(self, workers: int = 1, *given: Path) -> Intents:
        return read_intents(intent_files(self.folder, given), "run-1", workers)


def ok(**data: Any) -> Reply:
    return Reply("ok", data, "", "")


def test_each_write_leaves_an_intent_and_a_receipt(tmp_path: Path) -> None:
    run = Run(tmp_path)
    log = run.log
    fields = {"djxh": "1", "je": 12.3, "other": "no"}
    numbers = [intended(log, "a.b", fields, NOW) for _ in range(5)]
    answered(log, numbers[0], "a.b", ok(pzxh="p", je=12.31), True, NOW)
    answered(log, numbers[1], "a.b", Reply("rejected", {}, "7", "已申报"), True, NOW)
    answered(log, numbers[2], "a.b", Reply("error", {}, "", "read timeout"), True, NOW)
    answered(log, numbers[3], "a.b", Reply("error", {}, "", "connection refused"), False, NOW)
    log.close()
    found = run.read()
    assert found.holes == []
    rows = found.writes["a.b"]
    assert [row.fate for row in rows] == ["ok", "fail", "info", "fail", "info"]
    assert rows[0].values == {"djxh": "1", "pzxh": "p", "je": 1231}
    assert rows[1].values == {"djxh": "1", "pzxh": None, "je": 1230}
    assert (rows[1].reason, rows[4].reason) == ("7 已申报", "no receipt")
    assert [{k: v for k, v in one.items() if k != "at"} for one in read_receipts(tmp_path)] == [
        {"operation": "a.b", "djxh": "1", "pzxh": "p", "je": 1231}]  # fmt: skip
    assert run.path.stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("mapped", [True, False])
def test_an_intent_is_on_its_way_before_anything_is_sent_and_receipts_soon(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mapped: bool
) -> None:
    """As after kill -9: nothing is flushed any more."""
    unmapped(monkeypatch, mapped)
    run = Run(tmp_path)

    def fates() -> list[str]:
        return [row.fate for row in run.read().writes["c.d"]]

    first = intended(run.log, "c.d", {"x": 1}, NOW)
    assert fates() == ["info"]
    answered(run.log, first, "c.d", ok(), True, NOW)
    assert fates() == ["info"]
    run.log.flush()  # as every ten milliseconds
    assert fates() == ["ok"]
    answered(run.log, intended(run.log, "c.d", {"x": 2}, NOW), "c.d", ok(), True, NOW)
    intended(run.log, "c.d", {"x": 3}, NOW)
    assert fates() == ["ok", "ok", "info"]


@pytest.mark.parametrize("mapped", [True, False])
def test_every_kind_of_receipt_comes_home_and_stands_in_the_file_in_one_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mapped: bool
) -> None:
    """Through several pieces of room, which the receipts meet as the intents do."""
    monkeypatch.setattr(private_files, "STEP", 256)
    unmapped(monkeypatch, mapped)
    run, home = Run(tmp_path, carried=True), b""
    replies = [ok(pzxh="p"), Reply("rejected", {}, "7", "已申报"), Reply("error", {}, "", "read timeout")]
    for n in range(60):
        number = intended(run.log, "a.b", {"djxh": str(n), "je": n / 4}, NOW)
        if n % 4 == 3:
            run.log.cut(number)
        else:
            answered(run.log, number, "a.b", replies[n % 4], True, NOW)
        home += run.log.take()
    run.log.close()
    home += run.log.take()
    assert run.path.read_bytes() == home
    found = run.read()
    assert found.holes == []
    assert [row.fate for row in found.writes["a.b"]] == ["ok", "fail", "info", "info"] * 15
    assert [row.values["je"] for row in found.writes["a.b"]] == [round(n * 25) for n in range(60)]


def test_what_an_answer_is_changed_to_later_is_no_part_of_its_receipt(tmp_path: Path) -> None:
    run = Run(tmp_path)
    rows: list[int] = [1]
    data: dict[str, Any] = {"pzxh": [1], "djxh": "1"}
    number = intended(run.log, "a.b", {"djxh": rows}, NOW)
    answered(run.log, number, "a.b", ok(**data), True, NOW)
    rows.append(2)
    data["pzxh"].append(2)
    run.log.close()
    assert run.read().writes["a.b"][0].values == {"djxh": "1", "pzxh": [1], "je": None}


def test_values_that_json_does_not_know_are_kept_as_texts(tmp_path: Path) -> None:
    run = Run(tmp_path)
    for je in (float("nan"), float("inf"), "1.20", None, 10**30, True):
        intended(run.log, "a.b", {"djxh": "\ud800", "je": je, "pzxh": {1, 2} if je is None else 2**70}, NOW)
    run.log.close()
    found = run.read()
    assert found.holes == []
    assert [row.values["je"] for row in found.writes["a.b"]] == ["nan", "inf", "1.20", None, 10**32, True]


def test_a_torn_last_line_is_tolerated_and_another_is_told(tmp_path: Path) -> None:
    run = Run(tmp_path)
    intended(run.log, "c.d", {"x": 1}, NOW)
    run.log.file.close()
    whole = run.path.read_bytes()
    run.path.write_bytes(whole + b'[[7,9,2],["c.d",17')
    assert (len(run.read().writes["c.d"]), run.read().holes) == (1, [])
    run.path.write_bytes(whole + b'[[7,9,2],["c.d",17\n[[7,9,0],[1,5,null]]\n')
    (hole,) = run.read().holes
    assert (hole.file, hole.line) == ("worker-0.jsonl", 3)
    assert "is no JSON" in hole.why
    run.path.write_bytes(whole + b'[[7,9,3],["c.d",1]]\n')
    assert "intent 3 follows 1" in run.read().holes[0].why
    run.path.write_bytes(whole + b'[[7,9,0],[1,5,8]]\n[[7,9,2],["c.d",1],[2,9,4]]\n["end",2]\n')
    assert (sorted(row.values["x"] for row in run.read().writes["c.d"]), run.read().holes) == ([4, 8], [])


@pytest.mark.parametrize(
    "line",
    [
        '[[7,9,0],[9,5,null]]', '[[7,9,2],["e.f",1]]', '[[7,9,2],["c.d"]]', '[[7,9,2],["c.d",1,2]]',
        '[[7,9,2],["c.d",1],["c.d"]]', '[[7,9,2],"c"]', '[[7,9,2],{"c.d":1}]', '[[7,9,2],[]]', '[[7,9,2]]',
        '[[7,9],["c.d",1]]', '[[7,9,2,1],["c.d",1]]', '[[7,9,2.0],["c.d",1]]', '[[7,9,"2"],["c.d",1]]',
        '[[7,9,true],["c.d",1]]', '[[7,true,2],["c.d",1]]', '["792",["c.d",1]]', '[[7,9,0],[1,5,1,2]]',
        '[[7,9,0],[1,5]]', '[[7,9,0],[1]]', '[[7,9,0],[1.0,5,1]]', '[[7,9,0],[true,5,1]]',
        '[[7,9,0],[null,1,5,"ok","no"]]', '[[7,9,0],[null,1,5,"info"]]', '[[7,9,0],[null,2,5,"info","no"]]',
        '["what",1]', '["end"]', '["end",1,2]', '["end","1"]', "7", "[]", "{}", "null",
    ],
)  # fmt: skip
def test_a_line_that_cannot_be_is_told(tmp_path: Path, line: str) -> None:
    run = Run(tmp_path)
    intended(run.log, "c.d", {"x": 1}, NOW)
    run.log.file.close()
    run.path.write_bytes(run.path.read_bytes() + line.encode() + b"\n")
    assert [hole.line for hole in run.read().holes] == [3]
    assert [row.fate for row in run.read().writes["c.d"]][:1] == ["info"]


def test_a_file_of_another_run_or_worker_that_is_missing_makes_it_incomplete(tmp_path: Path) -> None:
    run = Run(tmp_path)
    run.log.close()
    assert [str(hole) for hole in run.read(2).holes] == [
        "worker-1.jsonl: is missing; take it from the worker's machine and give it: --receipts FILE"]  # fmt: skip  # noqa: E501
    (hole,) = read_intents(intent_files(tmp_path), "run-2", 1).holes[:1]
    assert "is of the run run-1" in hole.why
    run.path.write_text('{"operation": "a.b", "at": 1}\n', encoding="utf-8")
    assert "no file of intents" in run.read().holes[0].why


def test_a_file_that_did_not_come_home_whole_is_replaced_by_the_one_given_by_hand(tmp_path: Path) -> None:
    away = tmp_path / "away"
    away.mkdir()
    theirs, home = Run(away, carried=True), tmp_path / "home"
    (home / "receipts").mkdir(parents=True)
    intended(theirs.log, "c.d", {"x": 1}, NOW)
    (home / "receipts" / "worker-0.jsonl").write_bytes(theirs.log.take())
    intended(theirs.log, "c.d", {"x": 2}, NOW)
    found = read_intents(intent_files(home), "run-1", 1)
    assert (len(found.writes["c.d"]), "did not come home whole" in found.holes[0].why) == (1, True)
    found = read_intents(intent_files(home, [theirs.path]), "run-1", 1)
    assert (len(found.writes["c.d"]), found.holes) == (2, [])
    theirs.log.close()
    assert json.loads(theirs.log.take().splitlines()[-1]) == ["end", 2]


@pytest.mark.parametrize("mapped", [True, False])
def test_a_disk_that_is_full_is_told_once_and_nothing_follows_the_hole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mapped: bool
) -> None:
    """Where the file is mapped, at the next piece of room; else at the next line."""
    monkeypatch.setattr(private_files, "STEP", 1)
    unmapped(monkeypatch, mapped)
    run = Run(tmp_path)
    intended(run.log, "c.d", {"x": 1}, NOW)
    full = os.open("/dev/full", os.O_WRONLY)
    os.dup2(full, run.log.file.descriptor)
    os.close(full)
    monkeypatch.setattr(os, "ftruncate", lambda descriptor, size: os.truncate(run.path, size))
    intended(run.log, "c.d", {"x": 2}, NOW)
    intended(run.log, "c.d", {"x": 3}, NOW)
    run.log.close()
    assert run.lost == ["No space left on device"]
    assert len(run.read().writes["c.d"]) == 1


def unmapped(monkeypatch: pytest.MonkeyPatch, mapped: bool) -> None:
    """As on a file system that maps no file."""
    if not mapped:
        monkeypatch.setattr(mmap, "mmap", refused)


def refused(descriptor: int, size: int) -> None:
    raise OSError(errno.ENODEV, os.strerror(errno.ENODEV))


@pytest.mark.parametrize("mapped", [True, False])
def test_a_file_holds_the_same_by_memory_and_by_calls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, mapped: bool
) -> None:
    unmapped(monkeypatch, mapped)
    run = Run(tmp_path)
    for n in range(3):
        answered(run.log, intended(run.log, "a.b", {"djxh": str(n)}, NOW), "a.b", ok(pzxh=n), True, NOW)
        assert [row.values["djxh"] for row in run.read().writes["a.b"]] == [str(k) for k in range(n + 1)]
        assert (run.path.stat().st_size % private_files.STEP == 0) == mapped, "as kill -9 would leave it"
    run.log.close()
    assert run.read().holes == []
    assert run.path.read_bytes().endswith(b'["end",3]\n')


def test_a_file_that_can_be_mapped_no_more_goes_on_by_calls(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(private_files, "STEP", 100)
    run = Run(tmp_path)
    intended(run.log, "c.d", {"x": "y" * 100}, NOW)
    unmapped(monkeypatch, False)
    for n in range(50):
        intended(run.log, "c.d", {"x": n}, NOW)
    run.log.close()
    found = run.read()
    assert (run.lost, found.holes) == ([], [])
    assert [row.values["x"] for row in found.writes["c.d"]] == ["y" * 100, *range(50)]


KILLED = """
import itertools, os, sys
from pathlib import Path
from renhai.load.measure.intents import IntentLog
from tests.load.measure.intending import answered, intended
log = IntentLog(Path(sys.argv[1]), "run-1", 0, {"c.d": ["x"]}, {}, print)
for n in itertools.count(1):
    assert intended(log, "c.d", {"x": "y" * (n % 700)}, n) == n
    os.write(1, b"%d\\n" % n)  # the request
"""


def test_no_request_is_seen_without_its_intent_whenever_its_process_is_killed(tmp_path: Path) -> None:
    """kill -9 at moments from within the first lines to beyond several pieces of room."""
    (tmp_path / "receipts").mkdir()
    path = tmp_path / "receipts" / "worker-0.jsonl"
    for seen in (1, 3, 1000, 6007):
        path.unlink(missing_ok=True)
        last = last_told(KILLED, path, seen)
        found = read_intents(intent_files(tmp_path), "run-1", 1)
        assert found.holes == []
        numbers = [write.number[1] for write in found.writes["c.d"]]
        assert numbers == list(range(1, len(numbers) + 1))
        assert last <= len(numbers) <= last + 1


def in_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Run:
    """Six writes in parts of 100 bytes and more, which two writes fill; the third part is its end."""
    monkeypatch.setattr(private_files.MappedFile.__init__, "__defaults__", (100,))
    run = Run(tmp_path)
    for number in range(6):
        answered(run.log, intended(run.log, "c.d", {"x": "y" * 20}, NOW), "c.d", ok(x=str(number)), True, NOW)
    run.log.close()
    return run


def told(found: Intents) -> tuple[list[str], int]:
    return [row.values["x"] for row in found.writes["c.d"]], len(found.holes)


def test_parts_are_read_as_one_compressed_or_not(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    run = in_parts(tmp_path, monkeypatch)
    whole = list("012345"), 0
    done = finished(run.path.parent)
    assert [part.name for part in done][:2] == ["worker-0.0001.jsonl", "worker-0.0002.jsonl"]
    assert told(run.read()) == whole
    before = b"".join(lines(run.path))
    compress(done[0], packed_name(done[0]))
    assert (done[0].exists(), b"".join(lines(run.path))) == (False, before)
    copy = done[1].read_bytes()
    compress(done[1], packed_name(done[1]))
    done[1].write_bytes(copy)  # as when the machine fell before it was taken away
    assert told(run.read()) == whole
    assert [one["x"] for one in read_receipts(tmp_path)] == whole[0]
    assert all(path.stat().st_mode & 0o077 == 0 for path in run.path.parent.iterdir() if path != done[1])
    assert not list(run.path.parent.glob(".*"))


@pytest.mark.parametrize("gone", [0, 1, -1])
@pytest.mark.parametrize("packed", [False, True])
def test_a_part_that_is_gone_or_damaged_is_a_hole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, gone: int, packed: bool
) -> None:
    run = in_parts(tmp_path, monkeypatch)
    if packed:
        for part in finished(run.path.parent):
            compress(part, packed_name(part))
    path = parts(run.path)[gone]
    data = path.read_bytes()
    path.unlink()
    assert run.read().holes
    if path.suffix == ".gz":
        for damaged in (data[:-9], data[: len(data) // 2], b"no gzip at all", b""):
            path.write_bytes(damaged)
            assert run.read().holes, damaged


def test_a_worker_takes_all_parts_away_once_they_came_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(private_files.MappedFile.__init__, "__defaults__", (100,))
    run = Run(tmp_path, carried=True)
    for _ in range(6):
        intended(run.log, "c.d", {"x": "y" * 40}, NOW)
    home = run.log.take()
    assert b"".join(lines(run.path)).rstrip(b"\0") == home
    forget(run.log)
    assert list(run.path.parent.iterdir()) == []


def test_parts_on_a_worker_s_own_machine_are_compressed_and_go_with_the_others(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(private_files.MappedFile.__init__, "__defaults__", (100,))
    monkeypatch.setattr(intent_file, "LOOK_S", 0.01)
    run = Run(tmp_path, carried=True)
    for _ in range(6):
        intended(run.log, "c.d", {"x": "y" * 40}, NOW)
    packing = gevent.spawn(intent_file._pack_parts, run.log)
    with gevent.Timeout(20):
        while finished(run.path.parent):
            gevent.sleep(0.01)
    packed = [path.name for path in parts(run.path)[:-1]]
    assert packed[:2] == ["worker-0.0001.jsonl.gz", "worker-0.0002.jsonl.gz"]
    assert b"".join(lines(run.path)).rstrip(b"\0") == run.log.take()
    run.log.close()
    packing.join(20)
    forget(run.log)
    assert list(run.path.parent.iterdir()) == []


def test_a_copy_by_hand_that_was_taken_too_early_stands_for_nothing(tmp_path: Path) -> None:
    run = Run(tmp_path)
    intended(run.log, "c.d", {"x": 1}, NOW)
    early = tmp_path / "copy.jsonl"
    early.write_bytes(run.path.read_bytes().rstrip(b"\0"))
    intended(run.log, "c.d", {"x": 2}, NOW)
    run.log.close()
    assert [row.values["x"] for row in run.read(1, early).writes["c.d"]] == [1, 2]


@pytest.mark.parametrize("time", ["noon", 5.5, None, True, -1, 10**20])
def test_a_time_that_is_none_is_told_by_its_line(tmp_path: Path, time: Any) -> None:
    run = Run(tmp_path)
    intended(run.log, "c.d", {"x": 1}, NOW)
    intended(run.log, "c.d", {"x": 2}, NOW)
    run.log.close()
    told = [json.loads(line) for line in run.path.read_bytes().splitlines()]
    told[2][0][1] = time
    run.path.write_text("".join(json.dumps(line) + "\n" for line in told), "utf-8")
    (hole, *_) = run.read().holes
    assert hole.line == 3
    assert f"has {time!r} for a time" in hole.why or "no whole number" in hole.why
