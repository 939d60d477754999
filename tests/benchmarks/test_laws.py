"""The truths on paper, against a simulation of the same arrivals; and a server that keeps its deadlines."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from benchmarks.truth.laws import CASES, Bimodal, Case, Servers, Stall
from benchmarks.truth.truth_server import body_length, take_request

HOME = Path(__file__).resolve().parents[2]
QUANTILES = (0.5, 0.9, 0.95, 0.99, 0.999)


def simulated(case: Case, p: float) -> float:
    """Nearest-rank quantile (ceil(p * n)-th smallest) of the latencies of arrivals i / rate."""
    law = case.make()
    arrivals = np.arange(round(case.rate * case.seconds)) / case.rate
    latencies = np.sort([law.due(float(at)) - at for at in arrivals])
    return float(latencies[max(0, int(np.ceil(p * len(latencies) - 1e-9)) - 1)])


@pytest.mark.parametrize("p", QUANTILES)
@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_formula_agrees_with_the_simulation(case: Case, p: float) -> None:
    # The formulas are continuous: n arrivals move a quantile by at most the largest step between latencies.
    step = 0.0101 if case.name == "stall" else 0.0041
    assert simulated(case, p) == pytest.approx(case.truth(p), abs=step)


def test_a_stall_of_2_s_in_10_at_500_a_second() -> None:
    truth = [Stall(base=0.0).truth(p, 500, 20) for p in (0.5, 0.8, 0.9, 0.95, 0.99, 0.999)]
    assert truth == pytest.approx([0, 0, 1.0, 1.5, 1.9, 1.99])


def test_an_answer_that_would_leave_in_the_stall_leaves_at_its_end() -> None:
    law = Stall(base=0.005)
    assert [law.due(at) for at in (0.0, 3.994, 3.996, 5.0, 5.99, 6.0, 13.996)] == pytest.approx(
        [0.005, 3.999, 6.0, 6.0, 6.0, 6.005, 16.0]
    )


def test_the_bimodal_share_is_exact() -> None:
    law = Bimodal()
    latencies = [law.due(0.0) for _ in range(2500)]
    assert (latencies.count(law.fast), latencies.count(law.slow)) == (2300, 200)


def test_four_servers_at_ten_per_cent_too_much_fall_behind_by_a_tenth_of_the_time() -> None:
    assert Servers().truth(1.0, 220, 10) == pytest.approx(0.020 + 1.0)
    assert Servers().truth(1.0, 160, 10) == pytest.approx(0.020)


def test_requests_are_cut_off_a_stream_whole() -> None:
    head = b"POST /a HTTP/1.1\r\nHost: x\r\nCONTENT-length: 3\r\n"
    buffer = bytearray(head + b"\r\nab")
    assert take_request(buffer) is None
    buffer += b"cGET / HTTP/1.1\r\n\r\nPO"
    assert take_request(buffer) == head
    assert take_request(buffer) == b"GET / HTTP/1.1\r\n"
    assert (take_request(buffer), bytes(buffer), body_length(b"GET / HTTP/1.1\r\n")) == (None, b"PO", 0)


def test_the_server_answers_late_never_early_and_records_it(tmp_path: Path) -> None:
    record = tmp_path / "record.json"
    argv = [
        sys.executable,
        "-m",
        "benchmarks.truth.truth_server",
        "--case",
        "bimodal",
        "--record",
        str(record),
    ]
    with subprocess.Popen(argv, stdout=subprocess.PIPE, text=True, cwd=HOME) as process:
        try:
            assert process.stdout is not None
            url = json.loads(process.stdout.readline())["url"]
            answers = [exchange(int(url.rpartition(":")[2]))[-140:] for _ in range(25)]
        finally:
            process.terminate()
    saved = json.loads(record.read_text(encoding="utf-8"))
    waits = sorted(sent - received for received, sent in zip(saved["received"], saved["sent"], strict=True))
    assert all(b'"Code":"000"' in answer for answer in answers)
    assert len(waits) == 25
    assert waits[0] >= 0.005 and sum(wait >= 0.1 for wait in waits) == 2


def exchange(port: int) -> bytes:
    with socket.create_connection(("127.0.0.1", port), timeout=5) as connection:
        connection.sendall(b"POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 2\r\n\r\n{}")
        return connection.recv(4096)
