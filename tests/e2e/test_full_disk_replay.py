"""The disk of a dual-track replay fills up: one clear error, and with room again the same command goes on.

Nothing is sent twice, and nothing that was compared is lost. The targets stand elsewhere and count what they
get; the last row has both in the full place, too. One small file system for all rows, in a mount namespace.
"""

from __future__ import annotations

import contextlib
import json
import re
import shutil
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests import forked
from tests.e2e.namespaces import filling, mounted, require_mounts, seen_within
from tests.e2e.test_dual_track import ALONE, counts
from tests.e2e.test_run import environ, renhai, target

SHARE = 2  # every other row runs in `make test`, all with --all
TOGETHER = 4
AGAIN = "free the disk and give the same command again: it goes on where it stopped, and sends nothing twice"
NO_ROOM = f"cannot be written: No space left on device; {AGAIN}"
PROGRESS = re.compile(
    r"(old|new): [\d,]+ sent, [\d,]+ left|everything was sent before; nothing is sent again"
)
FULL = (
    filling("small")
    + """
import glob, threading, time

def at(side, answers):
    def watch():
        until = time.monotonic() + 90
        while time.monotonic() < until:
            if any(open(path).read().count('"answer"') > answers
                   for path in glob.glob(f"small/ROW/{side}.track.jsonl")):
                return fill()
            time.sleep(0.01)
    threading.Thread(target=watch, daemon=True).start()

from renhai.checks.replay import whole
MOMENT
"""
)
MOMENTS = {
    "start": "fill()",
    "first": 'at("old", 0)',
    "middle": 'at("new", 60)',
    "end": 'before(whole, "compared")',
    "pages": 'before(whole, "_write_pages")',
    "inside": 'at("new", 60)',  # with both systems
}


@dataclass
class Place:
    """holder: whose mounts are seen; folder: where commands are given; small: the full place from here."""

    holder: int
    folder: Path
    small: Path
    journal: dict[str, str]  # operations by id

    def replay(self, row: str, *urls: str, before: str = "") -> subprocess.CompletedProcess[str]:
        line = ["replay", "day.ndjson", "--rules", "rules.yaml", "--out", f"small/{row}"]
        systems = ["--old", "ctais", "--new", "reference"]
        if urls:
            systems = ["--old", "reference", "--old-url", urls[0], "--new", "reference", "--new-url", urls[1]]
        line += [*systems, "--together", str(TOGETHER)]
        done = forked.run(line, self.folder, environ(), timeout=240, within=self.holder, before=before)
        told = done.stdout + done.stderr
        assert "Traceback" not in told and "internal error" not in told, told
        return done

    def tracks(self, row: str) -> dict[str, bytes]:
        """What is in either track, by side."""
        paths = {side: self.small / row / f"{side}.track.jsonl" for side in ("old", "new")}
        return {side: path.read_bytes() if path.exists() else b"" for side, path in paths.items()}

    def free(self) -> None:
        (self.small / "fill").unlink()

    def clear(self, row: str) -> None:
        """Nothing of an earlier try is left."""
        (self.small / "fill").unlink(missing_ok=True)
        shutil.rmtree(self.small / row, ignore_errors=True)


@pytest.fixture(scope="module")
def place(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Place]:
    require_mounts()
    folder = tmp_path_factory.mktemp("full")
    make = ("journal", "make", "changsha/dual_track", "--transactions", "200", "--out", "day.ndjson")
    done = renhai(folder, *make)
    assert done.returncode == 0, done.stderr
    (folder / "rules.yaml").write_text(ALONE, "utf-8")
    (folder / "small").mkdir()
    entries = map(json.loads, (folder / "day.ndjson").read_text("utf-8").splitlines())
    journal = {one["id"]: one["operation"] for one in entries if "id" in one}
    with mounted("mount -t tmpfs -o size=24m tmpfs small", folder) as holder:
        yield Place(holder, folder, seen_within(holder, folder / "small"), journal)


def lines(track: bytes, word: str) -> list[str]:
    """Ids of its lines of a kind; each is whole."""
    assert not track or track.endswith(b"\n")
    found = [json.loads(line) for line in track.splitlines()]
    return [line[1] for line in found if line[0] == word]


def one_error(done: subprocess.CompletedProcess[str], said: str) -> None:
    """Of all that stands on standard error a single line is no progress."""
    told = [line for line in done.stderr.splitlines() if not PROGRESS.fullmatch(line)]
    assert len(told) == 1 and said in told[0], done.stderr


@pytest.mark.parametrize("row", [row for row in MOMENTS if row != "inside"])
def test_with_room_again_the_same_command_goes_on(row: str, place: Place) -> None:
    place.clear(row)
    (place.folder / "full.py").write_text(FULL.replace("ROW", row).replace("MOMENT", MOMENTS[row]), "utf-8")
    with contextlib.ExitStack() as stack:
        how = ("--fault", "latency=40ms", "--date", "2015-09-11")  # so that it fills up before all was sent
        urls = [stack.enter_context(target(*how)) for _ in ("old", "new")]
        first = place.replay(row, *urls, before=str(place.folder / "full.py"))
        before, received = place.tracks(row), [counts(url) for url in urls]
        told(row, first, place)
        second = place.replay(row, *urls)
        assert second.returncode == 3, second.stdout + second.stderr
        one_error(second, NO_ROOM)
        assert place.tracks(row) == before and [counts(url) for url in urls] == received
        place.free()
        third = place.replay(row, *urls)
        received = [counts(url) for url in urls]
    after = place.tracks(row)
    for side, got in zip(("old", "new"), received, strict=True):
        intents = lines(after[side], "intent")
        assert after[side].startswith(before[side])
        assert len(intents) == len(set(intents)) and Counter(place.journal[one] for one in intents) == got
    found = json.loads((place.small / row / "replay.json").read_text("utf-8"))
    number = found["counts"]
    both = set(lines(before["old"], "answer")) & set(lines(before["new"], "answer"))
    assert number["matched"] + number["ignored"] >= len(both)
    assert number["mismatched"] == 0 and found["occurred"] == len(place.journal) == 200
    assert number["not_answered"] <= 2 * TOGETHER, "no more than were under way"
    assert third.returncode == (4 if number["not_answered"] or number["not_sent"] else 0), third.stdout
    assert (place.small / row / "replay.html").exists() and not list(place.small.rglob("*.partial"))
    shutil.rmtree(place.small / row)


def told(row: str, done: subprocess.CompletedProcess[str], place: Place) -> None:
    """What the replay said whose disk filled up."""
    if row == "pages":
        assert done.returncode == 0, done.stdout + done.stderr
        one_error(done, f"replay.html {NO_ROOM}")
        assert (place.small / row / "replay.json").exists()
        return
    assert done.returncode == 3, done.stdout + done.stderr
    if row == "start":
        one_error(done, f"small/start {NO_ROOM}")
        assert place.tracks(row) == {"old": b"", "new": b""}
        return
    one_error(done, f"replay.json {NO_ROOM}")
    cut = f"track: the track {NO_ROOM}"
    assert (cut in done.stdout) == (row != "end"), done.stdout
    assert "200" in done.stdout and not (place.small / row / "replay.json").exists()


def test_systems_whose_disk_is_full_too_are_never_taken_for_fine(place: Place) -> None:
    """Both are ours, on databases that stand in the same place; the reports say what became of each."""
    row = "inside"
    place.clear(row)
    (place.folder / "full.py").write_text(FULL.replace("ROW", row).replace("MOMENT", MOMENTS[row]), "utf-8")
    first = place.replay(row, before=str(place.folder / "full.py"))
    assert first.returncode == 3, first.stdout + first.stderr
    one_error(first, f"replay.json {NO_ROOM}")
    before = place.tracks(row)
    place.free()
    second = place.replay(row)
    after = place.tracks(row)
    for side in ("old", "new"):
        intents = lines(after[side], "intent")
        assert after[side].startswith(before[side]) and len(intents) == len(set(intents))
    found = json.loads((place.small / row / "replay.json").read_text("utf-8"))
    assert second.returncode in (1, 4) and found["verdict"] != "pass", second.stdout
    assert found["counts"]["not_answered"] > 0 and found["occurred"] == 200
    shutil.rmtree(place.small / row)
