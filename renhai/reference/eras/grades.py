"""How sure a rule is, and which rules are on: those that rest on an unconfirmed fact can be switched.

Grades: V, read in a public source; D, worked out from such facts; U, common knowledge without a source.
Rules of grade V and D that are not listed here are always on.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import NamedTuple

DEFAULT_FINE_FEN = 5000
"""For a late return; the law says up to 2,000 yuan (art. 62 of the Collection Law), bureaux have their own
tables."""


class Switch(NamedTuple):
    """A rule that can be switched. on: whether it is, when nothing is said."""

    grade: str
    on: bool
    what: str


SWITCHES: dict[str, Switch] = {
    "relief": Switch("U", True, "a small-scale return is reduced by no more than the relief of its period"),
    "red-rate": Switch("U", True, "a red invoice keeps the rates of its original"),
    "late": Switch("V", True, "a late return is fined, and tax that is paid late is asked with its late fee"),
    "pay-day": Switch(
        "V", False, "where the target's day is set, tax is paid on that day, and not on an earlier one"
    ),
    "digital": Switch("U", True, "there are no fully digital invoices before December 2021"),
    "reconcile": Switch("V", True, "at filing, invoices issued do not exceed the sales and tax declared"),
    "payments": Switch("D", True, "rows 30 and 31 are no more than was paid on earlier vouchers"),
    "surcharges": Switch("U", True, "a return since August 2021 has its rows of surcharges"),
    "small-profit": Switch(
        "U", True, "the relief of a small low-profit enterprise is that of its period, within its limits"
    ),
    "levy-rates": Switch("U", True, "social insurance has the rates and the bases that are known here"),
    "wages": Switch(
        "U",
        True,
        "wages until September 2018 are taxed by the allowance and the bands of their time; special"
        " additional deductions have a limit",
    ),
    "goods": Switch(
        "U", True, "a goods code is one of the leaves known here, and not only of a class that exists"
    ),
    "region": Switch("U", False, "a range has the code of the taxpayer's own province"),
}


class Rules:
    """Which of the switches are on."""

    def __init__(self, chosen: Mapping[str, bool] | None = None) -> None:
        self._on = {name: switch.on for name, switch in SWITCHES.items()} | dict(chosen or {})

    def __getitem__(self, name: str) -> bool:
        return self._on[name]


def chosen(texts: Iterable[str], *, strict: bool) -> Rules:
    """The rules by `NAME=on` and `NAME=off`; strict: all on that are not named. Raises ValueError."""
    wanted: dict[str, bool] = dict.fromkeys(SWITCHES, True) if strict else {}
    for text in texts:
        name, _, state = text.partition("=")
        if name not in SWITCHES or state not in ("on", "off"):
            raise ValueError(
                f"{text!r} switches no rule; write NAME=on or NAME=off with one of {', '.join(SWITCHES)}"
            )
        wanted[name] = state == "on"
    return Rules(wanted)
