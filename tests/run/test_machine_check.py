"""The doctor: each finding with its remedy."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import pytest

from renhai.run.process import machine_check
from renhai.run.process.machine_check import (
    Finding,
    check_clock,
    check_open_files,
    check_ports,
    check_writable,
    examine,
    exit_code,
)


def test_this_machine_is_examined_in_full(tmp_path: Path) -> None:
    findings = examine(tmp_path)
    assert [finding.name for finding in findings] == [
        "python",
        "system",
        "libraries",
        "size",
        "cores",
        "open files",
        "local ports",
        "loopback",
        "write runs",
        f"write {Path(machine_check.tempfile.gettempdir()).name}",
        "clock",
    ]
    assert exit_code(findings) == 0, findings
    assert all(finding.remedy for finding in findings if finding.state != "ok")


@pytest.mark.parametrize(
    ("soft", "hard", "state"),
    [
        (1024, 1_048_576, "ok"),  # a run raises the soft limit itself
        (20_000, 20_000, "ok"),
        (1024, 4096, "warn"),
        (256, 256, "fail"),
        (resource.RLIM_INFINITY, resource.RLIM_INFINITY, "ok"),
    ],
)
def test_open_files(soft: int, hard: int, state: str) -> None:
    finding = check_open_files(soft, hard)
    assert finding.state == state
    assert ("ulimit -n 20000" in finding.remedy) == (state != "ok")


def test_ports() -> None:
    assert check_ports((32768, 60999)) == Finding("local ports", "ok", "32768 to 60999: 28,232")
    assert check_ports((50000, 50999)).remedy.startswith("sysctl -w net.ipv4.ip_local_port_range=")
    assert check_ports(None).state == "warn"


def test_clock() -> None:
    assert check_clock("tsc", 40).state == "ok"
    assert check_clock("hpet", 900).state == "warn"
    assert check_clock("tsc", 5000).state == "warn"
    assert check_clock("unknown", 50).state == "ok"


def test_a_folder_that_cannot_be_written(tmp_path: Path) -> None:
    assert check_writable(tmp_path / "results" / "runs").state == "ok"
    assert not (tmp_path / "results").exists()
    blocked = tmp_path / "file"
    blocked.write_text("")
    finding = check_writable(blocked / "runs")
    assert finding.state == "fail"
    assert "--out DIR" in finding.remedy
    if os.geteuid():
        tmp_path.chmod(0o500)
        assert check_writable(tmp_path / "results").state == "fail"


def test_warnings_do_not_fail() -> None:
    warn, fail = Finding("a", "warn", "x", "y"), Finding("b", "fail", "x", "y")
    assert exit_code([warn, warn]) == 0
    assert exit_code([warn, fail]) == 1
