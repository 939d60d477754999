"""The knee of a latency-against-rate curve, by two models that are fitted to the steps of a search.

Queueing. A target with c servers of S seconds answers at once at low rates; above, a journey waits

    W(r) = S V u^(sqrt(2(c+1)) - 1) / (c (1 - u)),   u = r S / c

(Sakasegawa 1977; V = (ca^2 + cs^2)/2 is the variability of arrivals and service). S is the time of a journey
at the lowest rate, C = c/S the capacity that the search found, and V is fitted. The knee is where Kleinrock's
power r / (S + W(r)) is largest: beyond it the time grows faster than the work (Kleinrock 1979).

Universal Scalability Law (Gunther 1993): X(N) = g N / (1 + a (N-1) + b N (N-1)) journeys/s with N in the
target. a is contention, b coherency: with b > 0 throughput falls again beyond N = sqrt((1-a)/b).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy import optimize

from results.capacity.search import Step

Floats = NDArray[np.float64]

FEWEST = 4
RISES = (
    1.25  # how much longer a journey takes at the highest rate that held than at the lowest: less is no knee
)
SATURATED = 0.9999  # of the capacity: where a curve of waiting times ends


def wait_s(rate: Floats | float, service_s: float, servers: float, variability: float) -> Any:
    """Sakasegawa's mean wait in s at a rate below servers/service_s."""
    used = np.minimum(np.asarray(rate) * service_s / servers, SATURATED)
    return service_s * variability * used ** (math.sqrt(2 * (servers + 1)) - 1) / (servers * (1 - used))


def queueing(steps: Sequence[Step], capacity: float) -> dict[str, float]:
    """{service_s, servers, variability, capacity, knee, knee_s} from steps that held.

    {} for too few. Without knee and knee_s where the time of a journey hardly rises: none was seen then.
    """
    held = [step for step in steps if step.outcome == "held" and step.journey_s > 0]
    if len(held) < FEWEST - 1 or capacity <= 0:
        return {}
    rates = np.array([step.offered or step.rate for step in held])
    times = np.array([step.journey_s for step in held])
    service = float(times[np.argmin(rates)])
    servers = max(capacity * service, 1e-6)
    shape = wait_s(rates, service, servers, 1.0)
    found = optimize.nnls(shape[:, None], times - service)[0] if shape.any() else np.zeros(1)
    variability = float(found[0])
    fit = {"service_s": service, "servers": servers, "variability": variability, "capacity": capacity}
    if times[np.argmax(rates)] < RISES * service:
        return fit
    knee = float(
        optimize.minimize_scalar(
            lambda rate: -rate / (service + wait_s(rate, service, servers, variability)),
            bounds=(0.0, SATURATED * capacity),
            method="bounded",
        ).x
    )
    return {**fit, "knee": knee, "knee_s": service + float(wait_s(knee, service, servers, variability))}


def scalability(n: Floats, gain: float, contention: float, coherency: float) -> Floats:
    """X(N) of the Universal Scalability Law."""
    return gain * n / (1 + contention * (n - 1) + coherency * n * (n - 1))


def usl(steps: Sequence[Step]) -> dict[str, float]:
    """{gain, contention, coherency, peak, peak_in_target} fitted to (N, X) of all steps; {} where too few.

    N is by Little's law, X times the time of a journey. `peak` is the highest X of the fit from the lowest N
    on, infinite N included; peak_in_target is 0 where X never falls again.
    """
    used = [step for step in steps if step.outcome != "invalid" and step.journey_s > 0 and step.completed > 0]
    if len(used) < FEWEST:
        return {}
    x = np.array([step.completed for step in used])
    n = x * np.array([step.journey_s for step in used])
    first = float(x[np.argmin(n)] / max(n.min(), 1e-9))

    def misfit(p: Floats) -> Floats:
        return np.asarray((scalability(np.maximum(n, 1e-9), *p) - x) / x, dtype=np.float64)

    found = optimize.least_squares(
        misfit,
        [first, 0.1, 1e-4],
        bounds=([0, 0, 0], [np.inf, 1, 1]),
        x_scale=[first, 0.1, 1e-3],
        loss="soft_l1",
    )
    gain, contention, coherency = (float(value) for value in found.x)
    at = math.sqrt((1 - contention) / coherency) if coherency > 1e-9 and contention < 1 else 0.0
    at = at and max(at, float(n.min()))  # below the lowest N the fit may rise without end
    peak = float(scalability(np.array(at), gain, contention, coherency)) if at else 0.0
    if not at and contention > 1e-9:
        peak = gain / contention
    return {
        "gain": gain,
        "contention": contention,
        "coherency": coherency,
        "peak": peak,
        "peak_in_target": at,
    }
