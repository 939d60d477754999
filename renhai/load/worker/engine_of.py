"""The engine of one target in this process, from a target file as a plan has it; without Locust."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from renhai.binding.codec import compile_binding
from renhai.load.engine.journey_run import JourneyEngine
from renhai.load.engine.scheduler import Scheduler
from renhai.load.http.client import Client, Limits, Timeouts
from renhai.load.http.tls import tls_of
from renhai.spec.journeys.cases import TaxpayerPool


def journey_engine(
    binding: Mapping[str, Any],
    base_url: str,
    addresses: Sequence[str],
    pool: TaxpayerPool,
    sources: Sequence[str] = (),
) -> JourneyEngine:
    compiled = compile_binding(binding)
    timeouts, tls = Timeouts(**compiled.timeouts), tls_of(compiled.tls)
    limits = Limits(download=compiled.longest)
    client = Client(base_url, list(addresses), timeouts, tls, limits, sources=sources, proxy=compiled.proxy)
    return JourneyEngine(compiled, client, pool, Scheduler(), base_url)
