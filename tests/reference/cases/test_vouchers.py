"""Tax vouchers as numbered stock: every number is received, handed out, used and settled once."""

from __future__ import annotations

import pytest

from tests.reference.cases.applying import acts
from tests.reference.office import Office

KIND = "000001031"
KEEPER, USER = 1, 2


def numbers(first: int, last: int, person: int, **other: object) -> dict[str, object]:
    fields = {"pzzlDm": KIND, "qshm": f"{first:010}", "zzhm": f"{last:010}", "fs": last - first + 1}
    return {**fields, **acts(person), **other}


def one(number: int, person: int = USER) -> dict[str, object]:
    return {"pzzlDm": KIND, "hm": f"{number:010}", **acts(person)}


@pytest.fixture
def office() -> Office:
    """Numbers 1 to 10 with the keeper, of which 1 to 3 with the user."""
    made = Office()
    made.ok("voucher.receive", numbers(1, 10, KEEPER))
    made.ok("voucher.hand_out", numbers(1, 3, KEEPER, lyrDm=acts(USER)["lrrDm"]))
    return made


def stock(office: Office, person: int) -> dict[str, int]:
    return office.ok("voucher.stock", {"pzzlDm": KIND, "lrrDm": acts(person)["lrrDm"]})


def test_the_book_is_what_was_received_less_what_went(office: Office) -> None:
    assert stock(office, KEEPER) == {"kept": 7, "in_hand": 0, "used": 0, "void": 0}
    office.ok("voucher.use", one(1))
    office.ok("voucher.void", one(2))
    assert stock(office, USER) == {"kept": 0, "in_hand": 1, "used": 1, "void": 1}


def test_no_number_is_used_twice_nor_by_another(office: Office) -> None:
    office.ok("voucher.use", one(1))
    assert office.refused("voucher.use", one(1)) == "80090007"
    assert office.refused("voucher.void", one(1)) == "80090007"
    assert office.refused("voucher.use", one(2, 3)) == "80090006"
    assert office.refused("voucher.use", one(4)) == "80090006"


def test_a_range_is_settled_when_all_of_it_is_spent_and_destroyed_after_that(office: Office) -> None:
    office.ok("voucher.use", one(1))
    office.ok("voucher.void", one(2))
    assert office.refused("voucher.settle", numbers(1, 3, USER)) == "80090008"
    office.ok("voucher.use", one(3))
    assert office.refused("voucher.destroy", numbers(1, 3, KEEPER)) == "80090009"
    settled = office.ok("voucher.settle", numbers(1, 3, USER))
    assert (settled["used"], settled["void"]) == (2, 1)
    assert office.refused("voucher.settle", numbers(1, 3, USER)) == "80090009"
    office.ok("voucher.destroy", numbers(1, 3, KEEPER))
    assert office.refused("voucher.destroy", numbers(1, 3, KEEPER)) == "80090009"


@pytest.mark.parametrize(
    ("operation", "fields", "code"),
    [
        ("voucher.receive", numbers(11, 20, KEEPER, pzzlDm="999999999"), "80090001"),
        ("voucher.receive", numbers(11, 20, KEEPER, fs=9), "80090002"),
        ("voucher.receive", numbers(10, 11, KEEPER), "80090003"),
        ("voucher.receive", numbers(1, 20, KEEPER), "80090003"),
        ("voucher.hand_out", numbers(4, 5, KEEPER, lyrDm=acts(KEEPER)["lrrDm"]), "80090005"),
        ("voucher.hand_out", numbers(3, 4, KEEPER, lyrDm=acts(USER)["lrrDm"]), "80090004"),
        ("voucher.hand_out", numbers(4, 11, KEEPER, lyrDm=acts(USER)["lrrDm"]), "80090004"),
        ("voucher.hand_out", numbers(4, 5, 3, lyrDm=acts(USER)["lrrDm"]), "80090004"),
        ("voucher.settle", numbers(1, 4, USER), "80090006"),
    ],
)
def test_what_the_stock_forbids(office: Office, operation: str, fields: dict[str, object], code: str) -> None:
    assert office.refused(operation, fields) == code
