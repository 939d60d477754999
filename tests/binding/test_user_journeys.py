"""Journeys written in a scenario, and the user's own Locust file: what they become, and their mistakes."""

# ruff: noqa: E501

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from generators.taxpayers.population import Population
from renhai.binding.codec import Reply
from renhai.core.errors import UsageError
from renhai.core.home import find_home
from renhai.load.engine.written import walk_of
from renhai.plan.build import build_plan, normalise
from renhai.plan.model import UserFile, UserFileLoad, UserStage, WrittenStep
from renhai.spec.journeys.cases import Partition, TaxpayerPool
from renhai.spec.loader import load_scenario
from tests.bookshelf import SHELF, SHELF_TARGET

OWN = """\
# Does it hold under my own Locust users?
name: own
target: target.yaml
locustfile: theirs.py
load: {users: 6, stages: [{hold: 3s}]}
thresholds: {"GET /books": [error_rate < 1%, p95 < 5s], "POST /add": [error_rate < 1%]}
"""
THEIRS = "from locust import HttpUser\n\n\nclass Visitor(HttpUser):\n    tasks = [print]\n"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        (
            SHELF.replace("- shelf.count", "- shelf.coun"),
            "shelf.yaml:14: journeys.\"shelf.lend\"[2] is shelf.coun; no such operation of datasette; did you mean 'shelf.count'?",
        ),
        (
            SHELF.replace("${taxpayer.name}", "${tax.name}"),
            'shelf.yaml:12: journeys."shelf.lend"[0] holds tax.name; the scenario has no data.tax; known: loop',
        ),
        (
            SHELF.replace("{send: shelf.find,", "{sends: shelf.find,"),
            "sends is not a known key; did you mean 'send'?",
        ),
        (
            SHELF.replace("shelf.lend", "declaration.file"),
            "journeys.declaration.file is the name of a journey that renhai brings",
        ),
        (OWN, "shelf.yaml:4: locustfile is theirs.py; it is not Python: "),
        (
            OWN.replace("theirs.py", "none.py"),
            "shelf.yaml:4: locustfile is none.py; it cannot be read: No such file or directory",
        ),
        (
            OWN.replace("theirs.py", "empty.py"),
            "shelf.yaml:4: locustfile is empty.py; it defines no user class; write `class Visitor(HttpUser): ...`",
        ),
        (
            OWN + "journeys: {shelf.lend: [shelf.count]}\n",
            "has journeys beside a locustfile, whose users say what they do; remove journeys",
        ),
        (
            OWN.replace('"GET /books": [', '"*/*": [signed_in >= 98%, ').replace("theirs.py", "fine.py"),
            'shelf.yaml:6: thresholds."*/*" has signed_in, which is of units and posts; a locustfile has none',
        ),
        (
            OWN.replace("users: 6, ", ""),
            "shelf.yaml:5: load has neither of operators (closed model) and arrivals",
        ),
        (
            OWN.replace("locustfile: theirs.py\n", "data: {seed: 1, taxpayers: 1}\n"),
            "has only one of locustfile and load.users; add locustfile",
        ),
    ],
)
def test_a_mistake_names_file_line_field_value_and_remedy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, text: str, said: str
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("target.yaml").write_text(SHELF_TARGET)
    Path("theirs.py").write_text("def broken(:\n")
    Path("empty.py").write_text("X = 1\n")
    Path("fine.py").write_text(THEIRS)
    Path("shelf.yaml").write_text(text)
    with pytest.raises(UsageError) as caught:
        load_scenario("./shelf.yaml")
    assert said in str(caught.value)


def test_written_steps_take_fields_from_taxpayer_reply_and_document() -> None:
    people = Population(7, "gt3_2015")
    steps = [
        WrittenStep(send="a.one", fields={"name": "${taxpayer.name}", "n": 1}),
        WrittenStep(send="a.two", document="declaration", fields={"no": "${reply.no}"}),
    ]
    desk = TaxpayerPool(people, Partition(1))
    walk = walk_of(steps)(desk)
    t = people.taxpayer(0)
    assert next(walk) == ("a.one", {"name": t.name, "n": 1})
    operation, fields = walk.send(Reply("ok", {"no": 77}, "", ""))
    assert (operation, fields["no"], fields["djxh"]) == ("a.two", 77, t.djxh)
    with pytest.raises(StopIteration) as done:
        walk.send(Reply("ok", {}, "", ""))
    assert done.value.value is True
    assert desk.case().period == 1  # the next time it is the next period's declaration


def test_a_written_journey_ends_at_the_first_refusal() -> None:
    walk = walk_of([WrittenStep(send="a.one"), WrittenStep(send="a.two")])(
        TaxpayerPool(Population(7, "gt3_2015"), Partition(1))
    )
    next(walk)
    with pytest.raises(StopIteration) as done:
        walk.send(Reply("rejected", {}, "1", "no"))
    assert done.value.value is False


def test_the_plan_carries_journeys_and_the_users_own_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("target.yaml").write_text(SHELF_TARGET)
    Path("theirs.py").write_text(THEIRS)
    for name, text in (("shelf", SHELF), ("own", OWN)):
        Path(f"{name}.yaml").write_text(text)
    plans = {}
    for name in ("shelf", "own"):
        loaded = load_scenario(f"./{name}.yaml")
        scenario = normalise(loaded)
        plans[name] = build_plan(
            loaded,
            scenario,
            run_id="x",
            out=tmp_path,
            base_url="http://127.0.0.1:9",
            addresses=[],
            processes=1,
        )
    shelf, own = plans["shelf"], plans["own"]
    assert [step.send for step in shelf.journeys["shelf.lend"]] == ["shelf.add", "shelf.find", "shelf.count"]
    assert (shelf.locustfile, shelf.locustfiles, shelf.scenario.measured) == (None, (), "renhai")
    assert own.locustfile == UserFile(name=str(tmp_path / "theirs.py"), source=THEIRS)
    assert own.scenario.measured == "locust-event"
    assert own.scenario.load == UserFileLoad(stages=(UserStage(seconds=3.0, users_from=6, users_to=6),))


def test_only_concrete_user_classes_are_taken() -> None:
    source = (
        "from locust import HttpUser, FastHttpUser, task\n"
        "class Base(HttpUser):\n    abstract = True\n"
        "class A(Base):\n    @task\n    def t(self): pass\n"
        "class B(FastHttpUser):\n    @task\n    def t(self): pass\n"
    )
    program = f"from renhai.load.user_file.locustfile import load; print(sorted(load('theirs.py', {source!r}).users))"
    line = [sys.executable, "-c", program]  # importing Locust patches the whole process
    done = subprocess.run(line, cwd=find_home(), capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "['A', 'B']\n"
