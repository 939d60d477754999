"""The journeys of the benchmarks: one request each, the same as every peer sends (benchmarks/work.py)."""

from __future__ import annotations

import itertools

from generators.declaration import declaration

from renhai.load.journeys import Case, Desk, Steps, journey

SERIALS = itertools.count(1)
LIMIT = 10**6


@journey("bench.fixed")
def fixed(desk: Desk) -> Steps:
    """The fields of benchmarks/work.py, distinct within a process by their serial."""
    serial = next(SERIALS)
    stream, number = serial // LIMIT, serial % LIMIT
    reply = yield (
        "declaration.submit",
        {
            "djxh": f"1011430103{stream:04d}{number:06d}",
            "nsrsbh": f"914301{stream:04d}{number:08d}",
            "nsrmc": "长沙人海机械制造有限公司",
            "yzpzzlDm": "BDA0610606",
            "skssqq": "2015-09-01",
            "skssqz": "2015-09-30",
            "sbsxDm1": "11",
            "sbrq1": "2015-10-12",
            "zgswjDm": "14301030000",
            "lrrDm": "14301030017",
            "xse": number + 0.25,
            "ynse": number + 0.75,
            "sqldse": 0,
            "ybtse": number + 0.5,
        },
    )
    return reply.ok


@journey("bench.declaration")
def declare(desk: Desk) -> Steps:
    """One VAT declaration of a general taxpayer, computed for this request; one period on at each return."""
    with general(desk) as case:
        reply = yield "declaration.submit", declaration(case.taxpayer, case.period)
        case.period += 1
        return reply.ok


def general(desk: Desk) -> Case:
    """The next general taxpayer; small-scale ones are not given back, so they cost once."""
    while True:
        case = desk.case()
        if case.taxpayer.scale == "general":
            return case
