"""The guard: what may be loaded, and what is refused before a single packet leaves."""

from __future__ import annotations

import re
import socket
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from renhai.binding.loader import Binding
from renhai.core import home
from renhai.core.errors import InvalidRun, UsageError
from renhai.run.single import RunRequest, prepare
from renhai.safety import addresses
from renhai.safety.addresses import drift, is_loopback, resolve
from renhai.safety.allowance import Refused
from renhai.safety.permit import (
    Permit,
    check_ceiling,
    check_environment,
    check_plan,
    check_requests,
    permit,
)


class Asked(NamedTuple):
    """A load: operators at once, or journeys a second."""

    peak_users: int = 0
    peak_rate: float = 0.0


def binding(**changes: Any) -> Binding:
    fields: dict[str, Any] = {
        "name": "city",
        "environment": "test",
        "url": "http://tax.example",
        "operations": {"declaration.submit": {"path": "/submit"}},
    }
    return Binding.model_validate({**fields, **changes})


def test_production_is_refused_whatever_else_the_file_says() -> None:
    check_environment(binding(environment="staging"), "t.yaml")
    with pytest.raises(
        Refused, match=r"t\.yaml: environment is production; .* no option changes that"
    ) as caught:
        check_environment(binding(environment="production", hosts=["tax.example"]), "t.yaml")
    assert caught.value.code == 2


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8400", "http://127.9.9.9", "http://localhost:1", "http://[::1]:80"]
)
def test_loopback_needs_no_permission(url: str) -> None:
    assert all(
        address in ("::1",) or address.startswith("127.") for address in resolve(url, binding(), "t.yaml")
    )


@pytest.mark.parametrize(
    ("url", "said"),
    [
        (
            "http://192.0.2.7:80",
            r"t\.yaml: hosts does not list 192\.0\.2\.7; .* add 192\.0\.2\.7 under hosts",
        ),
        ("http://0.0.0.0:80", r"does not list 0\.0\.0\.0"),
        ("http://[2001:db8::1]:80", r"does not list 2001:db8::1"),
        ("http://[::ffff:192.0.2.7]:80", r"does not list ::ffff:"),
        ("http://10.1.0.1", r"does not list 10\.1\.0\.1"),
    ],
)
def test_other_addresses_need_a_line_in_the_target_file(url: str, said: str) -> None:
    with pytest.raises(Refused, match=said):
        resolve(url, binding(hosts=["10.0.0.0/16", "tax.example", "2001:db8:1::/48"]), "t.yaml")


@pytest.mark.parametrize(
    ("url", "hosts"),
    [
        ("http://192.0.2.7:80", ["192.0.2.7"]),
        ("http://10.0.3.4", ["192.0.2.1", "10.0.0.0/16"]),
        ("http://[2001:db8:1::5]", ["2001:db8:1::/48"]),
    ],
)
def test_listed_addresses_and_networks_are_allowed(url: str, hosts: list[str]) -> None:
    assert len(resolve(url, binding(hosts=hosts), "t.yaml")) == 1


def test_a_name_is_allowed_by_its_name_or_by_all_of_its_addresses(monkeypatch: pytest.MonkeyPatch) -> None:
    # the one thing a test cannot have for real: a name server that answers as we like
    def lookup(host: str, port: int, **_: Any) -> list[Any]:
        return [
            (socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port)) for text in ("10.0.0.1", "10.9.0.1")
        ]

    monkeypatch.setattr(addresses.socket, "getaddrinfo", lookup)
    assert resolve("http://tax.example", binding(hosts=["tax.example"]), "t.yaml") == ["10.0.0.1", "10.9.0.1"]
    assert resolve("http://other.example", binding(hosts=["10.0.0.0/8"]), "t.yaml") == [
        "10.0.0.1",
        "10.9.0.1",
    ]
    with pytest.raises(Refused, match=r"does not list tax2\.example \(10\.9\.0\.1\)"):
        resolve("http://tax2.example", binding(hosts=["10.0.0.0/16", "tax.example"]), "t.yaml")


@pytest.mark.parametrize("host", ["192.0.2.7", "[2001:db8::1]", "[fe80::1%25none]", "[::ffff:192.0.2.7]"])
def test_an_address_that_nobody_lists_is_not_even_looked_up(
    host: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    def asked(*_: Any, **__: Any) -> Any:
        raise AssertionError("an address was looked up")

    monkeypatch.setattr(socket, "getaddrinfo", asked)
    with pytest.raises(Refused, match=r"t\.yaml: hosts does not list"):
        resolve(f"http://{host}:80", binding(hosts=["10.0.0.0/16"]), "t.yaml")


def test_a_name_that_nobody_lists_is_not_even_looked_up(monkeypatch: pytest.MonkeyPatch) -> None:
    def asked(*_: Any, **__: Any) -> Any:
        raise AssertionError("a name was looked up")

    monkeypatch.setattr(socket, "getaddrinfo", asked)
    for hosts in ([], ["tax.example"], ["10.0.0.1"]):
        with pytest.raises(Refused, match=r"t\.yaml: hosts does not list other\.example;") as caught:
            resolve("http://other.example", binding(hosts=hosts), "t.yaml")
        assert caught.value.code == 2


@pytest.mark.parametrize("host", ["localhost", "tax.localhost"])
@pytest.mark.parametrize("hosts", [[], ["localhost", "tax.localhost", "10.0.0.0/16"]])
def test_localhost_has_to_be_this_machine(
    host: str, hosts: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    found = [
        (socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, 80)) for address in ("127.0.0.1", "10.0.0.7")
    ]
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found)
    with pytest.raises(Refused, match=rf"{host} leads to 10\.0\.0\.7, which is not this machine"):
        resolve(f"http://{host}", binding(hosts=hosts), "t.yaml")
    monkeypatch.setattr(socket, "getaddrinfo", lambda *_, **__: found[:1])
    assert resolve(f"http://{host}", binding(), "t.yaml") == ["127.0.0.1"]


def test_a_name_that_leads_nowhere_is_no_judgement_on_the_target() -> None:
    with pytest.raises(InvalidRun, match="cannot be resolved") as caught:
        resolve("http://no-such-host.invalid", binding(hosts=["no-such-host.invalid"]), "t.yaml")
    assert caught.value.code == 3


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        (
            "environment: test",
            "environment: production",
            "city.yaml:3: environment is production; renhai loads test",
        ),
        (
            "hosts: [localhost]",
            "ceiling: {operators: 11}",
            "city.yaml:5: ceiling.operators is 11, and the scenario asks for 12",
        ),
        (
            "path: /api/invoice/stock}",
            "path: /b, headers: {X-Token: '${ENV:NO_SUCH}'}}",
            "needs the environment variable",
        ),
    ],
)
def test_a_run_is_refused_before_anything_starts(
    old: str, new: str, said: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    reference = (home.scenarios() / "targets" / "reference.yaml").read_text(encoding="utf-8")
    assert old in reference
    (tmp_path / "city.yaml").write_text(reference.replace(old, new), encoding="utf-8")
    with pytest.raises(UsageError, match=re.escape(said)):
        prepare(RunRequest("smoke", target="city.yaml"))
    assert prepare(RunRequest("smoke", target="reference")).url == ""


def test_loopback_in_all_its_spellings() -> None:
    from ipaddress import ip_address

    assert [is_loopback(ip_address(text)) for text in ("127.0.0.1", "::1", "::ffff:127.0.0.1")] == [True] * 3
    assert [is_loopback(ip_address(text)) for text in ("10.0.0.1", "::", "::ffff:10.0.0.1")] == [False] * 3


def test_the_ceiling_of_the_target_file_holds() -> None:
    limited = binding(ceiling={"operators": 10, "rate": "5/s"})
    check_ceiling(limited, Asked(peak_users=10), "t.yaml")
    with pytest.raises(
        Refused, match=r"ceiling\.operators is 10, and the scenario asks for 11 operators; .*--users"
    ):
        check_ceiling(limited, Asked(peak_users=11), "t.yaml")
    with pytest.raises(
        Refused, match=r"ceiling\.rate is 5/s, and the scenario asks for 5\.5 journeys/s; .*--rate"
    ):
        check_ceiling(limited, Asked(peak_rate=5.5), "t.yaml")


def test_requests_are_held_to_the_ceiling_too() -> None:
    limited = binding(ceiling={"rate": "50/s"})
    check_requests(limited, 50.0, "t.yaml")
    check_requests(limited, float("inf"), "t.yaml")  # unknown beforehand: the load process holds them back
    with pytest.raises(Refused, match=r"ceiling\.rate is 50/s, and .* would send about 61\.2 requests/s"):
        check_requests(limited, 61.23, "t.yaml")


class Planned(NamedTuple):
    guard: Permit
    load: Asked = Asked(peak_users=5)
    base_url: str = "http://tax.example"
    addresses: Sequence[str] = ("10.0.0.1",)


def plan(told: Binding, addresses: Sequence[str] = ("10.0.0.1",)) -> Planned:
    return Planned(permit(told, "t.yaml"), addresses=addresses)


def test_a_load_process_asks_the_plan_for_the_same_permission() -> None:
    named = binding(hosts=["tax.example"], ceiling={"operators": 5})
    assert check_plan(plan(named)).ceiling.operators == 5
    check_plan(plan(binding(), addresses=["127.0.0.1"]))
    for wrong, said in (
        (plan(binding(hosts=["tax.example"], environment="production")), "environment is production"),
        (plan(binding(hosts=["tax.example"], ceiling={"operators": 4})), r"ceiling\.operators is 4"),
        (plan(binding(hosts=["10.1.0.0/16"])), r"does not list tax\.example \(10\.0\.0\.1\)"),
    ):
        with pytest.raises(Refused, match=said):
            check_plan(wrong)


@pytest.mark.parametrize(
    ("now", "strangers"),
    [
        (["10.0.0.1", "10.0.0.2"], []),
        (["10.0.0.2"], []),  # a name server may leave some out
        (["10.0.0.1", "10.0.0.3"], ["10.0.0.3"]),
        (["127.0.0.1"], ["127.0.0.1"]),
        ([], []),  # no answer is no change: nothing is sent elsewhere
    ],
)
def test_a_change_of_dns(now: list[str], strangers: list[str], monkeypatch: pytest.MonkeyPatch) -> None:
    def lookup(host: str, port: int, **_: Any) -> list[Any]:
        if not now:
            raise socket.gaierror("no answer")
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", (text, port)) for text in now]

    monkeypatch.setattr(addresses.socket, "getaddrinfo", lookup)
    assert drift("http://tax.example", ["10.0.0.1", "10.0.0.2"]) == strangers


@pytest.mark.parametrize(
    "url",
    ["http://", "ftp://127.0.0.1", "http://u:p@127.0.0.1", "http://127.0.0.1:0", "http://127.0.0.1:99999"],
)
def test_a_wrong_url_on_the_command_line(url: str, tmp_path: Path) -> None:
    with pytest.raises(UsageError, match=r"--target: is .*(must be http://host:port|holds a password)"):
        prepare(RunRequest("smoke", target=url))
