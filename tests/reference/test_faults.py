"""Each fault seen from outside, on a running target; counts stay exact whatever is planted."""

from __future__ import annotations

import signal
import threading
import time
from collections.abc import Iterator

import pytest

from tests.reference.documents import general, invoice, invoice_range, payment, registration, uscc
from tests.reference.running import Client, Target, target

QUERY = {"nsrsbh": uscc(5)}


@pytest.fixture
def planting(client: Client) -> Iterator[Client]:
    yield client
    client.raw("DELETE", "/admin/faults")


def test_errors_strike_their_share_are_counted_and_do_nothing(planting: Client, number: int):
    planting.plant("errors=100%:registration.save")
    before = planting.counts("registration.save")
    assert planting.call("registration.save", registration(number)).status == 500
    assert planting.counts("registration.save") == before | {
        "received": before["received"] + 1,
        "error": before["error"] + 1,
    }
    assert planting.ok("registration.query", {"nsrsbh": uscc(number)})["registered"] is False


def test_a_seed_makes_the_same_requests_fail():
    patterns = []
    for _ in range(2):
        with target("--seed", "3", "--fault", "errors=30%") as running:
            client = running.client()
            patterns.append([client.call("registration.query", QUERY).status for _ in range(60)])
            failed = patterns[-1].count(500)
            assert 5 < failed < 35
            assert client.counts("registration.query") == {
                "received": 60, "ok": 60 - failed, "rejected": 0, "error": failed,
            }  # fmt: skip
            client.plant("errors=30%", replace=True)  # another fault, with draws of its own
            patterns.append([client.call("registration.query", QUERY).status for _ in range(60)])
    assert patterns[:2] == patterns[2:]
    assert patterns[0] != patterns[1]


def test_latency_is_added_to_the_operations_of_its_glob(planting: Client):
    planting.plant("latency=60ms:registration.*")
    start = time.monotonic()
    planting.ok("registration.query", QUERY)
    assert time.monotonic() - start >= 0.06
    assert planting.get("faults")["faults"][0]["hits"] == 1


def test_a_write_waits_too_and_is_stored_meanwhile(shared: Target, planting: Client, number: int):
    planting.plant("latency=400ms:registration.save")
    other = shared.client()
    saving = threading.Thread(target=other.ok, args=("registration.save", registration(number)))
    saving.start()
    while not planting.ok("registration.query", {"nsrsbh": uscc(number)})["registered"]:
        assert saving.is_alive()
    saving.join()


def test_a_stall_reports_its_schedule_and_holds_requests_until_its_end(planting: Client):
    start = planting.get("faults")["now"]
    report = planting.plant("stall=300ms/100s", first_stall=start)
    fault = report["faults"][0]
    end = fault["first_stall_monotonic"] + 0.3
    planting.ok("registration.query", QUERY)
    assert time.monotonic() >= end
    assert fault["hits"] == 0 and planting.get("faults")["faults"][0]["hits"] == 1


def test_admin_is_never_delayed(planting: Client):
    report = planting.plant("stall=99s/100s", "latency=99s", "errors=100%")
    planting.raw("POST", "/admin/faults", b'{"faults": ["stall=99s/100s"], "first_stall": 1}')
    assert planting.get("health")["ok"]
    assert len(report["faults"]) == 3


def test_capacity_is_a_ceiling_of_c_over_service(shared: Target, planting: Client):
    """5 servers x 10 ms: 12 clients that never pause get no more than 500 answers a second, by count."""
    planting.plant("capacity=5x10ms")
    end = time.monotonic() + 60
    clients = [shared.client() for _ in range(12)]
    stop = threading.Event()

    def press(client: Client) -> None:
        while not stop.is_set() and time.monotonic() < end:
            client.ok("registration.query", QUERY)

    workers = [threading.Thread(target=press, args=(client,)) for client in clients]
    for worker in workers:
        worker.start()
    first = answered(planting)
    while answered(planting)[1] < first[1] + 1000:
        time.sleep(0.02)
    last = answered(planting)
    stop.set()
    for worker in workers:
        worker.join()
    seconds, count = last[0] - first[0], last[1] - first[1]
    # Answers leave in groups of five, every 10 ms; the window cuts through one group at each end.
    assert count <= 500 * seconds + 10
    assert planting.get("faults")["faults"][0]["capacity_per_s"] == pytest.approx(500)


def answered(client: Client) -> tuple[float, int]:
    """The target's clock, then its count of answers to queries: the count is never older than the time."""
    now = client.get("faults")["now_monotonic"]
    return now, client.counts("registration.query")["ok"]


def test_a_lost_write_is_acknowledged_and_missing(planting: Client, number: int):
    for taxpayer in (number, number + 300):
        planting.ok("registration.save", registration(taxpayer))
    planting.plant("lost-write=100%:declaration.submit")
    lost = planting.ok("declaration.submit", general(number))["pzxh"]
    planting.raw("DELETE", "/admin/faults")
    kept = planting.ok("declaration.submit", general(number + 300))["pzxh"]
    stored = {row["pzxh"] for row in planting.listed("declarations")}
    assert lost not in stored and kept in stored and lost != kept
    assert planting.ok("collection.unpaid", {"djxh": registration(number)["djxh"]}) == {"items": []}
    planting.ok("declaration.submit", general(number))


def test_a_duplicated_write_is_listed_twice_and_charged_once(planting: Client, number: int):
    planting.ok("registration.save", registration(number))
    planting.plant("duplicate-write=100%")
    pzxh = planting.ok("declaration.submit", general(number))["pzxh"]
    planting.raw("DELETE", "/admin/faults")
    copies = [row for row in planting.listed("declarations") if row["pzxh"] == pzxh]
    assert [row["copy"] for row in copies] == [0, 1]
    different = {key for key in copies[0] if copies[0][key] != copies[1][key]}
    assert different == {"id", "copy"}
    assert len(planting.ok("collection.unpaid", {"djxh": registration(number)["djxh"]})["items"]) == 1
    assert planting.refused("declaration.submit", general(number)) == "SB005"


def test_an_altered_amount_is_stored_one_fen_off(planting: Client, number: int):
    planting.ok("registration.save", registration(number))
    planting.ok("invoice.buy", invoice_range(number))
    planting.plant("alter-amount=100%")
    answer = planting.ok("declaration.submit", general(number))
    planting.ok("invoice.issue", invoice(number))
    planting.raw("DELETE", "/admin/faults")
    assert answer["ybtse"] == 850.0
    djxh = registration(number)["djxh"]
    stored = {
        name: next(row for row in planting.listed(name) if row["djxh"] == djxh)
        for name in ("declarations", "invoices", "dues")
    }
    assert stored["declarations"]["ybtse"] == stored["dues"]["outstanding"] == 850.01
    assert (stored["invoices"]["hjje"], stored["invoices"]["hjse"], stored["invoices"]["jshj"]) == (
        100.01,
        17,
        117,
    )
    planting.ok("collection.pay", payment(number, (answer["pzxh"], 850.01)))


def test_memory_leaks_and_is_given_back(planting: Client):
    before = planting.get("health")["rss_mb"]
    planting.plant("leak=1MB:registration.query")
    for _ in range(40):
        planting.ok("registration.query", QUERY)
    assert planting.get("health")["rss_mb"] > before + 30
    planting.raw("DELETE", "/admin/faults")
    assert planting.get("health")["rss_mb"] < before + 30


def test_faults_are_added_replaced_and_removed_at_run_time(planting: Client):
    planting.plant("latency=1ms", "errors=1%")
    second = planting.plant("latency=2ms")["faults"]
    assert [fault["spec"] for fault in second] == ["latency=1ms", "errors=1%", "latency=2ms"]
    planting.raw("DELETE", f"/admin/faults?id={second[1]['id']}")
    assert [fault["spec"] for fault in planting.get("faults")["faults"]] == ["latency=1ms", "latency=2ms"]
    assert [f["spec"] for f in planting.plant("errors=0%", replace=True)["faults"]] == ["errors=0%"]


@pytest.mark.parametrize(
    "body",
    [b"", b"[]", b"{}", b'{"faults": "errors=1%"}', b'{"faults": [1]}', b'{"faults": ["errors=1"]}',
     b'{"faults": ["errors=1%", "x=1"]}', b'{"faults": [], "first_stall": "now"}'],
)  # fmt: skip
def test_a_wrong_fault_request_changes_nothing(planting: Client, body: bytes):
    status, answer = planting.raw("POST", "/admin/faults", body)
    assert status == 400 and b"error" in answer
    assert planting.get("faults")["faults"] == []
    assert planting.raw("DELETE", "/admin/faults?id=99")[0] == 400


def test_a_crash_after_100_requests_leaves_100_answers_and_kills():
    with target("--fault", "crash=after:100") as running:
        client, answers = running.client(), 0
        with pytest.raises(Exception, match=r"(?i)closed|reset|disconnected"):
            for _ in range(101):
                answers += client.ok("registration.query", QUERY)["registered"] is False
        assert answers == 100
        assert running.process.wait(10) == -signal.SIGKILL


def test_a_crash_on_command():
    with target() as running:
        running.client().plant("crash=now")
        assert running.process.wait(10) == -signal.SIGKILL
