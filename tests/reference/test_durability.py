"""What was acknowledged is there: after kill -9 among many writers, and after a restart, as it was."""

from __future__ import annotations

import shutil
import threading
from pathlib import Path

import pytest

from tests.reference.documents import (
    general,
    invoice,
    invoice_range,
    paid_before,
    payment,
    registration,
    verification,
)
from tests.reference.running import Client, Target, target

WRITERS = 12
LISTS = ("registrations", "declarations", "ranges", "invoices", "payments", "verifications", "dues")


def write_until_killed(
    client: Client, first: int, acknowledged: list[tuple[str, str]], ready: threading.Event
) -> None:
    """Register, file and buy for one taxpayer after another; remember what was acknowledged."""
    for number in range(first, first + 1000):
        try:
            acknowledged.append(
                ("registrations", client.ok("registration.save", registration(number))["djxh"])
            )
            acknowledged.append(("declarations", client.ok("declaration.submit", general(number))["pzxh"]))
            acknowledged.append(("ranges", client.ok("invoice.buy", invoice_range(number))["serial"]))
        except OSError:
            return
        except Exception as error:  # http.client raises its own for a connection cut in an answer
            if type(error).__module__ != "http.client":
                raise
            return
        if number == first + 10:
            ready.set()


def test_kill_9_loses_no_acknowledged_write_of_many_writers(tmp_path: Path):
    database = f"sqlite:///{tmp_path}/target.db"
    acknowledged: list[tuple[str, str]] = []
    ready = threading.Event()
    with target("--database", database) as running:
        writers = [
            threading.Thread(
                target=write_until_killed, args=(running.client(), 1000 * (i + 1), acknowledged, ready)
            )
            for i in range(WRITERS)
        ]
        for writer in writers:
            writer.start()
        assert ready.wait(30)
        running.kill()
        for writer in writers:
            writer.join(30)
    with target("--database", database) as again:
        client = again.client()
        stored = {
            "registrations": {row["djxh"] for row in client.listed("registrations")},
            "declarations": {row["pzxh"] for row in client.listed("declarations")},
            "ranges": {row["serial"] for row in client.listed("ranges")},
        }
    assert len(acknowledged) > 10 * WRITERS
    lost = [(name, key) for name, key in acknowledged if key not in stored[name]]
    assert lost == []


def some_business(client: Client) -> None:
    for number in (1, 2, 3):
        client.ok("registration.save", registration(number))
    client.ok("invoice.buy", invoice_range(1))
    for position in (1, 2):
        client.ok("invoice.issue", invoice(1, position))
    client.ok("invoice.verify", verification(1, 1, 1, 100, 17))
    client.ok("declaration.submit", general(1, sales=1_000, bought=2_000))
    second = client.ok("declaration.submit", general(2))
    voided = client.ok("declaration.submit", general(3))
    client.ok("declaration.void", general(3) | voided)
    client.ok("collection.pay", payment(2, (second["pzxh"], 100)))


def test_a_restart_restores_the_state_exactly_and_business_goes_on(tmp_path: Path):
    database = f"sqlite:///{tmp_path}/target.db"
    with target("--database", database) as running:
        client = running.client()
        some_business(client)
        before = {name: client.listed(name) for name in LISTS}
        with (
            pytest.raises(AssertionError, match="is in use by another target"),
            target("--database", database),
        ):
            pass
        assert running.stop() == 0
    with target("--database", database) as again:
        client = again.client()
        assert {name: client.listed(name) for name in LISTS} == before
        stock = client.ok("invoice.stock", {"djxh": registration(1)["djxh"]})["ranges"]
        assert [item["remaining"] for item in stock] == [23]
        assert client.refused("invoice.issue", invoice(1, 2)) == "FP009"
        assert client.refused("declaration.submit", general(1)) == "SB005"
        assert client.refused("declaration.submit", general(1, 1)) == "SB006"
        unpaid = client.ok("collection.unpaid", {"djxh": registration(2)["djxh"]})["items"]
        assert [item["ybtse"] for item in unpaid] == [750.0]
        client.ok("collection.pay", payment(2, (unpaid[0]["pzxh"], 750)))
        client.ok("declaration.submit", paid_before(general(2, 1), 850))
        client.ok("declaration.submit", general(3))
        serials = [row["pzxh"] for row in client.listed("declarations")]
        assert len(set(serials)) == len(serials) == 5


@pytest.mark.skipif(shutil.which("prlimit") is None, reason="no prlimit to limit the size of files with")
def test_a_full_disk_is_an_error_answer_and_loses_nothing_acknowledged(tmp_path: Path):
    database = f"sqlite:///{tmp_path}/target.db"
    acknowledged = []
    with target("--database", database, largest_file=900_000) as running:
        client = running.client()
        replies = [client.call("registration.save", registration(number)) for number in range(1, 401)]
        for number, reply in enumerate(replies, 1):
            if reply.ok:
                acknowledged.append(registration(number)["djxh"])
        failures = [reply for reply in replies if not reply.ok]
        assert acknowledged and failures
        assert all(reply.status == 500 and "storage: " in reply.reason for reply in failures)
        assert client.ok("registration.query", {"nsrsbh": registration(1)["nsrsbh"]})["registered"]
        counts = client.counts("registration.save")
        assert counts == {"received": 400, "ok": len(acknowledged), "rejected": 0, "error": len(failures)}
        running.kill()
        assert "Traceback" not in running.process.communicate()[1]
    with target("--database", database) as again:
        stored = [row["djxh"] for row in again.client().listed("registrations")]
    assert sorted(stored) == sorted(acknowledged)


def test_a_document_is_kept_as_it_came(client: Client, number: int):
    client.ok("registration.save", registration(number))
    document = general(number) | {"unknown": ["kept", {"as": 1.5}]}
    client.ok("declaration.submit", document)
    assert client.listed("declarations")[-1]["document"] == document
    assert client.listed("registrations")[-1]["kinds"] == registration(number)["kinds"]


def test_writes_queued_together_see_each_other(shared: Target, client: Client, number: int):
    """Many connections file one period at once: one is accepted, the others are told that it is filed."""
    client.ok("registration.save", registration(number))
    outcomes: list[str] = []

    def file(connection: Client) -> None:
        outcomes.append(connection.call("declaration.submit", general(number)).code)

    writers = [threading.Thread(target=file, args=(shared.client(),)) for _ in range(16)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(30)
    assert sorted(outcomes) == ["000"] + ["SB005"] * 15
    djxh = registration(number)["djxh"]
    assert [row["djxh"] for row in client.listed("declarations")].count(djxh) == 1


def test_an_audit_list_is_paged_by_row(client: Client):
    last = len(client.listed("registrations"))
    for number in range(70_001, 70_006):
        client.ok("registration.save", registration(number))
    first = client.get(f"list/registrations?after={last}&limit=2")
    assert [row["id"] for row in first["rows"]] == [last + 1, last + 2] and first["next"] == last + 2
    assert "document" not in first["rows"][0]
    final = client.get(f"list/registrations?after={last + 4}&limit=2")
    assert [row["id"] for row in final["rows"]] == [last + 5] and final["next"] is None
    assert client.get(f"list/registrations?after={last + 5}") == {"rows": [], "next": None}
