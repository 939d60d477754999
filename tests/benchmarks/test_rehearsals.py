"""What `benchmarks rehearsals` says beforehand and while it goes on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from benchmarks.truth import rehearsals
from benchmarks.truth.rehearsals import PLANTED, Progress, about, kept, programme

SAID = """\
stage migration: 迁移数据验证比对
  renhai verify old new
  | 2 batches, 8 findings
  FAILED 未通过 migration Migrated data verified: 8 findings
    - its command found a failure (数据组 张三, 2015-09-05)
stage soak: 稳定
  renhai run soak
NO-GO 不能上线: planted, 2015-10-08
  FAILED 未通过 migration Migrated data verified: 8 findings
stage by stage
"""


def test_each_stage_and_its_gate_are_printed_once(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress("nothing")
    for line in SAID.splitlines():
        progress.tell(line)
    told = [line.partition("] ")[2] for line in capsys.readouterr().out.splitlines()]
    assert told == [
        "nothing: begins",
        "nothing: stage migration: 迁移数据验证比对",
        "nothing: FAILED 未通过 migration Migrated data verified: 8 findings",
        "nothing: - its command found a failure (数据组 张三, 2015-09-05)",
        "nothing: stage soak: 稳定",
    ]


def test_how_long_it_takes_is_said_by_what_is_asked() -> None:
    # 5.5 minutes without a fault, 0.75 for each that is rehearsed again; three only alter the evidence
    assert sum(fault.how == "failed" for fault in PLANTED.values()) == len(PLANTED) - 3
    assert about(["evidence gone"], False, 16, 16).endswith("1 with one each: about 6 minutes")
    assert about(["a slow system"] * 4, False, 16, 16).endswith("about 8 minutes")
    assert about([], True, 16, 16).endswith("the programme of Changsha after them: about 20 minutes")


def test_what_is_left_out_is_said_and_nothing_is_that_a_fault_needs(tmp_path: Path) -> None:
    whole = programme(tmp_path)
    part = kept(whole, ["payments altered"])  # its gate reads back what another stage filed
    assert (list(part["stages"]), list(part["systems"])) == (["filing", "read_back"], ["books"])
    # 5.5 minutes for 16 stages are 0.7 for 2; the fault 0.75
    assert about(["payments altered"], False, 2, len(whole["stages"])).endswith(
        "about 1 minutes; 2 of 16 stages alone: that the gates of the others stay open is not shown"
    )
    for name, fault in PLANTED.items():
        alone = kept(programme(tmp_path), [name])
        fault.change(alone)
        assert fault.gate in alone["stages"] and set(alone["systems"]) <= set(whole["systems"])
    assert kept(whole, [*PLANTED]) == whole


def test_a_part_leaves_the_page_as_it_is(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[tuple[list[str], bool]] = []

    def reported(name: str, title: str, tables: list[str], raw: dict[str, Any], *, keep: bool) -> None:
        said.append(([row[0] for row in raw["rows"]], keep))

    monkeypatch.setattr(rehearsals, "rehearsed", lambda name, file, out: 0.0)
    monkeypatch.setattr(rehearsals, "row_of", lambda name, *more: ([name] * 6, True))
    monkeypatch.setattr(rehearsals, "planted", lambda name, *more: ([name] * 6, True))
    monkeypatch.setattr(rehearsals, "report", reported)
    for options in ([], ["--only", "invoices missing"], ["--draft"]):
        assert rehearsals.main(options) == 0
    assert said == [
        (["nothing", *PLANTED], True),
        (["nothing", "invoices missing"], False),
        (["nothing", *PLANTED], False),
    ]


def test_why_no_stage_began_is_said(capsys: pytest.CaptureFixture[str]) -> None:
    progress = Progress("back too late")
    progress.tell("renhai: the system sea cannot be started: its port is taken")
    progress.end()
    assert (
        capsys.readouterr()
        .out.splitlines()[-1]
        .endswith(
            "back too late: no stage began: renhai: the system sea cannot be started: its port is taken"
        )
    )
