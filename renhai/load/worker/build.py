"""A load process is put together from its plan."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from generators.taxpayers.population import Population
from renhai.binding.codec import compile_binding
from renhai.load.engine.journey_run import JourneyEngine
from renhai.load.engine.scheduler import Scheduler
from renhai.load.http.client import Client, Timeouts, Tls
from renhai.load.worker.worker import LoadWorker, Pause, Report
from renhai.plan.model import Plan
from renhai.spec.cases import Partition, TaxpayerPool


class _Further:
    """The taxpayers from `first` on: the steps of a search each have their own."""

    def __init__(self, people: Population, first: int) -> None:
        self._people, self._first = people, first

    def taxpayer(self, i: int) -> Any:
        return self._people.taxpayer(self._first + i)


def load_worker_of(plan: Plan, send: Callable[[Report, Pause], object]) -> LoadWorker:
    """The load worker of a plan in this process; it reports to `send`."""
    data = plan.scenario.data
    people = Population(data.seed, data.profile)

    def pool(share: Partition) -> TaxpayerPool:
        return TaxpayerPool(_Further(people, data.first), share, plan.seed)

    engine = journey_engine(plan.binding, plan.base_url, plan.addresses, pool(Partition(data.taxpayers)))
    return LoadWorker(engine, plan, send, pool)


def journey_engine(
    binding: Mapping[str, Any], base_url: str, addresses: Sequence[str], pool: TaxpayerPool
) -> JourneyEngine:
    compiled = compile_binding(binding)
    tls = compiled.tls
    trust = Tls(
        ca_file=tls.get("ca") or "",
        certificate=tls.get("certificate") or "",
        key=tls.get("key") or "",
        verify=tls.get("verify", True),
    )
    client = Client(base_url, list(addresses), Timeouts(**compiled.timeouts), trust)
    return JourneyEngine(compiled, client, pool, Scheduler(), base_url)
