"""Where a load process keeps its intents: in the run's directory, where it stands on this machine."""

from __future__ import annotations

import contextlib
import tempfile
from pathlib import Path

import gevent
from gevent.threadpool import ThreadPool

from renhai.core.packing import compress, step_back
from renhai.load.engine.journey_run import JourneyEngine
from renhai.load.measure.intents import IntentLog
from renhai.plan.model import Plan
from results.snapshot.segments import PACKED, earlier, packed_name
from results.verdict.reasons import generator as why

FOLDER = "receipts"
LOOK_S = 2.0


def keep_intents(engine: JourneyEngine, plan: Plan, slot: int) -> None:
    """Begin this process's file of intents, where the target file names anything to keep.

    On another machine than the run's the file stands among its temporary ones, its finished parts compressed,
    and its lines travel with the reports. One that cannot be written is told of once, as any file of the run.
    """
    if not engine.receipts:
        return
    place, at_home = _place(plan, slot)

    def lost(error: str) -> None:
        engine.complain(why.FileNotWritten(file=place.name, error=error, out=str(place.parent)))

    try:
        if at_home:
            place.parent.mkdir(exist_ok=True)
        known = engine.binding
        engine.intents = IntentLog(
            place, plan.run_id, slot, known.receipts, known.fen, lost, known.redact, not at_home
        )
        if not at_home:
            gevent.spawn(_pack_parts, engine.intents)
    except OSError as error:
        lost(error.strerror or str(error))


def _pack_parts(log: IntentLog) -> None:
    """What the runner does for files of its own machine; in a thread, so that the loop is not held."""
    aside = ThreadPool(1)
    aside.apply(step_back)
    while log.file.is_open:
        gevent.sleep(LOOK_S)
        for part in earlier(log.path):
            if part.suffix != PACKED and log.file.is_open:
                with contextlib.suppress(OSError):  # a full disk: what is not compressed is read as well
                    aside.apply(compress, (part, packed_name(part)))
                if not log.path.exists():  # it came home meanwhile, and was forgotten
                    packed_name(part).unlink(missing_ok=True)


def forget(log: IntentLog | None) -> None:
    """A file on another machine, once all of it has come home."""
    if log is not None and log.carried:
        for path in (*earlier(log.path), log.path):
            with contextlib.suppress(OSError):
                path.unlink()


def _place(plan: Plan, slot: int) -> tuple[Path, bool]:
    """The file, and whether it stands in the run's own directory."""
    name, own = f"worker-{slot}.jsonl", own_directory(plan)
    if own is not None:
        return own / FOLDER / name, True
    return Path(tempfile.gettempdir()) / f"renhai-{plan.run_id}-{name}", False


def own_directory(plan: Plan) -> Path | None:
    """The run's directory, where it stands on this machine."""
    out = Path(plan.out)
    try:
        return out if plan.run_id in (out / "load.py").read_text(encoding="utf-8") else None
    except (OSError, ValueError):
        return None
