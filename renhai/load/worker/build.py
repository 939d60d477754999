"""A load process is put together from its plan."""

from __future__ import annotations

import re
from collections.abc import Callable
from functools import lru_cache
from ipaddress import ip_address
from pathlib import Path
from typing import Any

from generators.kinds import rehearse
from generators.taxpayers.population import SPACE, Population
from generators.taxpayers.register import newcomers_a_day
from renhai.binding.schema.connections import read_way
from renhai.core.machine.environment import local_ports, time_wait_s
from renhai.core.machine.own_addresses import own_addresses
from renhai.load.worker.controller import Failure
from renhai.load.worker.engine_of import journey_engine
from renhai.load.worker.worker import LoadWorker, Pause, Report
from renhai.plan.model import ClosedLoad, DataTable, OperatorGroup, Plan, Taxpayers
from renhai.plan.sizing import sockets
from renhai.spec.ahead.stored import Stored, Taken, Unusable, contents_of, opened
from renhai.spec.journeys.cases import Further, Partition, TaxpayerPool
from renhai.spec.journeys.written.data import Deck, kept_rows, read_table
from results.verdict.reasons.machine import AheadUnusable, NoSource

REMEMBERED = 8192  # taxpayers of 1.6 KB each: who files and comes back to pay is not computed again


def read_tables(plan: Plan) -> None:
    """Read what taxpayers and documents are made from, once for this process and those that it forks.

    To be done before the process joins a run: on a busy machine it takes seconds, in which a worker would
    give no sign of life, and the master would take it for lost. Failure where declarations that were made
    ahead cannot be used.
    """
    stored = stored_of(plan)
    if stored is not None:
        stored.close()
    rehearse(Population(plan.scenario.data.seed, plan.scenario.data.profile))


def load_worker_of(plan: Plan, send: Callable[[Report, Pause], object]) -> LoadWorker[Any]:
    """The load worker of a plan in this process; it reports to `send`."""
    data = plan.scenario.data
    people = Population(data.seed, data.profile)
    stored = stored_of(plan)

    def pool(share: Partition) -> TaxpayerPool:
        take = lru_cache(REMEMBERED)(people.counted)
        made = TaxpayerPool(Further(take, data.first), share, plan.seed)
        if data.registered:
            made.known(*newcomers(people, data))
        made.periods = 1 if data.day else None
        made.decks = decks_of(plan, share)
        made.ahead = Taken(stored) if plan.ahead is not None else None
        return made

    pooled = pool(Partition(data.taxpayers))
    engine = journey_engine(plan.binding, plan.base_url, plan.addresses, pooled, sources_of(plan))
    engine.stateful = engine.stateful or any(one.each == "operator" for one in plan.tables.values())
    return LoadWorker(engine, plan, send, pool)


def stored_of(plan: Plan) -> Stored | None:
    """The declarations that were made ahead; None where there are none on this machine.

    Failure where the run's own file cannot be used, or is to be here and is not.
    """
    made, data = plan.ahead, plan.scenario.data
    if made is None or data.ahead is None:
        return None
    try:
        found = opened(Path(made.file), made.mark, contents_of(data, data.ahead))
    except Unusable as error:
        raise Failure(AheadUnusable(error=str(error))) from None
    if found is None and made.required:
        raise Failure(AheadUnusable(error=f"there is no such file at {made.file}"))
    return found


def newcomers(people: Population, data: Taxpayers) -> tuple[Further, int]:
    """Who is registered in a run whose taxpayers are known, and how many there are.

    Of a day those who register on it, else the taxpayers after those of the run; from `first_newcomer` on.
    """
    came = data.first_newcomer
    if data.day:
        return Further(people.newcomer, came), max(0, min(data.taxpayers, newcomers_a_day() - came))
    first = data.first + data.taxpayers + came
    return Further(people.taxpayer, first), max(0, min(data.taxpayers, SPACE - first))


def sources_of(plan: Plan) -> list[str]:
    """The addresses of this machine that connections come from; none: the kernel's choice.

    Those of the target file that are this machine's own; Failure where there is none. A target on loopback
    has all of 127.0.0.0/8 for its clients: as many as the plan takes ports for.
    """
    given = plan.binding.get("sources")
    if given:
        found = own_addresses(given)
        if not found:
            raise Failure(NoSource(sources=tuple(given)))
        return found
    ports, addresses = local_ports(), [ip_address(text) for text in plan.addresses]
    need = sockets(plan.scenario, read_way(plan.binding["connections"]))
    if ports is None or need is None or not all(one.version == 4 and one.is_loopback for one in addresses):
        return []
    each = ports[1] - ports[0] + 1
    count = need.loopback_sources(time_wait_s(loopback=True), each, len(addresses))
    return (
        [f"127.{1 + n // 62_500}.{n // 250 % 250}.{n % 250 + 1}" for n in range(count)] if count > 1 else []
    )


def decks_of(plan: Plan, share: Partition) -> dict[str, Deck]:
    """This process's share of the scenario's rows. One that joined late has none: they are dealt already.

    Raises ValueError where this machine has not the files of the plan.
    """
    found = {}
    for name, said in plan.tables.items():
        table = read_table(Path(said.file))
        if table.sha256 != said.sha256:
            raise ValueError(f"{said.file} is not here what it was when the run was planned")
        slot = len(table.rows) if share.late else share.slot
        mine = _kept(plan, said, share, len(table.rows)) if said.each == "operator" and share.here else None
        found[name] = Deck(
            name, table, said.take, said.at_end, slot, share.slots, plan.seed, said.each == "operator", mine
        )
    return found


def _kept(plan: Plan, said: DataTable, share: Partition, rows: int) -> list[int] | None:
    """The rows for operators of this process, by how many of those who are given one are where; None where
    nobody keeps one."""
    if not isinstance(plan.load, ClosedLoad) or share.late:
        return None
    posts = plan.scenario.posts
    groups = {
        class_name(number, group): group.count
        for number, group in enumerate(plan.load.groups)
        if set(said.journeys) & set(posts[group.post].journeys)
    }
    before, here = (sum(some.get(name, 0) for name in groups) for some in (share.before, share.here))
    again = said.at_end == "again"
    return kept_rows(rows, before, here, sum(groups.values()), share.slot, share.slots, again)


def class_name(number: int, group: OperatorGroup) -> str:
    """Of the users of a plan's group, by its number."""
    return re.sub(r"\W", "_", f"{group.post}_{group.unit}_{number}")
