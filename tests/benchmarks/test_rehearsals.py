"""What `benchmarks rehearsals` says beforehand and while it goes on."""

from __future__ import annotations

import pytest

from benchmarks.truth.rehearsals import PLANTED, Progress, about

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
    assert about(["evidence gone"], golive=False).endswith("1 with one each: about 6 minutes")
    assert about(["a slow system"] * 4, golive=False).endswith("about 8 minutes")
    assert about([], golive=True).endswith("the programme of Changsha after them: about 20 minutes")


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
