"""Goods and services codes (税收分类编码): the leaves that are known here, and the classes that exist at all.

Leaves and rates (since April 2019): code tables in public invoicing software. The national table has
thousands of leaves; a code that is none of these is judged by its class.
"""

from __future__ import annotations

from renhai.reference.rules.words import words

_GOODS_9 = words(
    "1010101010000000000 1010102010000000000 1010105000000000000 1010115010100000000 1010115010300000000 "
    "1010116010000000000 1010301010000000000 1010303020100000000 1010501000000000000 1030101010000000000 "
    "1030102010100000000 1030105010100000000 1030107010100000000 1060201010000000000 1070101110100000000 "
    "1070601010100000000 1100301010000000000"
)
_GOODS_13 = words(
    "1020101000000000000 1030201010000000000 1050201010000000000 1060301010100000000 1060301010200000000 "
    "1060401010000000000 1070101010200000000 1070101030000000000 1070501010000000000 1080101020000000000 "
    "1080121010000000000 1080401010000000000 1090201010000000000 1090305010100000000 1090401010000000000 "
    "1090501010000000000 1090511010000000000 1090511030000000000 1100101020200000000 "
    "1030402010000000000"
)
_SERVICES_9 = words(
    "3010101020203000000 3010102010100000000 3010102020100000000 3020101000000000000 3020101020000000000 "
    "3030101000000000000 3040502020200000000 3050100000000000000 3050200000000000000"
)
_SERVICES_6 = words(
    "3040101000000000000 3040102000000000000 3040201010000000000 3040201030000000000 3040201990000000000 "
    "3040203000000000000 3040301010000000000 3040303010100000000 3040409030000000000 3040801010000000000 "
    "3040801990000000000 3040802010100000000 3070201020000000000 3070301000000000000 3070401000000000000 "
    "3070402000000000000"
)
LEAVES: dict[str, int] = (
    dict.fromkeys((*_GOODS_9, *_SERVICES_9, "5010101000000000000"), 9)
    | dict.fromkeys((*_GOODS_13, "3040501010000000000"), 13)
    | dict.fromkeys(_SERVICES_6, 6)
    | {"6010000000000000000": 0}
)
"""Code to percent since April 2019."""

_CLASSES = {
    "1": range(1, 12),
    "2": range(1, 3),
    "3": range(1, 9),
    "4": range(1, 9),
    "5": range(1, 5),
    "6": range(1, 31),
}
"""First digit (goods, labour, services, intangibles, real property, no VAT) to the classes under it."""


def exists(code: str) -> bool:
    """Whether 19 digits can be a code: of a class that exists, no level after an empty one."""
    levels = [code[start : start + 2] for start in range(1, 19, 2)]
    filled = [level != "00" for level in levels]
    return int(levels[0]) in _CLASSES.get(code[0], ()) and filled == sorted(filled, reverse=True)


def listed(code: str) -> bool:
    """Whether it is one of the leaves known here."""
    return code in LEAVES


def rate_of(code: str) -> int | None:
    """Percent that a general taxpayer charges for it since April 2019; None where it is not known."""
    return LEAVES.get(code)
