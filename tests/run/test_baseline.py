"""renhai baseline update, and renhai run --baseline up to the first request: what is kept and refused."""

from __future__ import annotations

import json
import shutil
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from renhai.cli.app import run_cli
from renhai.plan.digest import digest_of
from renhai.run.multiple import repeat
from renhai.run.multiple.comparison import planned_kind
from renhai.run.single import RunRequest, prepare
from results.compare.baseline import read_baseline, run_paths
from results.snapshot.histograms import totals
from results.snapshot.run import load_run
from tests.snapshots import side, snapshot

LOG = Path(__file__).resolve().parents[1] / "results" / "data" / "smoke.hlog"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    for name in ("RENHAI_LABEL", "GITHUB_SHA", "CI_COMMIT_SHA", "GIT_COMMIT"):
        monkeypatch.delenv(name, raising=False)
    return tmp_path


def update(*more: str, runs: str = "old", reason: str = "first") -> int:
    return run_cli(["baseline", "update", runs, "--to", "kept", "--reason", reason, *more])


def test_a_baseline_keeps_what_comparing_needs_and_why(
    here: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    side(here / "old", labels={"build": "v1"})
    (here / "old/old-0/latency.hlog").write_bytes(LOG.read_bytes())
    assert update("--tolerance", "5%") == 0
    assert "6 run(s) of v1" in capsys.readouterr().out
    kept = read_baseline(here / "kept")
    assert kept.settings == {"tolerance": 0.05}
    assert (kept.updates[0].reason, kept.updates[0].build) == ("first", "v1")
    assert kept.updates[0].who
    small = load_run(here / "kept/old-0")
    assert small.groups == []
    assert small.total == load_run(here / "old/old-0").total
    before, after = (
        {name: one.counts.tolist() for name, one in totals(here / folder / "old-0/latency.hlog")[0].items()}
        for folder in ("old", "kept")
    )
    assert after == before
    assert (here / "kept/old-0/latency.hlog").stat().st_size < LOG.stat().st_size
    assert (here / "kept/old-1/run.json").stat().st_size < 4000


def test_a_new_baseline_replaces_the_runs_and_keeps_the_reasons(here: Path) -> None:
    side(here / "old")
    side(here / "new", 1.1)
    (here / "kept").mkdir()
    (here / "kept/README.md").write_text("ours")
    assert update("--tolerance", "5%") == 0
    assert update("--label", "v2", runs="new", reason="dearer checks, agreed") == 0
    kept = read_baseline(here / "kept")
    assert [one.reason for one in kept.updates] == ["first", "dearer checks, agreed"]
    assert [one.build for one in kept.updates] == ["", "v2"]
    assert kept.settings == {"tolerance": 0.05}
    runs = [f"new-{n}" for n in range(6)]
    assert sorted(path.name for path in here.glob("kept/*")) == ["README.md", "baseline.json", *runs]
    assert [path.name for path in run_paths(here / "kept")] == kept.runs == runs


def test_what_is_compared_with_a_baseline_is_held_to_its_settings(here: Path) -> None:
    side(here / "old")
    side(here / "new", 1.1)
    assert update("--noise-band", "12%", "--tolerance", "15%") == 0
    assert run_cli(["compare", "kept", "--with", "new"]) == 0
    assert run_cli(["compare", "kept", "--with", "new", "--noise-band", "2%"]) == 1


def test_runs_that_an_interrupted_update_left_are_no_part_of_it(here: Path) -> None:
    side(here / "old")
    assert update() == 0
    snapshot(here / "kept/half", 9.0)
    assert [path.name for path in run_paths(here / "kept")] == [f"old-{n}" for n in range(6)]


@pytest.mark.parametrize(
    ("more", "code", "said"),
    [
        (["--reason", " "], 2, "--reason: is empty"),
        (["--reason", "x" * 501], 2, "at most 500 characters"),
        (["--label", "a\nb"], 2, "must be one line"),
        (["--duration", "3s"], 2, "old holds runs that were made already; leave out the options"),
        (["--to", "peak"], 2, "peak; is the baseline of peak, not of smoke; give each scenario"),
        (["--to", "old"], 2, "old; holds runs, but no baseline; choose another directory"),
        (["--to", "file/kept"], 2, "cannot be created"),
    ],
)
def test_what_cannot_be_a_baseline_is_refused_and_nothing_changes(
    here: Path, more: list[str], code: int, said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    side(here / "old")
    (here / "file").write_text("")
    snapshot(here / "other", scenario={"name": "peak"})
    assert run_cli(["baseline", "update", "other", "--to", "peak", "--reason", "x"]) == 0
    capsys.readouterr()
    assert update(*more) == code
    assert said in capsys.readouterr().err
    assert not (here / "kept").exists()


def test_invalid_and_mixed_runs_are_no_baseline(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    snapshot(
        side(here / "old") / "bad", verdict="invalid", reasons=["CPU 99%"], reasons_zh=[], reason_codes=[]
    )
    assert update() == 3
    assert "the baseline was not changed: bad is invalid: CPU 99%" in capsys.readouterr().err
    snapshot(side(here / "new") / "odd", target={"name": "staging"})
    assert update(runs="new") == 2
    assert "these runs are no one side: target differs: reference and staging" in capsys.readouterr().err


def test_a_run_that_was_copied_is_no_further_run(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    shutil.copytree(side(here / "old") / "old-0", here / "old/again")
    assert update() == 2
    assert "old-0 was given twice" in capsys.readouterr().err
    assert not (here / "kept").exists()


def test_a_damaged_baseline_is_named(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    side(here / "old")
    assert update() == 0
    document = json.loads((here / "kept/baseline.json").read_text())
    (here / "kept/baseline.json").write_text(json.dumps({**document, "settings": {"tolerence": 1}}))
    assert run_cli(["compare", "kept", "--with", "old"]) == 2
    assert "kept/baseline.json: tolerence; Extra inputs are not permitted" in capsys.readouterr().err


def planned(scenario: str = "smoke") -> dict[str, Any]:
    """What a baseline on this very machine says of itself."""
    prepared = prepare(RunRequest(scenario))
    kind = planned_kind(prepared, 1)
    memory = {"memory_gb": float(kind["memory_gb"]), "cores": int(kind["cores"])}
    return {
        "scenario": {"name": scenario, "digest": digest_of(prepared.scenario)},
        "versions": {name: kind[name] for name in ("renhai", "locust", "gevent", "python")},
        "environment": {"cpu_model": kind["cpu_model"], "platform": kind["platform"], **memory},
        "connections": {"way": kind["connections"]},
    }


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"environment": {"cpu_model": "Z80", "cores": 1}}, "cpu_model differs: "),
        ({"scenario": {"name": "smoke", "digest": "other"}}, "scenario digest differs: "),
        ({"versions": {"renhai": "0.0.1"}}, "renhai differs: "),
        ({"verdict": "invalid", "reasons": ["CPU 99%"]}, "one is invalid: CPU 99%"),
    ],
)
def test_a_run_that_could_not_be_compared_is_refused_before_any_load(
    here: Path, changes: dict[str, Any], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    snapshot(here / "old/one", **{**planned(), **changes})
    assert run_cli(["run", "smoke", "--baseline", "old"]) == 2
    error = capsys.readouterr().err
    assert said in error
    assert "so nothing was sent" in error
    assert "renhai baseline update smoke --to old" in error
    assert not (here / "results").exists()


def test_a_baseline_of_this_machine_is_accepted(here: Path) -> None:
    snapshot(here / "old/one", **planned())
    series = repeat.Series.of(RunRequest("smoke"), repeat.Asked(here / "old"))
    assert series.against is not None
    assert series.against.known is not None
    assert len(series.against.known.runs) == 1


@pytest.mark.parametrize(
    ("options", "said"),
    [
        (["--baseline", "nowhere"], "nowhere; there is no baseline; make one: renhai baseline update"),
        (["--anyway"], "--anyway: goes with --baseline DIR or --against URL"),
        (["--label", "x" * 101], "--label: "),
        (["--repeat", "auto"], "--repeat: of auto decides a comparison; add --baseline DIR or --against URL"),
        (["--repeat", "some"], "'some'; write a number of runs, or auto"),
        (["--repeat", "0"], "'0'; must be >= 1"),
        (["--against", "staging"], "--against"),
    ],
)
def test_wrong_use_of_a_baseline_is_named(
    here: Path, options: list[str], said: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli(["run", "smoke", *options]) == 2
    assert said in capsys.readouterr().err
    assert list(here.iterdir()) == []


def outcome(code: int, ended: str = "completed") -> Any:
    return SimpleNamespace(
        code=code,
        run=SimpleNamespace(ended=ended, run_id="r", reasons=["CPU 99%"], reasons_zh=[], reason_codes=[]),
    )


@pytest.mark.parametrize(
    ("codes", "answer"), [([], 0), ([0, 4], 4), ([4, 1, 0], 1), ([1, 3], 3), ([0, 0], 0), ([4, 3, 1], 3)]
)
def test_invalid_outranks_fail_and_fail_outranks_cannot_decide(codes: list[int], answer: int) -> None:
    assert repeat.worst(codes) == answer


def test_only_as_many_invalid_runs_are_set_aside_as_were_allowed() -> None:
    runs = [outcome(3), outcome(0), outcome(3), outcome(1), outcome(3)]
    kept, aside = repeat.counted(runs, 2)
    assert [one.code for one in kept] == [0, 1, 3]
    assert [caveat.en for caveat in aside] == ["r was invalid and made again: CPU 99%"] * 2
    assert repeat.counted([outcome(3, "interrupted")], 2)[1] == []
