"""`renhai binding check`: each operation as journeys send it, what was sent, what came, how it was judged."""

from __future__ import annotations

import contextlib
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

from renhai.binding.codec import CompiledBinding, HttpRequest, Reply, compile_binding
from renhai.binding.loader import Binding, load_binding, needed_secrets, normalise
from renhai.binding.outgoing.streamed import beginning
from renhai.binding.redirects import MOST_HOPS, next_request, origin_of
from renhai.binding.state.client_state import ClientState
from renhai.binding.state.cookies import Site
from renhai.checks import journey_trial
from renhai.checks.engine_client import Answered, EngineClient
from renhai.checks.given import Rows, fields_of, rows_of
from renhai.checks.officer import PROFILE, officer
from renhai.core.errors import FAIL, PASS, InvalidRun, Problem, UsageError
from renhai.core.language import language
from renhai.core.language import say as spoken
from renhai.core.machine.own_addresses import known_sources
from renhai.core.process.child_process import child_environment
from renhai.core.process.embedded_target import EmbeddedTarget
from renhai.core.process.interrupts import Interrupts
from renhai.core.yaml_lines import show_path
from renhai.safety import addresses as target_addresses
from renhai.safety import permit
from renhai.safety.redaction import guessed
from renhai.spec import journey_catalog
from renhai.spec.journeys.cases import Partition, TaxpayerPool

EXCERPT = 1500  # characters of a body that are shown
TAXPAYERS = 10_000


@dataclass(frozen=True)
class Exchange:
    """One request as it was sent and judged, with secrets taken out. `status` is 0 when nothing came."""

    operation: str
    sent: str
    came: str
    status: int
    reply: Reply
    milliseconds: float
    kept: tuple[str, ...] = ()


class Prepared(NamedTuple):
    """A target file ready to be tried. `url` "": the embedded target; `sources`: to connect from."""

    binding: Binding
    shown: str
    plain: dict[str, Any]
    compiled: CompiledBinding
    url: str
    sources: list[str]


def prepare(file: str, url: str | None) -> Prepared:
    """The target file, read and compiled. Raises UsageError."""
    binding, written, path = load_binding(file)
    shown = show_path(path)
    permit.check_environment(binding, shown)
    environ = child_environment()
    missing = sorted(name for name in needed_secrets(binding) if not environ.get(name))
    if missing:
        why = f"needs the environment variable {missing[0]}, which is not set; export it and check again"
        raise UsageError(Problem(shown, "", why))
    plain = normalise(binding, path)
    place = url or ("" if binding.url == "embedded" else binding.url)
    sources = known_sources(binding.sources, written.where(("sources",)))
    place = target_addresses.checked_url(place) if place else ""
    return Prepared(binding, shown, plain, compile_binding(plain, environ), place, sources)


def check(
    plain: Mapping[str, Any],
    compiled: CompiledBinding,
    url: str,
    addresses: list[str],
    given: Mapping[str, Any],
    seed: int,
    sources: Sequence[str] = (),
    rows: Rows | None = None,
) -> Iterator[Exchange]:
    """Send every operation: the login, then the journeys, then the rest. Raises InvalidRun when nothing
    answers at all."""
    from generators.taxpayers.population import Population

    line, people = Line(url, addresses, compiled, sources), Population(seed, PROFILE)
    memory = officer(seed)
    memory.rows = rows or {}
    journeys = list(journey_catalog.journeys().values())
    known = {operation for journey in journeys for operation in journey.operations}
    seen: set[str] = set()

    def ask(operation: str, fields: Mapping[str, Any]) -> Exchange:
        seen.add(operation)
        return line.ask(operation, {**fields, **given} if given else fields, memory)

    for login in compiled.signing.logins:
        yield ask(login, _sample(plain, login, given))
    pool = TaxpayerPool(people, Partition(TAXPAYERS), seed)
    yield from journey_trial.through_journeys(journeys, compiled.operations, ask, pool)
    rest = [name for name in compiled.operations if name not in seen]
    rest.sort(key=lambda name: name == compiled.signing.logout)  # the last: after it nothing is taken
    for operation in rest:
        if operation in known:
            why = "no journey came so far as to send it"
            yield Exchange(operation, "", "", 0, Reply("error", {}, "", why), 0.0)
        else:
            yield ask(operation, _sample(plain, operation, given))


def _sample(plain: Mapping[str, Any], operation: str, given: Mapping[str, Any]) -> dict[str, Any]:
    return journey_trial.sample_fields(plain["operations"][operation], given)


LOOKED_BEHIND = 2  # answers of an operation behind which bytes are waited for: it takes its time


class Line:
    """One operator's line to the target, by the load engine's own client: it sees what a run would see."""

    def __init__(
        self, url: str, addresses: list[str], compiled: CompiledBinding, sources: Sequence[str] = ()
    ) -> None:
        self._url = url
        self._compiled = compiled
        self._client = EngineClient(url, addresses, compiled, sources)
        self._times: Counter[str] = Counter()
        self._origin = scheme, host, _ = origin_of(url)
        if host:
            compiled.site = Site(host, scheme == "https")

    def ask(self, operation: str, fields: Mapping[str, Any], memory: ClientState) -> Exchange:
        """Send one operation and judge what comes."""
        compiled = self._compiled
        try:
            request = compiled.request(operation, fields, memory)
        except (LookupError, TypeError, ValueError) as error:
            why = f"the request cannot be made: {guessed(compiled.redact(str(error), memory))}"
            return Exchange(operation, "", "", 0, Reply("error", {}, "", why), 0.0)
        before, saved = time.perf_counter(), set(memory.saved)
        request, answered = self._asked(operation, request, memory)
        if answered.error == "connection refused":
            raise InvalidRun(f"the target does not answer at {self._url}: {answered.error}")
        status, body = answered.status, answered.body
        reply = self._judged(operation, request, answered, memory)
        code, reason = (compiled.redact(text, memory) for text in (reply.code, reply.reason))
        reply = reply._replace(code=code, reason=reason)  # a target may repeat what it was sent
        kept = tuple(sorted(set(memory.saved) - saved))
        came = guessed(compiled.redact(_text(body), memory))[:EXCERPT]
        return Exchange(operation, self._said(request, memory), came, status, reply, _since(before), kept)

    def _asked(
        self, operation: str, request: HttpRequest, memory: ClientState
    ) -> tuple[HttpRequest, Answered]:
        """What was answered in the end, and to which request: redirects are followed as in a run."""
        self._times[operation] += 1
        answered = self._client.ask(request, aftermath=self._times[operation] <= LOOKED_BEHIND)
        for _ in range(MOST_HOPS):
            status, head = answered.status, answered.head
            if answered.error or not 300 <= status < 400:
                break
            hop = next_request(self._compiled, operation, request, status, head, memory, self._origin)
            if hop is None:
                break
            request, answered = hop, self._client.ask(hop)
        return request, answered

    def _said(self, request: HttpRequest, memory: ClientState) -> str:
        text = f"{request.method.decode()} {request.path.decode()}\n{request.headers.decode('latin-1')}\n"
        shown = self._compiled.redact(
            text.replace("\r", "") + _text(beginning(request.body, 4 * EXCERPT)), memory
        )
        return guessed(shown)[:EXCERPT].rstrip()

    def _judged(self, operation: str, request: HttpRequest, answered: Answered, memory: ClientState) -> Reply:
        """As renhai/load/engine/journey_run.py does it."""
        if answered.error:
            return Reply("error", {}, "", answered.error)
        status, head, body, _, redirected = answered
        reply = self._compiled.judge(operation, status, head, body, memory, request.echo, request.path)
        elsewhere = redirected[reply.outcome == "error"]
        return Reply("error", {}, "", elsewhere, status) if elsewhere else reply


def _since(before: float) -> float:
    return (time.perf_counter() - before) * 1000


def _text(data: bytes) -> str:
    try:
        return data.decode()
    except UnicodeDecodeError:
        return data.decode("gb18030", "replace")


def render(exchange: Exchange) -> str:
    """One exchange for a terminal."""
    reply = exchange.reply
    said = " ".join(filter(None, (reply.code, reply.reason)))
    outcome = reply.outcome.upper() if language() == "en" else spoken(reply.outcome)
    lines = [f"{outcome:8} {exchange.operation}  {said}".rstrip()]
    lines += [f"    > {line}" for line in exchange.sent.splitlines()]
    if exchange.status:
        lines.append("    < " + spoken(f"{exchange.status} in {exchange.milliseconds:.0f} ms"))
        lines += [f"    < {line}" for line in exchange.came.splitlines()]
    if reply.data:
        lines.append(f"    {spoken('read')}: {', '.join(reply.data)}")
    if exchange.kept:
        lines.append(f"    {spoken('kept for later')}: {', '.join(exchange.kept)}")
    return "\n".join(lines)


def check_all(
    file: str,
    url: str | None,
    fields: str,
    seed: int | None,
    say: Callable[[str], object],
    data: Sequence[str] = (),
) -> int:
    """The whole command: the exit code. data: NAME=FILE, rows of operators. Raises UsageError, InvalidRun."""
    given = fields_of(fields)
    binding, shown, plain, compiled, place, sources = prepare(file, url)
    rows = rows_of(data, plain["operations"], shown)
    number = int(time.time()) if seed is None else seed
    with Interrupts() as interrupts, contextlib.ExitStack() as stack:
        place = place or stack.enter_context(EmbeddedTarget(interrupts, system=binding.system)).url
        addresses = target_addresses.resolve(place, binding, shown)
        held: dict[str, bool] = {}
        for exchange in check(plain, compiled, place, addresses, given, number, sources, rows):
            say(render(exchange))
            held[exchange.operation] = held.get(exchange.operation, True) and exchange.reply.ok
    say(spoken(f"{sum(held.values())} of {len(held)} operations ok at {place}"))
    return PASS if all(held.values()) else FAIL
