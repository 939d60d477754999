"""What journeys declare, and how the command line reads it from locustfiles without Locust."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from renhai.core import home
from renhai.core.errors import UsageError
from renhai.spec import journey_catalog
from renhai.spec.journeys.cases import TaxpayerPool
from renhai.spec.journeys.registry import JOURNEYS, Journey, Steps, journey, parse_sends, reading
from renhai.spec.loader import load_scenario

ROOT = home.find_home()


def walk(pool: TaxpayerPool) -> Steps:
    yield "a.b", {}


@pytest.mark.parametrize("sends", [(), [], "a.b"])
def test_what_declares_nothing_is_refused(sends: Sequence[str]) -> None:
    with reading(), pytest.raises(ValueError, match=r"journey x\.y must declare what it sends, as in sends="):
        journey("x.y", sends=sends)


def test_while_reading_journeys_are_registered_apart() -> None:
    before = dict(JOURNEYS)
    with reading() as found:
        journey("x.apart", sends=["a.b"], fresh=True)(walk)
        assert set(found) == {"x.apart"}
        assert (found["x.apart"].fresh, found["x.apart"].walk) == (True, walk)
        with pytest.raises(RuntimeError), reading():
            assert found == {}
            raise RuntimeError
        assert set(found) == {"x.apart"}
    assert before == JOURNEYS


def test_the_shipped_journeys_are_read_without_locust() -> None:
    program = (
        "import sys; from renhai.spec.journey_catalog import catalog\n"
        "found = catalog(); print(len(found.journeys), found.broken)\n"
        "print([name for name in sys.modules if name.split('.')[0] in ('locust', 'gevent', 'locustfiles')])\n"
        "import renhai; print(renhai.JourneyUser.__mro__[1].__module__)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], cwd=ROOT, capture_output=True, text=True, timeout=60
    )
    assert done.stdout.splitlines() == ["71 ()", "[]", "locust.user.users"], done.stderr


def locustfiles(tmp_path: Path, **files: str) -> Path:
    folder = tmp_path / "locustfiles"
    folder.mkdir()
    (folder / "__init__.py").touch()
    for name, text in files.items():
        (folder / f"{name}.py").write_text(text, encoding="utf-8")
    return tmp_path


GOOD = """\
from renhai import JourneyUser, TaxpayerPool, journey, lognormal
PART = ("stamp.stick", "stamp.pay maybe 40%")

@journey("stamp.buy", sends=PART, fresh=True)
def buy(pool):
    yield "stamp.stick", {}

class Clerk(JourneyUser):
    journeys = {"stamp.buy": 1}
    think_time = lognormal(median=2, p95=6)
    wait = len(journeys)
"""
NEIGHBOUR = """\
from locustfiles.stamp import PART, buy
from renhai import journey

@journey("post.send", sends=[*PART, "post.send"])
def send(pool):
    yield from buy(pool)
    yield "post.send", {}
"""


def test_another_home_has_its_own_journeys(tmp_path: Path) -> None:
    """Files import each other under the name `locustfiles`, which in this process may be another folder."""
    import locustfiles as ours

    found = journey_catalog.catalog(locustfiles(tmp_path, stamp=GOOD, post=NEIGHBOUR))
    assert found.broken == ()
    assert set(found.journeys) == {"stamp.buy", "post.send"}
    assert found.journeys["stamp.buy"] == Journey(
        "stamp.buy",
        parse_sends(["stamp.stick", "stamp.pay maybe 40%"]),
        fresh=True,
        file="locustfiles/stamp.py",
    )
    assert found.journeys["post.send"].operations == ("stamp.stick", "stamp.pay", "post.send")
    assert sys.modules["locustfiles"] is ours
    assert "declaration.file" in journey_catalog.journeys()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("def broken(:\n", "locustfiles/x.py:1: cannot be read for its journeys: SyntaxError: "),
        ("\nimport no_such_module\n", "locustfiles/x.py:2: cannot be read for its journeys: ModuleNotFound"),
        ("raise SystemExit(3)\n", "locustfiles/x.py:1: cannot be read for its journeys: SystemExit: 3"),
        ("from renhai import journey\n@journey('a.b')\ndef f(pool): ...\n", "x.py:2: cannot be read for its"),
        ("from renhai import Nonsense\n", "locustfiles/x.py:1: cannot be read for its journeys: ImportError"),
        (
            "from renhai import journey\n@journey('stamp.buy', sends=['a.b'])\ndef f(pool): ...\n",
            "ValueError: journey stamp.buy is defined twice",
        ),
        ("\x00", "locustfiles/x.py"),
    ],
)  # fmt: skip
def test_a_file_that_cannot_be_read_is_named_and_harms_no_other(text: str, said: str, tmp_path: Path) -> None:
    found = journey_catalog.catalog(locustfiles(tmp_path, stamp=GOOD, x=text))
    (problem,) = found.broken
    assert said in str(problem) and str(problem).endswith("; correct it")
    assert set(found.journeys) == {"stamp.buy"}


def test_who_names_a_journey_that_nobody_knows_is_told_of_files_that_could_not_be_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    broken = journey_catalog.catalog(locustfiles(tmp_path, stamp="import no_such_module\n"))
    monkeypatch.setattr(journey_catalog, "catalog", lambda root=None: broken)
    Path("s.yaml").write_text(
        "name: s\ndata: {seed: 1, taxpayers: 9}\n"
        "load: {arrivals: {rate: 1/s, journeys: {stamp.buy: 1}}, stages: [{hold: 1s}]}\n"
        'thresholds: {"*": [error_rate < 1%]}\n',
        encoding="utf-8",
    )
    with pytest.raises(UsageError) as caught:
        load_scenario("./s.yaml")
    first, second = str(caught.value).splitlines()
    assert first.startswith("s.yaml:3: load.arrivals.journeys.") and "stamp.buy" in first
    assert second.startswith("locustfiles/stamp.py:1: cannot be read for its journeys: ModuleNotFoundError")
