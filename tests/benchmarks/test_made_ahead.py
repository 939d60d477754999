"""The contestants of `python -m benchmarks peers` whose declarations were made ahead: that they are."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from benchmarks.peers.peers import GOALS
from benchmarks.peers.renhai_contestants import AHEAD, MADE, renhai_closed, renhai_open, require_made, used
from benchmarks.product import Ran
from benchmarks.rig import HOME
from generators.taxpayers.population import Population

ROUND_S, HIGHEST = 8, 23_000


def data_of(work: str) -> dict[str, int | str]:
    path = HOME / "benchmarks" / "home" / "scenarios" / "bench" / f"closed-{work}.yaml"
    found: dict[str, int | str] = yaml.safe_load(path.read_text(encoding="utf-8"))["data"]
    return found


@pytest.mark.parametrize("work", MADE)
def test_a_round_does_not_run_out_of_them(work: str) -> None:
    data, asked = data_of(work), yaml.safe_load(MADE[work])
    count = int(data["taxpayers"])
    if asked.get("scale") == "general":
        people = Population(int(data["seed"]), str(data["profile"]))
        count = sum(1 for _ in people.generals(0, count))
    assert count * asked["periods"] >= ROUND_S * HIGHEST


def test_contestants_are_named_for_what_they_do() -> None:
    for work in MADE:
        plain, made = (renhai_closed(Path(), work, ahead) for ahead in (False, True))
        assert (plain.name, plain.sets) == ("renhai closed", ())
        assert made.name == f"renhai closed{AHEAD}"
        assert made.scenario == plain.scenario
        assert made.sets == (f"data.ahead={MADE[work]}",)
        assert plain.what.endswith("; computed")
        assert made.what.endswith("; read from a file made ahead")
        assert renhai_open(Path(), work, 0, 3.0, None, True).name == f"renhai open{AHEAD}"
    assert renhai_closed(Path(), "fixed").what == "operators, no think time"


def test_each_goal_is_of_a_contestant() -> None:
    works = {work for *_, work in GOALS}
    for work in works:
        known = {
            maker.name
            for ahead in ((False, True) if work in MADE else (False,))
            for maker in (renhai_closed(Path(), work, ahead), renhai_open(Path(), work, 0, 3.0, None, ahead))
        }
        assert {name for name, _, _, of in GOALS if of == work} <= known


def ran(**counts: int) -> Ran:
    return Ran(0, {"ahead": counts} if counts else {}, {}, "")


def test_a_round_that_computed_what_it_was_to_have_does_not_count() -> None:
    require_made(ran(made=150, taken=100, computed=1))
    assert used(ran(made=1500, taken=1000, computed=1)) == ["1,500 made ahead, 1,000 taken"]
    assert used(ran()) == []
    for wrong in (ran(), ran(made=150, taken=100, computed=2), ran(made=150, taken=0, computed=0)):
        with pytest.raises(RuntimeError, match="make more"):
            require_made(wrong)
