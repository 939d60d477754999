"""A URL as the target of a scenario: this machine alone; any other needs its target file."""

from __future__ import annotations

from pathlib import Path

import pytest

from renhai.core.errors import UsageError
from renhai.run.single import RunRequest, prepare
from renhai.spec.loader import LoadedScenario, load_scenario

JOURNEYS = """\
# Does it hold?
name: near
target: URL
data: {seed: 7, profile: gt3_2015, taxpayers: 500}
load:
  arrivals: {rate: 5/s, journeys: {declaration.file: 1}}
  stages: [{hold: 10s}]
thresholds: {"*": [error_rate < 1%]}
"""
OWN = """\
# Does it hold?
name: near
target: URL
locustfile: own.py
load: {users: 2, stages: [{step: 5s, to: 2}]}
thresholds: {"*": [error_rate < 1%]}
"""
USERS = "from locust import HttpUser\nclass Visitor(HttpUser): tasks = [lambda user: user.client.get('/')]\n"


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "own.py").write_text(USERS)
    return tmp_path


def loaded(text: str, url: str, target: str | None = None) -> LoadedScenario:
    Path("near.yaml").write_text(text.replace("URL", url))
    return load_scenario("near.yaml", target=target)


@pytest.mark.parametrize(
    "url", ["http://127.0.0.1:8400", "http://127.9.9.9:80/", "https://[::1]:8443", "http://localhost:8400"]
)
def test_this_machine_needs_no_target_file(url: str) -> None:
    binding = loaded(JOURNEYS, url).binding
    assert (binding.url, binding.name, binding.environment) == (url.rstrip("/"), "reference", "test")
    assert "declaration.submit" in binding.operations
    assert prepare(RunRequest("near.yaml")).url == url.rstrip("/")


def test_a_locust_file_of_ones_own_knows_what_it_sends() -> None:
    binding = loaded(OWN, "http://127.0.0.1:8400").binding
    assert (binding.url, binding.name) == ("http://127.0.0.1:8400", "127.0.0.1:8400")


def test_the_option_goes_before_the_scenario() -> None:
    assert loaded(JOURNEYS, "http://127.0.0.1:8400", "web_filing").binding.name == "web_filing"
    assert prepare(RunRequest("near.yaml", target="http://127.0.0.1:9999")).url == "http://127.0.0.1:9999"


@pytest.mark.parametrize(
    ("url", "said"),
    [
        ("http://10.0.0.7:80", "10.0.0.7, which is not this machine"),
        ("http://tax.example", "tax.example, which is not this machine"),
        ("http://localhost.example", "localhost.example, which is not this machine"),
        ("http://127.0.0.1.nip.io", "127.0.0.1.nip.io, which is not this machine"),
        ("http://0.0.0.0:8400", "0.0.0.0, which is not this machine"),
        ("http://2130706433:80", "2130706433, which is not this machine"),
        ("http://u:pw@127.0.0.1:80", "holds a password; put it under auth as ${ENV:NAME}"),
        ("http://127.0.0.1:80/api", "must end after the port"),
        ("ftp://127.0.0.1:80", "must be http://host:port or https://host:port"),
    ],
)
@pytest.mark.parametrize("text", [JOURNEYS, OWN], ids=["journeys", "locustfile"])
def test_any_other_needs_its_target_file(text: str, url: str, said: str) -> None:
    with pytest.raises(UsageError) as caught:
        loaded(text, url)
    assert str(caught.value).startswith("near.yaml:3: target is ")
    assert said in str(caught.value)
    assert "pw@" not in str(caught.value)


def test_operations_that_a_url_alone_cannot_speak_ask_for_a_target_file() -> None:
    journeys = JOURNEYS.replace("declaration.file", "shop.buy") + "journeys: {shop.buy: [item.add]}\n"
    with pytest.raises(UsageError, match="name a target file where it speaks otherwise"):
        loaded(journeys, "http://127.0.0.1:8400")
