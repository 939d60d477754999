"""Papers of a worker on another machine: the copy that comes home, and the files that are given by hand."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from renhai.binding.codec import Reply
from renhai.checks.papers import whole
from renhai.core.errors import UsageError
from renhai.load.http.client import Result
from renhai.load.measure.snapshot_files import Files
from renhai.load.worker.paper_file import HomeCopy, PaperFile
from renhai.reference.operations.printing.printer import PRINTS
from tests.checks.papers.test_papers import RUN, asked, rules, values

__all__ = ["rules"]
NOTICE = "printing.notice"
HOLE = "take it and its .bin from the worker's machine and give it: --papers FILE"


class Far:
    """A worker whose files stand in `there`, and the run's directory `here`, to which its reports come."""

    def __init__(self, folder: Path, rules: dict[str, Any], most: int = 1 << 20) -> None:
        self.here, self.there = folder / "run", folder / "far"
        self.here.mkdir()
        self.there.mkdir()
        self.rules = rules
        names = {name: rule["kept"] for name, rule in rules.items()}
        complain: list[Any] = []
        self.home = Files(self.here, 0.0, complain.append)
        self.file = PaperFile(
            self.there, RUN, 0, names, 1.0, 10**9, complain.append, HomeCopy(most), f"renhai-{RUN}-papers-0"
        )
        self.printed = 0

    def add(self, number: int, body: bytes) -> None:
        result = Result()
        result.status, result.body = 200, body
        self.file.keep(NOTICE, asked(number), Reply("ok", {}, "", "", 200), result)
        self.printed += 1

    def report(self) -> None:
        self.home.papers(0, self.file.take())

    def close(self) -> None:
        self.file.close()
        self.report()
        self.file.forget()

    def check(self, *given: Path, processes: int = 1) -> dict[str, Any]:
        self.home.close()
        counts = {NOTICE: {"started": self.printed, "ok": self.printed}}
        told = {"operations": counts, "generator": {"processes": processes}}
        (self.here / "measured.json").write_text(json.dumps(told), "utf-8")
        return whole.check_run(self.here, RUN, {"papers": self.rules}, "2015-09-11T08:00:00+00:00", given)

    @property
    def left(self) -> list[str]:
        return sorted(path.name for path in self.there.iterdir())

    @property
    def index(self) -> Path:
        return self.there / f"renhai-{RUN}-papers-0.jsonl"


@pytest.fixture
def far(tmp_path: Path, rules: dict[str, Any]) -> Far:
    return Far(tmp_path, rules)


def notice(number: int, **changes: str) -> bytes:
    return PRINTS["pdf"]("notice", {**values(number), **changes})


def three(far: Far) -> None:
    """Two that are right and one that is another's, over two reports."""
    far.add(1, notice(1))
    far.report()
    far.add(2, notice(2))
    far.add(3, notice(2))


def test_what_came_home_is_all_there_and_nothing_stays(far):
    three(far)
    far.close()
    found = far.check()
    assert (found["state"], found["problems"], far.left) == ("checked", [], [])
    assert (found["counts"]["printed"], found["counts"]["right"], found["counts"]["swapped"]) == (3, 2, 1)
    assert (far.here / "papers" / "worker-0.bin").stat().st_mode & 0o77 == 0


def test_a_worker_that_was_killed_leaves_the_check_incomplete_and_its_own_files_make_it_whole(far):
    three(far)
    far.report()
    far.add(4, notice(4))  # told to nobody
    found = far.check()
    assert found["state"] == "incomplete"
    assert found["problems"][0] == f"worker-0.jsonl did not come home whole; {HOLE}"
    assert f"{NOTICE}: 1 papers of 4 are not under papers/" in found["problems"]
    far.file.close()  # as the worker would have, had it lived: what it had on its disk is all
    found = far.check(far.index)
    assert (found["state"], found["counts"]["right"], found["counts"]["swapped"]) == ("checked", 3, 1)


def test_more_than_a_report_carries_stays_and_is_not_proven_until_it_is_given(tmp_path, rules):
    far = Far(tmp_path, rules, most=len(notice(1)) + 100)
    for number in (1, 2):
        far.add(number, notice(number))
    far.report()
    far.add(3, notice(3))
    far.close()
    assert far.left == [f"renhai-{RUN}-papers-0.bin", f"renhai-{RUN}-papers-0.jsonl"]
    found = far.check()
    assert (found["state"], found["counts"]["unkept"], found["counts"]["right"]) == ("incomplete", 1, 2)
    assert found["problems"] == [f"{NOTICE}: papers were more than reports carry home; {HOLE}"]
    found = far.check(far.index)
    assert (found["state"], found["counts"]["right"]) == ("checked", 3)


def test_a_worker_without_a_file_is_missed_though_its_papers_were_all_bad(far):
    three(far)
    far.close()
    found = far.check(processes=2)
    assert (found["state"], found["problems"]) == ("incomplete", [f"worker-1.jsonl is missing; {HOLE}"])


HARM = {
    "an operation that no line names": ["paper", "printing.other", 0, [], "ok", 0, 10, ""],
    "values that are too few": ["paper", NOTICE, 0, [], "ok", 0, 10, ""],
    "an offset that is none": ["paper", NOTICE, 0, [None] * 7, "ok", "0", 10, ""],
    "a word that nobody knows": ["later", NOTICE, 0, [None] * 7, "ok", 0, 10, ""],
    "a line that is short": ["paper", NOTICE],
}


@pytest.mark.parametrize("line", HARM.values(), ids=HARM)
def test_a_line_that_cannot_be_is_told_by_its_number(far, line):
    far.add(1, notice(1))
    far.close()
    path = far.here / "papers" / "worker-0.jsonl"
    lines = path.read_text("utf-8").splitlines()
    path.write_text("\n".join([*lines[:2], json.dumps(line), lines[2], ""]), "utf-8")
    found = far.check()
    assert (found["state"], found["counts"]["right"]) == ("incomplete", 1)
    assert found["problems"] == ["worker-0.jsonl line 3 is no line of papers"]


def test_a_file_given_by_hand_must_be_of_the_run(far, tmp_path):
    three(far)
    far.close()
    other, gone = tmp_path / "other.jsonl", tmp_path / "gone.jsonl"
    other.write_text(json.dumps(["renhai-papers", 1, "another", 0, {}]) + "\n", "utf-8")
    for path, told in (
        (other, f"is no index of papers of the run {RUN}"),
        (gone, "cannot be read: No such file or directory"),
        (tmp_path, "cannot be read: Is a directory"),
    ):
        with pytest.raises(UsageError) as refused:
            far.check(path)
        assert f"--papers {path}" in str(refused.value) and told in str(refused.value)


def test_an_index_without_its_bodies_proves_nothing(far, tmp_path):
    three(far)
    far.file.close()
    (tmp_path / "alone").mkdir()
    alone = far.index.rename(tmp_path / "alone" / far.index.name)
    found = far.check(alone)
    assert found["state"] == "incomplete"
    assert f"renhai-{RUN}-papers-0.bin cannot be read: No such file or directory" in found["problems"]
