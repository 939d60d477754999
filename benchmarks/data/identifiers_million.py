"""Are a million of each identifier right, and different? `python -m benchmarks identifiers_million`.

Every identifier of a population, and every number composed for a document, is judged twice: by an oracle that
shares no code with generators/identifiers (python-stdnum where it knows the number, else a few lines here),
and by our own check_*. Those that must be unique are compared with each other exactly (sorted, in one numpy
array). Exits 1 when anything is refused or doubled. One core, about ten minutes; `--count 20000`: seconds.
"""

from __future__ import annotations

import argparse
import re
import sys
import time
from collections.abc import Callable, Sequence
from datetime import date
from typing import NamedTuple

import numpy as np
from stdnum import luhn
from stdnum.cn import uscc
from stdnum.iso7064 import mod_11_10

from benchmarks.dataset.identifier_rules import organisation_code, resident_id
from benchmarks.rig import table
from generators import identifiers as ours
from generators.taxpayers.population import PROFILES, Population, Taxpayer

SEED = 20150911
Check = Callable[[str], bool]


class Subject(NamedTuple):
    """One identifier: how it is taken from a taxpayer ("" = has none), and who judges it."""

    name: str
    take: Callable[[Taxpayer], str]
    oracle: Check
    by: str
    check: Check
    unique: bool = True


class Proof(NamedTuple):
    profile: str
    name: str
    made: int
    refused_by_oracle: int
    refused_by_check: int
    doubled: int
    unique: bool
    by: str

    @property
    def holds(self) -> bool:
        return not (self.refused_by_oracle or self.refused_by_check or (self.unique and self.doubled))


def uscc_oracle(code: str) -> bool:
    return uscc.is_valid(code) and organisation_code(code[8:17])


def old_id_oracle(code: str) -> bool:
    if len(code) == 15:
        return code[:4] == "4301" and organisation_code(code[6:])
    return len(code) in (18, 20) and resident_id(code[:18])


def cnaps_oracle(code: str) -> bool:
    return len(code) == 12 and mod_11_10.is_valid(code)


def business_oracle(code: str) -> bool:
    return len(code) == 15 and mod_11_10.is_valid(code)


def card_oracle(code: str) -> bool:
    return len(code) == 19 and luhn.is_valid(code)


OFFICE = "14301[0-9]{2}"
STDNUM = "stdnum iso7064.mod_11_10"
USCC = (uscc_oracle, "stdnum cn.uscc, GB 11714", ours.check_uscc)
OLD_ID = (old_id_oracle, "GB 11714, stdnum cn.ric", ours.check_old_taxpayer_id)
ORGANISATION = (organisation_code, "GB 11714", ours.check_organisation_code)
RESIDENT = (resident_id, "stdnum cn.ric", ours.check_resident_id)
BUSINESS = (business_oracle, STDNUM, ours.check_business_number)
CNAPS = (cnaps_oracle, STDNUM, ours.check_cnaps)
CARD = (card_oracle, "stdnum luhn", ours.check_bank_card)


GOODS = r"(?=.{19}$)[1-6](?:(?!00)\d\d)*(?:00)*"


def formed(pattern: str, check: Check = lambda _: True) -> tuple[Check, str, Check]:
    """Judges of a number without check digit: a form written down here, and our check_* if there is one."""
    compiled = re.compile(pattern, re.ASCII)
    return (lambda text: compiled.fullmatch(text) is not None), "form", check


def taxpayer_subjects(profile: str) -> list[Subject]:
    """The identifiers of a taxpayer."""
    mobile = formed("1[3-9][0-9]{9}")
    return [
        Subject("taxpayer id", lambda t: t.taxpayer_id, *(OLD_ID if profile == "gt3_2015" else USCC)),
        Subject("organisation code", lambda t: t.org_code, *ORGANISATION),
        Subject("owner's resident ID", lambda t: t.legal_person_id, *RESIDENT),
        Subject("accountant's resident ID", lambda t: t.accountant_id, *RESIDENT),
        Subject("registration number", lambda t: t.business_number, *BUSINESS),
        Subject("djxh", lambda t: t.djxh, *formed(f"101{OFFICE}[0-9]{{10}}", ours.check_djxh)),
        Subject(
            "tax authority", lambda t: t.authority, *formed(f"{OFFICE}0000", ours.check_tax_authority), False
        ),
        Subject("bank line number", lambda t: t.bank_line, *CNAPS, False),
        Subject("bank card", lambda t: t.bank_account if t.individual else "", *CARD),
        Subject(
            "company account", lambda t: "" if t.individual else t.bank_account, *formed("(?!62)[0-9]{16}")
        ),
        Subject("agreement", lambda t: t.agreement, *formed("4301[0-9]{11}", ours.check_agreement)),
        Subject("mobile", lambda t: t.mobile, *mobile),
        Subject("accountant's mobile", lambda t: t.accountant_mobile, *mobile),
    ]


def any_uscc(t: Taxpayer) -> str:
    department = "123456789"[t.key % 9]  # python-stdnum knows no department that is a letter
    category = ours.USCC_CATEGORIES[department][0]
    return ours.make_uscc(t.region, f"{t.serial:08d}", department, category)


def pzxh(t: Taxpayer) -> str:
    return ours.make_pzxh(t.authority, t.serial)


def officer(t: Taxpayer) -> str:
    return ours.make_officer(t.authority, t.key % 10_000)


def code_10(t: Taxpayer) -> str:
    return ours.make_invoice_code(t.region, 2015, t.key % 10)


def code_12(t: Taxpayer) -> str:
    return ours.make_invoice_code_12(t.region, 2015, t.key % 1000)


def number(t: Taxpayer) -> str:
    return ours.make_invoice_number(t.serial)


def digital(t: Taxpayer) -> str:
    return ours.make_digital_invoice_number(2024, t.region, t.serial)


def qr(t: Taxpayer) -> str:
    amount = f"{1 + t.key % 10**7}.{t.key % 100:02d}"
    return ours.make_qr("32", "", digital(t), amount, date(2024, 1, 1))


def goods(t: Taxpayer) -> str:
    levels = [1 + (t.key >> 8 * k) % 99 for k in range(t.key % 10)]
    return ours.make_goods_code(1 + t.key % 6, *levels[:9])


def document_subjects() -> list[Subject]:
    """Numbers composed for documents, from the taxpayer's serial."""
    return [
        Subject("USCC of every department", any_uscc, *USCC),
        Subject("pzxh", pzxh, *formed(f"100{OFFICE}[0-9]{{10}}", ours.check_pzxh)),
        Subject("officer", officer, *formed(f"{OFFICE}[0-9]{{4}}", ours.check_officer), False),
        Subject("invoice code, 10", code_10, *formed("430115[0-9]130", ours.check_invoice_code_10), False),
        Subject("invoice code, 12", code_12, *formed("0430115[0-9]{3}11", ours.check_invoice_code_12), False),
        Subject("invoice number", number, *formed("[0-9]{8}", ours.check_invoice_number)),
        Subject(
            "digital invoice number", digital, *formed("24432[0-9]{15}", ours.check_digital_invoice_number)
        ),
        Subject("invoice QR text", qr, *formed(r"01,32,,\d{20},\d+[.]\d\d,20240101,,0000,", ours.check_qr)),
        Subject(
            "goods code",
            goods,
            *formed(GOODS, ours.check_goods_code),
            False,
        ),
    ]


class _Tally:
    """The values of one subject, up to `count` of them."""

    def __init__(self, subject: Subject, count: int) -> None:
        self.subject, self.count, self.made = subject, count, 0
        self.refused_by_oracle = self.refused_by_check = 0
        self.values = np.empty(count, dtype="S60" if subject.take is qr else "S20")

    def add(self, t: Taxpayer) -> None:
        text = self.subject.take(t)
        if text:
            self.refused_by_oracle += not self.subject.oracle(text)
            self.refused_by_check += not self.subject.check(text)
            self.values[self.made] = text
            self.made += 1

    def proof(self, profile: str) -> Proof:
        doubled = self.made - len(np.unique(self.values[: self.made]))
        refused = (self.refused_by_oracle, self.refused_by_check)
        return Proof(
            profile, self.subject.name, self.made, *refused, doubled, self.subject.unique, self.subject.by
        )


def prove(profile: str, count: int, start: int = 0) -> list[Proof]:
    """Judge `count` of each identifier, of the taxpayers from `start` on."""
    subjects = taxpayer_subjects(profile) + (document_subjects() if profile == "current" else [])
    open_tallies = tallies = [_Tally(subject, count) for subject in subjects]
    population, index = Population(SEED, profile), start
    while open_tallies:
        for t in population.taxpayers(index, 1000):
            for tally in open_tallies:
                if tally.made < count:
                    tally.add(t)
        index += 1000
        open_tallies = [tally for tally in open_tallies if tally.made < count]
    return [tally.proof(profile) for tally in tallies]


def main(argv: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--count", type=int, default=1_000_000, help="of each identifier (default 1,000,000)")
    parser.add_argument("--profile", choices=PROFILES, action="append", help="default: both")
    options = parser.parse_args(argv)
    began = time.perf_counter()
    proofs = [proof for profile in options.profile or PROFILES for proof in prove(profile, options.count)]
    headers = ["profile", "identifier", "made", "refused by oracle", "by check_*", "doubled", "oracle"]
    rows = [
        (p.profile, p.name, f"{p.made:,}", p.refused_by_oracle, p.refused_by_check,
         p.doubled if p.unique else "shared by design", p.by)
        for p in proofs
    ]  # fmt: skip
    print(table(headers, rows))
    wrong = [f"{p.profile} {p.name}" for p in proofs if not p.holds]
    print(f"{time.perf_counter() - began:.0f} s; " + (f"WRONG: {', '.join(wrong)}" if wrong else "all hold"))
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main())
