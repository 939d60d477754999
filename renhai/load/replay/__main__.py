"""`python -m renhai.load.replay PLAN`: one track of a replay. A line of JSON a second on the standard output.

PLAN: {journal, side, rules, binding, url, addresses, permit, track, digest, speed, deadline_ms, together,
sources}. SIGINT and SIGTERM end it well: what is under way is answered first.
"""

from __future__ import annotations

import json
import signal
import sys
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import gevent
from gevent.event import Event

from renhai.load.replay.order import Order
from renhai.load.replay.track import OneStep, Pace, ReadAgain, Track
from renhai.load.worker.egress_watch import EgressWatch
from renhai.load.worker.engine_of import journey_engine
from renhai.safety.allowance import Ceiling
from renhai.safety.permit import Permit
from renhai.safety.rate_limit import TokenBucket
from renhai.spec.cutover.journal.entry import Entry, JournalFile
from renhai.spec.cutover.journal.rules import Rules
from renhai.spec.cutover.journal.selection import Selection
from renhai.spec.cutover.journal.track_file import TrackRecord, TrackWriter, cut_short, held, read_track
from renhai.spec.cutover.journal.translation import Untranslatable, Words

TOLD_S = 1.0


@dataclass(frozen=True)
class Planned:
    """The part of the plan that the guard looks at."""

    guard: Permit
    base_url: str
    addresses: list[str]
    load: Any


def main(path: str) -> int:
    """Its exit code; why it cannot begin is a line, too."""
    plan = json.loads(Path(path).read_text(encoding="utf-8"))
    try:
        return _entered(plan)
    except OSError as error:
        print(json.dumps({"sent": 0, "left": 0, "error": cut_short(error)}), flush=True)
        return 1


def _entered(plan: dict[str, Any]) -> int:
    """Raises OSError where the track cannot be begun."""
    allowed = plan["permit"]
    ceiling = Ceiling(**allowed["ceiling"])
    permit = Permit(**{**allowed, "hosts": tuple(allowed["hosts"]), "ceiling": ceiling})
    load = SimpleNamespace(peak_users=plan["together"], peak_rate=0.0)
    watch = EgressWatch(Planned(permit, plan["url"], plan["addresses"], load))
    rules, side, file = Rules.model_validate(plan["rules"]), plan["side"], Path(plan["track"])
    try:
        held(file)  # for as long as this process lives; what the track says is read under it
    except BlockingIOError:
        print(json.dumps({"sent": 0, "left": 0, "error": f"{file.name} is written by another process"}))
        return 1
    record, words = read_track(file, plan["digest"], side), Words(rules, side)
    journal = JournalFile(Path(plan["journal"]))
    order = Order(left(journal, Selection(rules, side, journal), record, words), rules.in_turn)
    writer = TrackWriter(file, plan["digest"], side, record.bytes)
    pool: Any = OneStep()
    engine = journey_engine(plan["binding"], plan["url"], plan["addresses"], pool, plan["sources"])
    if ceiling.rate:
        engine.bucket = TokenBucket(ceiling.rate, 1)
    over = Event()
    pace = Pace(plan["speed"], plan["deadline_ms"], plan["together"])
    again = ReadAgain(rules.noise.reads, rules.noise.times)
    track = Track(engine, order, words, writer, pace, over.set, again)
    for number in (signal.SIGINT, signal.SIGTERM):
        gevent.signal_handler(number, track.stop)
    watch.bar(lambda reason: track.stop())
    watch.watch(lambda reason: track.stop())
    track.start()
    while not over.wait(TOLD_S):
        _tell(track, order)
    track.leave()
    _tell(track, order)
    writer.close()
    return 0


def left(journal: JournalFile, selection: Selection, record: TrackRecord, words: Words) -> Iterator[Entry]:
    """The entries that this system has not been sent; of the others its ids are learned, and what its short
    ids stand for: two taxpayers who are one there are found, whichever was entered before a stop."""
    for entry in journal.entries():
        if not selection.takes(entry):
            words.issue(entry.answer)
        elif entry.id in record.answers or entry.id in record.sent:
            words.issue(entry.answer)
            with suppress(Untranslatable):  # it was sent, whatever it would be now
                words.outward(entry.fields)
            if entry.id in record.answers:
                words.learn(entry.answer, record.answers[entry.id].data)
        else:
            yield entry


def _tell(track: Track, order: Order) -> None:
    reasons = track.complaints
    told = {"sent": track.sent, "left": order.left, "ended": track.ended, "error": track.error}
    print(json.dumps({**told, "complaints": reasons}), flush=True)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1]))
