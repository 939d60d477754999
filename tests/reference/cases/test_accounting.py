"""Day-end accounting: issued = in transit + arrived; a batch arrives once, by its figures."""

from __future__ import annotations

import pytest

from renhai.reference.domains import accounting
from renhai.spec.journey_catalog import journeys
from tests.reference.cases.applying import TODAY, acts
from tests.reference.cases.planted import Bookkeeping, audited
from tests.reference.cases.without import take_out
from tests.reference.documents import AUTHORITY, general, registration
from tests.reference.documents import payment as paid
from tests.reference.office import Office

DAY = {"swjgDm": AUTHORITY}
BATCH = {**acts(1), "qsxh": 0, "zzxh": 2, "fs": 2, "je": 850.0, "gkrq": TODAY}


@pytest.fixture
def office() -> Office:
    """A voucher of 850 yuan that was paid in two parts."""
    made = Office(today=TODAY)
    made.ok("registration.save", registration(1))
    voucher = made.ok("declaration.submit", {**general(1), "sbrq1": "2015-02-03"})["pzxh"]
    for part in (800.0, 50.0):
        made.ok("collection.pay", {**paid(1, (voucher, part)), "jkrq": "2015-02-10"})
    return made


def figures(office: Office) -> dict[str, tuple[int, float]]:
    said = office.ok("accounting.day", DAY)
    parts = [said[name]["fs"] for name in ("in_transit", "arrived", "void")]
    assert said["issued"]["fs"] == sum(parts)
    return {name: (said[name]["fs"], said[name]["je"]) for name in ("issued", "in_transit", "arrived")}


def test_what_is_issued_is_in_transit_until_it_has_arrived(office: Office) -> None:
    assert figures(office) == {"issued": (2, 850.0), "in_transit": (2, 850.0), "arrived": (0, 0.0)}
    office.ok("accounting.arrive", {**BATCH, "zzxh": 1, "fs": 1, "je": 800.0})
    assert figures(office) == {"issued": (2, 850.0), "in_transit": (1, 50.0), "arrived": (1, 800.0)}
    office.ok("accounting.arrive", {**BATCH, "qsxh": 1, "fs": 1, "je": 50.0})
    assert figures(office) == {"issued": (2, 850.0), "in_transit": (0, 0.0), "arrived": (2, 850.0)}
    other = {"swjgDm": "14301240000"}
    assert office.ok("accounting.day", other)["issued"] == {"fs": 0, "je": 0}


@pytest.mark.parametrize(
    ("changes", "code"),
    [({"je": 849.99}, "80070021"), ({"fs": 1}, "80070021"), ({"qsxh": 1}, "80070020")],
)
def test_a_batch_has_the_figures_of_what_is_in_transit(
    office: Office, monkeypatch: pytest.MonkeyPatch, changes: dict[str, object], code: str
) -> None:
    assert office.refused("accounting.arrive", {**BATCH, **changes}) == code
    assert take_out(code, monkeypatch) == 1
    lenient = accounting.arrive({**BATCH, **changes}, b"")
    assert lenient(office.view).data["fs"] == {**BATCH, **changes}["fs"]


def test_a_batch_arrives_once(office: Office) -> None:
    office.ok("accounting.arrive", BATCH)
    assert office.refused("accounting.arrive", BATCH) == "80070020"


def test_the_day_of_a_bureau_is_closed_and_a_doctored_arrival_is_found() -> None:
    hall = Bookkeeping(Office(), journeys())
    for _ in range(6):
        assert hall.do("declaration.file")
        assert hall.do("accounting.close")
    assert hall.refused == []
    assert hall.sent["accounting.arrive"] > 0
    assert audited(hall).clean
    doctored = hall.with_fault("UPDATE arrivals SET je = je + 1")
    assert ("accounting.arrive", "altered") in audited(doctored).findings
    assert not doctored.do("accounting.close"), "issued is no longer in transit + arrived"
