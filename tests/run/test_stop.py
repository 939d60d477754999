"""`renhai stop`: which run ends, and that it waits for all that end with it."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from renhai.core.errors import UsageError
from renhai.run import stop


class Runs:
    """Two runs of this process that go on until they are asked to end."""

    def __init__(self, folder: Path, beside: stop.Both | None) -> None:
        self.folders = [folder / "a", folder / "b"]
        self.ended: list[str] = []
        self.beside = beside
        self.last = threading.Event()  # one may take longer than the other
        self.threads = [threading.Thread(target=self._run, args=(one,), daemon=True) for one in self.folders]
        for one in self.folders:
            one.mkdir()
        for thread in self.threads:
            thread.start()
        self._until(lambda: all(map(stop.is_running, self.folders)))

    @staticmethod
    def _until(met: object) -> None:
        assert callable(met)
        for _ in range(1000):
            if met():
                return
            threading.Event().wait(0.01)
        raise AssertionError("it took too long")

    def _run(self, folder: Path) -> None:
        with stop.running(folder, self.beside) as stoppable:
            self._until(lambda: stoppable.count)
            if folder.name == "b":
                self.last.wait(0.3)
            assert [reason.code for reason in stoppable.reasons] == ["runner.stopped"]
            self.ended.append(folder.name)

    def end(self) -> None:
        for folder in self.folders:
            (folder / stop.STOP).touch()
        for thread in self.threads:
            thread.join(20)


@pytest.mark.parametrize("named", ["a", "b", ""])
def test_either_of_two_at_once_stands_for_both_and_both_have_ended_when_it_returns(
    tmp_path: Path, named: str
) -> None:
    runs = Runs(tmp_path, stop.Both())
    found = stop.stop(tmp_path / named if named else None, tmp_path)
    assert (found.name, sorted(runs.ended)) == (named or "a", ["a", "b"])
    assert not any(list(folder.iterdir()) for folder in runs.folders)


def test_two_runs_that_do_not_belong_together_are_asked_for_by_name(tmp_path: Path) -> None:
    runs = Runs(tmp_path, None)
    with pytest.raises(UsageError, match="2 runs are under way; name one of"):
        stop.stop(None, tmp_path)
    stop.stop(tmp_path / "a", None)
    assert runs.ended == ["a"]
    assert stop.is_running(tmp_path / "b")
    runs.end()


@pytest.mark.parametrize("other", [{"pid": 1}, {"both": False}, {"since": 1.0}])
def test_a_run_of_somebody_else_beside_is_left_alone(tmp_path: Path, other: dict[str, object]) -> None:
    runs = Runs(tmp_path, stop.Both())
    mark = json.loads((tmp_path / "a" / stop.RUNNING).read_text("utf-8"))
    (tmp_path / "c").mkdir()
    (tmp_path / "c" / stop.RUNNING).write_text(json.dumps({**mark, **other}), encoding="utf-8")
    stop.stop(tmp_path / "a", None)
    assert sorted(runs.ended) == ["a", "b"]
    assert [path.name for path in (tmp_path / "c").iterdir()] == [stop.RUNNING]
