"""What an answer says, entered into the books.

A request that is redirected goes on: one request of its operation, with hops that are counted apart. Its
latency and service time run to the last answer, as a person waits for it. The guard is asked for each hop: it
must stay at the origin, under the target file's rate.
"""

from __future__ import annotations

from time import monotonic_ns
from typing import Any

from renhai.binding.codec import Reply
from renhai.binding.redirects import MOST_HOPS, next_request
from renhai.load.engine.failures import count_failure, count_loss
from renhai.load.http.client import Result
from renhai.load.http.redirects import judged


def judge(run: Any, result: Result) -> Reply | None:
    """What the answer to a JourneyRun's request says, or the error instead of one: counted, with its paper
    and line of the journal. None where it leads the request on to another place."""
    status = result.status
    redirected = 300 <= status < 400
    if redirected and not result.error and follow(run, result):
        return None
    engine, book, sent, intended_ns, done_ns = run.engine, run.book, run.sent, run.intended_ns, result.done_ns
    recorder = engine.recorder
    if result.error:
        reply = Reply("error", {}, "", result.error)
        count_loss(engine, result)
    else:
        reply = engine.binding.judge(
            book.name, status, result.head, result.body, run.memory, sent.echo, sent.path
        )
        if redirected:
            reply = judged(engine.origin, result, reply)
        if run.hops:
            reply = after(run.hops, reply)
        if engine.papers is not None and book.name in engine.papers.names:
            engine.papers.keep(book.name, run.fields, reply, result)
        recorder.answers += 1
    if engine.journal is not None:
        engine.journal.keep(run, book.name, reply)
    book.latency.append(done_ns - intended_ns)
    recorder.waiting -= 1
    recorder.waiting_since -= intended_ns
    if recorder.starts is not None:
        run.row = recorder.ended(book, run.tally, intended_ns, done_ns, reply.outcome)
    if result.sent_ns:
        book.service.append(done_ns - (run.first_sent_ns or result.sent_ns))
    if reply.outcome == "ok":
        book.ok += 1
    else:
        count_failure(run, reply, result)
    run.intended_ns = done_ns
    run.exchange = None
    return reply


def follow(run: Any, result: Result) -> bool:
    """Send what the answer leads a JourneyRun to; False where it is to be judged as it is."""
    engine, operation = run.engine, run.book.name
    if run.hops >= MOST_HOPS:
        return False
    request = next_request(
        engine.binding, operation, run.sent, result.status, result.head, run.memory, engine.origin
    )
    if request is None:
        return False
    run.hops += 1
    run.first_sent_ns = run.first_sent_ns or result.sent_ns
    run.sent = request
    engine.recorder.hop(operation)
    now = monotonic_ns()
    if engine.bucket is not None and (hold_ns := engine.bucket.wait_ns(now)):
        run.exchange = None
        engine.scheduler.at(now + hold_ns, _send, run)
    else:
        _send(run)
    return True


def _send(run: Any) -> None:
    if not run.over:
        method, path, headers, body, _ = run.sent
        run.exchange = run.engine.client.start(method, path, headers, body, run.done, run.connections)


def after(hops: int, reply: Reply) -> Reply:
    """The reason of a request that was redirected says how often."""
    if not hops or not reply.reason:
        return reply
    return reply._replace(reason=f"{reply.reason} (after {hops} redirect{'s' if hops > 1 else ''})")
