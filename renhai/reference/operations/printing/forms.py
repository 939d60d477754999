"""The forms that the target prints: what stands on them and where, in millimetres from the top left of an A4
page to the left end of a text's base line."""

from __future__ import annotations

from typing import NamedTuple

WIDTH_MM, HEIGHT_MM = 210.0, 297.0
FIELD_POINTS, LABEL_POINTS, TITLE_POINTS = 10.5, 10.5, 18.0
LABELS_MM, FIELDS_MM = 20.0, 60.0


class Text(NamedTuple):
    """Words that are the same on every paper."""

    page: int
    x_mm: float
    y_mm: float
    points: float
    words: str


class Field(NamedTuple):
    """Where a value stands; its name is that of what the operation read."""

    page: int
    x_mm: float
    y_mm: float
    name: str


class Form(NamedTuple):
    """pages: how many; texts and fields in the order of printing."""

    pages: int
    texts: tuple[Text, ...]
    fields: tuple[Field, ...]


def _form(*pages: tuple[str, tuple[tuple[str, str], ...]]) -> Form:
    """Pages as (title, rows of (label, field)), a row every 12 mm."""
    texts: list[Text] = []
    fields: list[Field] = []
    for number, (title, rows) in enumerate(pages, 1):
        texts.append(Text(number, 105 - len(title) * TITLE_POINTS * 0.1764, 30, TITLE_POINTS, title))
        for row, (label, name) in enumerate(rows):
            y_mm = 50.0 + 12 * row
            texts.append(Text(number, LABELS_MM, y_mm, LABEL_POINTS, label))
            fields.append(Field(number, FIELDS_MM, y_mm, name))
    return Form(len(pages), tuple(texts), tuple(fields))


_WHO = (("纳税人识别号", "nsrsbh"), ("纳税人名称", "nsrmc"))
_PERIOD = ("税款所属时期", "period")

CERTIFICATE = _form(
    (
        "税收完税证明",
        (
            ("证明号码", "serial"), *_WHO, ("主管税务机关", "authority"), _PERIOD, ("税种", "tax"),
            ("实缴（退）金额", "figures"), ("金额合计（大写）", "capitals"), ("防伪验证码", "code"),
        ),
    )
)  # fmt: skip
DECLARATION = _form(
    (
        "增值税纳税申报表",
        (
            ("申报凭证序号", "serial"), *_WHO, ("主管税务机关", "authority"), _PERIOD,
            ("应补（退）税额", "figures"), ("应补（退）税额大写", "capitals"),
        ),
    ),
    ("增值税纳税申报表附列资料", (("申报凭证序号", "serial"), *_WHO, ("期末留抵税额", "credit"))),
)  # fmt: skip
NOTICE = _form(
    (
        "税务事项通知书",
        (
            ("文书关联凭证", "serial"), *_WHO, ("主管税务机关", "authority"), _PERIOD,
            ("应缴税款", "figures"), ("应缴税款（大写）", "capitals"),
        ),
    )
)  # fmt: skip
FORMS = {"certificate": CERTIFICATE, "declaration": DECLARATION, "notice": NOTICE}
