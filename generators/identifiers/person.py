"""Resident ID 公民身份号码, 18 characters, GB 11643."""

from datetime import date

from generators.identifiers.checksums import resident_check
from generators.identifiers.parts import BIRTHPLACES, matches, need, number


def make_resident_id(region: str, birthday: date, serial: int) -> str:
    """Return the resident ID; `serial` is 0 .. 999, odd for men."""
    need("region", region, "[0-9]{6}")
    if region[:2] not in BIRTHPLACES:
        raise ValueError(f"region is {region!r}; {region[:2]} is no province of GB/T 2260")
    front = f"{region}{birthday:%Y%m%d}{number('serial', serial, 3)}"
    return front + resident_check(front)


def check_resident_id(text: str) -> bool:
    """Return whether `text` is a resident ID: province, birthday (1800-2199), MOD 11-2 check character."""
    return (
        matches("[0-9]{6}(1[89]|2[01])[0-9]{9}[0-9X]", text)
        and text[:2] in BIRTHPLACES
        and _is_day(int(text[6:10]), int(text[10:12]), int(text[12:14]))
        and text[17] == resident_check(text[:17])
    )


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True
