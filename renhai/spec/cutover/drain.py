"""A drain file: what must be worked off until when, what stops at which hour, which numbers are counted."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any

from pydantic import AfterValidator, BeforeValidator, Field, WithJsonSchema, model_validator

from renhai.core.units import Duration
from renhai.core.validation import Strict, refuse


def _moment(value: Any) -> Any:
    try:
        found = datetime.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        found = None
    if not isinstance(found, datetime) or found.utcoffset() is None:
        raise refuse("must be a day, a time and a zone, such as 2015-09-28T18:00:00+08:00")
    return found


Moment = Annotated[
    datetime,
    BeforeValidator(_moment),
    WithJsonSchema({"type": "string", "examples": ["2015-09-28T18:00:00+08:00"]}),
]
Word = Annotated[str, Field(min_length=1)]


def _texts(value: Any) -> Any:
    """Codes may be written without quotes."""
    return [str(one) if type(one) is int else one for one in value] if isinstance(value, list) else value


Codes = Annotated[
    list[Word], Field(min_length=1), BeforeValidator(_texts, json_schema_input_type=list[str | int])
]


class ListRead(Strict):
    """A list of the target, read page by page."""

    name: Word = Field(examples=["在途流程"], description="what it is called in results")
    list_: Word = Field(
        alias="list", examples=["case.list"], description="an operation of the target file that lists them"
    )
    send: dict[str, Any] = Field(default={}, description="fields of that request")
    rows: str = Field(default="", description="path of the rows in the answer's data", examples=["rows"])
    next_: dict[str, str] = Field(
        default={}, alias="next", description="field of the next request, and its path in the answer"
    )
    page: str | None = Field(default=None, description="field that counts pages from 1, to an empty one")
    total: str | None = Field(default=None, description="path of how many rows there are in all")

    def rule(self) -> dict[str, Any]:
        """As renhai.checks.audit.reading takes it."""
        names = {"list_", "send", "rows", "next_", "page", "total"}
        return self.model_dump(by_alias=True, include=names)


class States(Strict):
    """Which states of a row are open and which are not; any other is told, and counts as neither."""

    field: Word = Field(examples=["zt"], description="where the state stands")
    open: Codes = Field(examples=["[10, 20]"], description="codes of what must be worked off")
    closed: Codes = Field(examples=["[90]"], description="codes of what is done with")

    @model_validator(mode="after")
    def _apart(self) -> States:
        both = sorted(set(self.open) & set(self.closed))
        if both:
            raise refuse(f"has {both[0]} both open and closed; keep it in one")
        return self


class OpenList(ListRead):
    """Business that must be nothing by the date; every row, or those of some states, or with an amount."""

    state: States | None = Field(default=None, description="which rows count; left out: all of them")
    amount: str | None = Field(
        default=None, examples=["outstanding"], description="instead: rows count whose amount is not zero"
    )
    item: str | None = Field(default=None, examples=["swsxDm"], description="field of the business item")
    post: str | None = Field(default=None, examples=["gwDm"], description="field of the post that has it")
    unit: str | None = Field(default=None, examples=["swjgDm"], description="field of the unit")
    owner: str | None = Field(default=None, examples=["clrDm"], description="field of who has it")

    @model_validator(mode="after")
    def _one_way(self) -> OpenList:
        if self.state is not None and self.amount is not None:
            raise refuse("has both state and amount; say by which of them a row counts")
        return self


class StopRow(ListRead):
    """A function that stops at an hour, or has stopped: what is stored later should not have been taken."""

    at: Moment | None = Field(
        default=None, examples=["2015-09-28T18:00:00+08:00"], description="the hour; or give watch"
    )
    stored: str | None = Field(
        default=None, examples=["received"], description="at: field of the time at which the target stored it"
    )
    watch: Duration | None = Field(
        default=None, examples=["10s"], description="it has stopped: no row may come or change for so long"
    )
    unit: str | None = Field(default=None, examples=["swjgDm"], description="field of the unit")

    @model_validator(mode="after")
    def _one_of_both(self) -> StopRow:
        if (self.at is None) == (self.watch is None):
            raise refuse("must have one of at (an hour) and watch (it has stopped)")
        if (self.at is None) != (self.stored is None):
            raise refuse("has one of at and stored; by both it is judged")
        return self


class BookedList(ListRead):
    """A trial with booked taxpayers alone: whoever else was served is a finding, each by name."""

    since: Moment = Field(examples=["2015-10-07T08:00:00+08:00"], description="when it begins")
    stored: Word = Field(examples=["received"], description="field of the time at which the target stored it")
    taxpayer: Word = Field(examples=["nsrsbh"], description="field of the taxpayer's number")
    called: str | None = Field(
        default=None, examples=["nsrmc"], description="field of the taxpayer's name, to be told by"
    )
    file: Word = Field(examples=["booked.csv"], description="CSV of the booked taxpayers")
    column: Word = Field(default="nsrsbh", description="its column of the number")
    name_column: str | None = Field(default=None, examples=["nsrmc"], description="its column of the name")
    encoding: Annotated[str, AfterValidator(lambda name: _known(name))] = Field(
        default="utf-8", description="utf-8 or gb18030"
    )


class RealTime(Strict):
    """When a paper case was really handled, on paper and in the system."""

    column: Word = Field(examples=["办理时间"], description="of the file")
    field: Word = Field(examples=["blsj"], description="of the row")
    within: Duration = Field(default=60.0, description="both may differ by so much")


class DueDay(Strict):
    """Until when a paper case may be entered."""

    column: Word = Field(default="due", examples=["补录期限"], description="of the file: a day")
    field: Word = Field(
        examples=["received"], description="of the row: the time at which the target stored it"
    )


class PaperList(ListRead):
    """Cases handled on paper while the system was down: each entered once afterwards, with its real time."""

    file: Word = Field(examples=["paper.csv"], description="CSV of the paper cases, a row each")
    match: dict[str, str] = Field(
        min_length=1,
        examples=["{税号: nsrsbh, 税额: ybtse}"],
        description="column of the file and field of the row, by which one is the other",
    )
    time: RealTime | None = Field(default=None, description="the real time, where the target keeps it")
    due: DueDay | None = Field(default=None, description="the last day of each, by China's time")
    encoding: Annotated[str, AfterValidator(lambda name: _known(name))] = Field(
        default="utf-8", description="utf-8 or gb18030"
    )


class Columns(Strict):
    """What a file calls its columns."""

    kind: str = Field(default="kind", description="kind of voucher or invoice")
    code: str = Field(default="code", description="code that the numbers belong to")
    first: str = Field(default="first", description="first number of a range")
    last: str = Field(default="last", description="last number of a range")
    holder: str = Field(default="holder", description="who has it; may be missing")


class StockFile(Strict):
    """A CSV of ranges, UTF-8 or GBK; relative to the drain file."""

    file: Word = Field(examples=["old.csv"], description="where it is")
    encoding: Annotated[str, AfterValidator(lambda name: _known(name))] = Field(
        default="utf-8", description="utf-8 or gb18030"
    )
    columns: Columns = Field(default=Columns(), description="where they are called otherwise")


class CountFile(StockFile):
    """What somebody found on the shelf."""

    by: Word = Field(examples=["张三"], description="who counted")
    blind: bool = Field(
        default=False, description="true: without a look at the books; else it proves nothing"
    )


class Stock(Strict):
    """A stocktake by ranges: every number once in the old books, in the new ones, and on the shelf."""

    old: StockFile = Field(examples=["{file: old.csv}"], description="the books of the old system")
    new: StockFile | None = Field(default=None, examples=["{file: new.csv}"], description="of the new one")
    keeper: CountFile = Field(
        examples=["{file: keeper.csv, by: 张三, blind: true}"], description="the keeper's own count"
    )
    checker: CountFile = Field(
        examples=["{file: checker.csv, by: 李四, blind: true}"], description="another person's count"
    )

    @model_validator(mode="after")
    def _two_people(self) -> Stock:
        if self.keeper.by == self.checker.by:
            raise refuse(f"has keeper and checker {self.keeper.by}; two people count")
        if self.keeper.file == self.checker.file:
            raise refuse("has one file for both counts; each counts for himself")
        return self


def _known(name: str) -> str:
    if name not in ("utf-8", "gb18030"):
        raise refuse("must be utf-8 or gb18030")
    return name


class Drain(Strict):
    """One drain file."""

    name: Word = Field(examples=["changsha"], description="names the results")
    target: Word = Field(default="reference", description="a target file, or its name")
    until: Moment = Field(examples=["2015-09-28T18:00:00+08:00"], description="nothing may be open then")
    every: Duration = Field(default=60.0, description="how often --wait looks again")
    open: list[OpenList] = Field(default=[], description="what must be worked off")
    stops: list[StopRow] = Field(default=[], description="what stops at which hour (停办表)")
    booked: list[BookedList] = Field(default=[], description="who alone may be served (预约户)")
    paper: list[PaperList] = Field(default=[], description="what was done on paper and entered afterwards")
    stock: Stock | None = Field(default=None, description="what is counted (盘存)")

    @model_validator(mode="after")
    def _something(self) -> Drain:
        lists = [*self.open, *self.stops, *self.booked, *self.paper]
        if not lists and self.stock is None:
            raise refuse("has none of open, stops, booked, paper and stock; nothing could be found")
        names = [one.name for one in lists]
        twice = next((name for name in names if names.count(name) > 1), "")
        if twice:
            raise refuse(f"has the name {twice} twice; results go by it")
        return self
