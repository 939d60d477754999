"""What a prepared run asks of this machine: local ports, source addresses, file descriptors."""

from __future__ import annotations

import math
from ipaddress import ip_address
from typing import Protocol
from urllib.parse import urlsplit

from renhai.binding.schema.connections import way_of
from renhai.core.errors import Problem, UsageError
from renhai.core.machine import environment
from renhai.core.machine.own_addresses import known_sources, own_addresses
from renhai.core.yaml_lines import show_path
from renhai.plan.model import ScenarioPlan
from renhai.plan.sizing import SPARE_FILES, Sockets, sockets
from renhai.safety.addresses import is_loopback
from renhai.spec.loader import LoadedScenario


class Prepared(Protocol):
    """The part of a prepared run (renhai.run.single.PreparedRun) that is looked at here."""

    @property
    def loaded(self) -> LoadedScenario: ...
    @property
    def scenario(self) -> ScenarioPlan: ...
    @property
    def url(self) -> str: ...


def check_sources(loaded: LoadedScenario) -> list[str]:
    """The addresses of the target file's `sources` that are this machine's. UsageError where none is."""
    file = loaded.binding_file
    where = file.where(("sources",)) if file else show_path(loaded.binding_path)
    return known_sources(loaded.binding.sources, where)


def check_proxy(loaded: LoadedScenario, scenario: ScenarioPlan) -> None:
    """What does not go by the target file's proxy is refused. Raises UsageError."""
    if not loaded.binding.proxy:
        return
    file = loaded.binding_file
    where = file.where(("proxy",)) if file else show_path(loaded.binding_path)
    drift = scenario.goals.drift
    if drift is not None and drift.memory is not None:
        why = "is stated, and drift.memory is asked of the target directly; leave one of them out"
        raise UsageError(Problem(where, "proxy", why))
    if loaded.scenario.locustfile:
        why = "is stated, and a locustfile of your own connects by itself; leave one of them out"
        raise UsageError(Problem(where, "proxy", why))


def need_of(prepared: Prepared) -> Sockets | None:
    """Of the whole plan; None for a user's own Locust file."""
    way = way_of(prepared.loaded.binding.connections, prepared.scenario.load.model)
    return sockets(prepared.scenario, way)


def words(prepared: Prepared) -> str:
    """`per_journey: at most 300 at once, 30 new/s`, for a person."""
    need = need_of(prepared)
    if need is None:
        return "as the locustfile makes them"
    newly = "as many as it answers" if math.isinf(need.newly) else _rate(need.newly)
    said = f"{need.way.words}: at most {need.at_once:,.0f} at once, {newly} new ones a second"
    ports = environment.local_ports()
    if ports is None or prepared.loaded.binding.sources or not _on_loopback(prepared.url):
        return said
    each = ports[1] - ports[0] + 1
    sources = need.loopback_sources(environment.time_wait_s(loopback=True), each)
    return said if sources == 1 else f"{said}, from {sources} addresses of 127.0.0.0/8"


def socket_warnings(prepared: Prepared, processes: int) -> list[str]:
    """Where the plan asks more than this machine has, and what to change."""
    need = need_of(prepared)
    if need is None:
        return []
    own = len(own_addresses(prepared.loaded.binding.sources))
    found = [_of_files(need, processes), _of_ports(need, _on_loopback(prepared.url), own)]
    return [warning for warning in found if warning]


def _of_files(need: Sockets, processes: int) -> str:
    files = environment.reachable_files() - SPARE_FILES
    if need.at_once <= files * processes:
        return ""
    return (
        f"{need.at_once:,.0f} connections at once ({need.way.words}), but a process may have {files:,} file "
        "descriptors for them; raise the limit (renhai doctor), or give --processes "
        f"{math.ceil(need.at_once / files)}"
    )


def _of_ports(need: Sockets, loopback: bool, own: int) -> str:
    """own: how many addresses the target file's `sources` give here; on loopback none is needed for more."""
    ports, wait_s = environment.local_ports(), environment.time_wait_s(loopback)
    if ports is None or (loopback and not own):
        return ""
    if math.isinf(need.newly):
        return (
            f"new connections of posts without think time ({need.way.words}) are as many as the target "
            "answers: how many local ports they take is unknown"
        )
    each, have = ports[1] - ports[0] + 1, own or 1
    needed = need.sources(wait_s, each)
    if needed <= have:
        return ""
    return (
        f"{need.ports(wait_s):,.0f} local ports are needed: {need.at_once:,.0f} connections at once and "
        f"{_rate(need.newly)} new ones a second ({need.way.words}), whose ports rest {wait_s:.0f} s; there "
        f"are {each * have:,} ({ports[0]}-{ports[1]}, {have} source address(es)). Give {needed} addresses of "
        "this machine (sources: in the target file), widen net.ipv4.ip_local_port_range, set "
        "net.ipv4.tcp_tw_reuse=1, or state connections: {shared: N} where clients share theirs"
    )


def _rate(value: float) -> str:
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


def _on_loopback(url: str) -> bool:
    """Whether a target is on this machine; "" is the embedded one."""
    host = urlsplit(url).hostname or "localhost"
    try:
        return is_loopback(ip_address(host))
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")
