"""What has a public id on the service bus is asked for there, too: items of cases, and operations."""

from __future__ import annotations

from typing import Any

import pytest

from renhai.binding.loader import load_binding
from renhai.binding.text.xml_text import elements
from renhai.reference.dialects import bus
from renhai.reference.operations.catalogue import operations
from tests.reference.cases.applying import ITEMS, TODAY, application, through
from tests.reference.cases.refusals.rows import CHANGE, SLIP, SOLD, V1
from tests.reference.cases.refusals.rows import FILED as RETURN
from tests.reference.documents import djxh, registration
from tests.reference.office import Office

SERVICES = {bus.PREFIX + service: item.name for item in operations() for service in item.services}


def sent(service: str, document: dict[str, Any]) -> tuple[str, dict[str, Any]]:
    """What the target makes of a document that came over the bus: the operation, and what it says."""
    head = (
        f"<tran_id>{bus.PREFIX}{service}</tran_id><tran_seq>{'0' * 32}</tran_seq>"
        "<tran_date>20151020</tran_date><tran_time>080000000</tran_time>"
    )
    body = f"<![CDATA[<taxML>{elements(document)}</taxML>]]>"
    message = bus.read(f"<service><head>{head}</head><body>{body}</body></service>".encode(), SERVICES)
    return message.operation, message.document


@pytest.mark.parametrize(
    ("item", "before", "form"),
    [
        ("change_registration", (), CHANGE),
        ("print_bank_slip", (RETURN,), SLIP[1]),
        ("release_bank_slip", (RETURN, SLIP), {"pzxh": V1, "jsyy": "扣款失败"}),
        ("collect_cash", (RETURN,), {"pzxh": V1, "qsje": 8.5, "pzzlDm": "000001031", "hm": "0000000099"}),
        ("return_invoices", (SOLD,), {"fpDm": "4300151130", "fpqshm": "00001001", "fs": 25, "tpyy": "01"}),
        ("apply_agency_invoice", (), {"sqxh": "0001", "gprxm": "甲", "spmc": "劳务", "je": 1.5}),
    ],
)
def test_an_application_that_came_over_the_bus_is_accepted_as_at_the_window(
    item: str, before: tuple[tuple[str, dict[str, Any]], ...], form: dict[str, Any]
) -> None:
    office = Office(today=TODAY)
    office.ok("registration.save", registration(1))
    for name, done in before:
        through(office, name, done) if name in ITEMS else office.ok(name, done)
    handed = {key: value for key, value in application(item, form).items() if key != "swsxDm"}
    for service in ITEMS[item].services:
        assert sent(service, handed) == (f"case.{item}", handed)
    accepted = office.ok(*sent(ITEMS[item].services[0], handed))
    assert accepted["item"] == item
    assert office.ok("case.query", {"lcslid": accepted["lcslid"]})["form"] == form


def test_every_id_that_the_reference_system_serves_is_in_the_target_file_of_the_bus_but_those_of_cases() -> (
    None
):
    """Which go on at posts that have no bus."""
    binding = load_binding("golden_tax_esb")[0]
    cases = {f"case.{name}" for name, item in ITEMS.items() if item.services}
    assert {name for name in SERVICES.values() if name not in binding.operations} == cases


def test_an_answer_with_several_matters_crosses_the_bus() -> None:
    office = Office(today=TODAY)
    office.ok("registration.save", registration(1))
    operation, asked = sent("DJ.CXJYZXJKXX", {"djxh": djxh(1)})
    assert office.ok(operation, asked) == {"jszx": True, "items": []}
