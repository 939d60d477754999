"""Amounts in capitals (大写), without the 人民币 that is printed before them."""

from __future__ import annotations

_DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = ("", "拾", "佰", "仟")


def capitals(fen: int) -> str:
    """`fen` in capitals, such as 壹仟零贰元伍角整 for 100250; a negative amount begins with 负."""
    sign, fen = ("负", -fen) if fen < 0 else ("", fen)
    yuan, jiao, last = fen // 100, fen // 10 % 10, fen % 10
    words = _whole(yuan) + "元" if yuan else ""
    if not jiao and not last:
        return sign + (words or "零元") + "整"
    if jiao:
        words += _DIGITS[jiao] + "角"
    elif yuan:
        words += "零"
    return sign + words + (_DIGITS[last] + "分" if last else "整")


def _whole(number: int) -> str:
    """A number above 0: how many 亿 and 万 it has are numbers themselves; one 零 for a gap of any length."""
    for unit, name in ((10**8, "亿"), (10**4, "万")):
        if number >= unit:
            most, rest = divmod(number, unit)
            gap = "零" if rest and rest < unit // 10 else ""
            return _whole(most) + name + gap + (_whole(rest) if rest else "")
    return _four(number)


def _four(number: int) -> str:
    words, gap = "", False
    for place in range(3, -1, -1):
        digit = number // 10**place % 10
        if digit:
            words += ("零" if gap and words else "") + _DIGITS[digit] + _PLACES[place]
        gap = not digit
    return words
