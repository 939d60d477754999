"""How fast are taxpayers and their documents made? `python -m benchmarks generators`.

Taxpayers stand beside the same record composed from stock Faker zh_CN calls, in one process, in rounds that
take turns. The comparison favours Faker: its record has no check characters, no fields that fit each other,
nothing unique and no dependence on an index. Goals: a taxpayer 10 times as fast as stock Faker and 50,000 a
second; 20,000 VAT declarations a second, 12,000 of general taxpayers; with `--flat`, 10 million taxpayers in
memory that does not grow.
"""

from __future__ import annotations

import argparse
import gc
import os
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple

import psutil
from faker import Faker

from benchmarks.rig import cores, report, table
from generators.documents.invoice import invoice
from generators.documents.registration import registration, tax_kinds
from generators.documents.vat.declaration import declaration
from generators.provider import TaxProvider
from generators.taxpayers.population import PROFILES, Population, Taxpayer

TAXPAYERS_GOAL, RATIO_GOAL, DECLARATIONS_GOAL, GENERAL_GOAL = 50_000, 10, 20_000, 12_000
GROWTH_GOAL_MB = 8
FLAT = 10_000_000
SEED = 20150911


def stock_taxpayer(fake: Faker, profile: str, index: int) -> Taxpayer:
    """The record of a taxpayer from stock Faker calls; what Faker lacks is digits and letters at random."""
    district = fake.random_element(("430102", "430103", "430104", "430105", "430111"))
    taxpayer_id = fake.bothify("91######?????????#", letters="0123456789ABCDEFGHJKLMNPQRTUWXY")
    return Taxpayer(
        index=index,
        serial=fake.random_int(0, 10**8 - 1),
        key=fake.random.getrandbits(64),
        profile=profile,
        djxh=fake.numerify("1011############" + "####"),
        taxpayer_id=taxpayer_id,
        uscc=taxpayer_id,
        old_id=fake.numerify("430102#########"),
        org_code=taxpayer_id[8:17],
        business_number=fake.numerify("###############"),
        name=fake.company(),
        scale=fake.random_element(("general", "small")),
        general_from="",
        individual=fake.boolean(),
        registration_type=fake.random_element(("159", "173", "411")),
        industry=fake.random_element(("5211", "5212", "6513")),
        legal_person=fake.name(),
        legal_person_id=fake.ssn(),
        phone=fake.numerify("0731-8#######"),
        mobile=fake.phone_number(),
        region=district,
        district=fake.district(),
        authority=f"1{district}0000",
        street=fake.street_name(),
        address=fake.address(),
        postcode=fake.postcode(),
        bank_name=fake.bank(),
        bank_line=fake.numerify("############"),
        bank_account=fake.credit_card_number(),
        agreement=fake.numerify("###############"),
        registered_on=fake.date(),
        capital=fake.random_int(5, 5000) * 10_000,
        employees=fake.random_int(1, 400),
        accountant=fake.name(),
        accountant_id=fake.ssn(),
        accountant_mobile=fake.phone_number(),
    )


class Work(NamedTuple):
    """Something to be made `count` times a round; `make(k)` makes the k-th."""

    name: str
    count: int
    make: Callable[[int], Any]
    goal: int | None = None


def works(profile: str) -> list[Work]:
    """Stock Faker first: the ratios are to it."""
    fake = Faker("zh_CN")
    fake.add_provider(TaxProvider)
    fake.seed_instance(SEED)
    population = Population(SEED, profile)
    mixed = list(population.taxpayers(0, 2000))
    general = [t for t in mixed if t.scale == "general"]
    small = [t for t in mixed if t.scale == "small"]

    def of(taxpayers: list[Taxpayer], make: Callable[[Taxpayer, int], Any]) -> Callable[[int], Any]:
        return lambda k: make(taxpayers[k % len(taxpayers)], k // len(taxpayers))

    return [
        Work("taxpayer, stock Faker", 200, lambda k: stock_taxpayer(fake, profile, k)),
        Work("taxpayer", 20_000, population.taxpayer, TAXPAYERS_GOAL),
        Work("taxpayer, fake.taxpayer()", 5_000, lambda _: fake.taxpayer(profile=profile)),
        Work("registration and kinds", 4_000, of(mixed, lambda t, _: (registration(t), tax_kinds(t)))),
        Work("VAT declaration, as in the population", 6_000, of(mixed, declaration), DECLARATIONS_GOAL),
        Work("VAT declaration, general", 4_000, of(general, declaration), GENERAL_GOAL),
        Work("invoice with lines", 4_000, of(mixed, lambda t, j: invoice(t, j, 0))),
        Work("VAT declaration, small-scale", 6_000, of(small, declaration)),
    ]


def rate(work: Work, first: int) -> float:
    """Make a round; return makes per second of processor time, so that a busy neighbour counts less."""
    make, gc_was = work.make, gc.isenabled()
    gc.disable()
    began = time.process_time()
    for k in range(first, first + work.count):
        make(k)
    spent = time.process_time() - began
    if gc_was:
        gc.enable()
    return work.count / spent


def measure(profile: str, rounds: int) -> dict[str, list[float]]:
    """Return rates per work, a figure per round; within a round the works take turns."""
    todo = works(profile)
    for work in todo:
        work.make(0)
    rates: dict[str, list[float]] = {work.name: [] for work in todo}
    for turn in range(rounds):
        for work in todo:
            rates[work.name].append(rate(work, turn * work.count))
    return rates


def rows(profile: str, rates: dict[str, list[float]]) -> tuple[list[tuple[str, ...]], bool]:
    """Return the table's rows and whether every goal was reached."""
    goals = {work.name: work.goal for work in works(profile)}
    stock = next(iter(rates.values()))
    lines, reached = [], True
    for name, figures in rates.items():
        middle, goal = statistics.median(figures), goals[name]
        ratio = statistics.median(mine / its for mine, its in zip(figures, stock, strict=True))
        alike = name.startswith("taxpayer")
        good = (goal is None or middle >= goal) and (name != "taxpayer" or ratio >= RATIO_GOAL)
        reached &= good
        spread = f"{min(figures):,.0f} .. {max(figures):,.0f}"
        wanted = "" if goal is None else f"{goal:,}/s {'reached' if good else 'MISSED'}"
        lines.append((profile, name, f"{middle:,.0f}", spread, f"{ratio:.1f} x" if alike else "", wanted))
    return lines, reached


def flat(count: int, profile: str) -> tuple[list[tuple[str, ...]], bool]:
    """Make `count` taxpayers, none kept; return resident memory after each tenth and whether it stayed."""
    process, population = psutil.Process(), Population(SEED, profile)
    sizes, lines, step = [], [], count // 10
    began = time.perf_counter()
    for start in range(0, 10 * step, step):
        for _ in population.taxpayers(start, step):
            pass
        sizes.append(process.memory_info().rss / 2**20)
        lines.append(
            (
                f"{start + step:,}",
                f"{sizes[-1]:.1f}",
                f"{(start + step) / (time.perf_counter() - began):,.0f}",
            )
        )
    return lines, max(sizes) - sizes[0] < GROWTH_GOAL_MB


def main(arguments: Sequence[str] | None = None) -> int:
    """Exit 1 when a goal was missed."""
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks generators", description=__doc__.splitlines()[0]
    )
    parser.add_argument("--rounds", type=int, default=7)
    parser.add_argument(
        "--flat", type=int, nargs="?", const=FLAT, help=f"also make N taxpayers ({FLAT:,}) and watch memory"
    )
    parser.add_argument(
        "--draft", action="store_true", help="print and keep the raw figures, but not the page"
    )
    options = parser.parse_args(arguments)
    allowed = os.sched_getaffinity(0)
    os.sched_setaffinity(0, {cores().generator})
    raw: dict[str, Any] = {profile: measure(profile, options.rounds) for profile in PROFILES}
    judged = [rows(profile, raw[profile]) for profile in PROFILES]
    headers = ("profile", "made", "median a second", "of the rounds", "to stock Faker", "goal")
    tables = [table(headers, [line for lines, _ in judged for line in lines])]
    reached = all(good for _, good in judged)
    if options.flat:
        lines, good = flat(options.flat, "current")
        raw["flat"], reached = lines, reached and good
        tables.append(table(("taxpayers made", "resident MB", "a second so far"), lines))
    os.sched_setaffinity(0, allowed)
    report("generators", "Taxpayers and documents a second, one core", tables, raw, keep=not options.draft)
    return 0 if reached else 1


if __name__ == "__main__":
    sys.exit(main())
