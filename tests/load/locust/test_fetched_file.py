"""What a worker fetches is its own, whatever another worker on the same machine fetches."""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path

import pytest

APART = """
import os, sys, tempfile
from locust import argument_parser
from renhai.load.locust.fetched_file import keep_apart
keep_apart()
path, = argument_parser.parse_locustfiles_from_master([{"filename": "load.py", "contents": sys.argv[1]}])
print(path, oct(os.stat(os.path.dirname(path)).st_mode & 0o777), tempfile.gettempdir(), flush=True)
sys.stdin.readline()
if not os.fork():
    sys.exit()  # as a load process that ends before its parent
os.wait()
print(open(path).read(), flush=True)
"""


def test_two_workers_of_two_runs_do_not_read_one_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TMPDIR", str(tmp_path))
    both = [
        subprocess.Popen(
            [sys.executable, "-c", APART, f"plan of run {name}"], text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE,
        )
        for name in ("a", "b")
    ]  # fmt: skip
    told = [one.stdout.readline().split() for one in both if one.stdout is not None]
    paths = [Path(path) for path, _, _ in told]
    assert paths[0] != paths[1]
    assert [path.name for path in paths] == ["load.py"] * 2
    assert [mode for _, mode, _ in told] == ["0o700"] * 2
    assert [folder for _, _, folder in told] == [str(tmp_path)] * 2, (
        "other temporary files stay where they are"
    )
    rest = [one.communicate("\n", timeout=30)[0] for one in both]
    assert rest == ["plan of run a\n", "plan of run b\n"]
    assert list(tmp_path.iterdir()) == [], "nothing is left behind"
    assert tempfile.gettempdir() != str(tmp_path)
