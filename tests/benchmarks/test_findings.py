"""How the benchmarks read what the tools say, and when they call a goal reached."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from benchmarks.__main__ import NAMES, main
from benchmarks.engine.arrivals import grid_lateness, variation
from benchmarks.engine.health import Tried, page
from benchmarks.engine.spoilt import HEALTHY, LOAD_PROCESS, SPOILED, Trial
from benchmarks.peers.peers import Standing, as_many_connections, goals, ranking
from benchmarks.product import Ran, run_argv
from benchmarks.truth.laws import CASES
from benchmarks.truth.truth import Row, close_enough, is_true, truth_of
from benchmarks.truth.truth_tools import QUANTILES, Said, nearest_rank, said_by_locust
from renhai.binding.loader import load_binding
from renhai.run.process.locust_process import Cluster, arguments

HOME = Path(__file__).resolve().parents[2]


def test_nearest_rank_over_1_to_10_000_is_the_number_itself() -> None:
    values = list(range(1, 10_001))
    assert [nearest_rank(values, p) for p in QUANTILES.values()] == [5000, 9000, 9500, 9900, 9990]


def test_locusts_percentiles_come_from_its_own_rounded_times() -> None:
    said = said_by_locust({"response_times": {"5": 90, "110": 9, "2000": 1}, "num_requests": 100})
    assert said.quantiles == {"p50": 0.005, "p90": 0.005, "p95": 0.11, "p99": 0.11, "p99.9": 2.0}
    assert (said.requests, said.dropped) == (100, None)


def test_close_enough_is_1_per_cent_or_2_ms() -> None:
    assert close_enough(1.0099, 1.0) and not close_enough(1.0101, 1.0)
    assert close_enough(0.0069, 0.005) and not close_enough(0.0071, 0.005)


def test_a_report_is_true_only_when_nothing_was_dropped() -> None:
    truth = truth_of(CASES[0])
    said = Said(dict(truth), 10_000, 0)
    assert is_true(Row("renhai", said, {}), truth)
    assert not is_true(Row("renhai", said._replace(dropped=1), {}), truth)
    assert not is_true(Row("renhai", None, {}), truth)
    off = {**truth, "p99.9": truth["p99.9"] * 1.02}
    assert not is_true(Row("renhai", said._replace(quantiles=off), {}), truth)


def test_lateness_is_measured_against_the_grid() -> None:
    # 100 a second; the third one 4 ms late, the whole grid 7 s after the epoch.
    received = [7.000, 7.010, 7.024, 7.030]
    assert grid_lateness(received, 100) == pytest.approx([0, 0, 0, 0.004], abs=1e-9)
    assert grid_lateness([], 100) == []


def test_even_gaps_do_not_vary() -> None:
    assert variation([0.0, 0.1, 0.2, 0.3]) == pytest.approx(0.0, abs=1e-9)
    assert variation([0.0, 0.1, 0.3, 0.4, 0.6]) == pytest.approx(1 / 3)
    assert variation([1.0]) == 0.0


def standing(name: str, rate: float, **changes: int) -> Standing:
    return Standing(name, "", rates=[rate * 0.9, rate, rate * 2], accepted=100, counted=100, **changes)


def test_ratios_are_of_medians_and_goals_say_what_was_reached() -> None:
    standings = {
        one.name: one for one in (standing("renhai closed", 20_000), standing("FastHttpUser", 6_600))
    }
    assert "| 3.03 |" in re.sub(" +", " ", ranking(list(standings.values()), 50, 3))
    assert "renhai closed / FastHttpUser" in goals(standings, "fixed")
    assert "yes" in goals(standings, "fixed")
    assert goals({}, "fixed") == ""


def test_counts_are_compared_with_the_targets() -> None:
    assert standing("a", 1).count_check(0) == "equal"
    one = standing("a", 1)
    one.counted = 122
    assert (one.count_check(22), one.count_check(21)) == ("+22 unread", "+22 DIFFERS")
    one.counted = 99
    assert one.count_check(50) == "-1 DIFFERS"
    one.refused = 3
    assert one.count_check(50) == "3 refused"


def test_an_absent_contestant_is_a_line_with_its_reason() -> None:
    text = ranking([Standing("k6", "Go", absent="k6 is missing (sh benchmarks/setup.sh)")], 50, 3)
    assert "absent" in text and "k6 is missing" in text


def test_there_are_twenty_runs_of_each_kind_and_every_way_to_spoil_one() -> None:
    assert len(SPOILED) >= 20 and all(trial.spoiled for trial in SPOILED)
    assert len(HEALTHY) >= 20 and not any(trial.spoiled or trial.spoil for trial in HEALTHY)
    ways = {trial.name.split(":")[0].split(" ")[0] for trial in SPOILED}
    assert ways == {"saturated", "stopped", "worker", "bound", "core"}
    assert len({trial.name for trial in SPOILED + HEALTHY}) == len(SPOILED + HEALTHY)


@pytest.mark.parametrize(
    ("spoiled", "code", "right"),
    [(True, 3, True), (True, 0, False), (True, 1, False), (False, 0, True), (False, 3, False)],
)
def test_a_trial_is_as_wished_by_its_exit_code_alone(spoiled: bool, code: int, right: bool) -> None:
    tried = Tried(Trial("t", "bench/open", spoiled=spoiled), Ran(code, {"reasons": ["because"]}, {}, ""))
    assert tried.as_wished is right
    assert f"{int(right)} of 1" in page([tried], "Trials")


def test_the_product_is_run_by_its_own_command_line(tmp_path: Path) -> None:
    argv = run_argv(
        "bench/open", tmp_path, "http://127.0.0.1:1", seconds=2.5, rate=1e5, processes=2, sets=["a=b"]
    )
    assert argv[1:5] == ["-m", "renhai", "run", "bench/open"]
    assert argv[5:] == [
        *("--target", "http://127.0.0.1:1", "--out", str(tmp_path), "--duration", "2.5s"),
        *("--rate", "100000.00/s", "--processes", "2", "--set", "a=b"),
    ]


def test_every_benchmark_has_its_name_and_its_place_in_the_readme(capsys: pytest.CaptureFixture[str]) -> None:
    text = (HOME / "benchmarks" / "README.md").read_text(encoding="utf-8")
    assert all(f"python -m benchmarks {name}" in text or name == "peers" for name in NAMES)
    assert main(["nothing"]) == 2
    assert "peers, contestants, builds" in capsys.readouterr().err


def test_kept_results_say_on_which_machine() -> None:
    kept = list((HOME / "benchmarks" / "results").glob("*.md"))
    assert kept
    for path in kept:
        line = path.read_text(encoding="utf-8").splitlines()[2]
        assert re.match(r"20\d\d-\d\d-\d\d, .+, \d+ cores, .+ Python 3\.", line), path


def test_load_processes_are_known_by_what_a_run_starts() -> None:
    assert LOAD_PROCESS in arguments("http://127.0.0.1:1", Cluster())


def test_every_contestant_has_as_many_connections(tmp_path: Path) -> None:
    targets = tmp_path / "scenarios" / "targets"
    targets.mkdir(parents=True)
    shutil.copy(HOME / "benchmarks" / "home" / "scenarios" / "targets" / "bench.yaml", targets)
    as_many_connections(tmp_path, 64)
    binding, _, _ = load_binding(str(targets / "bench.yaml"))
    assert binding.connections is not None and binding.connections.shared == 64
