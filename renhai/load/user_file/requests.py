"""Requests of HttpUser and FastHttpUser from their send on; Locust's own event tells of their end only.

Without this a request that never ends is not there at all, and neither is one whose `with` block was left by
an exception. Both clients are wrapped for the whole process, once; users and their files stay as they are.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Iterator
from time import monotonic_ns
from typing import Any
from weakref import WeakKeyDictionary

import gevent
import gevent.local
from gevent import GreenletExit
from locust import clients
from locust.contrib import fasthttp
from locust.exception import (
    InterruptTaskSet,
    RescheduleTask,
    RescheduleTaskImmediately,
    StopTest,
    StopUser,
)

from results.snapshot.names import clean

FLOW = (InterruptTaskSet, RescheduleTask, RescheduleTaskImmediately, StopTest, StopUser)  # no errors
MARK = "_renhai_sent"
LEFT = "_renhai_left"  # of an answer whose `with` block is over
REFUSED_S = 0.01  # a user that swallows its end and asks again must not keep the loop to itself


class Sent:
    """One request. hops: HTTP requests that it became, redirects included; 0 before the first.

    back_ns: when its call returned, where that is before it is reported; 0: not yet.
    """

    __slots__ = ("back_ns", "hops", "method", "name", "over", "since_ns", "user")

    def __init__(self, user: Any, method: Any, name: Any) -> None:
        self.user = user
        self.method = method
        self.name = name
        self.hops = 0
        self.over = False
        self.back_ns = 0
        self.since_ns = monotonic_ns()

    @property
    def took_ns(self) -> int:
        """From the call to its return, or until now."""
        return (self.back_ns or monotonic_ns()) - self.since_ns

    @property
    def operation(self) -> str:
        """Its row, unless its `with` block gives it another name."""
        return clean(self.method, self.name)


class UnderWay:
    """All requests that were sent and have not been reported.

    closed, refused(user): nothing more is sent; who tries is ended. sent: HTTP requests in all.
    by_itself: those of them that the session or agent of a client sent without a call of the client, which
    Locust never reports.
    redirects: hops beyond the first, of requests that ended. failed(sent, error): a request ended that
    Locust will not report.
    too_late(sent, why): a request that Locust had reported by then was called a failure.
    """

    def __init__(self) -> None:
        self.requests: set[Sent] = set()
        self.closed = False
        self.sent = 0
        self.by_itself = 0
        self.redirects = 0
        self.refused: Callable[[Any], bool] = lambda user: False
        self.failed: Callable[[Sent, BaseException], object] = lambda sent, error: None
        self.too_late: Callable[[Sent | None, Any], object] = lambda sent, why: None
        self._calls = gevent.local.local()
        self._last_ns: WeakKeyDictionary[Any, int] = WeakKeyDictionary()

    def last_ns(self, user: Any, otherwise: int) -> int:
        """When a user of Locust's HTTP clients last sent or waited for an answer, on CLOCK_MONOTONIC."""
        if any(sent.user is user for sent in self.requests):
            return monotonic_ns()
        return self._last_ns.get(user, otherwise)

    @property
    def is_calling(self) -> bool:
        """Whether this greenlet is inside a call of the client."""
        return bool(self._stack())

    def begin(self, user: Any, method: Any, name: Any) -> Sent:
        """A call of the client; raises GreenletExit when the load is over."""
        if self.closed or self.refused(user):
            gevent.sleep(REFUSED_S)
            raise GreenletExit("the load has ended")
        sent = Sent(user, method, name)
        if user is not None:
            self._last_ns[user] = sent.since_ns
        self._stack().append(sent)
        return sent

    def sending(self) -> None:
        """One HTTP request goes out for the innermost call of this greenlet."""
        if stack := self._stack():
            sent = stack[-1]
            sent.hops += 1
            self.sent += 1
            self.requests.add(sent)
        else:
            self.by_itself += 1

    @property
    def is_sending(self) -> bool:
        """Whether this greenlet is inside the part of the client that connects and sends."""
        return bool(getattr(self._calls, "sending", 0))

    @contextlib.contextmanager
    def on_the_wire(self) -> Iterator[None]:
        """Around the part of the client that connects and sends."""
        self._calls.sending = getattr(self._calls, "sending", 0) + 1
        try:
            yield
        finally:
            self._calls.sending -= 1

    def returned(self, sent: Sent, result: Any) -> None:
        """The call is over; where its `with` block is still to come, the answer carries the mark."""
        self._stack().remove(sent)
        sent.back_ns = monotonic_ns()
        if not sent.over and result is not None:
            for thing in (result, getattr(result, "request_meta", {}).get("response")):
                if hasattr(thing, "__dict__"):
                    thing.__dict__[MARK] = sent

    def broken(self, sent: Sent, error: BaseException) -> None:
        """The call raised. A killed user's request stays under way; what was never sent is nobody's."""
        self._stack().remove(sent)
        if not sent.over and sent.hops and not isinstance(error, GreenletExit):
            self._fail(sent, error)

    def left(self, answer: Any, value: BaseException) -> None:
        """An exception left the `with` block of an answer, and Locust reported nothing."""
        sent = answer.__dict__.get(MARK)
        if sent is not None and not sent.over and not isinstance(value, GreenletExit):
            self._fail(sent, value)

    def reported(self, response: Any) -> Sent | None:
        """Locust's event came: whose it was; None for a request that is not of these clients."""
        sent: Sent | None = getattr(response, "__dict__", {}).get(MARK)
        if sent is None and response is not None and (stack := self._stack()):
            sent = stack[-1]
        if sent is None or sent.over:
            return None
        self._end(sent)
        return sent

    def _fail(self, sent: Sent, error: BaseException) -> None:
        self._end(sent)
        self.failed(sent, error)

    def _end(self, sent: Sent) -> None:
        sent.over = True
        if sent.user is not None:
            self._last_ns[sent.user] = monotonic_ns()
        self.requests.discard(sent)
        self.redirects += max(0, sent.hops - 1)

    def _stack(self) -> list[Sent]:
        stack: list[Sent] | None = getattr(self._calls, "stack", None)
        if stack is None:
            stack = self._calls.stack = []
        return stack


def watch(under_way: UnderWay) -> None:
    """Wrap both clients."""
    for session in (clients.HttpSession, fasthttp.FastHttpSession):
        session.request = _tracked(session.request, under_way)
    for sender, name in ((clients.LocustHttpAdapter, "send"), (fasthttp.LocustUserAgent, "_urlopen")):
        setattr(sender, name, _counted(getattr(sender, name), under_way))
    for answer in (clients.ResponseContextManager, fasthttp.ResponseContextManager):
        answer.__exit__ = _left(answer.__exit__, under_way)
        answer.failure = _heeded(answer.failure, under_way)


def _tracked(original: Callable[..., Any], under_way: UnderWay) -> Callable[..., Any]:
    def request(self: Any, method: Any, url: Any, *args: Any, **kwargs: Any) -> Any:
        name = (args[0] if args else kwargs.get("name")) or self.request_name or url
        sent = under_way.begin(self.user, method, name)
        try:
            result = original(self, method, url, *args, **kwargs)
        except BaseException as error:
            under_way.broken(sent, error)
            raise
        under_way.returned(sent, result)
        return result

    return request


def _counted(original: Callable[..., Any], under_way: UnderWay) -> Callable[..., Any]:
    def send(self: Any, *args: Any, **kwargs: Any) -> Any:
        under_way.sending()
        with under_way.on_the_wire():
            return original(self, *args, **kwargs)

    return send


def _heeded(original: Callable[..., Any], under_way: UnderWay) -> Callable[..., Any]:
    """Locust ignores a `failure()` that comes after the `with` block: the request was reported by then."""

    def failure(self: Any, exc: Any) -> Any:
        if LEFT in self.__dict__:
            under_way.too_late(self.__dict__.get(MARK), exc)
        return original(self, exc)

    return failure


def _left(original: Callable[..., Any], under_way: UnderWay) -> Callable[..., Any]:
    def leave(self: Any, exc: Any, value: Any, traceback: Any) -> Any:
        result = original(self, exc, value, traceback)
        self.__dict__[LEFT] = True
        if isinstance(value, FLOW):
            if (sent := self.__dict__.get(MARK)) is not None and not sent.over:
                original(self, None, None, None)  # its status says what it was
            return result
        if value is not None:
            under_way.left(self, value)
        return result

    return leave
