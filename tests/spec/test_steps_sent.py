"""What journeys declare to send: read without importing them, and true of those that ship."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest

from renhai.spec import journey_catalog
from renhai.spec.journeys.registry import SentStep, parse_sends, planned_steps


def test_the_four_ways_to_write_a_step() -> None:
    steps = parse_sends(["a.b", "a.c new", "a.d 2-4", "a.e maybe 40%"])
    assert steps == (
        SentStep("a.b"),
        SentStep("a.c", new=True),
        SentStep("a.d", low=2, high=4),
        SentStep("a.e", share=0.4),
    )
    assert [step.mean for step in steps] == [1, 1, 3, 0.4]


def test_what_a_transaction_is_held_to() -> None:
    steps = parse_sends(["q new", "s", "s", "i 2-4", "p maybe 40%", "q"])
    assert planned_steps(steps) == {
        "q": {"each": 1, "new": 1, "many": False, "least": None},
        "s": {"each": 2, "new": 0, "many": False, "least": None},
        "i": {"each": 2, "new": 0, "many": True, "least": None},
        "p": {"each": 0, "new": 0, "many": False, "least": 0.2},
    }


@pytest.mark.parametrize(
    "text", ["a b", "a.b 4-2", "a.b maybe 0%", "a.b maybe 140%", "a.b new maybe 5%", "", "a.b 0-1", 7]
)
def test_a_step_that_cannot_be_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match=r"write it like|can never be so"):
        parse_sends([text])


def home(folder: Path, decorator: str) -> Path:
    (folder / "locustfiles").mkdir()
    source = f"""
        from renhai import journey

        @journey({decorator})
        def shop(pool):
            with pool.case() as case:
                yield pick(case), {{}}
        """
    (folder / "locustfiles" / "shop.py").write_text(textwrap.dedent(source))
    return folder


def test_a_declaration_stands_for_what_the_code_does_not_spell_out(tmp_path: Path) -> None:
    found = journey_catalog.journeys(home(tmp_path, '"shop.buy", sends=("shop.pick", "shop.pay 2-2")'))[
        "shop.buy"
    ]
    assert found.operations == ("shop.pick", "shop.pay", "shop.pay")
    assert found.requests == 3


@pytest.mark.parametrize(
    "wrong", [', sends=("shop.pick twice",)', ", sends=STEPS", ", sends=7", ", sends='a.b'", ""]
)
def test_a_wrong_declaration_is_named_by_file_and_line(tmp_path: Path, wrong: str) -> None:
    found = journey_catalog.catalog(home(tmp_path, f'"shop.buy"{wrong}'))
    assert found.journeys == {}
    assert str(found.broken[0]).startswith("locustfiles/shop.py:4: cannot be read for its journeys: ")


def test_every_shipped_journey_declares_what_it_sends() -> None:
    assert [name for name, found in journey_catalog.journeys().items() if not found.steps] == []
