"""Names of people and streets from the word lists of Faker's zh_CN providers, and trade names of our own.

Each function but `trade_names` returns a table of WIDE or NARROW slots, so that a draw is one lookup by two
drawn bytes, or one. Another release of Faker may bring other names; no identifier depends on them.
"""

from functools import lru_cache
from importlib import import_module
from math import gcd
from typing import Any, NamedTuple

from generators.tables import slots

WIDE = 1 << 16  # slots of a table that two drawn bytes index
NARROW = 1 << 8  # slots of a table that one drawn byte indexes
TRADE_CHARACTERS = (
    "鑫宏达盛泰昌兴隆顺发祥瑞福安康和谐永恒久长远大天金银玉宝华荣富贵财源润丰裕利益通畅捷迅飞"
    "腾翔龙凤麒麟虎鹏鹰雁鹤松柏梅兰竹菊莲荷枫桂楠榕桐柳杨林森山峰岭岳峻岩磊海洋江河湖泉溪涛波"
    "清澄澜沁洁净明亮光辉煌曜耀星辰月晨曦晓旭阳东西南北中民众群家友朋邦联合同心诚信义仁德厚善"
    "良正公平嘉佳美妙优雅俊秀丽彩虹云霞雪雨露霖春夏秋冬风雷力强健壮伟雄英豪杰卓越超凡创新立建"
    "业成功胜凯旋冠尊爵雍景煜烨炫焱晟晖昊昱宇宙寰环亚欧尚品味香馨芳菲芸萱蕊茗茂蓝绿紫红丹青碧"
    "翠白素静宁悦欣怡乐喜欢庆颂歌韵律琴棋诗墨翰博学思智慧聪敏睿哲贤才艺巧匠轩阁堂庭园苑居城都"
    "京湘楚潇沅麓衡韶祺禧祯祁裔钧锦铭锐钰铠铂锋锴钦键铎镇驰骏骐骥骁骅驿骋帆航舟渡桥港湾岛屿津"
    "浦淞沪渝蜀粤闽赣鄂皖苏浙鲁晋冀豫秦陇滇黔藏疆蒙吉辽佰仟亿万兆元亨贞鼎鼐壹贰叁伍捌玖双三四"
    "五六七八九十百千"
)
# Names of places and of trades, and words of the state, which no trade name may be.
NO_TRADE_NAMES = frozenset(
    [
        "长沙",
        "湖南",
        "芙蓉",
        "天心",
        "岳麓",
        "开福",
        "雨花",
        "望城",
        "宁乡",
        "浏阳",
        "高新",
        "韶山",
        "衡阳",
        "岳阳",
        "益阳",
        "湘江",
        "湘阴",
        "湘中",
        "湘西",
        "湘南",
        "湘东",
        "中华",
        "东京",
        "南京",
        "北京",
        "西安",
        "吉林",
        "江西",
        "江苏",
        "浙江",
        "山东",
        "山西",
        "河南",
        "河北",
        "湖北",
        "海南",
        "云南",
        "青海",
        "辽宁",
        "福建",
        "广东",
        "华东",
        "华中",
        "华南",
        "华北",
        "东北",
        "西北",
        "西南",
        "南海",
        "东海",
        "建业",
        "财信",
        "信通",
        "欧美",
        "亚欧",
        "西藏",
        "南宁",
        "长春",
        "大庆",
        "安庆",
        "宜春",
        "万宁",
        "永州",
        "民众",
        "金银",
        "黄金",
        "白银",
    ]
)


def _words(of: str) -> Any:
    """Faker's provider of the word lists of one kind. Importing it takes as long as a tenth of a start."""
    return import_module(f"faker.providers.{of}.zh_CN").Provider


@lru_cache(maxsize=1)
def last_names() -> list[str]:
    """Family names, as frequent as in Faker's table of shares."""
    names = _words("person").last_names
    return slots(list(names), list(names.values()), WIDE)


@lru_cache(maxsize=1)
def first_names() -> tuple[list[str], list[str]]:
    """Given names: of women, of men (indexed by the parity of a resident ID's serial)."""
    person = _words("person")
    women, men = person.first_names_female, person.first_names_male
    return slots(women, [1] * len(women), NARROW), slots(men, [1] * len(men), NARROW)


class TradeNames(NamedTuple):
    """Trade names (字号) by number: pair of characters number % len(pairs), and suffix number // len(pairs).

    The suffix has 0, 1 or 2 characters, so a trade name's length says how to read its number back: no two
    numbers share one.
    """

    pairs: list[str]
    suffixes: list[str]
    step: int  # prime to len(pairs): pairs in a mixed order


@lru_cache(maxsize=1)
def trade_names() -> TradeNames:
    """Two characters that people name firms with, none of them the name of a place or a trade."""
    chars = list(dict.fromkeys(TRADE_CHARACTERS))
    pairs = [a + b for a in chars for b in chars if a != b and a + b not in NO_TRADE_NAMES]
    suffixes = ["", *chars, *pairs]
    step = next(n for n in range(len(pairs) * 618 // 1000, len(pairs)) if gcd(n, len(pairs)) == 1)
    return TradeNames(pairs, suffixes, step)


@lru_cache(maxsize=1)
def streets() -> list[str]:
    """Streets, in Faker's form: a city's or a family's name, and 路 or 街."""
    places = _words("address")
    cities = [city + suffix for city in dict.fromkeys(places.cities) for suffix in places.street_suffixes]
    surnames = list(_words("person").last_names)[:64]
    families = [name + "家" + suffix for name in surnames for suffix in ("巷", "路")]
    return slots(cities + families, [2.0] * len(cities) + [1.0] * len(families), WIDE)


@lru_cache(maxsize=1)
def houses() -> list[str]:
    """House numbers, some with a building and a room."""
    plain = [f"{k + 1}号" for k in range(768)]
    rooms = [f"{k % 97 + 1}号{k % 12 + 1}栋{k % 28 + 1}{k % 8 + 1:02d}室" for k in range(256)]
    return slots(plain + rooms, [1] * 1024, WIDE)


@lru_cache(maxsize=1)
def mobile_prefixes() -> tuple[list[str], list[str]]:
    """3-digit mobile prefixes: for owners, for accountants. No prefix is in both."""
    prefixes = [str(prefix) for prefix in dict.fromkeys(_words("phone_number").phonenumber_prefixes)]
    mine, theirs = prefixes[::2], prefixes[1::2]
    return slots(mine, [1] * len(mine), NARROW), slots(theirs, [1] * len(theirs), NARROW)
