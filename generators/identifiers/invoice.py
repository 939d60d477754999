"""Numbers on an invoice. Layouts: see each function; none has a check digit that can be computed."""

from datetime import date
from decimal import Decimal

from generators.identifiers.parts import PROVINCES, matches, need, number

KINDS_10 = {"special": "15", "ordinary": "36", "freight": "27"}  # 8th character of a 10-digit code
KINDS_12 = {
    "ordinary_2": "04",
    "ordinary_5": "05",
    "roll_57": "06",
    "roll_76": "07",
    "electronic": "11",
    "toll": "12",
    "electronic_special": "13",
    "used_car": "17",
}
QR_CODED = frozenset({"01", "02", "03", "04", "08", "10", "11", "14", "15"})  # kinds with invoice code
QR_DIGITAL = frozenset({"31", "32"})  # fully digital: no code, a number of 20 digits
QR_UNCHECKED = frozenset({"01", "02", "03", "08", "15"})  # kinds that print no check code

# Invoice code 发票代码, 10 digits (special, freight; ordinary before 2018)


def make_invoice_code(region: str, year: int, batch: int, kind: str = "special", copies: int = 3) -> str:
    """Return region(4) + year(2) + batch(1) + kind(1) + copies(1) + 0 (printed by computer).

    `kind` is special, ordinary or freight; of the two characters that each may have, the first is taken.
    """
    if kind not in KINDS_10:
        raise ValueError(f"kind is {kind!r}; must be one of {', '.join(KINDS_10)}")
    code = KINDS_10[kind][0] + number("copies", copies, 1)
    return _region4(region) + number("year", year % 100, 2) + number("batch", batch, 1) + code + "0"


def check_invoice_code_10(text: str) -> bool:
    """Return whether `text` is a 10-digit invoice code: place, kind character, at least one copy."""
    return matches("[0-9]{7}[123567][1-9][0-9]", text) and text[:2] in PROVINCES


# Invoice code, 12 digits (ordinary since 2018, electronic; printed by a bureau)


def make_invoice_code_12(region: str, year: int, batch: int, kind: str = "electronic") -> str:
    """Return 0 + region(4) + year(2) + batch(3) + kind(2); `kind` is a name of KINDS_12."""
    if kind not in KINDS_12:
        raise ValueError(f"kind is {kind!r}; must be one of {', '.join(KINDS_12)}")
    return "0" + _region4(region) + number("year", year % 100, 2) + number("batch", batch, 3) + KINDS_12[kind]


def make_bureau_invoice_code(region: str, year: int, serial: int, local: bool = False) -> str:
    """Return the code of an invoice printed for a bureau: 1 or 2 + region(4) + year(2) + 5 free digits."""
    front = ("2" if local else "1") + _region4(region)
    return front + number("year", year % 100, 2) + number("serial", serial, 5)


def check_invoice_code_12(text: str) -> bool:
    """Return whether `text` is a 12-digit invoice code, national (0...) or of a bureau (1..., 2...)."""
    if not matches("[012][0-9]{11}", text) or text[1:3] not in PROVINCES:
        return False
    return text[0] != "0" or text[10:] in KINDS_12.values()


def check_invoice_code(text: str) -> bool:
    """Return whether `text` is an invoice code of 10 or 12 digits."""
    return check_invoice_code_10(text) or check_invoice_code_12(text)


# Invoice number 发票号码: 8 digits, or 20 for fully digital invoices 数电票


def make_invoice_number(serial: int) -> str:
    """Return the 8-digit number that goes with an invoice code."""
    return number("serial", serial, 8)


def check_invoice_number(text: str) -> bool:
    """Return whether `text` is an 8-digit invoice number."""
    return matches("[0-9]{8}", text)


def make_digital_invoice_number(year: int, region: str, serial: int, channel: int = 2) -> str:
    """Return year(2) + province(2) + channel(1) + serial(15)."""
    front = number("year", year % 100, 2) + _region4(region)[:2] + number("channel", channel, 1)
    return front + number("serial", serial, 15)


def check_digital_invoice_number(text: str) -> bool:
    """Return whether `text` is a 20-digit number of a fully digital invoice."""
    return matches("[0-9]{20}", text) and text[2:4] in PROVINCES


# QR text 发票二维码


def make_qr(
    kind: str,
    code: str,
    serial: str,
    amount: Decimal | str,
    day: date,
    check_code: str = "",
    tail: str = "0000",
) -> str:
    """Return `01,kind,code,serial,amount,yyyymmdd,check code,tail,`.

    `amount` in yuan: without tax for kinds with a code, with tax for digital ones. `check_code` (20 digits)
    comes from the tax device and `tail` (4 hex digits) from an unpublished sum: draw them at random. Raises
    ValueError when the parts do not go together.
    """
    text = f"01,{kind},{code},{serial},{amount},{day:%Y%m%d},{check_code},{tail},"
    if not check_qr(text):
        raise ValueError(f"QR text is {text!r}; kind, code, number, check code and tail do not go together")
    return text


def check_qr(text: str) -> bool:
    """Return whether `text` is the QR text of an invoice; of the tail only the form is checked."""
    fields = text.split(",")
    if len(fields) not in (8, 9) or (len(fields) == 9 and fields[8]):
        return False
    version, kind, code, serial, amount, day, check_code, tail = fields[:8]
    if kind in QR_DIGITAL:
        numbered = not code and check_digital_invoice_number(serial) and not check_code
    elif kind in QR_CODED:
        numbered = check_invoice_code(code) and check_invoice_number(serial)
        form = "" if kind in QR_UNCHECKED else "(?:[0-9]{20})?"
        numbered = numbered and matches(form, check_code)
    else:
        return False
    if not numbered or version != "01" or not matches("[0-9A-F]{4}", tail):
        return False
    return matches("-?[0-9]{1,12}(?:[.][0-9]{1,2})?", amount) and _is_day(day)


# Goods and services code 商品和服务税收分类编码, 19 digits


def make_goods_code(*levels: int) -> str:
    """Return the code of up to 10 levels, padded with zeros: first 1 .. 6, the others 1 .. 99.

    1 goods, 2 labour, 3 services, 4 intangibles, 5 real property, 6 items without VAT.
    """
    good = 1 <= len(levels) <= 10 and 1 <= levels[0] <= 6 and all(1 <= level <= 99 for level in levels[1:])
    if not good:
        raise ValueError(f"levels are {levels}; must be 1 .. 10 numbers, first 1 .. 6, then 1 .. 99 each")
    return (str(levels[0]) + "".join(f"{level:02d}" for level in levels[1:])).ljust(19, "0")


def check_goods_code(text: str) -> bool:
    """Return whether `text` has 19 digits, begins with 1 .. 6, and has no level below a missing one."""
    return matches("[1-6](?:0[1-9]|[1-9][0-9]){0,9}(?:00){0,9}", text) and len(text) == 19


def _region4(region: str) -> str:
    need("region", region, "[0-9]{4}(?:[0-9]{2})?")
    if region[:2] not in PROVINCES:
        raise ValueError(f"region is {region!r}; {region[:2]} is no province of GB/T 2260")
    return region[:4]


def _is_day(text: str) -> bool:
    if not matches("[0-9]{8}", text):
        return False
    try:
        date(int(text[:4]), int(text[4:6]), int(text[6:]))
    except ValueError:
        return False
    return True
