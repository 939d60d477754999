"""Regions that went on under another code: a djxh keeps the code that its taxpayer was registered under."""

from __future__ import annotations

from types import MappingProxyType

SUCCEEDED = MappingProxyType(
    {
        "430182": "430124",  # Ningxiang county became a city, 2017-04-10
        "430112": "430122",  # Wangcheng county became a district, 2011-05-24
    }
)
"""The code that a region had before, by the one it has now (GB/T 2260)."""


def is_of(djxh: str, authority: str) -> bool:
    """Whether a djxh (20 digits) was given by a tax authority (11 digits) or by the one that it succeeded."""
    region = authority[1:7]
    return djxh[3] == authority[0] and djxh[4:10] in (region, SUCCEEDED.get(region))
