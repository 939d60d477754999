"""Every row of the table of lying and honest answers, by the client and the rules of a load process."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator
from pathlib import Path

import gevent
import pytest

from benchmarks import rig
from benchmarks.liars import case as case_module
from benchmarks.liars.case import FOUND_OUT, PASS, REFUSAL, Attempt, Case, is_told, without_run
from benchmarks.liars.honest_answers import HONEST
from benchmarks.liars.liars import GOALS, all_cases, answer_cases
from benchmarks.liars.lying_answers import LYING, Row
from benchmarks.liars.rules import KINDS, write
from benchmarks.liars.server import serving
from benchmarks.liars.target import target_file
from benchmarks.liars.why import OF_ANSWERS, OF_FILES, OF_PEERS, OF_YAML, whys
from renhai.binding.loader import compile_binding, load_binding, normalise
from renhai.binding.state.client_state import ClientState
from renhai.checks.binding_trial import Line
from renhai.cli.app import run_cli
from renhai.load.http.client import Client, Timeouts
from results.verdict.reasons import ENTRIES
from tests import forked

ROUNDS = 12  # one answer in ten lies, and the 17th after an interim answer was once malformed


@pytest.fixture(scope="module")
def ports() -> Iterator[dict[str, int]]:
    with serving() as found:
        yield found


def reasons(row: Row, port: int, folder: Path, rounds: int) -> list[str]:
    """What is wrong with the answers to so many requests, each after the other."""
    path = target_file(row, port, folder)
    binding, _, _ = load_binding(str(path))
    compiled = compile_binding(normalise(binding, path))
    client = Client(f"http://127.0.0.1:{port}", ["127.0.0.1"], Timeouts(1.0, 1.0, 1.0, 1.0))
    wrong: list[str] = []
    client.unasked = lambda data: wrong.append("unasked")
    try:
        for _ in range(rounds):
            request = compiled.request("shelf.get", {})
            result = client.request(*request[:4])
            reply = compiled.judge("shelf.get", result.status, result.head, result.body, None, request.echo)
            if result.error or not reply.ok:
                wrong.append(result.error or reply.reason or reply.outcome)
            if wrong:
                break
            gevent.sleep(0.04 if "later" in row[0] else 0)
    finally:
        client.close()
        gevent.sleep(0)
    return wrong


@pytest.mark.parametrize("row", LYING, ids=lambda row: row[0])
def test_a_liar_is_found_out(row: Row, ports: dict[str, int], tmp_path: Path) -> None:
    found = reasons(row, ports[row[0]], tmp_path, ROUNDS)
    assert found and "cannot be judged" not in found[0]
    told = [f"{'run.' if why == 'unasked' else 'failed: shelf.get: '}{why}: " for why in found]
    (why,) = whys(row[0], row[1])
    late = "later" in row[0] and is_told(
        "failed: shelf.get: malformed: ", told
    )  # later than the next request
    assert late or any(is_told(way, told) for way in why.split(" | ")), (why, told)


@pytest.mark.parametrize("row", HONEST, ids=lambda row: row[0])
def test_an_odd_but_honest_target_is_believed(row: Row, ports: dict[str, int], tmp_path: Path) -> None:
    assert reasons(row, ports[row[0]], tmp_path, 20 if row[1] == "1xx" else 4) == []


AT_ONCE = (
    "false for 0", "a key twice", "busy in br", "repeats nothing", "two answers at once", "a word, later",
    "cut off", "two lengths", "302 for 200", "an empty 200",
)  # fmt: skip
ODD = (
    "ten 102 before each", "in br", "in gzip and chunks", "HTTP/1.0 without a length",
    "XML in GBK, by the prolog",
    "204 that says gzip", "302 for success", "any 200",
)  # fmt: skip


# Every second row runs in `make test`, all with --all: `binding check` sees what a run sees, by its client
# and its rules; of each kind of answer (codings, redirects, two at once) one is left.
SHARE = {"test_binding_check_says_what_a_run_says": 4}


@pytest.mark.parametrize("name", [*AT_ONCE, *ODD])
def test_binding_check_says_what_a_run_says(name: str, ports: dict[str, int], tmp_path: Path) -> None:
    row = next(row for row in (*LYING, *HONEST) if row[0] == name)
    path = target_file(row, ports[name], tmp_path)
    binding, _, _ = load_binding(str(path))
    compiled = compile_binding(normalise(binding, path))
    line = Line(f"http://127.0.0.1:{ports[name]}", ["127.0.0.1"], compiled)
    reply = line.ask("shelf.get", {}, ClientState()).reply
    assert reply.ok == (name in ODD)
    if name not in ("a word, later", "302 for 200"):  # which a run judges beside its rules
        assert [reply.reason] * (not reply.ok) == reasons(row, ports[name], tmp_path, 1)


REFUSED = {row.name: row for rows in KINDS.values() for row in rows if row.ends == REFUSAL}
del REFUSED["a host that nobody listed"]  # `check` sends nothing, so the guard lets it pass


@pytest.mark.parametrize("name", REFUSED)
def test_a_file_that_could_not_fail_is_refused(
    name: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    scenario = write(REFUSED[name], 1, tmp_path)
    assert run_cli(["check", str(scenario)]) == 2
    said = capsys.readouterr().err
    assert "Traceback" not in said and ".yaml" in said
    (why,) = whys(f"yaml: {name}", "")
    assert is_told(why, [without_run(2, said)]), (why, said)


@pytest.mark.parametrize(
    ("name", "ends"),
    [("busy in br", FOUND_OUT), ("in gzip and chunks", PASS)],
)
def test_a_row_by_the_real_command(
    name: str,
    ends: tuple[str, ...],
    ports: dict[str, int],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def in_a_fork(line: list[str], folder: Path, **variables: str) -> tuple[int, str]:
        assert line[1:3] == ["-m", "renhai"]
        surroundings = rig.environment(COLUMNS="400", **variables)
        done = forked.run(line[3:], folder, surroundings, case_module.PATIENCE_S)
        return done.returncode, done.stdout + done.stderr

    monkeypatch.setattr(case_module, "to_its_end", in_a_fork)
    case = next(case for case in answer_cases(ports) if case.name == name)
    attempt = case.attempt(tmp_path)
    assert case.ends == ends
    assert case.is_right(attempt), attempt


def test_the_table_is_as_large_as_it_says() -> None:
    cases = all_cases(defaultdict(int))
    assert len({case.name for case in cases}) == len(cases)
    honest = sum(case.honest for case in cases)
    assert len(cases) - honest >= GOALS[False] and honest >= GOALS[True]
    by_kind = Counter(case.name.partition(": ")[0] for case in cases)
    assert min(by_kind["file"], by_kind["yaml"], by_kind["peer"]) >= 30


def test_each_liar_is_held_to_a_reason_and_no_reason_is_left_over() -> None:
    cases = all_cases(defaultdict(int))
    assert [case.name for case in cases if bool(case.why) == case.honest] == []
    lying = {case.name for case in cases if not case.honest}
    groups = {"yaml: ": OF_YAML, "file: ": OF_FILES, "peer: ": OF_PEERS, "": OF_ANSWERS}
    assert {group + name for group, names in groups.items() for name in names} <= lying
    codes = {way.partition(":")[0] for case in cases for why in case.why for way in why.split(" | ")}
    assert codes - set(ENTRIES) <= {"refused", "failed", "said"}


@pytest.mark.parametrize(
    ("wanted", "told"),
    [
        ("run.gone: ", True),
        ("run.gone: it … away", True),
        ("run.gone: … away … it", False),  # in this order
        ("gone", False),  # an entry begins so
        ("run.gone: a … away", False),
        ("other: … it", False),  # of one entry
    ],
)
def test_what_is_told(wanted: str, told: bool) -> None:
    assert is_told(wanted, ["other: why", "run.gone: it went away"]) == told


def test_a_liar_that_failed_for_another_reason_is_not_found_out() -> None:
    told = ("threshold.broken: shelf.get: p95 is 1 s", "failed: shelf.get: HTTP 500")
    late = Attempt(1, "fail", ("threshold.broken",), "", told)
    for why, right in (
        ("failed: … HTTP 500", True),
        ("run.unasked: ", False),
        ("run.unasked:  | failed: ", True),
    ):
        assert Case("x", "y", lambda folder: late, FOUND_OUT, (why,)).is_right(late) == right, why


def attempt(code: int, verdict: str = "", *reasons: str, traceback: bool = False) -> Attempt:
    return Attempt(code, verdict, reasons, "", (), traceback)


@pytest.mark.parametrize(
    ("ends", "tried", "right"),
    [
        (PASS, attempt(0, "pass"), True),
        (PASS, attempt(3, "invalid"), False),
        (FOUND_OUT, attempt(1, "fail", "threshold.broken"), True),
        (FOUND_OUT, attempt(0, "pass"), False),
        (FOUND_OUT, attempt(0, "fail", "threshold.broken"), False),  # the two say different things
        (FOUND_OUT, attempt(3, "pass"), False),
        (FOUND_OUT, attempt(2), False),  # refused before it was tried: it shows nothing
        (FOUND_OUT, attempt(-9), False),
        (FOUND_OUT, attempt(0), False),
        (FOUND_OUT, attempt(3, "invalid", "generator.loop_lag"), False),  # a busy machine, no more
        (FOUND_OUT, attempt(3, "invalid", "generator.loop_lag", "run.unasked"), True),
        (FOUND_OUT, attempt(3, "invalid", "run.unasked", traceback=True), False),
        (REFUSAL, attempt(2), True),
        (REFUSAL, attempt(1, "fail", "threshold.broken"), False),
    ],
)
def test_what_counts_as_found_out(ends: tuple[str, ...], tried: Attempt, right: bool) -> None:
    assert Case("x", "y", lambda folder: tried, ends).is_right(tried) == right
