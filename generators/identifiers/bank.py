"""Numbers of bank branches and accounts."""

from generators.identifiers.checksums import luhn_check, mod_11_10_check
from generators.identifiers.parts import matches, need, number

# Bank line number 支付系统行号 (CNAPS), 12 digits


def make_cnaps(bank: str, area: str, branch: int) -> str:
    """Return the line number of a branch: bank (3 digits), area (4 digits), serial 0 .. 9999, check digit."""
    front = need("bank", bank, "[0-9]{3}") + need("area", area, "[0-9]{4}") + number("branch", branch, 4)
    return front + mod_11_10_check(front)


def check_cnaps(text: str) -> bool:
    """Return whether `text` is a 12-digit line number with its MOD 11,10 check digit."""
    return matches("[0-9]{12}", text) and text[11] == mod_11_10_check(text[:11])


# Bank card 银行卡号, Luhn


def make_bank_card(body: str) -> str:
    """Return the card number: `body` (12 to 18 digits, issuer first) and its Luhn digit."""
    return need("body", body, "[0-9]{12,18}") + luhn_check(body)


def check_bank_card(text: str) -> bool:
    """Return whether `text` is a card number of 13 to 19 digits with its Luhn digit."""
    return matches("[0-9]{13,19}", text) and text[-1] == luhn_check(text[:-1])


# Tri-party agreement 三方协议号, 15 digits: place and serial (format as seen in messages; no check digit is
# known)


def make_agreement(region: str, serial: int) -> str:
    """Return the 15-digit agreement number of `region` (6 digits) and a serial of 9 digits."""
    return need("region", region, "[0-9]{6}") + number("serial", serial, 9)


def check_agreement(text: str) -> bool:
    """Return whether `text` has the form of an agreement number."""
    return matches("[0-9]{15}", text)
