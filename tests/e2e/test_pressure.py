"""The shipped scenarios of pressure, shortened, against the real target; searches that meet their limits."""

from __future__ import annotations

import json
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from subprocess import CompletedProcess
from typing import Any, NamedTuple

import pytest

from renhai.cli.app import run_cli
from renhai.core.home import scenario_names
from results.snapshot.run import Run, load_run
from tests.e2e.test_run import FEW, ROOT, held, last_directory, last_run, only_busy, quiet_run, renhai, target
from tests.side_by_side import Runs, side_by_side, wanted

HERE = Path(__file__).parent
SHORT = ("--duration", "3s", *FEW)
LENIENT = 'thresholds={"*":["error_rate < 1%"]}'  # waits of hours cannot be judged in seconds
PACED = 'posts.{}-window.think_time={{"lognormal":{{"median":"300ms","p95":"900ms"}}}}'
# `make test` runs every second row: before each that it leaves out stands one of its kind, or another file
# here runs one. `make test-all` runs all.
SHARE = {"test_a_shipped_scenario_runs_shortened": 3}
SHIPPED = {
    "opening_day": SHORT,
    "declaration_open": SHORT,  # stages as the one above; over two bindings in test_bindings.py
    "deadline_day": (*SHORT, "--rate", "30/s"),
    "last_filing_day": (*SHORT, "--rate", "30/s"),  # a curve and a filing day as the one above
    "soak": SHORT,
    "papers": SHORT,  # its journey and its check: test_papers.py
    "catch_up": (*SHORT, "--set", "catch_up.compressed=1200", "--set", "catch_up.volume=500"),
    "last_filing_hall": (  # operators with posts of their own as the one above
        *(*FEW, "--duration", "8s"),
        *("--set", PACED.format("filing"), "--set", PACED.format("company")),
    ),
    "drill": (
        *FEW,
        "--set",
        'load.stages=[{"hold":"14s"}]',
        "--set",
        "drill.method[0].at=4s",
        "--set",
        "drill.method[0].for=2s",
    ),
    "cases": (*FEW, "--duration", "8s", "--set", LENIENT),  # audited: test_cases.py
    "changsha/full_day": (*FEW, "--duration", "8s", "--set", LENIENT),
}
ELSEWHERE = {  # the other scenarios, and which file here runs them
    "smoke": "test_run.py",
    "capacity": "test_pressure.py",
    "changsha/dual_track": "test_dual_track.py",
    "changsha/human_sea": "test_human_sea.py",
    "changsha/ningxiang": "test_human_sea.py",
    "changsha/furong": "test_human_sea.py",
    "changsha/changsha_county": "test_human_sea.py",
    "changsha/tianxin": "test_human_sea.py",
}
PLANTED = "capacity=2x50ms:declaration.submit"  # 40 a second


class Done(NamedTuple):
    """A run that has ended: what it said, its snapshot, and the rest of run.json."""

    process: CompletedProcess[str]
    run: Run
    directory: Path

    @property
    def words(self) -> str:
        return self.process.stdout + self.process.stderr

    @property
    def extra(self) -> dict[str, Any]:
        return self.run.model_extra or {}


def ended(folder: Path, *arguments: str, by: Any = quiet_run) -> Done:
    process = by(folder, "run", *arguments)
    return Done(process, last_run(folder), last_directory(folder))


def outcomes(done: Done) -> dict[int, str]:
    return {round(step["rate"]): step["outcome"] for step in done.extra["capacity"]["steps"]}


def search_beyond(folder: Path) -> Done:
    """Three steps against a planted capacity of 40 a second: 25, 50, and one between them."""
    short = ("--set", "load.search.steps=3", "--set", "load.search.cool_down=0s", "--rate", "25/s")
    short = (*short, "--set", "thresholds.run=[p99 < 350ms]")
    with target("--fault", PLANTED) as url:
        for _ in range(3):
            done = ended(folder, "capacity", "--target", url, *short, by=renhai)
            if [outcomes(done).get(rate) for rate in (25, 50)] == ["held", "broke"]:
                break  # else this machine was busy
    return done


def search_below_a_ceiling(folder: Path) -> Done:
    """The target file allows 100 requests a second, of which a journey has 8.2: 12 journeys, not 2000."""
    reference = (ROOT / "scenarios" / "targets" / "reference.yaml").read_text(encoding="utf-8")
    text = reference.replace("hosts: [localhost]", "hosts: [localhost]\nceiling: {rate: 100/s}")
    (folder / "lab.yaml").write_text(text, encoding="utf-8")
    short = ("--set", "load.search.cool_down=0s", "--rate", "12.1/s", "--target", "lab.yaml")
    for _ in range(3):
        done = ended(folder, "capacity", *short, by=renhai)
        if done.extra["capacity"]["ended"] == "ceiling":
            break  # else this machine was busy
    return done


@pytest.fixture(scope="module")
def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs[Done]]:
    here = wanted(request, "shipped")
    acts: dict[str, Any] = {
        act.__name__: partial(act, tmp_path_factory.mktemp(act.__name__))
        for act in (search_beyond, search_below_a_ceiling)
    }
    for name, options in SHIPPED.items():
        if name in here:
            acts[name] = partial(ended, tmp_path_factory.mktemp(name.replace("/", "-")), name, *options)
    with side_by_side(acts, 3) as begun:
        yield begun


def test_every_shipped_scenario_is_run_by_a_test_here() -> None:
    assert set(scenario_names()) == {*SHIPPED, *ELSEWHERE}
    for name, file in ELSEWHERE.items():
        assert name.rpartition("/")[2] in (HERE / file).read_text(encoding="utf-8"), f"{file}: {name}"


@pytest.mark.parametrize("name", scenario_names())
def test_every_shipped_scenario_passes_the_check(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["check", name]) == 0
    out = capsys.readouterr().out
    assert "is valid; no load was sent" in out
    assert "but:" not in out
    assert "a city of nine districts" in out


@pytest.mark.parametrize("shipped", SHIPPED)
def test_a_shipped_scenario_runs_shortened(shipped: str, runs: Runs[Done]) -> None:
    name, done = shipped, runs.result(shipped)
    run, found = done.run, done.extra
    if name == "soak":  # three seconds tell of no drift, and what is not told is no pass
        assert (done.process.returncode, run.verdict) == (4, "inconclusive") or only_busy(run), done.words
        assert all(row.passed for row in run.thresholds)
    else:
        assert held(done.process, run), done.words
    assert run.scenario.name in (name, name.replace("/", "-").replace("_", "-"))
    assert sum(one.ok for one in run.operations.values()) > 0
    if name == "soak":
        assert {row["quantity"] for row in found["drift"]} == {"p50", "p95", "error_rate", "memory"}
        assert "Drift" in done.process.stdout
        assert len((done.directory / "target.csv").read_text().splitlines()) > 3
    if name == "catch_up":
        account = found["catch_up"]
        assert account["completed"] == sum(one["completed"] for one in run.journeys.values()) > 0
        assert account["needed_per_hour"] == pytest.approx(500 / 6.5)
        assert account["finish"] in done.process.stdout


def test_a_search_brackets_a_planted_capacity_and_leaves_every_step(runs: Runs[Done]) -> None:
    done = runs.result("search_beyond")
    assert done.process.returncode == 0, done.words
    found = done.extra["capacity"]
    assert (outcomes(done)[25], outcomes(done)[50]) == ("held", "broke")
    assert 25 <= found["low"] < found["high"]
    # as really offered until the step was stopped; a busy machine may break the step between them, too
    offered = [step["offered"] for step in found["steps"] if step["outcome"] == "broke"]
    assert max(offered) == pytest.approx(50, rel=0.2)
    due = [load_run(step).load.arrivals_due for step in sorted((done.directory / "steps").iterdir())]
    assert due[0] == 200  # 25 a second for 8 s
    assert 25.0 in {point["rate"] for point in found["curve"]}
    assert len(found["steps"]) == 3
    assert found["first_broken"]
    assert "Capacity" in done.process.stdout
    page = (done.directory / "report.html").read_text(encoding="utf-8")
    assert json.dumps(found["ended"]) in page and '"curve"' in page


def test_a_search_ends_at_the_ceiling_of_the_target_file(runs: Runs[Done]) -> None:
    done = runs.result("search_below_a_ceiling")
    found = done.extra["capacity"]
    # 99 % of 100 requests a second are 12.07 journeys of 8.2, but the first rate is kept: 12.1 x 8.2 = 99.2
    assert max(step["rate"] for step in found["steps"]) == 12.1
    assert all(step["requests_per_s"] <= 103 for step in found["steps"])
    came = [step["outcome"] for step in found["steps"]]
    if (
        found["ended"] != "ceiling"
    ):  # a machine that stalls has more to send at once than the ceiling lets through
        assert came != ["held", "held"], done.words
        return
    assert done.process.returncode == 0, done.words
    assert [step["rate"] for step in found["steps"] if step["outcome"] == "held"] == [12.1, 12.1]
    assert found["high"] is None
    assert "ceiling" in done.process.stdout


def test_a_search_whose_goal_lies_beyond_its_end_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(["check", "capacity", "--rate", "3000/s"]) == 2
    assert "--rate: 3000/s is above load.search.to, 2000/s" in capsys.readouterr().err
    assert run_cli(["check", "capacity", "--set", "load.search.at_least=3000/s"]) == 2
    assert "has at_least 3000/s above to 2000/s" in capsys.readouterr().err
