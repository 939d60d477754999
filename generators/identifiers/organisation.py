"""Numbers of companies, shops and institutions."""

from generators.identifiers.checksums import mod_11_10_check, organisation_check, uscc_check
from generators.identifiers.parts import OFFICES, matches, need, need_region, number
from generators.identifiers.person import check_resident_id

ORGANISATION_BODY = "[0-9A-Z]{8}"
USCC_BODY = "[0-9A-HJ-NP-RTUW-Y]{8}"  # an organisation code inside a USCC keeps to the USCC alphabet

# GB 32100-2015, positions 1 and 2. The standard fixes no category for Y (other), so any digit is taken.
USCC_CATEGORIES = {
    "1": "1239",
    "2": "19",
    "3": "123459",
    "4": "19",
    "5": "1239",
    "6": "129",
    "7": "129",
    "8": "19",
    "9": "123",
    "A": "19",
    "N": "1239",
    "Y": "0123456789",
}

# Organisation code 组织机构代码, 9 characters, GB 11714


def make_organisation_code(body: str) -> str:
    """Return the 9-character organisation code of an 8-character body (digits and capital letters)."""
    return need("body", body, ORGANISATION_BODY) + organisation_check(body)


def check_organisation_code(text: str) -> bool:
    """Return whether `text` is an organisation code with the right check character."""
    return matches(ORGANISATION_BODY + "[0-9X]", text) and text[8] == organisation_check(text[:8])


# Unified social credit code 统一社会信用代码, 18 characters, GB 32100-2015


def make_uscc(region: str, body: str, department: str = "9", category: str = "1") -> str:
    """Return the USCC of an organisation registered in `region`; `body` is that of its organisation code.

    Raises ValueError when department and category are no row of GB 32100's table.
    """
    if len(department) != 1 or len(category) != 1 or category not in USCC_CATEGORIES.get(department, ""):
        raise ValueError(f"department and category are {department!r}, {category!r}; no row of GB 32100")
    need("body", body, USCC_BODY)
    front = department + category + need_region(region) + make_organisation_code(body)
    return front + uscc_check(front)


def check_uscc(text: str) -> bool:
    """Return whether `text` is a USCC: alphabet, department and category, place, both check characters."""
    return (
        matches("[1-9ANY][0-9][0-9]{6}" + USCC_BODY + "[0-9X][0-9A-HJ-NP-RTUW-Y]", text)
        and text[1] in USCC_CATEGORIES[text[0]]
        and text[2:4] in OFFICES
        and text[16] == organisation_check(text[8:16])
        and text[17] == uscc_check(text[:17])
    )


# Taxpayer id before the USCC 纳税人识别号: 15 characters, or 18 and 20 for individuals


def make_old_taxpayer_id(region: str, body: str) -> str:
    """Return the 15-character taxpayer id of an organisation: region and organisation code."""
    return need_region(region) + make_organisation_code(body)


def make_individual_taxpayer_id(resident_id: str, serial: int | None = None) -> str:
    """Return the taxpayer id of an individual business: its owner's resident ID, and 2 digits when he has
    several.

    `serial` is None for the 18-character form, else 0 .. 99 for the 20-character form.
    """
    if not check_resident_id(resident_id):
        raise ValueError(f"resident_id is {resident_id!r}; not a valid resident ID")
    return resident_id if serial is None else resident_id + number("serial", serial, 2)


def check_old_taxpayer_id(text: str) -> bool:
    """Return whether `text` is a taxpayer id of 15 (organisation), 18 or 20 (individual) characters."""
    if len(text) == 15:
        return matches("[0-9]{6}", text[:6]) and text[:2] in OFFICES and check_organisation_code(text[6:])
    if len(text) == 20:
        return matches("[0-9]{2}", text[18:]) and check_resident_id(text[:18])
    return check_resident_id(text)


# Business registration number 注册号, 15 digits, GS 15-2006


def make_business_number(region: str, serial: int) -> str:
    """Return the 15-digit registration number; `serial` has 8 digits.

    Its first digit tells 0-3 domestic, 4-5 foreign-invested, 6-9 individual.
    """
    front = need_region(region) + number("serial", serial, 8)
    return front + mod_11_10_check(front)


def check_business_number(text: str) -> bool:
    """Return whether `text` is a 15-digit registration number: place and MOD 11,10 check digit."""
    return matches("[0-9]{15}", text) and text[:2] in OFFICES and text[14] == mod_11_10_check(text[:14])
