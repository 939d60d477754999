"""A mapping file of `renhai journal import`: which record is which operation, and where its parts stand."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal

from pydantic import Field, model_validator

from renhai.core.units import Offset, zone_of
from renhai.core.validation import Strict, refuse

Name = Annotated[str, Field(min_length=1, max_length=200)]
Source = Literal["csv", "har", "access_log", "gor"]


class Recorded(Strict):
    """How the answer of a record is told; HTTP 200 alone is no success."""

    code: Name = Field(examples=["rtn_msg.Code"], description="column, or path in a JSON answer")
    ok: list[Name] = Field(min_length=1, examples=['["000"]'], description="codes of success; others refuse")
    data: str | None = Field(
        default=None, examples=["data"], description="path of the answer; of a CSV: a column with JSON"
    )


class Match(Strict):
    """Records that are one operation. All that is said must fit."""

    operation: Annotated[str, Field(pattern=r"^[\w-]+(\.[\w-]+)+$")] = Field(examples=["declaration.submit"])
    domain: Name | None = Field(default=None, description="else what stands before the point")
    when: dict[Name, str] = Field(
        default={}, examples=["{ywlx: '01'}"], description="globs of columns, or of fields of a request"
    )
    method: Name | None = Field(default=None, description="of a request")
    path: Name | None = Field(default=None, examples=["/api/*/submit"], description="glob, of a request")
    fields: dict[Name, Name] | None = Field(
        default=None,
        examples=["{djxh: DJXH}"],
        description="the journal's field, then the column or field; left out: all, by their names",
    )

    @model_validator(mode="after")
    def _something(self) -> Match:
        if not self.when and self.method is None and self.path is None:
            raise refuse("says nothing of its records; add when, method or path")
        return self


class Mapping(Strict):
    """The whole file."""

    source: Source = Field(examples=["csv"], description="csv, har, access_log (combined format) or gor")
    encoding: Literal["utf-8", "gbk", "gb18030"] = Field(default="utf-8", description="of csv and access_log")
    zone: Offset = Field(
        default="+08:00",
        description="of times that do not say it; of a HAR, which must, only where it is written",
    )
    at: Name | None = Field(default=None, description="of a CSV: the column with the time, ISO 8601")
    taxpayer: Name = Field(examples=["djxh"], description="the column or field that tells the taxpayer")
    unit: Name | None = Field(default=None, description="column or field")
    operator: Name | None = Field(default=None, description="column or field; else the address of who asked")
    inside: str | None = Field(
        default=None, examples=["sbb"], description="a field whose text is the document, as JSON"
    )
    recorded: Recorded | None = Field(default=None, description="left out: no answers are taken over")
    operations: list[Match] = Field(min_length=1, description="the first that fits")
    others: Literal["refuse", "leave"] = Field(
        default="refuse", description="what no operation fits; leave: counted and left out"
    )

    @model_validator(mode="after")
    def _timed(self) -> Mapping:
        if self.source == "csv" and self.at is None:
            raise refuse("is of a CSV and does not say at, the column with the time")
        return self

    def moment(self, text: str) -> datetime:
        """A time of the source. Raises ValueError."""
        time = datetime.fromisoformat(text)
        return time if time.tzinfo else time.replace(tzinfo=self.tz)

    @property
    def tz(self) -> Any:
        return zone_of(self.zone)
