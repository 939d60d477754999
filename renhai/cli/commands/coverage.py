"""Which business domains there are, and how much of each: every cell is counted where the thing stands."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import renhai
from generators.case_domains import case_domains
from generators.kinds import domains as document_files
from renhai.binding.loader import Binding, load_binding
from renhai.core.language import say
from renhai.core.yaml_lines import load_yaml
from renhai.spec.journey_catalog import journeys

FOLDER = Path(renhai.__file__).parent / "reference" / "domains"
JOURNAL_TARGET, BUS = "reference", "golden_tax_esb"
CASES, APPLY = "case", "apply."
SENT_FOR = {"payment": "collection"}  # a file of documents that is not called as its operations are
CELLS = ("generator", "journey", "reference", "bus", "audit", "replay")


@dataclass(frozen=True)
class Domain:
    """A domain's YAML, as far as it is asked here. items: what each says; prefixes: of its own operations."""

    number: str
    title: str
    items: dict[str, Any]
    prefixes: tuple[str, ...]

    def owns(self, operation: str) -> bool:
        """Whether an operation is one of the domain's own."""
        return operation.partition(".")[0] in self.prefixes


def domains() -> list[Domain]:
    """By number."""
    found = [load_yaml(path).data for path in sorted(FOLDER.glob("*.yaml"))]
    return [
        Domain(one["domain"], one["title"], one["items"], tuple(one.get("operations") or ())) for one in found
    ]


def coverage() -> Iterator[tuple[Domain, dict[str, list[str]]]]:
    """For each domain and cell the names of what is there; an empty list where nothing is."""
    spoken, bus = load_binding(JOURNAL_TARGET)[0], load_binding(BUS)[0]
    for domain in domains():
        sent = _journeys(domain)
        yield (
            domain,
            {
                "generator": _generators(domain),
                "journey": sent,
                "reference": [*domain.items, *_spoken(domain, spoken)],
                "bus": [
                    *_spoken(domain, bus),
                    *(
                        name
                        for name, item in domain.items.items()
                        if item.get("public") or item.get("services")
                    ),
                ],
                "audit": [*_audited(domain, spoken), *(["case.accept"] if _applies(domain) else [])],
                "replay": [
                    name for name in sent if set(journeys()[name].operations) <= set(spoken.operations)
                ],
            },
        )


def _generators(domain: Domain) -> list[str]:
    own = [name for name, one in case_domains().items() if one.number == domain.number]
    files = [module.__name__.rpartition(".")[2] for module in document_files()]
    return [*own, *(name for name in files if SENT_FOR.get(name, name) in domain.prefixes), *_blocks(domain)]


def _blocks(domain: Domain) -> list[str]:
    """Files of documents that make no records of a taxpayer: numbers of vouchers."""
    import generators.documents as folder

    place = Path(folder.__path__[0])
    known = {module.__name__.rpartition(".")[2] for module in document_files()}
    return [name for name in domain.prefixes if name not in known and (place / f"{name}.py").is_file()]


def _applies(domain: Domain) -> list[str]:
    return [f"{APPLY}{name}" for name, one in case_domains().items() if one.number == domain.number]


def _journeys(domain: Domain) -> list[str]:
    """Journeys that apply for its items, and those that are called as its operations are."""
    own = [name for name in journeys() if domain.owns(name)]
    return [*own, *(name for name in _applies(domain) if name in journeys())]


def _spoken(domain: Domain, binding: Binding) -> list[str]:
    return [name for name in binding.operations if domain.owns(name)]


def _audited(domain: Domain, binding: Binding) -> list[str]:
    return [name for name, rule in binding.audit.items() if domain.owns(name) and rule.ignored is None]


def rows() -> list[tuple[str, str]]:
    """For `renhai list domains`: number and name, and how much of each cell there is."""
    return [
        (
            f"{domain.number} {domain.title}",
            say(", ").join(f"{say(cell)} {_count(cell, found[cell])}" for cell in CELLS),
        )
        for domain, found in coverage()
    ]


def _count(cell: str, names: list[str]) -> str:
    return str(len(names)) if names else say("no public id") if cell == "bus" else "–"
