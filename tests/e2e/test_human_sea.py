"""The scenarios of Changsha, shortened, against the reference target; and sessions that run out.

The runs mostly wait and start processes, so they go side by side.
"""

from __future__ import annotations

import subprocess
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import NamedTuple

import pytest

from renhai.run.process.target_counts import counts
from results.report.heatmap import heat_map
from results.report.terminal.run import plain_summary
from results.snapshot.run import Run
from tests.e2e.test_run import counted, held, last_run, measured, only_busy, renhai, spoiled, target
from tests.side_by_side import Runs, side_by_side, wanted

ROOT = Path(__file__).resolve().parents[2]
AT_ONCE = 3

HALL = {"registration-desk", "invoice-desk", "declaration-desk", "collection-desk", "general-desk"}
NO_JUDGING_OF_IDLE_POSTS = ("--set", 'thresholds."*/*"=[signed_in >= 98%, error_rate < 1%]')
SHARE = {"test_a_pilot_signs_in_and_works_at_every_post": 2}  # of the rows in `make test`, all with --all
PILOTS = {
    "ningxiang": ("14301240000", {"declaration-desk", "collection-desk", "general-desk"}),
    "tianxin": ("14301030000", HALL),
    "changsha_county": ("14301210000", {*HALL, "web-filers", "back-office"}),
    "furong": ("14301020000", {*HALL, "web-filers", "back-office"}),
}


def shortened(pace: int, *more: str, longer: int = 1) -> tuple[str, ...]:
    """90 minutes of the morning in 3 s, with people who think `pace` times as fast; or the same work in so
    many times as long."""
    few = ("--set", "data.taxpayers=2000")  # the target is told of all before it begins
    return ("--set", f"load.bureau.pace={pace // longer}", "--duration", f"{3 * longer}s", *few, *more)


class Done(NamedTuple):
    """A run that has ended: its verdict and words, its snapshot, what the target counted (renewal only)."""

    process: subprocess.CompletedProcess[str]
    run: Run
    counted: dict[str, tuple[int, ...]]

    @property
    def words(self) -> str:
        return self.process.stdout + self.process.stderr


def ended(folder: Path, scenario: str, pace: int, *more: str, every_post: bool = True) -> Done:
    """The run of a scenario; where this machine was too slow for so much work in so short a time, of the same
    work in more time. every_post: some transaction of each must have come to its end."""
    for longer in (1, 2, 4):
        process = renhai(folder, "run", scenario, *shortened(pace, *more, longer=longer))
        run = last_run(folder)
        idle = every_post and any(row["attempted"] == row["cut"] for row in run.groups)
        if not (spoiled(run) or idle or asked_to_sign_in(run) < sum(row["seats"] for row in run.groups)):
            break
    return Done(process, run, counted((run.model_extra or {})["target_counts"]))


def asked_to_sign_in(run: Run) -> int:
    login = run.operations.get("session.login")
    return login.started if login else 0


def pilot_run(folder: Path, pilot: str) -> Done:
    fewer = () if pilot == "ningxiang" else ("--users", "36")
    return ended(folder, f"changsha/{pilot}", 720, *fewer)


def whole_city(folder: Path) -> Done:
    few = ("--users", "180", *NO_JUDGING_OF_IDLE_POSTS)
    return ended(folder, "changsha/human_sea", 360, *few, every_post=False)


def short_sessions(folder: Path) -> Done:
    """Sessions of 3 s, renewed after half of it; lunch after 3.3 s of 5, so that everyone signs out."""
    bureau = (ROOT / "scenarios" / "bureaux" / "changsha.yaml").read_text()
    (folder / "early.yaml").write_text(bureau.replace("08:30-12:00", "08:30-09:30", 1))
    early = ("--set", f"load.bureau.file={folder / 'early.yaml'}", "--set", "load.bureau.pace=1800")
    with target("--session-seconds", "3") as url:
        # not made anew when the machine was busy, as the target counts on
        done = renhai(folder, "run", "changsha/ningxiang", *early, "--duration", "5s", "--target", url)
        return Done(done, last_run(folder), counted(counts(url)))


def locked_out(folder: Path) -> Done:
    binding = (ROOT / "scenarios" / "targets" / "bureau.yaml").read_text()
    (folder / "locked.yaml").write_text(binding.replace("mm: synthetic", "mm: forgotten"))
    return ended(folder, "changsha/ningxiang", 720, "--target", str(folder / "locked.yaml"))


@pytest.fixture(scope="module")
def runs(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs[Done]]:
    here = wanted(request, "pilot")
    acts: dict[str, Callable[[], Done]] = {}
    for act in (whole_city, short_sessions, locked_out):  # the longest first
        acts[act.__name__] = partial(act, tmp_path_factory.mktemp(act.__name__))
    for name in filter(here.__contains__, PILOTS):
        acts[name] = partial(pilot_run, tmp_path_factory.mktemp(name), name)
    with side_by_side(acts, AT_ONCE) as begun:
        yield begun


@pytest.mark.parametrize("pilot", PILOTS)
def test_a_pilot_signs_in_and_works_at_every_post(runs: Runs[Done], pilot: str) -> None:
    unit, posts = PILOTS[pilot]
    done = runs.result(pilot)
    run = done.run
    assert held(done.process, done.run), done.words
    assert done.counted == measured(run)
    rows = {row["post"]: row for row in run.groups}
    assert set(rows) == posts and {row["unit"] for row in run.groups} == {unit}
    for post, row in rows.items():
        assert row["signed_in"] == row["seats"] > 0, post
        assert row["attempted"] == row["completed"] + row["failed"] + row["cut"], post
        assert row["completed"] > 0 and row["error_screens"] == 0, post
        assert 0 < row["p50_ms"] <= row["p95_ms"] <= row["max_ms"], post
        assert 0 < row["waiting_s"] < row["seated_s"], post
    assert run.operations["session.login"].ok == run.load.users
    assert f"{rows['declaration-desk']['completed']}/" in plain_summary(run)


def test_all_districts_at_once(runs: Runs[Done]) -> None:
    done = runs.result("whole_city")
    assert held(done.process, done.run), done.words
    heat = heat_map(done.run.groups)
    assert heat is not None
    assert (len(heat.units), len(heat.posts)) == (10, 6)
    assert sum(cell.signed_in for cell in heat.cells.values()) == done.run.load.users == 180
    assert {name.partition(".")[0] for name in done.run.operations} >= {
        "session", "registration", "invoice", "declaration", "collection",
    }  # fmt: skip
    assert "宁乡县国家税务局" in done.process.stdout


def test_sessions_are_renewed_before_they_run_out_and_end_with_the_shift(runs: Runs[Done]) -> None:
    done = runs.result("short_sessions")
    busy = only_busy(done.run)
    assert done.run.verdict == "pass" or busy, done.words
    signed = {name: done.run.operations[f"session.{name}"] for name in ("login", "renew", "logout")}
    assert all(one.errors == 0 for one in signed.values())
    # on a machine that stands still for a second and a half a session may run out before it is renewed
    assert signed["login"].ok == 18 or busy
    assert signed["logout"].ok == 18
    assert signed["renew"].ok >= 18
    assert done.counted == measured(done.run)


def test_who_may_not_sign_in_is_seen_at_every_post(runs: Runs[Done]) -> None:
    done = runs.result("locked_out")
    assert done.process.returncode in (1, 3), done.words
    told = "14301240000/declaration-desk: signed_in is 0%, must be >= 98%"
    assert any(told in reason for reason in done.run.reasons)
    assert all(row["signed_in"] == row["completed"] == 0 for row in done.run.groups)
    refused = done.run.operations["session.login"].rejected
    assert sum(row["rejected"] for row in done.run.groups) == refused > 18
