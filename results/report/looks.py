"""Values that look the same and are not: a blank behind a name, a sign that nobody sees, a radical in the
place of its character. Side by side they would read as no difference; here what nobody sees is shown."""

from __future__ import annotations

import re
import unicodedata

from results.checks.papers.letters import folded

BLANK = "␣"
NOTHING = "''"  # an empty text
_ENDS = re.compile("^ +| +$| {2,}")
_NEVER_SEEN = re.compile("[\ufe00-\ufe0f\U000e0100-\U000e01ef\u115f\u1160\u3164\uffa0\u034f]")
_RADICALS = re.compile("[\u2e80-\u2fdf]")


def apart(one: str | None, other: str | None) -> tuple[str | None, str | None]:
    """Both as they are; where they look the same and are not, every blank is ␣, and what nobody sees, or what
    looks as another character does, its number: ⟨U+200B⟩."""
    if one is None or other is None or one == other or _look(one) != _look(other):
        return one, other
    return _spelt(one.replace(" ", BLANK)) or NOTHING, _spelt(other.replace(" ", BLANK)) or NOTHING


def seen(text: str) -> str:
    """A text with its blanks at either end and those that stand together as ␣, and with the numbers of signs
    that nobody sees: keys stand in rows of their own, and have no other one beside them."""
    return _spelt(_ENDS.sub(lambda found: BLANK * len(found[0]), text))


def _look(text: str) -> str:
    return "".join(sign for sign in folded(text) if not _unseen(sign))


def _unseen(sign: str) -> bool:
    odd = unicodedata.category(sign) in ("Cc", "Cf", "Co", "Zs", "Zl", "Zp")
    return odd or bool(_NEVER_SEEN.fullmatch(sign))


def _spelt(text: str) -> str:
    return "".join(sign if _plain(sign) else f"⟨U+{ord(sign):04X}⟩" for sign in text)


def _plain(sign: str) -> bool:
    if sign == " ":
        return True
    odd = _unseen(sign) or unicodedata.combining(sign) or _RADICALS.fullmatch(sign)
    return not odd and unicodedata.normalize("NFC", sign) == sign
