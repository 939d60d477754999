"""Numbers that a tax bureau gives out."""

from generators.identifiers.parts import OFFICES, matches, need, need_region, number

# Tax authority code 税务机关代码, 11 digits


def make_tax_authority(region: str, unit: int = 0, local: bool = False) -> str:
    """Return the code of a bureau (unit 0) or of a unit of it; `local` for local-tax bureaus before 2018."""
    return ("2" if local else "1") + need_region(region) + number("unit", unit, 4)


def check_tax_authority(text: str) -> bool:
    """Return whether `text` is 1 (state or merged) or 2 (local), a place and a unit."""
    return matches("[12][0-9]{10}", text) and text[1:3] in OFFICES


# Officer code 税务人员代码, 11 digits


def make_officer(authority: str, serial: int) -> str:
    """Return the code of an officer of `authority`: its first 7 digits and a serial of 4 digits."""
    return _prefix(authority) + number("serial", serial, 4)


def check_officer(text: str) -> bool:
    """Return whether `text` has the form of an officer code."""
    return check_tax_authority(text)


# Registration serial 登记序号 (djxh) and voucher serial 凭证序号 (pzxh), 20 digits


def make_djxh(authority: str, serial: int) -> str:
    """Return the serial: 101 state or 201 local, 7 digits of the authority, a serial of 10 digits."""
    prefix = _prefix(authority)
    return ("101" if prefix[0] == "1" else "201") + prefix + number("serial", serial, 10)


def check_djxh(text: str) -> bool:
    """Return whether `text` has the form of a registration serial. Its first 3 digits may be any."""
    return matches("[0-9]{3}[12][0-9]{16}", text) and text[4:6] in OFFICES


def make_pzxh(authority: str, serial: int) -> str:
    """Return the voucher serial: 100, 7 digits of the authority, a serial of 10 digits."""
    return "100" + _prefix(authority) + number("serial", serial, 10)


def check_pzxh(text: str) -> bool:
    """Return whether `text` has the form of a voucher serial."""
    return matches("100[12][0-9]{16}", text) and text[4:6] in OFFICES


def _prefix(authority: str) -> str:
    if not check_tax_authority(authority):
        raise ValueError(f"authority is {authority!r}; must be an 11-digit tax authority code")
    return need("authority", authority[:7], "[12][0-9]{6}")
