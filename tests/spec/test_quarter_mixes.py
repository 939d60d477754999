"""What shipped bureaux file in October 2015: VAT of everybody, income tax of companies, no local taxes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import yaml

from generators.documents.returns.cit import files_cit
from generators.documents.returns.statements import files_statements
from generators.taxpayers.population import Population

BUREAUX = Path(__file__).resolve().parents[2] / "scenarios" / "bureaux"
VAT = ("declaration.file", "declaration.declare", "declaration.correct", "preference.declare")
CIT = ("cit.file", "cit.correct", "statements.quarter")
LOCAL = ("stamp_tax.file", "stamp_tax.correct", "insurance.file", "iit.withhold")


def posts(file: str) -> dict[str, dict[str, float]]:
    read: dict[str, Any] = yaml.safe_load((BUREAUX / f"{file}.yaml").read_text("utf-8"))
    return {name: post["journeys"] for name, post in read["posts"].items()}


def weight(mix: dict[str, float], names: tuple[str, ...]) -> float:
    return sum(mix.get(name, 0) for name in names)


@pytest.mark.parametrize("file", ["changsha", "county"])
def test_where_vat_is_filed_companies_file_income_tax_in_their_share(file: str) -> None:
    """43 of 100 on the register of the day are companies, 40 with statements (see below)."""
    filing = {name: mix for name, mix in posts(file).items() if weight(mix, VAT)}
    assert filing
    for name, mix in filing.items():
        assert 0.4 <= weight(mix, CIT) / weight(mix, VAT) <= 0.47, name
        assert mix["statements.quarter"] > mix["cit.file"]


@pytest.mark.parametrize("file", ["changsha", "county"])
def test_what_was_the_local_bureaus_is_filed_nowhere(file: str) -> None:
    assert all(not weight(mix, LOCAL) for mix in posts(file).values())


def test_the_share_is_that_of_the_register() -> None:
    people = Population(20150911, "2015-10-22")
    found = [people.registered(n) for n in range(1000)]
    assert 0.40 < sum(map(files_cit, found)) / 1000 < 0.46
    assert 0.37 < sum(map(files_statements, found)) / 1000 < 0.43
