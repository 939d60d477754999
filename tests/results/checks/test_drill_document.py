"""Ways in which a drill could be told as fine and is not: from what it left to the verdict, one by one."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from results.checks.drill.buckets import JUDGED
from results.checks.drill.document import find_drill
from results.verdict.checks.drill import drilled
from results.verdict.run_summary import Judgement

T0_NS, SECOND = 5_000_000_000, 1_000_000_000
EPOCH_MS = 1_442_000_000_000.0
METHOD = [{"do": "freeze", "at_s": 3.0}]
WANTED: dict[str, Any] = {
    "good": [
        {"metric": "p95", "op": "<", "value": 1000.0}, {"metric": "error_rate", "op": "<", "value": 1.0},
    ],
    "bucket_s": 0.5, "at_least": 5, "in_a_row": 2, "method": METHOD, "levels": [], "unnoticed_is_fine": False,
    "bounds": [
        {"name": "rto", "op": "<", "value": 5.0, "text": "rto < 5s"},
        {"name": "rpo", "op": "=", "value": 0.0, "text": "rpo = 0"},
        {"name": "lost_after", "op": "=", "value": 0.0, "text": "lost_after = 0"},
    ],
}  # fmt: skip


class Left:
    """20 requests a second for 12 s; those due between 3 and 5 s fail; nothing is lost."""

    def __init__(self) -> None:
        self.rows: list[list[Any]] = [
            [at, 3000, "error" if 3_000_000 <= at < 5_000_000 else "ok", "declaration.submit", "a/desk"]
            for at in range(0, 12_000_000, 50_000)
        ]
        self.log = [self.row("ready", -1.0), self.row("done", 3.0, number=0, do="freeze", service="app")]
        self.log += [self.row("undone", 5.0, number=0, ok=True), self.row("over", 12.5)]
        self.duration_s, self.t0_ns = 12.0, T0_NS
        self.counted: dict[str, int] = {}
        self.audit: dict[str, Any] | None = {
            "state": "audited", "losses": [], "counts": {"lost": 0},
            "operations": {"declaration.submit": {"acknowledged": 200}},
        }  # fmt: skip
        self.wanted = dict(WANTED)

    @staticmethod
    def row(event: str, at_s: float, **values: Any) -> dict[str, Any]:
        ns = T0_NS + round(at_s * SECOND)
        row = {"event": event, **values, "wall_ms": EPOCH_MS + 1000 * at_s, "mono_ns": ns}
        return {**row, "began_ns": ns} if event in ("done", "undone") else row

    def found(self, folder: Path, torn: bool = False) -> dict[str, Any]:
        text = "".join(json.dumps(row) + "\n" for row in self.rows)
        (folder / "starts.jsonl").write_text(text[:-9] if torn else text, encoding="utf-8")
        (folder / "drill.jsonl").write_text(
            "".join(json.dumps(row) + "\n" for row in self.log), encoding="utf-8"
        )
        errors = sum(row[2] == "error" for row in self.rows)
        counts = {"started": len(self.rows), "errors": errors, **self.counted}
        operations = {"declaration.submit": counts}
        measured = SimpleNamespace(operations=operations, t0_ns=self.t0_ns, duration_s=self.duration_s)
        return find_drill(folder, measured, self.wanted, self.audit)

    def verdict(self, found: dict[str, Any]) -> tuple[str, list[str]]:
        told = drilled(Judgement("pass", [], [], []), self.wanted, found)
        return told.verdict, [one.code for one in told.why]


def test_a_sound_one_passes_with_the_figures_that_a_person_computes(tmp_path: Path) -> None:
    left = Left()
    found = left.found(tmp_path)
    assert (found["rto_s"], found["problems"], found["losses"]["rpo_s"]) == (2.0, [], 0.0)
    action = {"number": 0, "do": "freeze", "service": "app", "at_s": 3.0, "back_s": 5.0, "shown": True}
    assert found["actions"] == [action]  # people noticed it, whatever its process says
    assert left.verdict(found) == ("pass", [])


def later(left: Left, seconds: float) -> None:
    """The clock of the day is set forward by so much after the action."""
    for row in left.log[2:]:
        row["wall_ms"] += 1000 * seconds


def no_more(left: Left, from_us: int) -> None:
    left.rows = [row for row in left.rows if row[0] < from_us]


def all_well(left: Left) -> None:
    for row in left.rows:
        row[2] = "ok"


def only(left: Left, share: int) -> None:
    left.rows = left.rows[::share]


def lost(left: Left, *seconds: float) -> None:
    assert left.audit is not None
    left.audit["losses"] = [[EPOCH_MS + 1000 * one, 100] for one in seconds]
    left.audit["counts"] = {"lost": len(seconds)}


def spoiled(left: Left, **how: Any) -> None:
    for name, value in how.items():
        setattr(left, name, value)


def never(left: Left) -> None:
    for row in left.rows:
        row[2] = "error" if row[0] >= 3_000_000 else "ok"


def bound(left: Left, seconds: float) -> dict[str, Any]:
    """The last who is not served comes 1.95 s after the action."""
    rto, *others = left.wanted["bounds"]
    return {**left.wanted, "bounds": [{**rto, "value": seconds}, *others]}


def bad_before(left: Left) -> None:
    for row in left.rows:
        row[2] = "error" if 2_000_000 <= row[0] < 2_900_000 else "ok"


NOT_DONE = ("inconclusive", "drill.not_done")
UNKNOWN_LOSS = ("inconclusive", "drill.loss_unknown")
NOT_RECOVERED = ("inconclusive", "drill.not_recovered")
WAYS: dict[str, tuple[Callable[[Left], object], str, str]] = {
    "the action was not done": (lambda left: left.log.pop(1), *NOT_DONE),
    "it was done by halves": (
        lambda left: left.log.insert(2, left.row("failed", 5.0, number=0, why="let go on by somebody else")),
        *NOT_DONE,
    ),
    "it could not be taken back": (
        lambda left: left.log.insert(2, left.row("not_undone", 5.0, number=0, why="start ended with 1")),
        *NOT_DONE,
    ),
    "its process did not come to its end": (lambda left: left.log.pop(), *NOT_DONE),
    "nothing is left of what it did": (lambda left: left.log.clear(), *NOT_DONE),
    "a second action was never reached": (
        lambda left: spoiled(left, wanted={**WANTED, "method": [*METHOD, {"do": "kill", "at_s": 11.0}]}),
        *NOT_DONE,
    ),
    "when the load began is not known": (lambda left: spoiled(left, t0_ns=0), *NOT_DONE),
    "requests are missing": (lambda left: left.counted.update(started=300), *NOT_DONE),
    "failed requests are missing": (lambda left: left.counted.update(errors=99), *NOT_DONE),
    "nobody noticed it": (all_well, "inconclusive", "drill.unnoticed"),
    "too few came": (lambda left: only(left, 5), "inconclusive", "drill.unsteady"),
    "the load stopped by itself before the recovery": (
        lambda left: spoiled(left, duration_s=5.6), *NOT_RECOVERED,
    ),
    "nobody came any more": (lambda left: no_more(left, 5_400_000), *NOT_RECOVERED),
    "nobody was served to the end": (lambda left: never(left), "fail", "drill.missed"),
    "one good bucket too few": (
        lambda left: spoiled(left, duration_s=5.6, wanted=bound(left, 2.5)), *NOT_RECOVERED,
    ),
    "one good bucket too few, and too late": (
        lambda left: spoiled(left, duration_s=5.6, wanted=bound(left, 1.9)), "fail", "drill.missed",
    ),
    "it failed and recovered before the action": (bad_before, "inconclusive", "drill.unsteady"),
    "nothing was audited": (lambda left: spoiled(left, audit=None), *UNKNOWN_LOSS),
    "the audit could not read": (
        lambda left: spoiled(left, audit={"state": "failed", "problem": "the export is cut off"}),
        *UNKNOWN_LOSS,
    ),
    "nothing was there to be lost": (
        lambda left: left.audit and left.audit.update(operations={}), *UNKNOWN_LOSS,
    ),
    "losses without a time": (
        lambda left: left.audit and left.audit.update(counts={"lost": 2}), *UNKNOWN_LOSS,
    ),
    "the clock was set meanwhile": (lambda left: later(left, 60), *UNKNOWN_LOSS),
    "a write of just before is lost": (lambda left: lost(left, 2.9), "fail", "drill.missed"),
    "a write of meanwhile is lost": (lambda left: lost(left, 4.0), "fail", "drill.missed"),
    "a write of afterwards is lost": (lambda left: lost(left, 9.0), "fail", "drill.missed"),
}  # fmt: skip


@pytest.mark.parametrize("way", WAYS)
def test_what_is_not_fine_is_never_told_as_fine(tmp_path: Path, way: str) -> None:
    change, verdict, code = WAYS[way]
    left = Left()
    change(left)
    told = left.verdict(left.found(tmp_path))
    assert (told[0], code in told[1]) == (verdict, True), told


def test_a_torn_file_of_starts_proves_nothing(tmp_path: Path) -> None:
    left = Left()
    found = left.found(tmp_path, torn=True)
    assert left.verdict(found)[0] == "inconclusive" and found["rto_s"] is None


def test_an_action_before_the_recovery_from_the_one_before_counts_from_the_first(tmp_path: Path) -> None:
    left = Left()
    left.wanted = {**WANTED, "method": [*METHOD, {"do": "kill", "at_s": 4.0}]}
    left.log.insert(2, left.row("done", 4.0, number=1, do="kill", service="app"))
    found = left.found(tmp_path)
    assert (len(found["episodes"]), found["rto_s"]) == (1, 2.0)


def test_what_is_lost_between_two_injections_of_one_failure_counts_from_the_second(tmp_path: Path) -> None:
    left = Left()
    left.wanted = {**WANTED, "method": [*METHOD, {"do": "kill", "at_s": 4.0}]}
    left.log.insert(2, left.row("done", 4.0, number=1, do="kill", service="app"))
    lost(left, 3.6, 4.5)
    found = left.found(tmp_path)["losses"]
    assert (round(found["rpo_s"], 6), found["before"]["count"], found["during"]["count"]) == (0.4, 1, 1)


LEVELS = [
    {"level": 1, "rto_s": None, "rpo_s": None},
    {"level": 3, "rto_s": 2.0, "rpo_s": 60.0},
    {"level": 4, "rto_s": 2.0, "rpo_s": 0.0},
    {"level": 5, "rto_s": 1.9, "rpo_s": 0.0},
]


@pytest.mark.parametrize(
    ("lost_at", "level"),
    [((), 4), ((2.9,), 3), ((4.0,), 3), ((9.0,), 4)],
)
def test_a_level_is_met_by_both_its_figures(tmp_path: Path, lost_at: tuple[float, ...], level: int) -> None:
    """RTO 2 s; RPO 0, 0.1 s, or more than 0 as something was acknowledged meanwhile and lost."""
    left = Left()
    left.wanted = {**WANTED, "levels": LEVELS}
    lost(left, *lost_at)
    found = left.found(tmp_path)
    assert (found["rto_s"], found["level"]) == (2.0, level)


def test_no_level_is_met_where_a_figure_is_not_known(tmp_path: Path) -> None:
    left = Left()
    left.wanted = {**WANTED, "levels": LEVELS}
    left.audit = None
    assert left.found(tmp_path)["level"] is None


def test_a_bucket_is_judged_by_what_its_own_requests_tell() -> None:
    """Not by what only a whole run has: a throughput, the share of seats, a mean that one request spoils."""
    assert JUDGED == ("p50", "p90", "p95", "p99", "p999", "max", "error_rate", "rejection_rate")


@pytest.mark.parametrize(
    ("how", "state", "of"), [(all_well, "unnoticed", "after"), (never, "not_recovered", "during")]
)
def test_a_loss_is_excused_by_a_failure_that_was_noticed_and_as_long_as_it_lasts(
    tmp_path: Path, how: Callable[[Left], None], state: str, of: str
) -> None:
    left = Left()
    how(left)
    lost(left, 9.0)
    found = left.found(tmp_path)
    assert [one["state"] for one in found["episodes"]] == [state]
    counts = {name: found["losses"][name]["count"] for name in ("before", "during", "after")}
    assert counts == {"before": 0, "during": 0, "after": 0, of: 1}


def shown(left: Left, folder: Path) -> list[bool]:
    return [one["shown"] for one in left.found(folder)["actions"]]


def second(left: Left, at_s: float, **values: Any) -> None:
    """Another action, of which nothing but its command speaks."""
    row = left.row("done", at_s, number=1, do="restart", service="other", **values)
    left.log.insert(2, row)
    left.wanted["method"] = [*METHOD, {"do": "restart", "at_s": at_s}]


def test_an_action_that_nobody_noticed_is_shown_by_its_process_alone(tmp_path: Path) -> None:
    left = Left()
    all_well(left)
    left.wanted["unnoticed_is_fine"] = True
    found = left.found(tmp_path)
    assert [one["shown"] for one in found["actions"]] == [False] and found["level"] is None
    assert left.verdict(found) == ("inconclusive", ["drill.not_shown"])
    left.log[1]["shown"] = True
    assert left.verdict(left.found(tmp_path)) == ("pass", [])
    left.log[1]["shown"] = "yes"  # what is no truth value shows nothing
    assert shown(left, tmp_path) == [False]


def test_what_was_noticed_before_the_next_action_is_the_first_ones(tmp_path: Path) -> None:
    """Those due from second 3 on fail after 3 ms; the second action comes in their midst: who can tell?"""
    left = Left()
    second(left, 4.0)
    assert shown(left, tmp_path) == [True, False]
    assert left.verdict(left.found(tmp_path)) == ("inconclusive", ["drill.not_shown"])
    second(left, 4.0, shown=True)
    left.log.pop(3)
    assert shown(left, tmp_path) == [True, True]


def test_what_was_noticed_after_the_next_action_shows_neither(tmp_path: Path) -> None:
    """The first acts at second 3, the other one ms later; who fails first has waited 3 ms."""
    left = Left()
    second(left, 3.001)
    assert shown(left, tmp_path) == [False, False]


def test_two_actions_at_one_moment_show_neither(tmp_path: Path) -> None:
    left = Left()
    second(left, 3.0)
    assert shown(left, tmp_path) == [False, False]


def test_a_second_action_that_is_noticed_by_itself_is_shown(tmp_path: Path) -> None:
    left = Left()
    for row in left.rows:
        row[2] = "error" if 3_000_000 <= row[0] < 5_000_000 or 8_000_000 <= row[0] < 9_000_000 else "ok"
    second(left, 8.0)
    assert shown(left, tmp_path) == [True, True]
