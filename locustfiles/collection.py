"""Collection: unpaid → pay → state of what was filed; agreements with banks; the list of arrears."""

from __future__ import annotations

from generators.documents.payment import second_agreement
from locustfiles.cases import Officer
from locustfiles.declaration import open_filing, settle, submit
from locustfiles.registration import ensure_registered
from renhai import JourneyUser, Steps, TaxpayerPool, journey, lognormal

GIVEN_UP = 3  # one second agreement in so many is void before the bank has verified it
ARREARS = 20  # vouchers on one page of the list


@journey(
    "collection.collect",
    sends=(
        "registration.query new",
        "registration.save new",
        "collection.agreement",
        "collection.unpaid",
        "collection.unpaid",
        "declaration.status new",
        "declaration.precheck new",
        "declaration.submit new",
        "collection.pay maybe 40%",
        "collection.state",
    ),
)
def collect(pool: TaxpayerPool) -> Steps:
    """A taxpayer who has filed pays at the counter: agreement, what is unpaid, payment, its state.

    When nobody has filed and not paid, a taxpayer files the next period first.
    """
    with pool.case(owing=True) as case:
        known = yield from ensure_registered(case)
        if not known:
            return False
        djxh = case.taxpayer.djxh
        bank = yield "collection.agreement", {"djxh": djxh}
        if not bank.ok:
            return False
        unpaid = yield "collection.unpaid", {"djxh": djxh}
        if not unpaid.ok:
            return False
        items = unpaid.data.get("items", [])
        voucher = case.filed or (items[0]["pzxh"] if items else "")
        just_filed = not voucher
        if just_filed:
            filing = yield from open_filing(case)
            if filing is None:
                return False
            voucher = yield from submit(case)
            if not voucher:
                return False
            case.period += 1
        settled = yield from settle(case, voucher, just_filed)
        case.filed = None if settled else voucher
        return bool(settled)


@journey(
    "collection.arrears",
    sends=(
        "registration.query new",
        "registration.save new",
        "collection.arrears",
        "collection.unpaid",
        "collection.agreement",
    ),
)
def arrears(pool: TaxpayerPool) -> Steps:
    """A collector looks through the bureau's arrears and into the first of them; nothing is paid."""
    with pool.case() as case:
        known = yield from ensure_registered(case)
        if not known:
            return False
        listed = yield "collection.arrears", {"zgswjgDm": case.taxpayer.authority, "count": ARREARS}
        if not listed.ok:
            return False
        items = listed.data.get("items", [])
        djxh = items[0]["djxh"] if items else case.taxpayer.djxh
        owed = yield "collection.unpaid", {"djxh": djxh}
        if not owed.ok:
            return False
        bank = yield "collection.agreement", {"djxh": djxh}
        return bank.ok


@journey(
    "collection.agree",
    sends=(
        "registration.query new",
        "registration.save new",
        "collection.agreement_save",
        "collection.agreement_verify maybe 40%",
        "collection.agreement_revoke maybe 40%",
        "collection.agreement_void maybe 15%",
    ),
    fresh=True,
)
def agree(pool: TaxpayerPool) -> Steps:
    """A second agreement with a bank: saved, verified there and revoked again; or void before that."""
    return _agree(pool, Officer(pool))


def _agree(pool: TaxpayerPool, officer: Officer) -> Steps:
    with pool.case(fresh=True) as case:
        known = yield from ensure_registered(case)
        if not known:
            return False
        t = case.taxpayer
        acts = {"djxh": t.djxh, **officer.acts(t.authority)}
        second = second_agreement(t)
        saved = yield "collection.agreement_save", {**second, **acts}
        if not saved.ok:
            return False
        named = {"sfxyh": second["sfxyh"], **acts}
        if t.key % GIVEN_UP == 0:
            ended = yield "collection.agreement_void", named
            return ended.ok
        verified = yield "collection.agreement_verify", named
        if not verified.ok:
            return False
        revoked = yield "collection.agreement_revoke", named
        return revoked.ok


class CollectionOperator(JourneyUser):
    """The collection desk: four of five take a payment, one chases arrears."""

    journeys = {"collection.collect": 4, "collection.arrears": 1}
    think_time = lognormal(median=2, p95=6)
