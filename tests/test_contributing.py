"""CONTRIBUTING's walk through a business domain is true: files, names, and that being there is enough."""

from __future__ import annotations

import re
from pathlib import Path

import yaml

from generators.kinds import JOURNEY_DOCUMENTS, KINDS
from renhai.reference.operations.catalogue import domains, operations
from renhai.spec import journey_catalog

ROOT = Path(__file__).resolve().parent.parent
WALK = (ROOT / "CONTRIBUTING.md").read_text(encoding="utf-8").partition("## How to add a business domain")[2]
WALK = WALK.partition("\n## ")[0]


def test_every_file_and_folder_of_the_walk_exists() -> None:
    named = set(re.findall(r"`((?:\w+/)+(?:\w+\.(?:py|yaml))?)`", WALK))
    assert len(named) >= 7
    assert [name for name in named if not (ROOT / name).exists()] == []


def test_the_domain_of_the_walk_is_found_by_its_files() -> None:
    import generators.documents.invoice as documents
    import renhai.reference.operations.invoice as judged

    assert set(documents.RECORD_KINDS) <= set(KINDS)
    assert set(documents.JOURNEY_DOCUMENTS) <= set(JOURNEY_DOCUMENTS)
    assert judged in domains()
    journey = journey_catalog.journeys()["invoice.cycle"]
    assert journey.file == "locustfiles/invoice.py"
    own = {operation.name for operation in operations() if operation.name.startswith("invoice.")}
    sent = {name for name in journey.operations if name.startswith("invoice.")}
    assert own == sent | {"invoice.list", "invoice.ranges", "invoice.verifications"}, "lists are an audit's"
    text = (ROOT / "scenarios" / "targets" / "reference.yaml").read_text(encoding="utf-8")
    assert own <= set(yaml.safe_load(text)["operations"])


def test_no_other_code_knows_the_domain() -> None:
    """The business order of invoices stands in its three files alone."""
    own = {
        "generators/documents/invoice.py", "locustfiles/invoice.py", "renhai/reference/operations/invoice.py",
    }  # fmt: skip
    rooms = [ROOT / room for room in ("generators", "locustfiles", "renhai", "results")]
    files = [path for room in rooms for path in room.rglob("*.py") if not {"_home", "runs"} & {*path.parts}]
    verbs = re.compile(r'^(?!\s*#).*"invoice\.(?:stock|buy|verify)"', re.MULTILINE)
    known = {str(path.relative_to(ROOT)) for path in files if verbs.search(path.read_text(encoding="utf-8"))}
    asks = {
        f"generators/documents/cases/{name}.py" for name in ("registration", "papers/invoices")
    }  # for stock
    forbids = {"renhai/reference/domains/between.py"}  # what other domains forbid there
    assert known <= own | asks | forbids
