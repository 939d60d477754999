"""Journeys under plain `locust -f`, without a plan."""

from __future__ import annotations

import logging
import os
import signal
from typing import Any

import gevent
import locust.runners
from locust import events
from locust.runners import MasterRunner, WorkerRunner

from generators.taxpayers.population import Population
from renhai.core.machine.own_addresses import own_addresses
from renhai.load.engine import operators
from renhai.load.locust.stats_feed import feed
from renhai.load.worker.egress_watch import bar_to
from renhai.load.worker.engine_of import journey_engine
from renhai.load.worker.worker import LoadWorker
from renhai.safety.addresses import resolve
from renhai.safety.allowance import Refused
from renhai.safety.permit import check_environment, permit
from renhai.spec.journeys.cases import Partition, TaxpayerPool

logger = logging.getLogger(__name__)

PLAIN_SEED = 20150911
PLAIN_STRIDE = 64  # taxpayers of plain Locust's workers are this far apart, as their number is not known


def prepare_plain(environment: Any, **_: Any) -> None:
    """Under plain Locust: read binding and tables before the run, if the host is known by then."""
    _interrupt_locust_only()
    if environment.host and not isinstance(environment.runner, MasterRunner):
        plain_station(environment)


def _interrupt_locust_only() -> None:
    """Ctrl-C reaches Locust's main greenlet, which waits for it, and never two lines of a journey.

    Python's own handler raises wherever the process is just then: mostly in our callbacks, where gevent
    prints a traceback and a request is lost from the count.
    """
    if signal.getsignal(signal.SIGINT) is signal.default_int_handler:
        gevent.signal_handler(signal.SIGINT, gevent.kill, gevent.get_hub().parent, KeyboardInterrupt)


def plain_station(environment: Any) -> LoadWorker[Any]:
    """The load worker for `locust -f locustfiles/...` without a plan.

    RENHAI_TARGET names the binding (default reference), RENHAI_SEED and RENHAI_PROFILE the taxpayers. A
    second run against the same target meets the same taxpayers again, who are registered by then.
    """
    from renhai.binding.loader import load_binding, normalise  # a run with a plan does without

    name = os.environ.get("RENHAI_TARGET", "reference")
    binding, _, path = load_binding(name)
    base_url = environment.host or binding.url
    if "://" not in base_url:
        raise locust.exception.StopTest("give the target's address: --host http://127.0.0.1:8400")
    try:
        check_environment(binding, str(path))
        addresses = resolve(base_url, binding, str(path))
    except Refused as error:
        raise locust.exception.StopTest(str(error)) from None
    seed = int(os.environ.get("RENHAI_SEED", PLAIN_SEED))
    people = Population(seed, os.environ.get("RENHAI_PROFILE", "gt3_2015"))
    runner = environment.runner
    slots = PLAIN_STRIDE if isinstance(runner, WorkerRunner) else 1
    share = Partition(10**8, max(runner.worker_index, 0) % slots, slots)
    plain = normalise(binding, path)
    sources = own_addresses(binding.sources)
    engine = journey_engine(plain, base_url, addresses, TaxpayerPool(people, share, seed), sources)
    logger.info("renhai: binding %s, seed %d", name, seed)
    worker = LoadWorker(engine, None, lambda report, pause: feed(environment.stats, report, pause))
    environment.renhai_worker = worker
    worker.permit = permit(binding, str(path))
    worker.share(1)
    bar_to(addresses, engine.complain)
    environment.events.test_stop.add_listener(lambda **_: worker.tell())
    return worker


def support_plain_locust() -> None:
    """From now on operators may be made without a plan, as plain Locust makes them."""
    operators.made_without_plan = plain_station
    events.init.add_listener(prepare_plain)


support_plain_locust()
