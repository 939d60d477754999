"""How a value of one column is written in the old system, how in the new one, and what may differ."""

from __future__ import annotations

import re
from decimal import Decimal, InvalidOperation
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from renhai.core.validation import Strict, refuse

Side = Literal["old", "new"]
SIDES: tuple[Side, Side] = ("old", "new")
Identifier = Literal[
    "taxpayer_id", "uscc", "organisation_code", "resident_id", "business_number", "djxh", "pzxh",
    "authority", "bank_line", "bank_card", "invoice_code", "invoice_number",
]  # fmt: skip
DECIMALS = 8  # of a number that can be read; more would be rounded, so they are refused as unreadable
_OFFSET = re.compile(r"[+-](?:0[0-9]|1[0-4]):[0-5][0-9]")
_DIRECTIVE = re.compile(r"%(.?)")
_DIRECTIVES = frozenset("YymdHMSf%")


def _reason(value: Any) -> Any:
    if not isinstance(value, str) or len(value.strip()) < 3:
        raise refuse("must be the reason in words: why nobody needs to look there")
    return value


def _offset(value: Any) -> Any:
    if value == "Z":
        return "+00:00"
    if not isinstance(value, str) or not _OFFSET.fullmatch(value):
        raise refuse('must be the hours before UTC, such as "+08:00", or Z')
    return value


def _format(value: Any) -> Any:
    used = _DIRECTIVE.findall(value) if isinstance(value, str) else []
    if not used or not set(used) <= _DIRECTIVES:
        raise refuse('must be made of %Y %m %d %H %M %S %f, such as "%Y%m%d"')
    return value


def _tolerance(value: Any) -> Any:
    try:
        found = Decimal(str(value)) if not isinstance(value, bool) else Decimal("NaN")
    except InvalidOperation:
        found = Decimal("NaN")
    if not found.is_finite() or found <= 0:
        raise refuse("must be a number above 0, such as 0.01; leave it out to allow no difference")
    exponent = found.as_tuple().exponent
    if found >= 10**18 or (isinstance(exponent, int) and -exponent > DECIMALS):
        raise refuse(f"must have at most 18 digits before and {DECIMALS} behind the point")
    return found


def _code(value: Any) -> Any:
    """Codes are text; 110 unquoted is meant as "110" (one with leading zeros is text in YAML 1.2 anyway)."""
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


Reason = Annotated[str, BeforeValidator(_reason), WithJsonSchema({"type": "string", "minLength": 3})]
Offset = Annotated[str, BeforeValidator(_offset), WithJsonSchema({"type": "string"})]
Format = Annotated[str, BeforeValidator(_format), WithJsonSchema({"type": "string"})]
Tolerance = Annotated[Decimal, BeforeValidator(_tolerance), WithJsonSchema({"type": ["number", "string"]})]
Code = Annotated[str, BeforeValidator(_code), WithJsonSchema({"type": ["string", "integer"]})]


class Formats(Strict):
    """How each side writes dates or times; a side that is left out writes them as ISO 8601 does."""

    old: Format | None = Field(default=None, examples=['"%Y%m%d"'], description="of the old system")
    new: Format | None = Field(default=None, examples=['"%Y-%m-%d"'], description="of the new one")


class Zones(Strict):
    """Where the clock of each side stands, as hours before UTC (no summer time)."""

    old: Offset = Field(examples=['"+08:00"'], description="of the old system")
    new: Offset = Field(examples=["Z"], description="of the new one")


class Text(Strict):
    """What texts may differ in and still say the same; what is the same only by this is counted apart."""

    trim: Literal["end", "both"] | None = Field(
        default=None, description="blanks that do not count, full-width ones and line ends among them"
    )
    width: Literal["half"] | None = Field(
        default=None, description="full-width letters, digits and signs are their half-width ones"
    )
    case: Literal["upper", "lower"] | None = Field(default=None, description="a letter's case does not count")
    private_use: Literal["gb18030"] | None = Field(
        default=None,
        description="private characters of GBK and GB 18030-2000 are the characters that they were put for",
    )
    empty_is_null: bool | None = Field(
        default=None, description="an empty text is no value (always so where a number or date is read)"
    )


class Column(Text):
    """One column: its name on either side, its type, and what may differ in it."""

    old: str | None = Field(
        default=None, examples=["NSRMC"], description="its name in the old files; else the key's name"
    )
    new: str | None = Field(
        default=None, examples=["nsrmc"], description="its name in the new files; else the key's name"
    )
    type: Literal["text", "number", "date", "datetime"] = Field(
        default="text", description="a number is read exactly (0.10 is 0.1), a date by `format`"
    )
    fen: list[Side] = Field(
        default_factory=list, examples=["[old]"], description="sides that write an amount in fen, not yuan"
    )
    tolerance: Tolerance | None = Field(
        default=None, examples=["0.01"], description="numbers so near are the same; counted apart"
    )
    format: Formats | None = Field(default=None, description="of dates and times")
    zone: Zones | None = Field(default=None, description="of times")
    precision: Literal["second", "minute"] | None = Field(
        default=None, description="what is finer in a time does not count"
    )
    codes: dict[str, Code] | None = Field(
        default=None,
        min_length=1,
        examples=['{"01": "110"}'],
        description="old code to new code; a code that is not here is a finding",
    )
    is_: Identifier | None = Field(
        default=None, alias="is", description="an identifier, whose check digit and parts must be right"
    )
    ignore: Reason | None = Field(
        default=None,
        examples=["made anew by the new system"],
        description="the column is not compared, and why",
    )

    @model_validator(mode="after")
    def _fits(self) -> Column:
        for key, types in _NEEDED.items():
            if getattr(self, key) and self.type not in types:
                raise refuse(f"has {key}, which needs type: {' or '.join(types)}; the type is {self.type}")
        for side in SIDES if self.format else ():
            written = getattr(self.format, side) or "%Y%m%d"
            if not {"Y", "y"} & set(_DIRECTIVE.findall(written)):
                raise refuse(f"has the format {written}, without a year: days of all years would be one")
        if len(set(self.fen)) == 2:
            raise refuse("has both sides in fen; leave `fen` out where both write the same unit")
        if self.codes and len(self.codes) > 1 and len(set(self.codes.values())) == 1:
            only = next(iter(self.codes.values()))
            raise refuse(
                f"maps every code to {only}: no value could differ; "
                "map them one by one, or say ignore and why"
            )
        if self.is_ and self.type != "text":
            raise refuse(f"has is, which needs type: text; the type is {self.type}")
        said = sorted(self.model_fields_set - {"ignore", "old", "new"})
        if self.ignore and said:
            raise refuse(f"has ignore beside {', '.join(said)}; an ignored column needs no other rule")
        return self


_NEEDED = {
    "fen": ("number",),
    "tolerance": ("number",),
    "format": ("date", "datetime"),
    "zone": ("datetime",),
    "precision": ("datetime",),
    "codes": ("text",),
}
