"""The journey of the fixed work: one request, the same as every peer sends (benchmarks/peers/work.py)."""

from __future__ import annotations

import itertools

from renhai import Steps, TaxpayerPool, journey

SERIALS = itertools.count(1)
LIMIT = 10**6


@journey("bench.fixed", sends=["declaration.submit"])
def fixed(pool: TaxpayerPool) -> Steps:
    """The fields of benchmarks/peers/work.py, distinct within a process by their serial."""
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
