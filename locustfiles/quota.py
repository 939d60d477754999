"""Quotas of households in a yearly batch: one officer applies for many households, one after another."""

from __future__ import annotations

from contextlib import ExitStack

from generators.case_domains import OnFile
from generators.documents.cases.determination import yearly_quota
from locustfiles.cases import Officer
from locustfiles.registration import ensure_registered
from renhai import Case, JourneyUser, Steps, TaxpayerPool, journey, lognormal

BATCH = 5  # taxpayers looked at in one visit


@journey(
    "quota.batch",
    sends=(
        f"registration.query new 1-{BATCH}",
        f"registration.save new 1-{BATCH}",
        f"case.rows {BATCH}-{BATCH}",
        "case.accept maybe 60%",
    ),
)
def batch(pool: TaxpayerPool) -> Steps:
    """The households among the next taxpayers get a quota for the year after their last one."""
    return _batch(pool, Officer(pool))


def _batch(pool: TaxpayerPool, officer: Officer) -> Steps:
    with ExitStack() as held:
        for _ in range(BATCH):
            case = held.enter_context(pool.case(returning=pool.random.random() < 0.5))
            done = yield from _one(case, officer)
            if not done:
                return False
    return True


def _one(case: Case, officer: Officer) -> Steps:
    known = yield from ensure_registered(case)
    if not known:
        return False
    t = case.taxpayer
    filed = yield "case.rows", {"djxh": t.djxh}
    if not filed.ok:
        return False
    on_file = OnFile(filed.data["rows"], frozenset(one["item"] for one in filed.data["open"]))
    chosen = yearly_quota(t, on_file)
    if chosen is None:
        return True
    case.returns = True
    handed = {"swsxDm": chosen.code, "djxh": t.djxh, "form": chosen.form, "zl": list(chosen.papers)}
    accepted = yield "case.accept", {**handed, **officer.acts(t.authority)}
    return accepted.ok


class QuotaOperator(JourneyUser):
    """The tax manager at the end of a year."""

    journeys = {"quota.batch": 1}
    think_time = lognormal(median=2, p95=6)
