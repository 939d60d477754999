"""The work that every contestant does: the same fields in a distinct JSON body, the same check.

Each contestant builds the body in its own language from the same fields (about 300 bytes): a serial number
makes every body of a run another one. The answer is parsed and its business code must be "000"; HTTP 200 is
not enough. The second work sends one VAT declaration a request, of the population's taxpayers as they come
(about one in seven is a general taxpayer, the others small-scale); the third those of general taxpayers
alone. renhai computes each on the fly, or takes it from what its runner made ahead of the load
(`data.ahead`); its peers read a prepared file.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

PATH = "/api/declaration/submit"
OPERATION = "declaration.submit"
SUCCESS = "000"


def fields(stream: int, serial: int) -> dict[str, Any]:
    """The request of the fixed work; (stream, serial) is unique in a run, a stream is a user's counter."""
    return {
        "djxh": f"1011430103{stream:04d}{serial:06d}",
        "nsrsbh": f"914301{stream:04d}{serial:08d}",
        "nsrmc": "长沙人海机械制造有限公司",
        "yzpzzlDm": "BDA0610606",
        "skssqq": "2015-09-01",
        "skssqz": "2015-09-30",
        "sbsxDm1": "11",
        "sbrq1": "2015-10-12",
        "zgswjDm": "14301030000",
        "lrrDm": "14301030017",
        "xse": serial + 0.25,
        "ynse": serial + 0.75,
        "sqldse": 0,
        "ybtse": serial + 0.5,
    }


def prepare_declarations(
    path: Path, count: int, general: bool, seed: int = 20150911, profile: str = "gt3_2015"
) -> int:
    """Write `count` VAT declarations of as many taxpayers, one a line; the mean size in bytes.

    general: of general taxpayers alone, else of the population as it is.
    """
    from generators.documents.vat.declaration import declaration
    from generators.taxpayers.population import Population

    population = Population(seed, profile)
    index = written = size = 0
    with path.open("w", encoding="utf-8") as lines:
        while written < count:
            taxpayer = population.taxpayer(index)
            index += 1
            if general and taxpayer.scale != "general":
                continue
            line = json.dumps(
                declaration(taxpayer, 1 + written % 6), ensure_ascii=False, separators=(",", ":")
            )
            size += len(line.encode())
            written += 1
            lines.write(line + "\n")
    return size // count
