"""One bureau of all domains on a real target, over HTTP: what is planted in its database while it runs is
found in each domain, and what it must refuse it refuses."""

from __future__ import annotations

import sqlite3
from contextlib import closing

from renhai.reference.cases.loading import load
from renhai.spec.journey_catalog import journeys
from tests.reference.cases.applying import through
from tests.reference.cases.planted import Bookkeeping, audited
from tests.reference.cases.test_journeys import BEFORE
from tests.reference.documents import general, registration
from tests.reference.running import Target, target

DOMAINS = {
    "01": "apply.registration", "02": "apply.agency", "03": "apply.preference", "04": "apply.determination",
    "05": "apply.certificate", "06": "apply.collection", "07": "apply.arrears", "08": "apply.export",
    "09": "voucher.loss", "10": "apply.examination", "11": "apply.examination_11", "12": "apply.legal",
    "13": "apply.general",
}  # fmt: skip
ROUNDS, MORE = 4, {"apply.legal": 8}  # every fourth late return is punished with an approval


def worked(place: Target) -> Bookkeeping:
    """A bureau in which each domain's applications were made and worked off, through the target's socket."""
    hall = Bookkeeping(place.client(), journeys(), taxpayers=200)  # type: ignore[arg-type]
    for name in DOMAINS.values():
        for _ in range(MORE.get(name, ROUNDS)):
            for before in BEFORE.get(name, ()):
                hall.do(before)
            hall.do(name)
        hall.work_off(20)
    assert hall.do("voucher.day")
    return hall


def items(number: str) -> str:
    return ", ".join(f"'{name}'" for name in load()[number].items)


def approval(number: str) -> str:
    return f"SELECT min(id) FROM case_steps WHERE hj = 'approve' AND item IN ({items(number)})"


def plant(place: Target, *statements: str) -> list[int]:
    """How many rows each statement changed behind the target's back."""
    path = place.database.removeprefix("sqlite:///")
    with closing(sqlite3.connect(path, isolation_level=None, timeout=20)) as database:
        return [database.execute(statement).rowcount for statement in statements]


def test_a_lost_approval_of_each_domain_a_number_used_twice_and_a_refund_paid_twice_are_found() -> None:
    with target() as place:
        hall = worked(place)
        clean = audited(hall)
        assert (clean.findings, clean.broken) == (set(), set())
        lost = [f"DELETE FROM case_steps WHERE id = ({approval(number)})" for number in DOMAINS]
        kept = "djxh, dm, value, yxqq, yxqz, je, zfbz1, lcslid, zflcslid, lrrDm, swjgDm, received"
        used = "pzzlDm, hm, zt, lrrDm, swjgDm, received"
        twice = (
            f"INSERT INTO case_rows (id, copy, kind, {kept}) "
            f"SELECT 900001, 0, 'refunded', {kept} FROM case_rows WHERE kind = 'overpaid' LIMIT 1",
            f"INSERT INTO case_rows (id, copy, kind, {kept}) "
            f"SELECT 900002, 0, 'refunded', {kept} FROM case_rows WHERE id = 900001",
            f"INSERT INTO voucher_uses (id, copy, serial, {used}) "
            f"SELECT 900001, 1, '50214301030000900001', {used} FROM voucher_uses WHERE zt = 'used' LIMIT 1",
        )
        assert plant(place, *lost, *twice) == [1] * (len(lost) + len(twice))
        found = audited(hall)
        assert {("case.approve", "lost"), ("voucher.use", "duplicated")} <= found.findings
        assert "一笔多缴税款只退一次" in found.broken
        assert found.lost == dict.fromkeys(DOMAINS, 1)


def test_a_cancelled_taxpayer_who_files_is_refused() -> None:
    with target() as place:
        client = place.client()
        client.ok("registration.save", registration(1))
        through(client, "cancel_registration", {"zxyyDm": "01", "zxrq": "2015-10-20"})
        assert client.refused("declaration.submit", general(1)) == "DJ021"
        assert client.ok("registration.status", {"djxh": registration(1)["djxh"]})["nsrztDm"] == "07"
