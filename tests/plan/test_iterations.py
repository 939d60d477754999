"""`renhai check` of a load that ends by its iterations, and of journeys with pauses: by hand."""

from __future__ import annotations

from pathlib import Path

import pytest

from renhai.binding.schema.connections import OF_JOURNEY, OF_OPERATOR, Way
from renhai.cli.app import run_cli
from renhai.plan import sizing
from renhai.plan.build import normalise
from renhai.plan.sizing import Size, Sockets
from renhai.spec.loader import load_scenario

TARGET = """\
name: shop
environment: test
url: http://127.0.0.1:8509
success: any
operations: {item.see: {path: /see}, item.buy: {path: /buy}}
"""
SCENARIO = """\
# Is it done?
name: shop
target: shop.target.yaml
journeys:
  shop.look: [item.see, {think: 1s}, item.see]
  shop.buy: [{repeat: 3, steps: [item.see, {think: {uniform: [1s, 3s]}}]}, item.buy]
  shop.tax: [{send: item.buy, fields: {who: "${taxpayer.djxh}"}}]
posts:
  desk: {journeys: {shop.look: 3, shop.buy: 1}, think_time: {fixed: 750ms}}
  counter: {journeys: {shop.look: 1}, think_time: {fixed: 4s}}
thresholds: {"*": [error_rate < 1%]}
load: LOAD
"""
CLOSED = (
    "{operators: [{unit: 14301030000, post: desk, count: 6}, {unit: 14301030000, post: counter, count: 2}],"
    " stages: [{ramp: 10s}, {hold: 50s}]EXTRA}"
)
OPEN = "{arrivals: {rate: 10/s, journeys: {shop.look: 1}}, stages: [{ramp: 10s}, {hold: 50s}]EXTRA}"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    Path("shop.target.yaml").write_text(TARGET)


def sized(load: str, extra: str = "", *, way: str = "") -> tuple[Size, Sockets | None]:
    text = SCENARIO.replace("LOAD", load.replace("EXTRA", extra))
    if "shop.tax" in load:
        text += "data: {seed: 1, taxpayers: 50}\n"
    Path("shop.yaml").write_text(text)
    found = load_scenario("shop.yaml")
    plan = normalise(found)
    need = sizing.sockets(plan, Way(way, 1, 300.0)) if way else None
    return sizing.size(plan, found.journeys), need


def test_pauses_in_a_journey_are_think_time() -> None:
    size, _ = sized(CLOSED)
    desk, counter = size.posts
    # a look pauses 1 s, a purchase 3 x 2 s: (3 x 1 + 6) / 4 = 2.25 s beside the 0.75 s between two
    assert (desk.think_s, counter.think_s) == (3.0, 5.0)
    assert (desk.rate, counter.rate) == (2.0, 0.4)
    assert desk.requests_rate == pytest.approx(2.0 * (3 * 2 + 4) / 4)
    assert size.ends_s is None
    # 10 s of a ramp are half a hold: 55 s at 2.4/s
    assert size.transactions == pytest.approx(2.4 * 55)


def test_operators_end_by_their_own_iterations() -> None:
    size, _ = sized(CLOSED, ", iterations: {operator: 4}")
    assert size.transactions == 8 * 4
    # 6 at the desk: 24, of which a quarter are purchases; 2 at the counter: 8
    assert size.journeys == {"shop.look": 18 + 8, "shop.buy": 6}
    assert size.requests == 26 * 2 + 6 * 4
    assert size.ends_s == 10 + 4 * 5.0  # all sit after 10 s, the slowest need 5 s each
    assert size.peak_rate == pytest.approx(2.4)


def test_those_of_the_run_are_shared() -> None:
    size, _ = sized(CLOSED, ", iterations: {run: 20}")
    assert (size.transactions, size.ends_s) == (20, 10 + 3 * 5.0)  # 20 of 8: three for some
    size, _ = sized(CLOSED, ", iterations: {run: 5000}")
    assert (size.transactions, size.ends_s) == (pytest.approx(132), None)  # the stages end first


def test_arrivals_end_when_so_many_have_come() -> None:
    size, _ = sized(OPEN, ", iterations: {run: 100}")
    # a ramp to 10/s brings 50 in 10 s; the other 50 take 5 s
    assert (size.transactions, size.requests, size.ends_s) == (100, 200, 15.0)
    size, _ = sized(OPEN, ", iterations: {run: 18}")
    assert size.ends_s == pytest.approx(6.0)  # t^2 / 2 = 18
    size, _ = sized(OPEN, ", iterations: {run: 551}")
    assert (size.transactions, size.ends_s) == (550, None)


def test_no_more_ports_than_journeys() -> None:
    _, need = sized(OPEN, ", iterations: {run: 30}", way=OF_JOURNEY)
    assert need is not None and (need.at_once, need.newly, need.most) == (30, 10, 30)
    assert need.ports(60) == 60  # those at once, and 30 that rest; 10/s would be 600
    _, need = sized(OPEN, way=OF_JOURNEY)
    assert need is not None and need.ports(60) == 100 + 600
    _, need = sized(CLOSED, ", iterations: {operator: 4}", way=OF_JOURNEY)
    assert need is not None and need.ports(60) == 8 + 32
    _, need = sized(CLOSED, ", iterations: {operator: 4}", way=OF_OPERATOR)
    assert need is not None and (need.at_once, need.ports(60)) == (8, 8 + 0.8 * 60)


def test_without_think_time_the_iterations_still_count() -> None:
    busy = "{operators: [{unit: 14301030000, post: fast, count: 2}], stages: [{step: 5s, to: 2}]EXTRA}"
    text = SCENARIO.replace("  desk:", "  fast: {journeys: {shop.tax: 1}, think_time: {fixed: 0s}}\n  desk:")
    Path("shop.yaml").write_text(
        text.replace("LOAD", busy.replace("EXTRA", ", iterations: {run: 9}"))
        + "data: {seed: 1, taxpayers: 50}\n"
    )
    found = load_scenario("shop.yaml")
    size = sizing.size(normalise(found), found.journeys)
    assert (size.transactions, size.requests, size.journeys) == (9, 9, {"shop.tax": 9})
    assert size.taxpayers_needed == 2


def test_who_serves_no_taxpayer_needs_none(capsys: pytest.CaptureFixture[str]) -> None:
    size, _ = sized(CLOSED, ", iterations: {run: 20}")
    assert size.taxpayers_needed == 0
    assert run_cli(["check", "shop.yaml"]) == 0
    said = " ".join(capsys.readouterr().out.split())
    assert "1m at most; the iterations are done after about 25 s" in said
    assert "20 in all" in said and "its journeys have nothing to do with any" in said
    assert "raise data.taxpayers" not in said and "known volumes" not in said
