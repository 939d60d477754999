"""Amounts in capitals (大写): every way of writing one that the banks' rules allow.

After 正确填写票据和结算凭证的基本规定 (annex of 支付结算办法, 银发[1997]393号): 整 after 元, may be left out
after 角, never after 分; one 零 for zeros between digits; where the 万 or 元 place is 0 and the 仟 or 角
place is not, 零 may be written or left out; where 角 is 0 and 分 is not, 零 is written.
"""

from __future__ import annotations

import re
from functools import lru_cache

from results.checks.papers.letters import folded

DIGITS = "零壹贰叁肆伍陆柒捌玖"
_PLACES = "仟佰拾"
_TODAY = str.maketrans("貳參叄陸億萬圓幣", "贰叁叁陆亿万圆币")


@lru_cache(maxsize=1 << 16)
def accepted(fen: int) -> frozenset[str]:
    """What may stand for `fen`; with 元 and 整 (圆 and 正 are read as these), without 人民币."""
    if fen < 0:
        return frozenset("负" + text for text in accepted(-fen))
    if not fen:
        return frozenset({"零元整"})
    yuan, jiao, last = fen // 100, fen // 10 % 10, fen % 10
    return frozenset(whole + part for whole in _yuan(yuan) for part in _parts(yuan, jiao, last))


def plain(text: str) -> str:
    """As `accepted` writes it: folded, without 人民币, 圆 as 元, 正 as 整, traditional characters as those of
    today, which the rules accept as well."""
    bare = folded(text).translate(_TODAY).removeprefix("人民币").lstrip(":")
    return bare.replace("圆", "元").replace("正", "整")


def _parts(yuan: int, jiao: int, last: int) -> list[str]:
    """What may follow 元."""
    if not jiao and not last:
        return ["整"]
    if not jiao:
        return [f"零{DIGITS[last]}分"] if yuan else [f"{DIGITS[last]}分", f"零元零{DIGITS[last]}分"]
    text = f"{DIGITS[jiao]}角"
    ends = [text + f"{DIGITS[last]}分"] if last else [text, text + "整"]
    if yuan and yuan % 10 == 0:
        ends += ["零" + end for end in ends]
    return ends if yuan else [*ends, *("零元" + end for end in ends)]


def _yuan(yuan: int) -> list[str]:
    if not yuan:
        return [""]
    plain = _spelled(yuan) + "元"
    low = yuan % 10**8  # of 1,000,000,007,000 the 万 is before 亿: the rules say nothing of it
    if low // 10_000 and low // 10_000 % 10 == 0 and low // 1000 % 10:
        head, _, tail = plain.rpartition("万")
        return [plain, f"{head}万零{tail}"]
    return [plain]


def _spelled(number: int) -> str:
    """Digit by digit with each place's name, then zeros drawn together."""
    if number >= 10**8:
        high, low = divmod(number, 10**8)
        tail = _groups(f"{low:08}")
        return _spelled(high) + "亿" + ("零" if tail and low < 10**7 else "") + tail
    return _groups(f"{number:08}")


def _groups(eight: str) -> str:
    high, low = _four(eight[:4]), _four(eight[4:])
    if high and low:
        return f"{high}万" + ("零" if eight[4] == "0" else "") + low
    return f"{high}万" if high else low


def _four(digits: str) -> str:
    named = "".join(
        DIGITS[int(digit)] + (place if digit != "0" else "")
        for digit, place in zip(digits, (*_PLACES, ""), strict=True)
    )
    return re.sub("零+", "零", named).strip("零")
