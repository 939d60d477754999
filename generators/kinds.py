"""The kinds of records that `renhai generate` writes, and the documents that journeys of scenarios send.

Both are said by the files of generators/documents (see its record_kind.py); here stand only those of a
taxpayer as such. A file that is added there is found.
"""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterable, Iterator
from itertools import islice
from types import ModuleType

from generators import documents
from generators.case_domains import first_applications
from generators.documents.record_kind import JourneyDocument, Record, RecordKind, numbered
from generators.identifiers import make_bank_card, make_cnaps
from generators.tables import load
from generators.taxpayers.population import SPACE, Population, Taxpayer

__all__ = ["ALIASES", "JOURNEY_DOCUMENTS", "KINDS", "Record", "records"]

CARD_ISSUER = "621700"
BRANCHES = 10_000  # serials of branches in a bank line number


def _taxpayer(t: Taxpayer) -> Iterable[Record]:
    fields = t._asdict()
    for name in ("serial", "key", "seed"):  # how documents are derived, no property of a taxpayer
        del fields[name]
    return (fields,)


def _bank_line(t: Taxpayer) -> str:
    """A bank line number of its own for each taxpayer: a number in the digits (area, branch, bank)."""
    banks = load(t.profile).banks
    rest, bank = divmod(t.index, len(banks))
    area, branch = divmod(rest, BRANCHES)
    return make_cnaps(banks[bank].code, f"{(int(banks[bank].area) + area) % 10_000:04d}", branch)


def domains(folder: ModuleType = documents) -> list[ModuleType]:
    """The files of documents that say what they make, in the order of their names."""
    names = sorted(found.name for found in pkgutil.walk_packages(folder.__path__, f"{folder.__name__}."))
    modules = [importlib.import_module(name) for name in names]
    return [module for module in modules if hasattr(module, "RECORD_KINDS")]


def _gathered(modules: Iterable[ModuleType]) -> tuple[dict[str, RecordKind], dict[str, JourneyDocument]]:
    """The kinds and the documents of all files. Raises ValueError for a name that two files use."""
    kinds: dict[str, RecordKind] = {}
    sent: dict[str, JourneyDocument] = {}
    for module in modules:
        mine, theirs = module.RECORD_KINDS, getattr(module, "JOURNEY_DOCUMENTS", {})
        if twice := sorted({*mine} & {*kinds} | {*theirs} & {*sent}):
            raise ValueError(f"{module.__name__} makes {', '.join(twice)}, which another file makes already")
        kinds |= mine
        sent |= theirs
    return kinds, sent


_KINDS, _SENT = _gathered(domains())

KINDS: dict[str, RecordKind] = {
    "taxpayer": RecordKind("everything that is known of a taxpayer", _taxpayer),
    **_KINDS,
    "application": RecordKind("what a taxpayer first applies for in each domain", first_applications),
    **numbered("uscc", "unified social credit codes", lambda t: t.uscc, "2027-12-31"),
    **numbered("organisation-code", "organisation codes", lambda t: t.org_code, "2027-12-31"),
    **numbered("taxpayer-id", "taxpayer ids of the profile", lambda t: t.taxpayer_id),
    **numbered("resident-id", "resident IDs", lambda t: t.legal_person_id),
    **numbered("business-number", "15-digit registration numbers", lambda t: t.business_number),
    **numbered("cnaps", "bank line numbers", _bank_line),
    **numbered("bank-card", "card numbers", lambda t: make_bank_card(f"{CARD_ISSUER}{t.serial:012d}")),
    **numbered("tax-authority", "tax authority codes (repeated)", lambda t: t.authority),
    **numbered("djxh", "registration serials", lambda t: t.djxh),
}
JOURNEY_DOCUMENTS: dict[str, JourneyDocument] = {
    "taxpayer": JourneyDocument(lambda work, reply: work.taxpayer._asdict()),
    **_SENT,
}
ALIASES = {"declaration": "vat-declaration", "invoice-code": "invoice-number"}


def records(kind: str, count: int, seed: int, profile: str) -> Iterator[Record]:
    """Yield the first `count` records of a kind; fewer when the population of 100 million ends before."""
    found = KINDS[kind]
    population = Population(seed, found.profile or profile)
    made = (record for t in population.taxpayers(0, SPACE) for record in found.make(t))
    return islice(made, count)


def rehearse(population: Population, taxpayers: int = 16) -> None:
    """Make a few records of each kind and forget them, so that all tables are read before a load begins.

    The first declaration of a process reads tables for 50 to 200 ms, in which nothing else is sent.
    """
    for t in population.taxpayers(0, taxpayers):
        for kind in KINDS.values():
            if not kind.profile or kind.profile == t.profile:
                for _ in islice(kind.make(t), 3):
                    pass
