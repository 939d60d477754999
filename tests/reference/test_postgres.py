"""The same business on a real PostgreSQL server."""

from __future__ import annotations

import asyncio
import json
import subprocess
import threading
import time
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from renhai.checks.audit.export import read_export
from renhai.cli.export.dataset import Asked, generate_dataset
from renhai.core.errors import UsageError
from tests.reference.cases.applying import acts, application, through
from tests.reference.documents import (
    general,
    invoice,
    invoice_range,
    paid_before,
    payment,
    registration,
    verification,
)
from tests.reference.private_postgres import server, why_not
from tests.reference.running import Client, target

pytestmark = pytest.mark.skipif(bool(why_not()), reason=why_not() or "-")
DEFER = {"skssqq": "2015-09-01", "yqrq": "2015-11-30", "yy": "财务人员变动"}
LISTS = ("registrations", "declarations", "ranges", "invoices", "payments", "verifications", "dues")


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    with server() as address:
        yield address


def business(client: Client) -> str:
    """One taxpayer through every operation; the voucher of the second return."""
    client.ok("registration.save", registration(1))
    djxh = registration(1)["djxh"]
    assert client.ok("registration.kinds", {"djxh": djxh})["kinds"] == registration(1)["kinds"]
    assert client.refused("registration.save", registration(1)) == "DJ013"
    client.ok("invoice.buy", invoice_range(1))
    assert client.refused("invoice.buy", invoice_range(1, first=20)) == "FP007"
    for position in (1, 2):
        client.ok("invoice.issue", invoice(1, position))
    assert client.refused("invoice.issue", invoice(1, 2)) == "FP009"
    assert client.ok("invoice.stock", {"djxh": djxh})["ranges"][0]["remaining"] == 23
    client.ok("invoice.verify", verification(1, 1, 2, 200, 34))
    first = client.ok("declaration.submit", general(1))["pzxh"]
    assert client.refused("declaration.submit", general(1)) == "SB005"
    opening = client.ok("declaration.precheck", general(1, 1))
    assert opening == {"sqldse": 0.0, "qcwjse": 850.0}
    client.ok("collection.pay", payment(1, (first, 850)))
    assert client.ok("collection.state", {"djxh": djxh, "pzxh": first}) == {"paid": True, "amount": 850.0}
    second = paid_before(general(1, 1), 850)
    pzxh = client.ok("declaration.submit", second)["pzxh"]
    client.ok("declaration.void", second | {"pzxh": pzxh})
    return client.ok("declaration.submit", second)["pzxh"]


def file_many(client: Client, first: int, acknowledged: list[str]) -> None:
    try:
        for number in range(first, first + 500):
            client.ok("registration.save", registration(number))
            acknowledged.append(client.ok("declaration.submit", general(number))["pzxh"])
    except Exception as error:
        if not isinstance(error, OSError) and type(error).__module__ != "http.client":
            raise


async def end_all_others(url: str) -> None:
    """Connections that the server ends, as it does when it is restarted."""
    boss = await asyncpg.connect(url)
    await boss.execute(
        "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
        "WHERE pid <> pg_backend_pid() AND backend_type = 'client backend'"
    )
    await boss.close()


def test_business_restart_and_kill_9(url: str):
    with target("--database", url) as running:
        client = running.client()
        pzxh = business(client)
        before = {name: client.listed(name) for name in LISTS}
        with pytest.raises(AssertionError, match="is in use by another target"), target("--database", url):
            pass
        assert running.stop() == 0
    acknowledged: list[str] = []
    with target("--database", url) as again:
        client = again.client()
        assert {name: client.listed(name) for name in LISTS} == before
        client.ok("collection.pay", payment(1, (pzxh, 850)))
        writers = [
            threading.Thread(target=file_many, args=(again.client(), 1000 * (i + 1), acknowledged))
            for i in range(6)
        ]
        for writer in writers:
            writer.start()
        while len(acknowledged) < 40 and any(writer.is_alive() for writer in writers):
            time.sleep(0.01)
        again.kill()
        for writer in writers:
            writer.join(30)
    with target("--database", url) as last:
        stored = {row["pzxh"] for row in last.client().listed("declarations")}
    assert len(acknowledged) >= 40
    assert set(acknowledged) <= stored


def test_a_lost_connection_is_an_error_answer_and_then_heals(url: str):
    with target("--database", url) as running:
        client = running.client()
        client.ok("registration.query", {"nsrsbh": "1"})
        asyncio.run(end_all_others(url))
        statuses = [client.call("registration.query", {"nsrsbh": "1"}).status for _ in range(2)]
        assert statuses[-1] == 200
        answers = [client.call("registration.save", registration(40_000 + n)).status for n in range(2)]
        assert answers[-1] == 200
        stored = [row["djxh"] for row in client.listed("registrations")]
        assert registration(40_001)["djxh"] in stored


FILED = (
    "DROP SCHEMA IF EXISTS export CASCADE",
    "CREATE SCHEMA export",
    "CREATE TABLE export.filed (id BIGINT, pzxh TEXT, je NUMERIC(12, 2), rq DATE)",
    "CREATE TABLE export.empty (LIKE export.filed)",
    "INSERT INTO export.filed "
    "SELECT n, 'S' || n, n / 100.0, DATE '2026-10-01' FROM generate_series(1, 10001) n",
)


async def written(url: str, *statements: str) -> None:
    link = await asyncpg.connect(url)
    for statement in statements:
        await link.execute(statement)
    await link.close()


def test_a_table_is_an_export_for_an_audit(url: str):
    asyncio.run(written(url, *FILED))
    rule = {"by": ["pzxh"], "amounts": ["je"], "compare": ["rq"]}
    read = read_export(f"{url}#export.filed", rule, fresh=True)
    assert len(read.records) == 10_001  # more than are asked for at a time
    by_voucher = {record.values["pzxh"]: record.values for record in read.records}
    assert by_voucher["S10001"]["je"] == 10_001
    assert str(by_voucher["S1"]["rq"]) == "2026-10-01"
    assert read_export(f"{url}#export.empty", rule, fresh=True).records == []
    with pytest.raises(UsageError, match='#gone: cannot be read: relation "gone" does not exist'):
        read_export(f"{url}#gone", rule, fresh=True)
    with pytest.raises(UsageError, match=r"cannot be read: .*Connect call failed"):
        read_export("postgresql://127.0.0.1:1/x#filed", rule, fresh=True)


def test_a_data_set_is_loaded_with_all_its_keys(url: str, tmp_path: Path) -> None:
    """By its script: an empty code stays an empty text, a payment in advance has no return."""
    generate_dataset(Asked(20, "2015-09", "2015-09", tmp_path / "set", 20150911, form="sql"))
    psql = ["psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", "-d", url]
    subprocess.run([*psql, "-c", "CREATE SCHEMA loaded"], timeout=60, check=True)
    psql += ["-c", "SET search_path TO loaded"]  # the tables of other tests have the same names
    done = subprocess.run(
        [*psql, "-f", "load.sql"],
        cwd=tmp_path / "set",
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    manifest = json.loads((tmp_path / "set" / "manifest.json").read_text("utf-8"))
    counts = " UNION ALL ".join(f"SELECT '{name}', count(*) FROM {name}" for name in manifest["tables"])
    listed = subprocess.run(
        [*psql, "-At", "-c", counts], capture_output=True, text=True, timeout=60, check=True
    )
    assert dict(line.split("|") for line in listed.stdout.split()) == {
        name: str(table["rows"]) for name, table in manifest["tables"].items()
    }


def test_a_case_travels_and_a_voucher_is_used_once(url: str) -> None:
    with target("--database", url) as running:
        client = running.client()
        client.ok("registration.save", registration(77))
        lcslid = through(client, "license_deferred_filing", DEFER, 77)
        shown = client.ok("case.query", {"lcslid": lcslid})
        assert (shown["blzt"], len(shown["trail"])) == ("closed", 7)
        assert client.refused("case.accept", application("license_deferred_filing", DEFER, 77)) == "80130002"
        numbers = {"pzzlDm": "000001031", "qshm": "0000000001", "zzhm": "0000000003", "fs": 3}
        client.ok("voucher.receive", {**numbers, **acts(1)})
        client.ok("voucher.hand_out", {**numbers, **acts(1), "lyrDm": acts(2)["lrrDm"]})
        used = {"pzzlDm": "000001031", "hm": "0000000001", **acts(2)}
        client.ok("voucher.use", used)
        assert client.refused("voucher.use", used) == "80090007"
        held = client.ok("voucher.stock", {"pzzlDm": "000001031", "lrrDm": acts(2)["lrrDm"]})
        assert held == {"kept": 0, "in_hand": 2, "used": 1, "void": 0}
        client.close()
