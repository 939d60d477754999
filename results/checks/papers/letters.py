"""Letters as they are read: what looks the same on paper is the same."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

# A font may have one glyph for a character and for the radical that looks like it; what is read of such a PDF
# then is the radical (U+2ED3 for U+957F). NFKC knows those of Kangxi (U+2F00 to U+2FD5) and two of the
# supplement; here are the others of it that are whole characters (Unicode's EquivalentUnifiedIdeograph.txt).
_RADICALS = {
    0x2E81: "厂", 0x2E84: "乙", 0x2E8A: "卜", 0x2E92: "巳", 0x2E9C: "日", 0x2E9D: "月", 0x2EA0: "民",
    0x2EA7: "牛", 0x2EA9: "王", 0x2EAB: "目", 0x2EAC: "示", 0x2EB6: "羊", 0x2EBB: "聿", 0x2EBC: "肉",
    0x2EC1: "虎", 0x2EC4: "西", 0x2EC5: "见", 0x2EC6: "角", 0x2EC9: "贝", 0x2ECB: "车", 0x2ED1: "長",
    0x2ED3: "长", 0x2ED4: "门", 0x2ED7: "雨", 0x2ED8: "青", 0x2ED9: "韦", 0x2EDA: "页", 0x2EDB: "风",
    0x2EDC: "飞", 0x2EDD: "食", 0x2EE2: "马", 0x2EE3: "骨", 0x2EE4: "鬼", 0x2EE5: "鱼", 0x2EE6: "鸟",
    0x2EE7: "卤", 0x2EE8: "麦", 0x2EE9: "黄", 0x2EEA: "黾", 0x2EEC: "齐", 0x2EEE: "齿", 0x2EF0: "龙",
}  # fmt: skip


@lru_cache(maxsize=1 << 14)
def folded(text: str) -> str:
    """Without blanks and signs that print nothing (category Cf), full-width letters and signs as half-width
    ones, radicals as the characters that they look like: how it is set is no matter."""
    bare = unicodedata.normalize("NFKC", text).translate(_RADICALS)
    return "".join(one for one in bare if not one.isspace() and unicodedata.category(one) != "Cf")
