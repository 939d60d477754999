"""GBK and GB 18030 as they are meant today, and characters that were private once and are not any more.

Python reads two-byte codes as GB 18030-2000 did: 25 characters of Unicode come out as private ones, which no
font shows. GB 18030-2022 says what 18 of those are (as the gb18030 encoder of the WHATWG Encoding Standard
does), GB 18030-2005 one; six more it has as codes of four bytes. iconv of glibc 2.36 reads all 25 as they are
read here. GBK had kept 81 more as private: converters of its time wrote such characters into systems that are
in Unicode, where they still stand.
"""

from __future__ import annotations

import re

PRIVATE = b"\xee"  # begins every character from U+E000 to U+EFFF in UTF-8, and no other
_VERTICAL = zip(range(0xE78D, 0xE797), (0xFE10, 0xFE12, 0xFE11, *range(0xFE13, 0xFE1A)), strict=True)
_SINCE_2022 = zip((0xE81E, 0xE826, 0xE82B, 0xE82C, 0xE832, 0xE843, 0xE854, 0xE864),
                  range(0x9FB4, 0x9FBC), strict=True)  # fmt: skip
_OF_FOUR_BYTES = {0xE816: 0x20087, 0xE817: 0x20089, 0xE818: 0x200CC, 0xE831: 0x215D7, 0xE83B: 0x2298F,
                  0xE855: 0x241FE}  # fmt: skip
_OF_2000 = {
    chr(private): chr(now)
    for private, now in {0xE7C7: 0x1E3F, **dict(_VERTICAL), **dict(_SINCE_2022), **_OF_FOUR_BYTES}.items()
}
_OLDER = re.compile(f"[{''.join(_OF_2000)}]")
# Codes that GBK had as private characters, one behind the other from the first: the euro, \u01f9, 13 signs
# that tell how an ideograph is built, and 80 ideographs and parts of such.
_OF_GBK = (
    (0xE76C, ["A2E3"]),
    (0xE7C8, ["A8BF"]),
    (0xE7E7, [f"A9{low:02X}" for low in range(0x89, 0x96)]),
    (0xE815, [f"FE{low:02X}" for low in range(0x50, 0xA1) if low != 0x7F]),
)


def present(text: str) -> str:
    """What Python decoded, as it is meant today."""
    return _OLDER.sub(lambda found: _OF_2000[found[0]], text)


STANDARD = _OF_2000 | {
    chr(first + place): present(bytes.fromhex(code).decode("gb18030"))
    for first, codes in _OF_GBK
    for place, code in enumerate(codes)
}
"""Private character to the character of Unicode that it was put for; 106 of them."""
