"""How what was written is read back, and what must then hold: `audit:` and `balances:` of a target file."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BeforeValidator, Field, model_validator

from renhai.core.units import Offset
from renhai.core.validation import Strict, refuse


def _names(value: Any) -> Any:
    """`by: pzxh` is short for `by: [pzxh]`."""
    return [value] if isinstance(value, str) else value


Names = Annotated[
    list[Annotated[str, Field(min_length=1)]],
    BeforeValidator(_names, json_schema_input_type=str | list[str]),
]


class Export(Strict):
    """How a file or table of the target's calls things; amounts in yuan unless they stand under fen."""

    columns: dict[str, str] = Field(default={}, description="column by field", examples=["{pzxh: 凭证序号}"])
    fen: list[str] = Field(default=[], description="fields whose amounts are whole fen there")


class AuditRule(Strict):
    """How the writes of one operation are found again at the target."""

    read: str | None = Field(
        default=None, description="an operation, asked once for each write", examples=["declaration.query"]
    )
    list_: str | None = Field(
        default=None, alias="list", description="an operation that lists them, read page by page"
    )
    send: dict[str, Any] = Field(default={}, description="further fields of that request")
    ask: Names = Field(default=[], description="fields of the write sent with read; left out: by and key")
    rows: str = Field(default="", description="path of the rows in the answer's data; left out: one record")
    next_: dict[str, str] = Field(
        default={}, alias="next", description="field of the next request, and its path in the answer"
    )
    page: str | None = Field(default=None, description="field that counts pages from 1, to an empty one")
    total: str | None = Field(default=None, description="path of how many rows there are in all")
    absent: list[str] = Field(default=[], description="business codes of read that say: there is none")
    by: Names = Field(default=[], description="what the target gave the write: its serial")
    key: Names = Field(default=[], description="what was sent and makes the write one: finds unknown fates")
    compare: Names = Field(default=[], description="fields that must be there as they were acknowledged")
    amounts: Names = Field(default=[], description="amounts in yuan, compared and summed to the fen")
    idempotent: bool = Field(
        default=False, description="the same write sent again is acknowledged by the serial of the first"
    )
    each: str | None = Field(default=None, description="a list in the request: one record for each entry")
    tax: str | None = Field(default=None, description="field of the tax kind, for the sums")
    unit: str | None = Field(default=None, description="field of the unit that the taxpayer belongs to")
    changes: str | None = Field(
        default=None, description="the operation whose record this one changes, instead of adding one"
    )
    expect: dict[str, Any] = Field(default={}, description="what a changed record must say then")
    alone: bool = Field(
        default=False, description="no record says so but by changes: one that nobody asked for is unexpected"
    )
    columns: dict[str, str] = Field(default={}, description="field by what the answer calls it otherwise")
    since: str | None = Field(
        default=None, description="time of storing: what is older than the run is not its"
    )
    zone: Offset = Field(default="+08:00", description="of times under since that say none")
    reads_only: bool = Field(default=False, description="nothing is written by this name: read for balances")
    ignored: str | None = Field(default=None, description="why its writes are not audited")
    export: Export = Export()

    @model_validator(mode="after")
    def _complete(self) -> AuditRule:
        if self.ignored is not None:
            return self
        if self.read and self.list_:
            raise refuse("has both read and list; keep one")
        if not self.by and not self.key:
            raise refuse("has neither by nor key; name the fields by which a write is found again")
        if self.changes and not self.by:
            raise refuse("has changes without by; name the serial of the record that is changed")
        if bool(self.changes) != bool(self.expect):
            raise refuse("has one of changes and expect; by what the record must say then a change is judged")
        if self.alone and not self.changes:
            raise refuse("has alone without changes, of which it says that nothing else has their effect")
        if self.changes and (self.compare or self.amounts):
            raise refuse("has compare or amounts with changes, which goes by expect; take them out")
        if (self.next_ or self.page or self.total) and not self.list_:
            raise refuse("has next, page or total without list; they say how a list goes on")
        if self.next_ and self.page:
            raise refuse("has both next and page; keep the one that the target goes by")
        if self.list_ and not self.rows:
            raise refuse("has list without rows; name the path of the rows in the answer's data")
        return self

    @property
    def kept(self) -> list[str]:
        """Fields of a write that its intent keeps."""
        if self.ignored is not None or self.reads_only:
            return []
        own = [
            *self.by,
            *self.key,
            *self.compare,
            *self.amounts,
            *self.ask,
            *([self.tax] if self.tax else []),
        ]
        return list(dict.fromkeys([*own, *([self.each] if self.each else [])]))


class Balance(Strict):
    """An equation over what the target keeps: a sum, a range, a record that exists or is alone."""

    name: str = Field(min_length=1, examples=["应征 = 已征 + 未征"], description="its name for people")
    name_en: str | None = Field(
        default=None, min_length=1, examples=["due = paid + unpaid"], description="and in English"
    )
    by: Names = Field(min_length=1, description="fields that both sides have in common")
    sum_: dict[str, str] = Field(default={}, alias="sum", description="amount by operation; with equals")
    equals: dict[str, str] = Field(default={}, description="what adds up to it")
    each: str | None = Field(default=None, description="an operation whose every record needs the other")
    has: str | None = Field(default=None, description="the operation whose record must exist")
    once: bool = Field(default=False, description="no two of its records have `by` in common")
    within: str | None = Field(default=None, description="the operation whose ranges hold the number")
    number: str | None = None
    range_: Annotated[list[str], Field(min_length=2, max_length=2)] | None = Field(
        default=None, alias="range"
    )
    where: dict[str, Any] = Field(default={}, description="of the left side only records that say so")
    made_by: Names | None = Field(
        default=None,
        description="operations after which the left side has such records; none is then no proof; []: there"
        " may be none",
    )

    @model_validator(mode="after")
    def _one_kind(self) -> Balance:
        if self.sum_:
            if len(self.sum_) != 1 or not self.equals:
                raise refuse("has sum, which takes one operation, and equals with what adds up to it")
        elif not self.each or [self.has is None, self.within is None, not self.once].count(False) != 1:
            raise refuse("must have sum and equals, or each with one of has, within and once")
        elif self.within and not (self.number and self.range_):
            raise refuse("has within without number and range: [FIRST, LAST]")
        return self

    @property
    def sources(self) -> list[str]:
        """The names of `audit:` whose records it needs; the left side first."""
        left = [*self.sum_] if self.sum_ else [str(self.each)]
        return [*left, *self.equals, *[one for one in (self.has, self.within) if one]]
