"""Buyer and seller on an invoice."""

from generators.books.issued import PRIVATE, Slip, someone
from generators.books.market import someone_of
from generators.books.sales import ORDINARY
from generators.taxpayers.register import CIRCLE, STANDING
from generators.taxpayers.taxpayer import Taxpayer


def buyer(t: Taxpayer, slip: Slip, day: str) -> Taxpayer | None:
    """Return who an invoice of a day was made out to, registered by then; None for a private person."""
    if slip.buyer == PRIVATE:
        return None
    if slip.buyer >= 0:
        return someone_of(t.seed, t.profile, slip.buyer)
    index, start = someone(t, slip), t.index // CIRCLE * CIRCLE
    for number in range(CIRCLE):  # special invoices: the next company
        found = someone_of(t.seed, t.profile, start + (index - start + number) % CIRCLE)
        fits = found.index != t.index and (slip.kind == ORDINARY or not found.individual)
        if fits and found.registered_on <= day:
            return found
    return _elsewhere(t, slip, day)


def _elsewhere(t: Taxpayer, slip: Slip, day: str) -> Taxpayer:
    """A company of another circle, for the first of a circle."""
    index = slip.drawn % STANDING
    while (found := someone_of(t.seed, t.profile, index % STANDING)).individual or found.registered_on > day:
        index += 1
    return found


def buyer_party(t: Taxpayer, slip: Slip, day: str) -> dict[str, str]:
    b = buyer(t, slip, day)
    if b is None:
        name = someone_of(t.seed, t.profile, someone(t, slip)).legal_person
        return {"mc": name, "nsrsbh": "", "dzdh": "", "yhzh": ""}
    return party(b.name, b.taxpayer_id, b.address, b.phone, b.bank_name, b.bank_account)


def party(name: str, number: str, address: str, phone: str, bank: str, account: str) -> dict[str, str]:
    return {"mc": name, "nsrsbh": number, "dzdh": f"{address} {phone}", "yhzh": f"{bank} {account}"}
