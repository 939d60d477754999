"""An answer that was not good: how it is counted, and what is shown of it."""

from __future__ import annotations

from time import monotonic_ns
from typing import Any

from renhai.binding.codec import Reply
from renhai.binding.outgoing.streamed import beginning as first_bytes
from renhai.load.http.client import Result
from renhai.load.http.connection import NO_FILE, NO_PORT, ON_REUSED
from renhai.load.http.parser import UNASKED
from results.verdict.reasons.machine import DescriptorsExhausted, PortsExhausted

ON_CONNECTION = "(connection)"  # where failures.jsonl has what belongs to no operation
SHOWN = 4096  # bytes of a message
UNFINISHED = Reply("error", {}, "", "the load ended before its answer came")


def beginning(data: bytes) -> str:
    """The beginning of a message; what is not UTF-8 is most likely GBK."""
    data = data[:SHOWN]
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        cut = error.start > len(data) - 4  # only the cut goes through a character
        return data.decode("utf-8" if cut else "gb18030", "replace")


def count_unopened(engine: Any, result: Result) -> None:
    """A connection of an operator that was opened ahead of its first request; what failed is tried again
    then."""
    blame_machine(engine, result.error)
    if result.error and not engine.stopping:
        said = Reply("error", {}, "", f"{result.error} when an operator sat down")
        engine.recorder.fail(ON_CONNECTION, said, "", "")


def count_unasked(engine: Any, data: bytes) -> None:
    """Bytes came on an idle connection: no request's own, and so an error of the run."""
    engine.recorder.unasked += 1
    said = Reply("error", {}, "", f"{UNASKED} came on a kept connection, which was closed")
    engine.recorder.fail(ON_CONNECTION, said, "", engine.binding.redact(beginning(data), cut=True))


def blame_machine(engine: Any, error: str) -> None:
    """A connection that this machine could not open says nothing of the target."""
    if error == NO_PORT:
        engine.complain(PortsExhausted())
    elif error in NO_FILE:
        engine.complain(DescriptorsExhausted())


def count_loss(engine: Any, result: Result) -> None:
    """A request of a JourneyEngine without a good answer: was there one, though a wrong one, or silence?"""
    recorder, why = engine.recorder, result.error
    recorder.unasked += why.startswith(UNASKED)
    recorder.lost_reused += ON_REUSED in why
    blame_machine(engine, why)
    if result.bytes_in and not why.endswith("timeout"):
        recorder.answers += 1
    else:
        recorder.silences += 1


def count_cut(run: Any) -> None:
    """The request of a JourneyRun that is under way is given up: it stays unfinished."""
    engine = run.engine
    run.exchange.cancel()
    run.exchange = None
    if engine.journal is not None:
        engine.journal.keep(run, run.book.name, UNFINISHED)
    if run.intent and engine.intents is not None:
        engine.intents.cut(run.intent)
    engine.recorder.ended(run.book, run.tally, run.intended_ns, monotonic_ns(), "unfinished")


def count_failure(run: Any, reply: Reply, result: Result) -> None:
    """A request of a JourneyRun was rejected, or was an error: counted, and its first ones shown."""
    run.troubled = True
    rejected = reply.outcome == "rejected"
    for counts in (run.book, run.tally):
        if counts is not None:
            counts.rejected += rejected
            counts.errors += not rejected
    redact, texts = run.engine.binding.redact, excerpts(run, result)
    # a target may repeat what it was sent in its reason
    said = reply._replace(code=redact(reply.code, run.memory), reason=redact(reply.reason, run.memory))
    run.engine.recorder.fail(run.book.name, said, *texts)


def excerpts(run: Any, result: Result | None, headers: bool = False) -> tuple[str, str]:
    """The beginning of what a JourneyRun sent last, with its headers or without, and of what came; without
    secrets."""
    request, redact = run.sent, run.engine.binding.redact
    lines = request.headers.replace(b"\r", b"") + b"\n" if headers else b""
    asked = b"%b %b\n%b%b" % (request.method, request.path, lines, first_bytes(request.body, SHOWN))
    answered = b"%d %b" % (result.status, result.body) if result is not None and result.status else b""
    first, second = (redact(beginning(part), run.memory, cut=len(part) > SHOWN) for part in (asked, answered))
    return first, second


def disbelieve(run: Any, result: Result) -> None:
    """The target said yes each time, and the business did not come about: the last yes was an error.

    Its receipt stays: what was acknowledged may have been written.
    """
    run.book.ok -= 1
    run.engine.recorder.disbelieve(run.row)
    why = f"the answer says success, but {run.journey} cannot be completed with what it holds"
    count_failure(run, Reply("error", {}, str(result.status), why), result)
