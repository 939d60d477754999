"""The check characters of Chinese business identifiers. Each function takes the body and returns one
character.

Sources: GB 11714 (organisation code), GB 32100-2015 (USCC), ISO 7064 MOD 11-2 and MOD 11,10, ISO/IEC 7812-1
(Luhn). The functions expect a body of the right alphabet; the modules of each identifier see to that.
"""

ORGANISATION_WEIGHTS = (3, 7, 9, 10, 5, 8, 4, 2)
ORGANISATION_CHECKS = "0X987654321"  # 11 - sum mod 11, where 10 is written X and 11 is written 0

USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # 31 characters: no I O S V Z
USCC_VALUES = {char: value for value, char in enumerate(USCC_ALPHABET)}
USCC_WEIGHTS = (1, 3, 9, 27, 19, 26, 16, 17, 20, 29, 25, 13, 8, 24, 10, 30, 28)  # 3^(i-1) mod 31

RESIDENT_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)  # 2^(18-i) mod 11
RESIDENT_CHECKS = "10X98765432"

LUHN_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)


def organisation_sum(body: str) -> int:
    """Return the weighted sum of the 8 characters of an organisation code body (A = 10 .. Z = 35)."""
    return sum(int(char, 36) * weight for char, weight in zip(body, ORGANISATION_WEIGHTS, strict=True))


def organisation_check(body: str) -> str:
    """GB 11714: position 9 of an organisation code."""
    return ORGANISATION_CHECKS[organisation_sum(body) % 11]


def uscc_sum(body: str) -> int:
    """Return the weighted sum of the first characters (at most 17) of a USCC."""
    return sum(USCC_VALUES[char] * weight for char, weight in zip(body, USCC_WEIGHTS, strict=False))


def uscc_check(body: str) -> str:
    """GB 32100: position 18. A sum that is a multiple of 31 gives 0, not 31."""
    return USCC_ALPHABET[-uscc_sum(body) % 31]


def resident_sum(digits: str, start: int = 0) -> int:
    """Return the weighted sum of `digits` that stand at 0-based position `start` of a resident ID."""
    return sum(int(digit) * RESIDENT_WEIGHTS[start + k] for k, digit in enumerate(digits))


def resident_check(body: str) -> str:
    """GB 11643, ISO 7064 MOD 11-2: position 18 of a resident ID."""
    return RESIDENT_CHECKS[resident_sum(body) % 11]


def mod_11_10_state(digits: str, state: int = 10) -> int:
    """Feed digits to the ISO 7064 MOD 11,10 machine; states are 1 .. 10."""
    for digit in digits:
        state = ((state + int(digit)) % 10 or 10) * 2 % 11
    return state


def mod_11_10_check(body: str) -> str:
    """ISO 7064 MOD 11,10: the last digit of a bank line number or a business registration number."""
    return str((11 - mod_11_10_state(body)) % 10)


def luhn_sum(body: str) -> int:
    """Return the Luhn sum of a body whose check digit is still missing (its last digit is doubled)."""
    doubled = sum(LUHN_DOUBLED[int(digit)] for digit in body[::-2])
    return doubled + sum(int(digit) for digit in body[-2::-2])


def luhn_check(body: str) -> str:
    """ISO/IEC 7812-1: the last digit of a bank card."""
    return str(-luhn_sum(body) % 10)
