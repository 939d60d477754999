"""The tools sign in as somebody whom a target knows, and read what the desks wrote."""

from __future__ import annotations

from renhai.binding.loader import load_binding
from renhai.checks.officer import officer


def test_the_officer_sits_in_a_tax_authority_of_eleven_digits() -> None:
    one = officer()
    assert (len(one.unit), one.unit.isdigit(), one.number) == (11, True, 0)


def test_the_desks_target_file_reads_back_as_the_plain_one_does() -> None:
    """Both speak to one system; a rule that one of them lacks would be no check there."""
    desk, plain = (load_binding(name)[0] for name in ("bureau", "reference"))
    assert desk.audit == plain.audit
    assert desk.balances == plain.balances
