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
    """By the name of its file; the second of a file by its own number, as in `examination_11`, or by the name
    that `NAMED` gives it. Folders within are searched, too."""
    found: dict[str, CaseDomain] = {}
    for known in sorted(pkgutil.walk_packages(folder.__path__, f"{folder.__name__}."), key=_last):
        module, place = importlib.import_module(known.name), _last(known)
        if hasattr(module, "CASES"):
            found[place] = module.CASES
            found |= {f"{place}_{more.number}": more for more in getattr(module, "MORE_CASES", ())}
            found |= getattr(module, "NAMED", {})
    return found


def _last(module: pkgutil.ModuleInfo) -> str:
    return module.name.rpartition(".")[2]


def first_applications(t: Taxpayer) -> Iterator[Record]:
    """What a taxpayer of whom nothing is on file would first apply for in each domain."""
    for domain in case_domains().values():
        chosen = domain.next_case(t, OnFile())
        if chosen is not None:
            item = {"domain": domain.number, "item": chosen.item, "swsxDm": chosen.code}
            yield {"djxh": t.djxh, **item, "form": chosen.form, "zl": list(chosen.papers)}
