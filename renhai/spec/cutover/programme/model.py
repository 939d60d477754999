"""A programme file of `renhai rehearse`: stages with dates and owners, what each asks."""

from __future__ import annotations

import datetime
import re
import shlex
from typing import Annotated, Any, Literal

from pydantic import BeforeValidator, Field, WithJsonSchema, model_validator

from renhai.core.units import Duration
from renhai.core.validation import Strict, refuse

# What a stage may ask, and the document that the command leaves below its --out.
BESIDE = {"audit": "audits/*.json", "papers": "papers/*.json"}  # of the run that they look at
DOCUMENTS = {
    "run": "*/run.json",
    "duel": "**/comparison.json",
    "compare": "**/comparison.json",
    "verify": "*/verify.json",
    "replay": "**/replay.json",
    "drain": "drain.json",
    **BESIDE,
}
NO_QUESTION = ("rehearse", "worker", "target", "stop")
PLACE = re.compile(r"\{([a-z_]+(?:\.[a-z0-9_]+)?)\}")  # JSON in a --set has a colon


def _day(value: Any) -> Any:
    try:
        return datetime.date.fromisoformat(value) if isinstance(value, str) else value
    except ValueError:
        raise refuse("must be a day, such as 2015-10-08") from None


def _words(value: Any) -> Any:
    if isinstance(value, str):
        try:
            value = shlex.split(value)
        except ValueError as error:
            raise refuse(f"has a quote that does not end ({error})") from None
    if not isinstance(value, list | tuple) or not value or not all(isinstance(one, str) for one in value):
        raise refuse("must be a command of renhai, such as run changsha/human_sea")
    return tuple(value[1:] if value[0] == "renhai" else value)


def _question(value: Any) -> Any:
    words = _words(value)
    if not words or words[0] not in DOCUMENTS:
        raise refuse(f"leaves no verdict that a gate could go by; commands that do: {', '.join(DOCUMENTS)}")
    given = [word for word in words if word.partition("=")[0] == "--out"]
    if given:
        raise refuse("has --out; the rehearsal says where evidence goes, so leave it out")
    return words


def _options(value: Any) -> Any:
    words = _words(value) if value else ()
    ours = [word for word in words if word.partition("=")[0] in ("--port", "--host", "--database")]
    if ours:
        raise refuse(f"has {ours[0]}; the rehearsal says where a system answers and keeps its data")
    return words


def _preparation(value: Any) -> Any:
    words = _words(value)
    if not words or words[0] in NO_QUESTION:
        raise refuse("is nothing that prepares a stage; give a command that ends by itself")
    return words


def _text(value: Any) -> Any:
    if not isinstance(value, str) or not value.strip() or not value.isprintable():
        raise refuse("must be a line of text")
    return value


_TEXT_SCHEMA = WithJsonSchema({"type": "string"})
Line = Annotated[str, BeforeValidator(_text), _TEXT_SCHEMA]
PlannedDay = Annotated[
    datetime.date, BeforeValidator(_day), WithJsonSchema({"type": "string", "format": "date"})
]
Name = Annotated[str, Field(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]
Options = Annotated[tuple[str, ...], BeforeValidator(_options), _TEXT_SCHEMA]
Question = Annotated[tuple[str, ...], BeforeValidator(_question), _TEXT_SCHEMA]
Preparation = Annotated[tuple[str, ...], BeforeValidator(_preparation), _TEXT_SCHEMA]


class ProgrammeStage(Strict):
    """One stage: a command of renhai whose answer opens its gate, or does not."""

    title: Line = Field(examples=["人海战术压力测试"], description="its name for people, in Chinese")
    title_en: Line | None = Field(default=None, examples=["Human sea"], description="and in English")
    owner: Line = Field(examples=["征管科 李四"], description="who answers for it")
    begins: PlannedDay = Field(examples=["2015-09-15"], description="its first planned day")
    ends: PlannedDay = Field(examples=["2015-09-18"], description="its last planned day")
    after: tuple[Name, ...] | None = Field(
        default=None,
        examples=["[migration]"],
        description="stages whose gates must be open before it may begin; without it, the one above; "
        "[] lets it begin at any time",
    )
    prepare: tuple[Preparation, ...] = Field(
        default=(),
        examples=['["generate taxpayers --count 1000 --out {out}/taxpayers.csv"]'],
        description="commands before it that leave no verdict; each has to succeed",
    )
    command: Question = Field(
        examples=["run changsha/human_sea"],
        description="the command of renhai that asks; {here} is the folder of this file, {out} that of the "
        "stage's evidence, {attempt} the number of this try, {evidence.NAME} what the stage NAME left",
    )
    max_age: Duration | None = Field(
        default=None,
        examples=["30d"],
        description="evidence that is older opens its gate no more; without it, what the programme says",
    )
    problems: Annotated[int, Field(strict=True, ge=0)] | None = Field(
        default=None,
        description="at most so many problems of the rehearsal's ledger may be open when its gate opens",
    )

    @model_validator(mode="after")
    def _forwards(self) -> ProgrammeStage:
        if self.ends < self.begins:
            raise refuse(f"ends on {self.ends}, before it begins on {self.begins}; correct one of both")
        return self

    @property
    def lines(self) -> tuple[tuple[str, ...], ...]:
        """Everything that is run, in order."""
        return (*self.prepare, self.command)


class Programme(Strict):
    """The whole programme, up to the day that is asked about."""

    name: Name = Field(examples=["changsha_golive"], description="names the folder of the evidence")
    title: Line = Field(examples=["长沙市国税局金税三期上线演练"], description="in Chinese")
    title_en: Line | None = Field(default=None, description="and in English")
    opens: PlannedDay = Field(
        examples=["2015-10-08"], description="the day that is asked about: may we open on it?"
    )
    build: Line | None = Field(
        default=None,
        examples=["2.4.1"],
        description="the build that is to open: loads of another one (`renhai run --label`) open no gate",
    )
    max_age: Duration | None = Field(
        default=None, examples=["30d"], description="evidence that is older opens no gate; none: however old"
    )
    calendar: Literal["real", "replayed"] = Field(
        default="real",
        description="real: a stage that is not through after its last day is late, and stands against "
        "opening; replayed: the days are history, and only shown",
    )
    systems: dict[Name, Options] = Field(
        default={},
        examples=['{gt3: "--date 2015-10-08"}'],
        description="reference systems that are up while stages run, on loopback, with options of `renhai "
        "target`; {system.NAME} in a command is the URL of one",
    )
    stages: Annotated[dict[Name, ProgrammeStage], Field(min_length=1)] = Field(
        description="the stages by name, in order"
    )

    def after(self, name: str) -> tuple[str, ...]:
        """The stages whose gates must be open before `name` may begin."""
        stage = self.stages[name]
        if stage.after is not None:
            return stage.after
        names = list(self.stages)
        place = names.index(name)
        return (names[place - 1],) if place else ()
