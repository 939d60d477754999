"""A request that is redirected goes on: one request of its operation, with hops that are counted apart.

Its latency and service time run to the last answer, as a person waits for it. The guard is asked for each
hop: it must stay at the origin, under the target file's rate.
"""

from __future__ import annotations

from time import monotonic_ns
from typing import Any

from renhai.binding.codec import Reply
from renhai.binding.redirects import MOST_HOPS, next_request
from renhai.load.http.client import Result


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
