"""The plan is typed: what it is made of, how it travels, what is refused, and digests that outlast it."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from renhai import __version__
from renhai.core.errors import UsageError
from renhai.plan.build import Options, build_plan, locustfile, normalise
from renhai.plan.digest import digest_of
from renhai.plan.model import (
    CatchUpGoal,
    ClosedLoad,
    DriftGoal,
    Fixed,
    Goals,
    OpenLoad,
    Plan,
    Post,
    SearchLoad,
    Uniform,
    UserFileLoad,
    read_duel,
    read_plan,
)
from renhai.spec.loader import LoadedScenario, load_scenario
from tests.plan.test_build import CLOSED, OPEN

SEARCH = """\
name: search
data: {seed: 7, taxpayers: 500}
load:
  arrivals: {journeys: {declaration.file: 1}}
  search: {from: 10/s, to: 300/s}
thresholds: {"*": [p95 < 1s]}
"""
BUREAU = """\
name: bureau
data: {seed: 7, taxpayers: 70000}
load: {bureau: {file: changsha, units: [furong], pace: 10, clock: "08:20-09:00"}}
thresholds: {"*/*": [signed_in >= 98%]}
"""
OWN = """\
name: own
locustfile: theirs.py
load: {users: 6, stages: [{hold: 3s}]}
thresholds: {"GET /books": [error_rate < 1%]}
"""
CURVE = """\
name: curve
data: {seed: 7, taxpayers: 500}
load: {arrivals: {curve: day.csv, journeys: {declaration.file: 1}}}
thresholds: {"*": [error_rate < 0.1%]}
"""
TEXTS = {"closed": CLOSED, "open": OPEN, "search": SEARCH, "bureau": BUREAU, "own": OWN, "curve": CURVE}
KINDS = {
    "closed": ClosedLoad, "open": OpenLoad, "search": SearchLoad, "bureau": ClosedLoad, "own": UserFileLoad,
    "curve": OpenLoad,
}  # fmt: skip
# As they were while a plan was a dictionary: baselines of that time still compare with runs of today.
# Not that of the bureau, whose desks have taken more time since, and file corporate income tax as well.
DIGESTS = {
    "closed": "083bb6d8c10b0583",
    "open": "1b96d87746f0128f",
    "search": "13ee45c04f969f19",
    "bureau": "cc6e3f0366fd72b1",
    "own": "5054e72ea902b0c9",
    "curve": "f370172ba684f882",
}


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "theirs.py").write_text("class Visitor: pass\n")
    (tmp_path / "day.csv").write_text("08:00,10\n08:30,40\n09:30,0\n")
    return tmp_path


def loaded(name: str) -> LoadedScenario:
    Path(f"{name}.yaml").write_text(TEXTS[name], encoding="utf-8")
    return load_scenario(f"./{name}.yaml")


def plan_of(name: str, out: Path, **options: Any) -> Plan:
    found = loaded(name)
    return build_plan(
        found,
        normalise(found, Options(**options)),
        run_id=name,
        out=out,
        base_url="http://127.0.0.1:1",
        addresses=["127.0.0.1"],
        processes=2,
    )


@pytest.mark.parametrize("name", TEXTS)
def test_every_kind_of_load_travels_and_comes_back_the_same(name: str, here: Path) -> None:
    plan = plan_of(name, here)
    assert type(plan.load) is KINDS[name]
    names: dict[str, Any] = {}
    exec(locustfile(plan).partition("from renhai")[0], names)
    assert names["PLAN"].isascii()  # whatever encoding a worker's machine has
    assert read_plan(names["PLAN"]) == plan


@pytest.mark.parametrize("name", TEXTS)
def test_digests_are_those_of_older_runs(name: str) -> None:
    assert digest_of(normalise(loaded(name))) == DIGESTS[name]


def test_groups_of_a_bureau_are_called_by_their_post_alone() -> None:
    for group in normalise(loaded("bureau")).load.groups:
        post, _, proficiency = group.post.partition(":")
        assert proficiency and group.hours
        assert (group.shown_post, group.shown_name) == (post, f"{group.unit}/{post}")
    plain = normalise(loaded("closed")).load.groups[0]
    assert (plain.shown_name, plain.hours) == ("14301030000/desk", ())


def changed(plan: Plan, *path: str | int, to: Any) -> str:
    """The plan's JSON with one value changed, or left out (`to` is ...)."""
    document = plan.model_dump(mode="json")
    place = document
    for key in path[:-1]:
        place = place[key]
    if to is ...:
        del place[path[-1]]
    else:
        place[path[-1]] = to
    return json.dumps(document)


@pytest.mark.parametrize(
    ("path", "to", "said"),
    [
        (("guard",), ..., "guard: Field required"),
        (("guard",), None, "guard: Input should be"),
        (("guard", "ceiling"), ..., "guard.ceiling: Field required"),
        (("scenario", "load", "kind"), "closd", "scenario.load: Input tag 'closd' found"),
        (("scenario", "load", "stages", 0, "seconds"), "ten", "scenario.load.closed.stages.0.seconds: Input"),
        (("scenario", "load", "stages", 0, "rate_from"), 1.0, "stages.0.rate_from: Extra inputs"),
        (("scenario", "load", "stages", 0, "users_to"), 1.5, "stages.0.users_to: Input should"),
        (("scenario", "posts", "desk", "think", "high"), ..., "think.uniform.high: Field required"),
        (("binding",), ..., "binding: Field required"),
        (("adresses",), ["127.0.0.1"], "adresses: Extra inputs are not permitted"),
        (("seed",), float("nan"), "seed: Input should be"),
        (("scenario", "load", "stages", 0, "seconds"), float("inf"), "Input should be a finite number"),
    ],
)  # fmt: skip
def test_a_plan_that_does_not_fit_is_refused_by_name(
    path: tuple[str | int, ...], to: Any, said: str, here: Path
) -> None:
    with pytest.raises(UsageError) as caught:
        read_plan(changed(plan_of("closed", here), *path, to=to))
    (line,) = str(caught.value).splitlines()
    assert line.startswith("the plan in load.py cannot be used: ") and said in line, line
    assert line.endswith("run the scenario anew")


@pytest.mark.parametrize(("theirs", "said"), [("0.1.9", "0.1.9"), (..., "an older version")])
def test_a_plan_of_another_version_is_refused_by_both_names(theirs: Any, said: str, here: Path) -> None:
    """Before anything else that does not fit, which only follows from it."""
    document = json.loads(changed(plan_of("closed", here), "renhai", to=theirs))
    with pytest.raises(
        UsageError, match=rf"was made by renhai {re.escape(said)}, and this is {__version__};"
    ):
        read_plan(json.dumps({**document, "unheard_of": 1}))
    with pytest.raises(
        UsageError, match=rf"was made by renhai {re.escape(said)}, and this is {__version__};"
    ):
        read_duel(json.dumps({"sides": [document, document]}))


def test_what_is_no_plan_at_all_is_refused() -> None:
    for text in ("", "{}", "[]", "null", "{", "7"):
        with pytest.raises(UsageError, match=r"the plan in load\.py cannot be used: "):
            read_plan(text)
        with pytest.raises(UsageError, match=r"the plan in load\.py cannot be used: "):
            read_duel(text)


def test_a_duel_is_two_plans(here: Path) -> None:
    plan = plan_of("closed", here).model_dump(mode="json")
    a, b = read_duel(json.dumps({"sides": [{**plan, "side": "a"}, {**plan, "side": "b"}]})).sides
    assert (a.side, b.side) == ("a", "b")
    for sides in ([plan], [plan] * 3):
        with pytest.raises(UsageError, match="sides"):
            read_duel(json.dumps({"sides": sides}))


def test_nothing_in_a_plan_can_be_changed(here: Path) -> None:
    plan = plan_of("closed", here)
    with pytest.raises(ValueError, match="frozen"):
        plan.seed = 8  # type: ignore[misc]
    with pytest.raises(ValueError, match="frozen"):
        plan.load.stages[0].seconds = 1.0  # type: ignore[misc]


def test_people_who_think_faster() -> None:
    post = Post(journeys={"a.b": 1.0}, think=Uniform(low=1, high=3))
    assert post.faster(2).think == Uniform(low=0.5, high=1.5)
    assert Post(journeys={}, think=Fixed(seconds=6)).faster(10).think.mean == pytest.approx(0.6)
    assert post.faster(1) == post


def test_goals_as_run_json_has_them() -> None:
    assert Goals().document() is None
    found = Goals(
        drift=DriftGoal(latency=0.2), catch_up=CatchUpGoal(volume=9, from_s=1, until_s=2, compressed=1)
    ).document()
    assert found == {
        "drift": {"latency": 0.2, "error_rate": None, "memory": None},
        "catch_up": {"volume": 9, "from_s": 1, "until_s": 2, "compressed": 1},
    }
