"""`binding check --scenario`: journeys walked as in a run. Ways in which it could say "fine" and be wrong."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest

from renhai.core.errors import FAIL, INCONCLUSIVE, PASS, InvalidRun, UsageError
from renhai.core.process import child_process
from renhai.core.process.embedded_target import EmbeddedTarget
from renhai.core.process.interrupts import Interrupts
from renhai.load.engine.journey_run import COMPLETED
from renhai.load.trial.walked import Walked, wanted_of
from renhai.run import scenario_trial
from renhai.run.scenario_trial import check_scenario
from tests import forked
from tests.retries import note_process

TARGET = """\
name: shelf
environment: test
url: http://127.0.0.1:9
defaults: {headers: {X-Key: "${ENV:SHELF_KEY}"}}
success: {where: {code: 0}, reason: [why]}
operations:
  item.list: {path: /list, method: GET, body: null, query: {page: "${page}"}}
  item.add: {path: /add, captures: {id: id}}
  item.read: {path: "/items/${SAVED:id}", method: GET, body: null}
  item.drop: {path: /drop}
"""
SCENARIO = """\
name: shelf-walk
target: shelf.yaml
%s
journeys:
%s
load:
  operators: [{unit: 14301030000, post: desk, count: 2}]
  stages: [{hold: 10s}]
posts: {desk: {journeys: {%s}, think_time: {fixed: 1s}}}
thresholds: {"*": [error_rate < 1%%]}
"""
DATA = "data: {books: {file: books.csv}}"


class Shelf(BaseHTTPRequestHandler):
    """Pages end at 3; what is added without a name is refused. What is dropped the server's `drops` say: of
    each by its number from 1 a code, else 0.
    """

    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True  # else the body waits until the client has said that it has the head

    def do_GET(self) -> None:
        sent = self.rfile.read(int(self.headers.get("Content-Length", 0)))
        self.server.asked.append((self.command, self.path, sent.decode()))  # type: ignore[attr-defined]
        body = json.dumps(self.answer(json.loads(sent or b"{}"))).encode()
        self.send_response(200)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def answer(self, sent: dict[str, Any]) -> dict[str, Any]:
        if self.path.startswith("/list"):
            page = int(self.path.partition("=")[2])
            times = sum(path.startswith("/list") for _, path, _ in self.server.asked)  # type: ignore[attr-defined]
            rare = {"rare": 1} if times == 3 else {}
            return {"code": 0, "next": page + 1 if page < 3 else None, "times": times, **rare}
        if self.path == "/add" and not sent.get("name"):
            return {"code": 7, "why": f"no name; the key was {self.headers['X-Key']}"}
        if self.path == "/drop":
            number = sum(path == "/drop" for _, path, _ in self.server.asked)  # type: ignore[attr-defined]
            code = self.server.drops(number)  # type: ignore[attr-defined]
            return (
                {"code": code, "why": f"files by quarter; key {self.headers['X-Key']}"} if code != {} else {}
            )
        return {"code": 0, "id": "i-77"}

    do_POST = do_GET

    def log_message(self, *_: object) -> None:
        pass


def _none(number: int) -> Any:
    return 0


@pytest.fixture(scope="module")
def shelf() -> Iterator[ThreadingHTTPServer]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Shelf)
    server.asked = []  # type: ignore[attr-defined]
    server.drops = _none  # type: ignore[attr-defined]
    threading.Thread(target=server.serve_forever, daemon=True).start()
    yield server
    server.shutdown()
    server.server_close()


class Checked:
    """One check: its code, what it said, what the target was asked."""

    def __init__(self, folder: Path, shelf: ThreadingHTTPServer, journeys: str, data: str = "") -> None:
        note_process()
        names = [line.strip().rstrip(":") for line in journeys.splitlines() if line[:4].strip()]
        (folder / "shelf.yaml").write_text(TARGET)
        (folder / "books.csv").write_text("isbn\n4711\n4712\n")
        mix = ", ".join(f"{name}: 1" for name in names)
        (folder / "walk.yaml").write_text(SCENARIO % (data, journeys, mix))
        shelf.asked.clear()  # type: ignore[attr-defined]
        said: list[str] = []
        url = f"http://127.0.0.1:{shelf.server_address[1]}"
        walk, target = str(folder / "walk.yaml"), str(folder / "shelf.yaml")
        self.code = check_scenario(target, walk, url, 1, said.append)
        self.said = "\n".join(said)
        self.asked: list[tuple[str, str, str]] = list(shelf.asked)  # type: ignore[attr-defined]


@pytest.fixture(autouse=True)
def _forks(monkeypatch: pytest.MonkeyPatch) -> None:
    """Who walks need not read the load engine again."""
    for name in ("become", "subprocess"):  # as they are again after the test
        monkeypatch.setattr(child_process, name, getattr(child_process, name))
    forked.start_from({forked.LOAD: forked.server(forked.LOAD)})


@pytest.fixture(autouse=True)
def key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SHELF_KEY", "sesame-of-the-shelf")


ALL = """\
  shelf.page:
    - {send: item.list, fields: {page: 1}}
    - think: 1h
    - while: reply.next
      at_most: 9
      steps: [{send: item.list, fields: {page: "${reply.next}"}}]
  shelf.fill:
    - {send: item.add, fields: {name: "${books.isbn}"}}
    - repeat: 30
      steps: [item.read]
    - choose:
        - {weight: 30}
        - {weight: 1, steps: [item.drop]}
"""


def test_every_step_is_sent_once_at_least_as_a_run_would_send_it(
    tmp_path: Path, shelf: ThreadingHTTPServer
) -> None:
    found = Checked(tmp_path, shelf, ALL, DATA)
    assert found.code == PASS, found.said
    assert "5 of 5 steps ok at" in found.said
    assert "journey shelf.page: completed in 1 of 1 walk\n" in found.said
    pages = [path for _, path, _ in found.asked if path.startswith("/list")]
    assert pages == ["/list?page=1", "/list?page=2", "/list?page=3"]
    added = [json.loads(body) for _, path, body in found.asked if path == "/add"]
    assert added[0] == {"name": "4711"} and ({"name": "4712"} in added or len(added) == 1)
    reads = [path for _, path, _ in found.asked if path.startswith("/items")]
    assert set(reads) == {"/items/i-77"} and len(reads) == 30 * len(added)
    assert found.said.count("item.read (shelf.fill[1].steps[0])") == 1  # told once, sent 30 times
    assert any(path == "/drop" for _, path, _ in found.asked)  # drawn by 1 in 31 alone
    assert "sesame" not in found.said


@pytest.mark.parametrize(
    ("journeys", "said"),
    [
        # the same operation, well sent by one step and badly by another
        (
            "  a.a:\n    - {send: item.add, fields: {name: x}}\n    - {send: item.add, fields: {name: ''}}\n",
            "item.add (a.a[1])  7 no name; the key was ***",
        ),
        # a journey all of whose operations another one has sent well
        (
            "  a.a:\n    - {send: item.add, fields: {name: x}}\n  b.b:\n    - item.add\n",
            "item.add (b.b[0])  7 no name",
        ),
        # a value that no answer gives
        (
            "  a.a:\n    - {send: item.list, fields: {page: 1}}\n"
            "    - {send: item.add, fields: {name: '${reply.titel}'}}\n",
            "item.add (a.a[1]) was not sent",
        ),
        # a value that no answer gives, behind a branch that none leads to: what is wrong outranks
        (
            "  a.a:\n    - {send: item.list, fields: {page: 1}}\n"
            "    - {if: 'reply.next > 7', then: [item.drop]}\n"
            "    - {send: item.add, fields: {name: ''}}\n",
            "item.drop (a.a[1].then[0]) was not sent: reply.next > 7 did not hold, looked at 3 times",
        ),
        # what is drawn by one in a million and two
        (
            "  a.a:\n    - choose:\n        - {weight: 1000000}\n"
            "        - weight: 1\n          steps:\n            - repeat: 2\n              steps:\n"
            "                - choose:\n                    - {weight: 1, steps: [item.drop]}\n"
            "                    - {weight: 1, steps: [{send: item.add, fields: {name: ''}}]}\n",
            "item.add (a.a[0].choose[1].steps[0].steps[0].choose[1].steps[0])  7 no name",
        ),
        # a condition that asks for the order of a text
        (
            "  a.a:\n    - {send: item.add, fields: {name: x}}\n"
            "    - {if: 'reply.id > 7', then: [item.drop]}\n",
            "reply.id is no number",
        ),
        # a value that another journey's answer left: who comes for the second has none
        (
            "  a.a:\n    - {send: item.add, fields: {name: x}}\n  b.b:\n    - item.read\n",
            "item.read (b.b[0]) was not sent",
        ),
    ],
)
def test_what_a_run_would_find_is_found(
    journeys: str, said: str, tmp_path: Path, shelf: ThreadingHTTPServer
) -> None:
    found = Checked(tmp_path, shelf, journeys)
    assert found.code == FAIL, found.said
    assert said in found.said
    assert "sesame" not in found.said


PAGE = "    - {send: item.list, fields: {page: 1}}\n"


@pytest.mark.parametrize(
    ("journeys", "data", "said"),
    [
        (
            f"  a.a:\n{PAGE}    - {{if: reply.next > 7, then: [item.drop]}}\n",
            "",
            ["item.drop (a.a[1].then[0]) was not sent: reply.next > 7 did not hold, looked at 200 times"],
        ),
        (
            f"  a.a:\n{PAGE}    - {{if: reply.next == 2, then: [], else: [item.drop]}}\n".replace(
                "then: []", "then: [think: 1h]"
            ),
            "",
            ["item.drop (a.a[1].else[0]) was not sent: reply.next == 2 always held, looked at 200 times"],
        ),
        (
            f"  a.a:\n{PAGE}    - {{while: not reply.next, at_most: 3, steps: [item.drop]}}\n",
            "",
            ["item.drop (a.a[1].steps[0]) was not sent: not reply.next did not hold, looked at 200 times"],
        ),
        # the outer one of two conditions is the one to be told
        (
            f"  a.a:\n{PAGE}    - if: reply.next > 7\n      then:\n"
            "        - {if: reply.next == 2, then: [item.drop]}\n",
            "",
            ["item.drop (a.a[1].then[0].then[0]) was not sent: reply.next > 7 did not hold"],
        ),
        # rows that are used up while a branch is waited for say nothing against the target
        *(
            (
                f"  a.a:\n{PAGE}    - {{send: item.list, fields: {{page: 2, isbn: '${{books.isbn}}'}}}}\n"
                "    - {if: reply.next > 7, then: [item.drop]}\n",
                f"data: {{books: {{file: books.csv, take: unique, at_end: {at_end}}}}}",
                ["completed in 2 of 2 walks", "used up before all of it was walked", "looked at 2 times"],
            )
            for at_end in ("stop", "error")
        ),
    ],
)
def test_a_step_that_no_walk_comes_to_is_neither_fine_nor_wrong(
    journeys: str, data: str, said: list[str], tmp_path: Path, shelf: ThreadingHTTPServer
) -> None:
    found = Checked(tmp_path, shelf, journeys, data)
    assert found.code == INCONCLUSIVE, found.said
    assert all(words in found.said for words in said), found.said
    assert "not proven: 1 place, named above" in found.said
    assert not any(path == "/drop" for _, path, _ in found.asked)


@pytest.mark.parametrize(("usually", "code"), [("", INCONCLUSIVE), (", usually: 1%", PASS)])
def test_what_is_said_to_come_seldom_is_waited_for_longer(
    usually: str, code: int, tmp_path: Path, shelf: ThreadingHTTPServer
) -> None:
    rare = f"  a.a:\n{PAGE}    - {{if: reply.times == 300, then: [item.drop]{usually}}}\n"
    found = Checked(tmp_path, shelf, rare)
    assert found.code == code, found.said
    walks = sum(path.startswith("/list") for _, path, _ in found.asked)
    assert walks == (300 if usually else 200)


DROP = "  a.a:\n    - item.drop\n"
NEVER = "    - {if: reply.code == 77, then: [{send: item.add, fields: {name: x}}]}\n"
RARE = "    - {if: reply.times == 300, then: [{send: item.add, fields: {name: x}}], usually: 1%}\n"
LONG = DROP + PAGE + RARE
REFUSED = "item.drop (a.a[0]) was refused in {} of {} walks: 9 files by quarter; key ***"
DATA_OR_NOT = "; the others passed it: is that right for the data of those walks?"


@pytest.mark.parametrize(
    ("journeys", "drops", "code", "said"),
    [
        # somebody whom the target rightly refuses: never fine, and no fault of the target file
        (DROP, lambda n: 9 * (n == 1), INCONCLUSIVE, REFUSED.format(1, 20) + DATA_OR_NOT),
        (DROP, lambda n: 9 * (n % 4 == 1), INCONCLUSIVE, REFUSED.format(5, 20) + DATA_OR_NOT),
        # seldom, while a branch is waited for: the 300th page comes in the 303rd walk
        (LONG, lambda n: 9 * (n in (50, 100, 150)), INCONCLUSIVE, REFUSED.format(3, 303) + DATA_OR_NOT),
        # always
        (DROP, lambda n: 9, FAIL, REFUSED.format(3, 3) + "\n"),
        # once well and then no more, as with a number that is the same for everybody
        (DROP + NEVER, lambda n: 9 * (n > 1), FAIL, REFUSED.format(3, 4) + "\n"),
        # in each walk at the second time, so that half of all answers are ok
        (
            "  a.a:\n    - repeat: 2\n      steps: [item.drop]\n",
            lambda n: 9 * (n % 2 == 0),
            FAIL,
            "item.drop (a.a[0].steps[0]) was refused in 3 of 3 walks: 9 files by quarter",
        ),
        # refused, and something worse beside it in another walk
        (DROP, lambda n: 9 if n == 1 else {} if n == 3 else 0, FAIL, REFUSED.format(1, 19) + "\n"),
        # now at the one step, now at the other, so that no walk comes to its end
        (DROP + "    - item.drop\n", lambda n: 9 * (n % 3 != 1), FAIL, "completed in 0 of 3 walks"),
        # no refusal, but an answer without its code, once in twenty
        (DROP + NEVER, lambda n: {} if n == 20 else 0, FAIL, "ERROR"),
    ],
)
def test_a_refusal_now_and_then_is_told_and_never_fine(
    journeys: str, drops: Any, code: int, said: str, tmp_path: Path, shelf: ThreadingHTTPServer
) -> None:
    shelf.drops = drops  # type: ignore[attr-defined]
    try:
        found = Checked(tmp_path, shelf, journeys)
    finally:
        shelf.drops = _none  # type: ignore[attr-defined]
    assert found.code == code, found.said
    assert said in found.said, found.said
    assert ("not proven: 1 place, named above" in found.said) or code == FAIL
    assert "sesame" not in found.said


def test_an_operation_that_answers_ask_for_is_proven_by_any_journey_of_the_same_code() -> None:
    def one() -> Walked:
        return Walked(
            wanted_of([("a.sure", 1.0, False), ("a.maybe", 0.01, False), ("a.maybe", 0.2, False)], ())
        )

    assert one().most == 200 and {place: w.share for place, w in one().left.items()} == {
        "a.sure": 1.0,
        "a.maybe": 0.2,
    }
    walked = one()
    walked.take(COMPLETED, troubled=False)
    walked.sent({"a.sure"}, ok={"a.other"})
    assert walked.is_unfinished and not walked.is_given_up
    walked.sent((), ok={"a.maybe"})
    assert not walked.is_unfinished
    sure = one()
    sure.sent((), ok={"a.sure", "a.maybe"})  # who always sends it must have sent it himself
    assert set(sure.left) == {"a.sure"}


def test_the_shipped_smoke_scenario_is_walked_wherever_the_reference_system_stands() -> None:
    """Its taxpayers are known to a target of its own alone; elsewhere they are registered first."""
    note_process()
    said: list[str] = []
    assert check_scenario("reference", "smoke", None, 1, said.append) == PASS, said
    with Interrupts() as interrupts, EmbeddedTarget(interrupts) as target:
        assert check_scenario("reference", "smoke", target.url, 1, said.append) == PASS, said
    assert said.count("journey registration.register: completed in 1 of 1 walk") == 2


def test_no_answer_and_no_end_are_no_judgement(
    tmp_path: Path, shelf: ThreadingHTTPServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    def call(url: str) -> int:
        return check_scenario(str(tmp_path / "shelf.yaml"), str(tmp_path / "walk.yaml"), url, 1, lambda _: 0)

    Checked(tmp_path, shelf, "  a.a:\n    - {send: item.list, fields: {page: 3}}\n")
    with pytest.raises(InvalidRun):
        call("http://127.0.0.1:9")  # nobody listens at the port of discard
    build = scenario_trial.build_plan
    monkeypatch.setattr(
        scenario_trial, "build_plan", lambda *a, **k: build(*a, **k).model_copy(update={"renhai": "0.0.1"})
    )
    with pytest.raises(InvalidRun, match="the process that walks the journeys ended with"):
        call(f"http://127.0.0.1:{shelf.server_address[1]}")


def test_a_scenario_brings_its_own_data_and_journeys(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="goes without --fields and --data"):
        check_scenario("shelf.yaml", "walk.yaml", None, 1, print, data=True)
    (tmp_path / "own.py").write_text("from locust import HttpUser\nclass Visitor(HttpUser):\n    pass\n")
    (tmp_path / "shelf.yaml").write_text(TARGET)
    (tmp_path / "own.yaml").write_text(
        "name: own\ntarget: shelf.yaml\nlocustfile: ./own.py\n"
        "load: {users: 1, stages: [{hold: 5s}]}\nthresholds: {run: [error_rate < 1%]}\n"
    )
    with pytest.raises(UsageError, match="whose locustfile says itself what it sends"):
        check_scenario(str(tmp_path / "shelf.yaml"), str(tmp_path / "own.yaml"), None, 1, print)
