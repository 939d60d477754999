"""The runner makes declarations ahead of the load, by processes of its own, and leaves nothing behind."""

from __future__ import annotations

import json
import shutil
import signal
import subprocess
import sys
import time
from collections import namedtuple
from pathlib import Path

import orjson
import psutil
import pytest

from generators.documents.vat.declaration import declaration
from renhai.core.errors import InvalidRun, UsageError
from renhai.core.process.interrupts import Interrupts
from renhai.plan.build import normalise
from renhai.plan.model import Taxpayers
from renhai.run.monitor.views import Quiet
from renhai.run.process import ahead as module
from renhai.run.process.ahead import made_ahead
from renhai.run.process.locust_process import Cluster
from renhai.spec.ahead.making import people_of
from renhai.spec.ahead.stored import contents_of, opened
from renhai.spec.loader import LoadedScenario, load_scenario

ROOT = Path(__file__).resolve().parents[2]
TEXT = """\
name: ahead
data: {seed: 7, taxpayers: TAXPAYERS, first: 5, ahead: PERIODS}
load: {arrivals: {rate: 20/s, journeys: {declaration.file: 1}}, stages: [{hold: 10s}]}
thresholds: {run: [error_rate < 1%]}
"""


class Told(Quiet):
    def __init__(self) -> None:
        self.notes: list[str] = []

    def note(self, text: str) -> None:
        self.notes.append(text)


def scenario(folder: Path, taxpayers: int = 30, periods: int = 2) -> tuple[LoadedScenario, Taxpayers]:
    path = folder / "ahead.yaml"
    path.write_text(TEXT.replace("TAXPAYERS", str(taxpayers)).replace("PERIODS", str(periods)))
    loaded = load_scenario(str(path))
    return loaded, normalise(loaded).data


@pytest.fixture
def out(tmp_path: Path) -> Path:
    found = tmp_path / "out"
    found.mkdir()
    return found


@pytest.mark.parametrize("processes", [1, 2])
def test_it_is_there_while_the_run_lasts_and_has_no_name(tmp_path: Path, out: Path, processes: int) -> None:
    loaded, data = scenario(tmp_path)
    view = Told()
    assert data.ahead is not None
    with made_ahead(loaded, data, out, Cluster(processes), Interrupts(), view) as made:
        assert made is not None
        assert made.made == 60
        assert made.required
        contents = contents_of(data, data.ahead)
        found = opened(Path(made.file), made.mark, contents)
        assert found is not None
        take = people_of(contents)
        for n in range(30):
            for k in range(2):
                stored = found.find(n, k)
                assert stored is not None
                assert stored.document == orjson.dumps(declaration(take(5 + n), k))
        assert list(out.iterdir()) == []
    assert list(out.iterdir()) == []
    assert opened(Path(made.file), made.mark, contents) is None
    assert view.notes[0].startswith("making 60 declarations ahead of the load, about 1 MiB, in ")
    assert view.notes[-1].startswith("60 declarations made ahead in ")


def test_where_an_open_file_cannot_be_reached_it_has_a_name_until_the_end(
    tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exists = Path.exists
    monkeypatch.setattr(Path, "exists", lambda path: not path.is_relative_to("/proc") and exists(path))
    loaded, data = scenario(tmp_path)
    with made_ahead(loaded, data, out, Cluster(), Interrupts(), Told()) as made:
        assert made is not None
        assert [str(path) for path in out.iterdir()] == [made.file]
        assert Path(made.file).stat().st_mode & 0o777 == 0o600
    assert list(out.iterdir()) == []


def test_without_the_key_nothing_is_made(tmp_path: Path, out: Path) -> None:
    loaded, data = scenario(tmp_path, periods=0)
    view = Told()
    with made_ahead(loaded, data, out, Cluster(), Interrupts(), view) as made:
        assert made is None
        assert list(out.iterdir()) == []
    assert view.notes == []


def test_workers_that_join_may_be_without_it(tmp_path: Path, out: Path) -> None:
    loaded, data = scenario(tmp_path)
    with made_ahead(loaded, data, out, Cluster(1, join=2), Interrupts(), Told()) as made:
        assert made is not None
        assert not made.required


def test_a_file_for_which_the_disk_has_no_room_is_refused_before(
    tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    usage = namedtuple("usage", "total used free")
    monkeypatch.setattr(shutil, "disk_usage", lambda place: usage(1 << 40, 0, 70 << 20))
    loaded, data = scenario(tmp_path, 4000, 10)
    with (
        pytest.raises(UsageError) as refused,
        made_ahead(loaded, data, out, Cluster(), Interrupts(), Told()),
    ):
        pass
    said = str(refused.value)
    assert "ahead.yaml:2: data.ahead asks for 40,000 declarations, about" in said
    assert "has 70 MiB free; lower ahead" in said
    assert list(out.iterdir()) == []


def test_a_disk_that_is_full_in_the_middle_is_told_as_any_other_file(
    tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """RLIMIT_FSIZE stands for it: what is written beyond is refused."""
    import resource

    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    loaded, data = scenario(tmp_path, 400, 5)
    before = signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
    try:
        with (
            pytest.raises(InvalidRun, match=r"ahead\.declarations.*cannot be written: File too large"),
            made_ahead(loaded, data, out, Cluster(), Interrupts(), Told()),
        ):
            pass
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        signal.signal(signal.SIGXFSZ, before)
    assert list(out.iterdir()) == []


def children() -> set[int]:
    return {child.pid for child in psutil.Process().children(recursive=True)}


def test_who_interrupts_does_not_wait_and_no_process_is_left(tmp_path: Path, out: Path) -> None:
    loaded, data = scenario(tmp_path, 20_000, 100)
    before, interrupts = children(), Interrupts()

    class Impatient(Told):
        def note(self, text: str) -> None:
            super().note(text)
            interrupts.count += 1

    with (
        pytest.raises(InvalidRun, match="interrupted before any load was sent"),
        made_ahead(loaded, data, out, Cluster(2), interrupts, Impatient()),
    ):
        pass
    assert children() <= before
    assert list(out.iterdir()) == []


def test_a_process_that_ends_is_told(tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MAKER", "renhai.spec.ahead.nobody")
    loaded, data = scenario(tmp_path)
    with (
        pytest.raises(InvalidRun, match=r"a process that makes declarations ahead has ended: .*nobody"),
        made_ahead(loaded, data, out, Cluster(), Interrupts(), Told()),
    ):
        pass
    assert list(out.iterdir()) == []


def test_a_process_that_leaves_some_out_is_told(
    tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MAKER", "this")  # `python -m this` says much and makes nothing
    loaded, data = scenario(tmp_path)
    with (
        pytest.raises(InvalidRun, match="declarations of 0 of 30 taxpayers were made ahead"),
        made_ahead(loaded, data, out, Cluster(), Interrupts(), Told()),
    ):
        pass


def test_a_process_that_says_nothing_is_not_waited_for(
    tmp_path: Path, out: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "SILENT_S", 0.0)
    loaded, data = scenario(tmp_path, 20_000, 100)
    before = children()
    with (
        pytest.raises(InvalidRun, match="nothing was heard for 0 s"),
        made_ahead(loaded, data, out, Cluster(), Interrupts(), Told()),
    ):
        pass
    assert children() <= before


def test_a_runner_that_is_killed_leaves_neither_file_nor_process(tmp_path: Path) -> None:
    """kill -9, in the middle of the making."""
    path = tmp_path / "ahead.yaml"
    text = TEXT.replace("TAXPAYERS", "20000").replace("PERIODS", "100")
    path.write_text(text)
    with subprocess.Popen(
        [sys.executable, "-m", "renhai", "run", str(path), "--out", str(tmp_path / "out")],
        cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
    ) as runner:  # fmt: skip
        makers: list[psutil.Process] = []
        until = time.monotonic() + 60
        while not makers and time.monotonic() < until and runner.poll() is None:
            time.sleep(0.05)
            found = psutil.Process(runner.pid).children(recursive=True)
            makers = [one for one in found if "renhai.spec.ahead.making" in " ".join(one.cmdline())]
        runner.kill()
        runner.wait()
    assert makers
    _, alive = psutil.wait_procs(makers, timeout=20)
    assert not alive
    names = {file.name for file in (tmp_path / "out").rglob("*") if file.is_file()}
    assert names <= {"running.json", "ahead.log"}


def test_progress_is_told_now_and_then(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "NOTE_S", 0.0)
    _, data = scenario(tmp_path, 1000, 2)
    assert data.ahead is not None
    view = Told()
    progress = module.Progress(contents_of(data, data.ahead), view)
    for _ in range(50):
        progress.take(json.loads('{"declarations": 40, "taxpayers": 20}'))
    assert view.notes[0] == "making declarations ahead: 200, 10 %"
    assert view.notes[-1] == "making declarations ahead: 2,000, 100 %"
    assert len(view.notes) == 10
    progress.require_all()
