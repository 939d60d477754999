"""Kinds of records and documents of journeys: said by the files of generators/documents, found there."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from types import ModuleType, SimpleNamespace

import pytest

from generators import kinds
from generators.documents.invoice import invoice, invoice_range
from generators.documents.vat.declaration import declaration
from generators.taxpayers.population import Population
from tests.share import examples

STAMPS = """
from generators.documents.record_kind import JourneyDocument, RecordKind

def stamp(t):
    return {"djxh": t.djxh, "je": 1.5}

RECORD_KINDS = {NAME: RecordKind("stamps", lambda t: (stamp(t),))}
JOURNEY_DOCUMENTS = {"stamp": JourneyDocument(lambda work, reply: stamp(work.taxpayer))}
"""


def test_every_file_of_documents_that_makes_records_is_found() -> None:
    names = [module.__name__ for module in kinds.domains()]
    assert names == [
        "generators.documents.goods",
        "generators.documents.invoice",
        "generators.documents.payment",
        "generators.documents.registration",
        "generators.documents.returns.cit",
        "generators.documents.returns.insurance",
        "generators.documents.returns.stamp_tax",
        "generators.documents.returns.statements",
        "generators.documents.returns.withholding",
        "generators.documents.vat.declaration",
    ]
    assert set(kinds.JOURNEY_DOCUMENTS) == {
        "taxpayer", "registration", "declaration", "invoice", "invoice_range", "payment",
    }  # fmt: skip


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    """A package of two new domains."""
    package = tmp_path / "new_documents"
    package.mkdir()
    (package / "__init__.py").touch()
    (package / "stamp.py").write_text(STAMPS.replace("NAME", '"stamp"'), encoding="utf-8")
    (package / "twin.py").write_text(STAMPS.replace("NAME", '"invoice"'), encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    yield __import__("new_documents")
    for name in [name for name in sys.modules if name.startswith("new_documents")]:
        del sys.modules[name]


def test_a_new_domain_is_one_file(folder: ModuleType) -> None:
    stamp, twin = kinds.domains(folder)
    found, documents = kinds._gathered([stamp])
    t = Population(7, "current").taxpayer(0)
    assert list(found["stamp"].make(t)) == [{"djxh": t.djxh, "je": 1.5}]
    work = SimpleNamespace(taxpayer=t, period=0, range_index=0)
    assert documents["stamp"].make(work, {}) == {"djxh": t.djxh, "je": 1.5}
    with pytest.raises(
        ValueError, match=r"new_documents\.twin makes stamp, which another file makes already"
    ):
        kinds._gathered([stamp, twin])


def test_documents_of_journeys_take_the_next_period_and_range() -> None:
    t = Population(7, "gt3_2015").taxpayer(3)
    work = SimpleNamespace(taxpayer=t, period=2, range_index=5)
    made = {name: document.make(work, {}) for name, document in kinds.JOURNEY_DOCUMENTS.items()}
    assert made["declaration"] == declaration(t, 2)
    assert made["invoice"] == invoice(t, 5, 0)
    assert made["invoice_range"] == invoice_range(t, 5)
    assert made["taxpayer"]["djxh"] == made["registration"]["djxh"] == t.djxh
    assert made["registration"]["kinds"]
    assert made["payment"]["items"] == []
    uses = {name: document.uses for name, document in kinds.JOURNEY_DOCUMENTS.items() if document.uses}
    assert uses == {"declaration": "period", "invoice": "range_index", "invoice_range": "range_index"}


NOTHING_READ = """
import subprocess
import sys
from generators.kinds import KINDS, rehearse
from generators.taxpayers.population import Population

people = Population(5, {profile!r})
rehearse(people)
opened = []
sys.addaudithook(lambda event, given: opened.append(given[0]) if event == "open" else None)
for t in people.taxpayers(1000, {count}):
    for kind in KINDS.values():
        if not kind.profile or kind.profile == t.profile:
            list(kind.make(t))
assert not opened, opened
"""


@pytest.mark.parametrize("profile", ["current", "gt3_2015"])
def test_after_a_rehearsal_no_document_reads_a_file(profile: str) -> None:
    """Otherwise the first declaration of a load holds up all that is due meanwhile."""
    subprocess.run(
        [sys.executable, "-c", NOTHING_READ.format(profile=profile, count=examples(400))],
        check=True,
        timeout=60,
    )
