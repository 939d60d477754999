"""May they be compared? What differs is named; what cannot be known before a run is held against its
figures."""

from __future__ import annotations

import math
from datetime import datetime, timedelta
from typing import Any

import pytest

from results.compare.comparability import differences, planned_seeds, uneven
from results.compare.comparison import compare
from results.compare.order import couples, order_of
from results.errors import SnapshotError
from results.snapshot.run import Run
from results.verdict.reasons import in_english
from tests.results.compare.runs import MACHINE, STEADY, run, side, summary

IDENTITY = {"journeys": "aaaa", "success rules": "bbbb", "generator build": "cccc"}


def journey(number: int, steps: float = 1.0, cut: int = 0, **changes: Any) -> Run:
    """233 journeys that send a.open once and a.save `steps` times."""
    counts = {"a.open": 233, "a.save": round(233 * steps) - cut}
    document = {
        "operations": {name: summary(started=count) for name, count in counts.items()},
        "load": {"model": "open", "arrivals_due": 233},
        "journeys": {"a": {"started": 233, "completed": 233 - cut, "failed": 0, "cut": cut}},
        "seed": 7,
    }
    return run(number, **{**document, **changes})


def test_a_journey_of_one_step_more_is_refused_though_its_digest_is_the_same() -> None:
    with pytest.raises(SnapshotError, match=r"requests of a.save differ: 1.00 and 2.00 in each journey"):
        compare([journey(0)], [journey(1, steps=2, cut=1)])
    assert differences([journey(0)], [journey(1, cut=3)]) == []  # three were cut short by the end


def test_where_journeys_are_known_to_be_the_same_another_number_of_requests_is_no_pass() -> None:
    first = [journey(n, identity=IDENTITY) for n in range(5)]
    second = [journey(10 + n, steps=0.6, identity=IDENTITY) for n in range(5)]
    compared = compare(first, second)
    assert (compared.verdict, compared.exit_code) == ("inconclusive", 4)
    assert compared.reasons[0] == "requests of a.save differ: 1.00 and 0.60 in each journey"


def test_journeys_that_fail_or_are_drawn_are_given_room() -> None:
    failed = {"journeys": {"a": {"started": 233, "completed": 200, "failed": 33, "cut": 0}}}
    assert differences([journey(0)], [journey(1, steps=0.86, **failed)]) == []
    drawn = [journey(0, seed=1), journey(1, seed=2)], [journey(2, seed=3, steps=1.1), journey(3, seed=4)]
    assert differences(*drawn) == []


def test_what_neither_side_asked_for_does_not_differ() -> None:
    """Not one request of a.never on either side: a gap of 0, of which 0 is allowed."""
    counts = {"operations": {"a.open": summary(started=233), "a.never": summary(started=0)}}
    assert differences([journey(0, **counts)], [journey(1, **counts)]) == []


@pytest.mark.parametrize(("failed", "told"), [(10, True), (11, False)])
def test_up_to_a_twentieth_of_failed_journeys_a_difference_is_told(failed: int, told: bool) -> None:
    """Of 200: 233/200 against 140/200 a journey differ by more than the failures explain."""
    journeys = {"a": {"started": 200, "completed": 200 - failed, "failed": failed, "cut": 0}}
    sides = [journey(0, journeys=journeys)], [journey(1, steps=0.6, journeys=journeys)]
    said = ["requests of a.save differ: 1.17 and 0.70 in each journey"]
    assert in_english(uneven(*sides)) == (said if told else [])


def test_a_few_failures_do_not_hide_that_less_was_asked() -> None:
    """Of 200 journeys one failed in each run, so that 0.985 for each is all that it explains."""
    failed = {"journeys": {"a": {"started": 200, "completed": 199, "failed": 1, "cut": 0}}}
    first = [journey(n, identity=IDENTITY, **failed) for n in range(5)]
    second = [journey(10 + n, steps=0.6, identity=IDENTITY, **failed) for n in range(5)]
    compared = compare(first, second)
    assert compared.verdict == "inconclusive"
    assert compared.reasons[0].startswith("requests of a.save differ: ")
    near = [journey(20 + n, steps=0.985, identity=IDENTITY, **failed) for n in range(5)]
    assert not any("requests of" in text for text in compare(first, near).reasons)


def test_a_copy_under_another_name_is_no_further_run() -> None:
    first, second = side(0, STEADY), side(10, STEADY)
    marked = {name: {"sha256": "abc", "bytes": 3} for name in ("measured.json", "latency.hlog")}
    twice = [one.model_copy(update={"evidence": marked}) for one in first[:2]]
    with pytest.raises(SnapshotError, match=r"run-1 was given twice \(it is run-0\)"):
        compare([*twice, *first[2:]], second)
    with pytest.raises(SnapshotError, match=r"run-10 was given twice \(it is run-0\)"):
        compare([twice[0], *first[1:]], [second[0].model_copy(update={"evidence": marked}), *second[1:]])


def test_runs_of_one_kind_may_have_the_same_counts() -> None:
    counts = {"measured.json": {"sha256": "abc", "bytes": 3}}
    both = [
        [one.model_copy(update={"evidence": {**counts, "latency.hlog": {"sha256": one.run_id, "bytes": 3}}})
         for one in side(start, STEADY)]
        for start in (0, 10)
    ]  # fmt: skip
    assert compare(*both).verdict == "pass"


def test_a_part_that_only_a_newer_renhai_knows_is_refused_by_its_name() -> None:
    def made(first: int, **more: str) -> list[Run]:
        return [one.model_copy(update={"identity": {**IDENTITY, **more}}) for one in side(first, STEADY)]

    newer = made(0, moon="full"), made(10, moon="new")
    said = "moon, which a newer renhai wrote and this one does not know, differs: full and new"
    remedy = "compare with the renhai that wrote the newest of the runs"
    assert in_english(differences(*newer)) == [f"{said}; {remedy}"]
    with pytest.raises(SnapshotError, match=said):
        compare(*newer)
    assert differences(made(0, moon="full"), made(10, moon="full")) == []
    assert differences(made(0), made(10, moon="new")) == []  # the older one cannot say


@pytest.mark.parametrize("part", IDENTITY)
def test_another_identity_is_refused_by_name_or_marked(part: str) -> None:
    first, second = side(0, STEADY), side(10, STEADY)
    old = [one.model_copy(update={"identity": IDENTITY}) for one in first]
    new = [one.model_copy(update={"identity": {**IDENTITY, part: "ffff"}}) for one in second]
    with pytest.raises(SnapshotError, match=rf"{part} \(digest\) differs: {IDENTITY[part]} and ffff"):
        compare(old, new)
    marked = compare(old, new, anyway=True)
    assert marked.differences == [f"{part} (digest) differs: {IDENTITY[part]} and ffff"]


def reached(url: str, embedded: bool) -> dict[str, Any]:
    return {"target": {"name": "reference", "url": url, "embedded": embedded}}


HERE = "http://127.0.0.1:8400"


@pytest.mark.parametrize(
    ("url", "embedded", "said"),
    [
        (HERE, True, "target's process differs: up before the run and started for the run"),
        ("https://127.0.0.1:8400", False, "URL scheme differs: http and https"),
        ("http://app.test:8400", False, "way to the target differs: loopback and network"),
    ],
)
def test_where_the_target_stands_is_refused_by_name(url: str, embedded: bool, said: str) -> None:
    first = [run(n, **reached(HERE, False)) for n in range(5)]
    second = [run(10 + n, **reached(url, embedded)) for n in range(5)]
    with pytest.raises(SnapshotError, match=said):
        compare(first, second)
    assert said in compare(first, second, anyway=True).differences


@pytest.mark.parametrize("url", ["http://localhost:9000", "http://[::1]:80", "http://127.8.0.1"])
def test_another_address_of_the_same_kind_compares(url: str) -> None:
    assert differences([run(0, **reached(HERE, False))], [run(1, **reached(url, False))]) == []
    far = [run(n, **reached(f"http://10.0.0.{n}", False)) for n in (1, 2)]
    assert differences(far[:1], far[1:]) == []
    assert differences([run(0)], [run(1, **reached(url, True))]) == []  # the first does not know


def test_other_libraries_and_another_kernel_are_said_and_no_more() -> None:
    old = {"renhai": "0.1.0", "locust": "2.47.0", "gevent": "26", "python": "3.11", "orjson": "3.9"}
    first = [run(n, versions=old, environment={**MACHINE, "kernel": "6.1"}) for n in range(5)]
    new = {**old, "orjson": "3.10"}
    second = [run(10 + n, versions=new, environment={**MACHINE, "kernel": "6.2"}) for n in range(5)]
    compared = compare(first, second)
    assert compared.verdict == "pass"
    (said,) = [text for text in compared.caveats if "other versions" in text]
    assert said.endswith("kernel: 6.1 and 6.2, orjson: 3.9 and 3.10")
    mixed = [*first[:4], second[0]]
    assert not any("other versions" in text for text in compare(mixed, second[1:]).caveats)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"generator": {"processes": 2}}, "load processes differs: 1 and 2"),
        ({"environment": {**MACHINE, "cores": 1}}, "cores differs: 2 and 1"),
        ({"environment": {**MACHINE, "memory_gb": 4.0}}, "memory_gb differs: 8 and 4"),
        ({"load": {"model": "closed"}}, "load model differs: open and closed"),
    ],
)
def test_what_made_the_load_is_refused_by_name(change: dict[str, Any], said: str) -> None:
    found = in_english(differences([run(0, generator={"processes": 1})], [run(1, **change)]))
    assert said in found


def test_older_runs_without_an_identity_still_compare_and_it_is_said() -> None:
    new = [one.model_copy(update={"identity": IDENTITY}) for one in side(10, STEADY)]
    compared = compare(side(0, STEADY), new)
    assert compared.verdict == "pass"
    assert any(text.startswith("6 of 12 runs kept no digests") for text in compared.caveats)
    assert not any("digests" in text for text in compare(new[:3], new[3:]).caveats)


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"duration_s": 12}, "duration differs: 10 s and 12 s"),
        ({"load": {"model": "open", "arrivals_due": 300}}, "arrivals due differ: 233 and 300"),
    ],
)
def test_figures_that_no_digest_holds(change: dict[str, Any], said: str) -> None:
    assert said in in_english(differences([journey(0)], [journey(1, **change)]))
    short = journey(1, **change, ended="target_lost")  # what broke off is judged as such, and not refused
    assert said not in in_english(differences([journey(0)], [short]))


def test_seeds_of_runs_to_come_are_held_against_the_baseline() -> None:
    old = [run(n, seed=7, load={"model": "closed"}) for n in range(5)]
    assert planned_seeds(old, [7], "closed") == []
    (other,) = planned_seeds(old, [9, 11, 13], "closed")
    assert other.en.startswith("seeds differ: 7 and 9 (3 draws)")
    assert "--seed 7" in other.en
    (draws,) = planned_seeds(old, [7, 11, 13], "closed")
    assert draws.en.startswith("draws of the seed differ: 7 and 7 (3 draws)")
    each = [one.model_copy(update={"draw": n}) for n, one in enumerate(old)]
    assert planned_seeds(each, [7, 11, 13], "closed") == []


# --- order ------------------------------------------------------------------------------------------------


def at(runs: list[Run], start: float, step: float = 1.0) -> list[Run]:
    """The same, one every `step` minutes from minute `start` of a day."""
    noon = datetime.fromisoformat("2015-09-11T08:00:00+00:00")
    return [
        one.model_copy(update={"started": (noon + timedelta(minutes=start + step * n)).isoformat()})
        for n, one in enumerate(runs)
    ]


def test_sides_in_turns_are_not_separate() -> None:
    first, second = at(side(0, STEADY), 0, 2), at(side(10, STEADY), 1, 2)
    assert not order_of(first, second).separate
    assert not any("one after the other" in text for text in compare(first, second).caveats)
    assert not order_of(side(0, STEADY), side(10, STEADY)).separate  # as far as the times tell


def in_turns(old: list[Run], new: list[Run]) -> tuple[list[Run], list[Run]]:
    """Old, new, new, old, ... each two of one draw."""
    places = [(2 * n + n % 2, 2 * n + 1 - n % 2) for n in range(len(old))]
    sides: tuple[list[Run], list[Run]] = ([], [])
    for n, both in enumerate(places):
        for made, one, place in zip(sides, (old[n], new[n]), both, strict=True):
            made += at([one.model_copy(update={"draw": n})], place)
    return sides


MOOD = (1.0, 1.3, 0.8, 1.2, 0.9)  # of the machine, which both runs of a couple meet


def test_what_both_runs_of_a_couple_meet_cancels_where_the_sides_were_made_in_turns() -> None:
    """ln of the ratios: 0.002, -0.003, 0.004, 0.001, -0.002: mean 0.0004, standard deviation 0.0029."""
    small = (0.002, -0.003, 0.004, 0.001, -0.002)
    old = side(0, MOOD)
    new = side(10, [mood * math.exp(more) for mood, more in zip(MOOD, small, strict=True)])
    compared = compare(*in_turns(old, new))
    assert compared.verdict == "pass"
    assert any("couple by couple: each of 5 runs a side" in text for text in compared.caveats)
    row = next(row for row in compared.rows if (row.subject, row.metric) == ("run", "p95"))
    assert row.effect == pytest.approx(0.0004, abs=1e-5)
    assert row.bound == pytest.approx(0.0004 + 2.776 * 0.00288 / math.sqrt(5), abs=2e-5)
    assert row.spread == pytest.approx(0.00288 / math.sqrt(2), abs=2e-5)
    assert compare(old, new).verdict == "inconclusive"  # the same runs, each side against the other


def test_a_loss_in_every_couple_is_found_in_turns_whatever_the_machine_did() -> None:
    more = (0.10, 0.093, 0.097, 0.101, 0.095)
    old = side(0, MOOD)
    new = side(10, [mood * math.exp(one) for mood, one in zip(MOOD, more, strict=True)])
    assert compare(*in_turns(old, new)).verdict == "fail"
    assert compare(old, new).verdict == "inconclusive"


def test_a_loss_in_one_couple_is_no_proof() -> None:
    old = side(0, MOOD)
    new = side(10, [mood * (1.5 if n == 2 else 1.0) for n, mood in enumerate(MOOD)])
    assert compare(*in_turns(old, new)).verdict == "inconclusive"


def test_couples_are_only_what_was_made_in_turns_with_one_draw() -> None:
    first, second = in_turns(side(0, MOOD), side(10, MOOD))
    assert [(a.run_id, b.run_id) for a, b in couples(first, second)] == [
        (f"run-{n}", f"run-{10 + n}") for n in range(5)
    ]
    assert couples(list(reversed(first)), second) == couples(first, second)  # by their times, not as given
    assert couples(first[:2], second[:2]) == []  # too few
    assert couples(first, second[:4]) == []
    other = [second[0].model_copy(update={"draw": 77}), *second[1:]]
    assert couples(first, other) == []
    assert couples(at(first, 0), at(second, 0)) == []  # at the same time: which was beside which?
    assert couples(at(first, 0), at(second, 60)) == []  # one side first
    lost = [first[0].model_copy(update={"started": "?"}), *first[1:]]
    assert couples(lost, second) == []


def test_one_side_first_is_said_with_the_drift_that_shows() -> None:
    flat = (0.999, 1.001, 1.0, 1.001, 0.999)
    compared = compare(at(side(0, flat), 0), at(side(10, flat), 30))
    assert compared.verdict == "pass"
    (said,) = [text for text in compared.caveats if "one after the other" in text]
    assert "30 minutes apart" in said
    assert "--against URL" in said


def test_a_drift_that_shows_lets_no_latency_decide() -> None:
    """Everything becomes 1 % slower each ten minutes: the second side looks 10 % worse."""
    day = [1.01 ** (n + 0.02 * (n % 3)) for n in range(20)]
    first, second = at(side(0, day[:10]), 0, 10), at(side(20, day[10:]), 100, 10)
    compared = compare(first, second)
    assert compared.verdict == "inconclusive"
    assert compared.reasons[0].startswith("run p50 drifts with time (p50 +10%")
    turns = compare(at(side(0, day[::2]), 0, 20), at(side(20, day[1::2]), 10, 20))
    assert turns.verdict == "pass"


def test_errors_are_worse_whatever_the_order() -> None:
    day = [1.01 ** (n + 0.02 * (n % 3)) for n in range(20)]
    first, second = at(side(0, day[:10]), 0, 10), at(side(20, day[10:], errors=100), 100, 10)
    assert compare(first, second).verdict == "fail"
