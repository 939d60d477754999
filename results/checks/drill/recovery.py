"""From the injection until people can work again: RTO on buckets of intended starts, and what lies between.

RTO is the time from the injection to the first of W good buckets in a row that follow a bad one: to the first
intended start after the last one that was not served in the bad bucket before them, so that the length of a
bucket is no part of it; to the begin of the good one where the bucket before it is not bad. W bad buckets in
a row after that (bad: degraded or out) are a relapse: the recovery counts from the next W good ones. A bucket
of which too little is known ends a row of good ones and begins nothing. An action that comes before the
recovery from the one before is of the same episode, whose RTO counts from the first.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

from results.checks.drill.buckets import NEVER, US, Bucket, Limits, buckets
from results.checks.drill.starts import Start

Came = Literal["recovered", "not_recovered", "unnoticed", "unknown", "unsteady"]
BAD = ("degraded", "out")


class Episode(NamedTuple):
    """What one injection brought; times in seconds from it, None where there is none to tell.

    injections: microseconds of the load at which actions of it began. state: unsteady: it was not well
    before; unnoticed: no bad bucket; unknown: no bad bucket, and of some too little is known. watched_s: to
    the end of what was seen. out_s, degraded_s, few_s: length of such buckets until the recovery or the end.
    noticed_s: when the first of the first bad bucket had waited too long or was refused. backlog_s: the
    last answer to those who came before the recovery. work: (served, came) of those, by post or operation.
    least_s: without a recovery, until the last who was seen not to be served: an RTO is longer than that.
    still_out: posts or operations that were served before the injection and not once after the recovery,
    though enough came to them.
    """

    injections: tuple[int, ...]
    state: Came
    watched_s: float
    rto_s: float | None = None
    noticed_s: float | None = None
    out_s: float = 0.0
    degraded_s: float = 0.0
    few_s: float = 0.0
    backlog_s: float | None = None
    relapses: int = 0
    later_bad: int = 0
    work: dict[str, tuple[int, int]] = {}
    least_s: float | None = None
    still_out: tuple[str, ...] = ()
    buckets: tuple[Bucket, ...] = ()

    @property
    def recovered_at(self) -> int | None:
        """Microseconds of the load."""
        return None if self.rto_s is None else self.injections[0] + round(self.rto_s * US)

    def document(self) -> dict[str, Any]:
        """For run.json; buckets as [begin s, end s, requests, served, state]."""
        plain = self._asdict()
        plain["injections_s"] = [one / US for one in plain.pop("injections")]
        plain["work"] = {name: list(pair) for name, pair in self.work.items()}
        plain["buckets"] = [[b.begin / US, b.end / US, b.came, b.served, b.state] for b in self.buckets]
        return plain


class Watch(NamedTuple):
    """What is seen: requests in order, rules, µs of a bucket, W, and the end of the load in µs."""

    rows: Sequence[Start]
    limits: Limits
    width: int
    in_a_row: int
    end: int


def episodes(watch: Watch, injections: Sequence[int]) -> list[Episode]:
    """One for each injection from which there was a recovery before the next, in order."""
    found: list[Episode] = []
    left = sorted(injections)
    while left:
        for taken in range(1, len(left) + 1):
            after = left[taken] if taken < len(left) else watch.end
            one = _episode(watch, tuple(left[:taken]), after)
            if one.state in ("recovered", "unnoticed", "unsteady"):
                break
        found.append(one)
        left = left[taken:]
    return found


def _episode(watch: Watch, injections: tuple[int, ...], until: int) -> Episode:
    first, last = injections[0], injections[-1]
    seen = [_until(row, first) if row.at < first else row for row in watch.rows]
    grid = buckets(seen, watch.limits, watch.width, first, until)
    before = [one for one in grid if one.end <= first][-watch.in_a_row :]
    after = [one for one in grid if one.begin >= first]
    watched = (after[-1].end - first) / US if after else 0.0
    if len(before) < watch.in_a_row or any(one.state != "good" for one in before):
        return Episode(injections, "unsteady", watched, buckets=tuple(grid))
    bad = next((place for place, one in enumerate(after) if one.state in BAD), None)
    if bad is None:
        known = bool(after) and all(one.state == "good" for one in after)
        few_s = sum(one.state == "few" for one in after) * watch.width / US
        state: Came = "unnoticed" if known else "unknown"
        out = _still_out(watch, first, first, after[-1].end) if known else ()
        return Episode(injections, state, watched, few_s=few_s, still_out=out, buckets=tuple(grid))
    place, relapses = _recovery(after, bad, watch.in_a_row, last)
    return _told(watch, injections, after, bad, place, relapses, tuple(grid))


def _until(row: Start, first: int) -> Start:
    """A request that came before the injection, as it was then: what hits it while it is under way is no
    fault of the time before, though what it had waited already is."""
    under_way = row.at + row.lasted > first and row.outcome != "dropped"
    return row._replace(lasted=first - row.at, outcome="ok") if under_way else row


def _recovery(after: Sequence[Bucket], bad: int, in_a_row: int, last: int) -> tuple[int | None, int]:
    """The bucket with which the recovery begins, None where there is none; how many relapses there were."""
    place, relapses = bad, 0
    while True:
        good = _row(after, place, in_a_row, ("good",), last)
        if good is None:
            return None, relapses
        again = _row(after, good + in_a_row, in_a_row, BAD, 0)
        if again is None:
            return good, relapses
        place, relapses = again, relapses + 1


def _row(
    after: Sequence[Bucket], start: int, length: int, states: tuple[str, ...], not_before: int
) -> int | None:
    run = 0
    for place in range(start, len(after)):
        fits = after[place].state in states and after[place].begin >= not_before
        run = run + 1 if fits else 0
        if run == length:
            return place - length + 1
    return None


def _told(
    watch: Watch, injections: tuple[int, ...], after: Sequence[Bucket], bad: int, place: int | None,
    relapses: int, grid: tuple[Bucket, ...],
) -> Episode:  # fmt: skip
    first = injections[0]
    until = after[-1].end if place is None else _recovered(watch, after, place, injections[-1])
    waiting = [row for row in watch.rows if first <= row.at < until]
    during = after[:place]
    lengths = {
        state: sum(min(one.end, until) - one.begin for one in during if one.state == state) / US
        for state in ("out", "degraded", "few")
    }
    return Episode(
        injections,
        "recovered" if place is not None else "not_recovered",
        (after[-1].end - first) / US,
        rto_s=None if place is None else (until - first) / US,
        noticed_s=_noticed(watch, after[bad], first),
        out_s=lengths["out"],
        degraded_s=lengths["degraded"],
        few_s=lengths["few"],
        backlog_s=_backlog(waiting, first) if place is not None else None,
        relapses=relapses,
        later_bad=sum(one.state in BAD for one in after[place:]) if place is not None else 0,
        work=_work(watch.limits, waiting),
        least_s=_least(watch, after, first) if place is None else None,
        still_out=() if place is None else _still_out(watch, first, until, after[-1].end),
        buckets=grid,
    )


def _least(watch: Watch, after: Sequence[Bucket], first: int) -> float:
    """Good buckets that were too few in a row, and those of which nothing is known, are no part of it."""
    bad = [one for one in after if one.state in BAD][-1]
    inside = [row for row in watch.rows if bad.begin <= row.at < bad.end]
    last = max((row.at for row in inside if not watch.limits.served(row)), default=bad.begin)
    return (last - first) / US


def _still_out(watch: Watch, first: int, since: int, end: int) -> tuple[str, ...]:
    """A rule on all requests together may hold though a small post is out for good."""
    limits = watch.limits
    before = {
        name for name, (served, _) in _work(limits, [r for r in watch.rows if r.at < first]).items() if served
    }
    later = _work(limits, [row for row in watch.rows if since <= row.at < end])
    return tuple(
        name
        for name, (served, came) in later.items()
        if not served and came >= limits.at_least and name in before
    )


def _recovered(watch: Watch, after: Sequence[Bucket], place: int, last: int) -> int:
    """Microseconds of the load from which it goes well; not before the last injection."""
    bad, begin = after[place - 1], after[place].begin
    if bad.state not in BAD:
        return begin
    inside = [row for row in watch.rows if bad.begin <= row.at < bad.end]
    missed = max((row.at for row in inside if not watch.limits.served(row)), default=bad.end)
    following = min((row.at for row in inside if row.at > missed), default=begin)
    return max(following, last)


def _noticed(watch: Watch, bucket: Bucket, first: int) -> float | None:
    """When the first of them had an error, or had waited longer than is well."""
    patience = watch.limits.patience()
    moments = []
    for row in watch.rows:
        if bucket.begin <= row.at < bucket.end and not watch.limits.served(row):
            ended = row.at + row.lasted if row.outcome in ("ok", "rejected", "error") else NEVER
            ended = row.at if row.outcome == "dropped" else ended
            moments.append(min(ended, row.at + patience))
    soonest = min(moments, default=NEVER)
    return None if soonest == NEVER else (soonest - first) / US


def _backlog(waiting: Sequence[Start], first: int) -> float | None:
    """Until the last of those who came meanwhile had an answer; None where somebody never had one."""
    if any(row.outcome in ("unfinished", "dropped") for row in waiting):
        return None
    return max(((row.at + row.lasted - first) / US for row in waiting), default=0.0)


def _work(limits: Limits, waiting: Sequence[Start]) -> dict[str, tuple[int, int]]:
    found: dict[str, list[int]] = {}
    for row in waiting:
        pair = found.setdefault(row.group or row.operation, [0, 0])
        pair[0] += limits.served(row)
        pair[1] += 1
    return {name: (pair[0], pair[1]) for name, pair in sorted(found.items())}
