"""The domains whose applications can be made: those of every file of generators/documents/cases."""

from __future__ import annotations

import importlib
import pkgutil
from collections.abc import Iterator
from functools import cache

from generators.documents import cases as folder
from generators.documents.cases.form import Application, CaseDomain, OnFile
from generators.documents.record_kind import Record
from generators.taxpayers.taxpayer import Taxpayer

__all__ = ["Application", "CaseDomain", "OnFile", "case_domains"]


@cache
def case_domains() -> dict[str, CaseDomain]:
    """By the name of its file; the second of a file by its own number, as in `examination.11`."""
    found: dict[str, CaseDomain] = {}
    for place in sorted(module.name for module in pkgutil.iter_modules(folder.__path__)):
        module = importlib.import_module(f"{folder.__name__}.{place}")
        if hasattr(module, "CASES"):
            found[place] = module.CASES
            found |= {f"{place}_{more.number}": more for more in getattr(module, "MORE_CASES", ())}
    return found


def first_applications(t: Taxpayer) -> Iterator[Record]:
    """What a taxpayer of whom nothing is on file would first apply for in each domain."""
    for domain in case_domains().values():
        chosen = domain.next_case(t, OnFile())
        if chosen is not None:
            item = {"domain": domain.number, "item": chosen.item, "swsxDm": chosen.code}
            yield {"djxh": t.djxh, **item, "form": chosen.form, "zl": list(chosen.papers)}
