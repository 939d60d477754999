"""A scenario: which load, on what data, for how long, held to which thresholds."""

from __future__ import annotations

import re
from typing import Annotated, Any, Literal

from pydantic import AfterValidator, BeforeValidator, Field, model_validator

from renhai.core.units import Duration
from renhai.core.validation import Strict, refuse
from renhai.spec.ahead import asked
from renhai.spec.drill.model import Drill
from renhai.spec.goals import Auditing, CatchUp, Day, Drift, Papers
from renhai.spec.journeys.written.data import DataFile
from renhai.spec.journeys.written.steps import WrittenJourney
from renhai.spec.locust_args import LocustArgs
from renhai.spec.workload.common import Count, Mix, ThinkTime
from renhai.spec.workload.load import Load

POPULATION = 10**8  # taxpayers of a seed, as generators.taxpayers.population has them
REGISTER = 30_000_000  # of them on the register of a day, as generators.taxpayers.register has it
PROFILES = ("gt3_2015", "current")


class Post(Strict):
    """A post: which journeys are worked there, in which proportion, with what pause between."""

    journeys: Mix = Field(
        examples=["{declaration.file: 9, declaration.correct: 1}"],
        description="journeys by name, each with its weight: 9 of 10 are declaration.file",
    )
    think_time: ThinkTime = Field(
        examples=["{lognormal: {median: 2s, p95: 6s}}"],
        description="the pause between two transactions of an operator",
    )


def _csv(value: Any) -> Any:
    """`accounts.csv` is short for `{file: accounts.csv}`."""
    return {"file": value} if isinstance(value, str) else value


def _is_file(value: Any) -> bool:
    return (isinstance(value, str) and value.endswith(".csv")) or (
        isinstance(value, dict) and "file" in value
    )


def _data_name(name: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]*", name) or name in ("taxpayer", "reply", "loop", "document"):
        raise refuse("must be small letters, digits and _, and none of taxpayer, reply, loop, document")
    return name


class Data(Strict):
    """Which taxpayers: the same seed and profile make the same anywhere. And files of rows, by name.

    Seed and number may be left out where no journey has to do with taxpayers.
    """

    seed: Annotated[int, Field(strict=True, ge=0, lt=2**63)] = Field(
        default=0, examples=["20150911"], description="the same seed, the same taxpayers, documents and order"
    )
    profile: Literal["gt3_2015", "current"] = Field(
        default="gt3_2015", description="whose identifiers, forms and rates: of 2015, or of today"
    )
    date: Day | None = Field(
        default=None,
        examples=["2015-10-22"],
        description="instead of a profile, the day of the data: who is on the register then, the period that "
        "is due, the law of the day",
    )
    taxpayers: Count = Field(default=1, examples=["70000"], description="how many there are to draw from")
    first: Annotated[int, Field(strict=True, ge=0)] = Field(
        default=0, description="number of the first of them: a target that keeps its data meets others"
    )
    registered: Annotated[bool, Field(strict=True)] | Literal["if_possible"] = Field(
        default=False,
        description="whether the target knows them when the run begins, so that nobody is registered first; "
        "who registers then is another; if_possible: where the run starts the target itself",
    )
    first_newcomer: Annotated[int, Field(strict=True, ge=0, le=POPULATION)] = Field(
        default=0,
        description="with registered: number of the first who registers; those before did in earlier runs",
    )
    ahead: asked.Periods | asked.Ahead = Field(
        default=0,
        examples=["24", "{periods: 24, scale: general}"],
        description="how many VAT declarations of each taxpayer are made before the load begins, so that "
        "more of them can be sent a second",
    )
    files: dict[Annotated[str, AfterValidator(_data_name)], Annotated[DataFile, BeforeValidator(_csv)]] = (
        Field(
            default={},
            description="files of rows, which may stand as keys of data itself",
            examples=["{accounts: {file: accounts.csv}}"],
        )
    )

    @model_validator(mode="before")
    @classmethod
    def _named_files(cls, given: Any) -> Any:
        """`accounts: accounts.csv` beside seed and profile."""
        if not isinstance(given, dict):
            return given
        own = {key: value for key, value in given.items() if key not in cls.model_fields and _is_file(value)}
        if not own:
            return given
        rest = {key: value for key, value in given.items() if key not in own}
        return {**rest, "files": {**rest.get("files", {}), **own}}

    @model_validator(mode="after")
    def _a_known_day(self) -> Data:
        if self.date is None:
            return self
        if "profile" in self.model_fields_set:
            raise refuse("has a profile beside date, which says whose forms and rates; remove profile")
        from generators.calendar import due_period
        from generators.deadlines.deadline import NoPlan, due_date
        from generators.taxpayers.register import Register

        try:
            Register(self.date)
            last = due_date(self.date.year, self.date.month)
        except NoPlan:
            raise refuse(
                f"has date {self.date}: no holiday plan of {self.date.year} is known; "
                "take a day of an earlier year"
            ) from None
        except ValueError as error:
            raise refuse(f"has a date that cannot be: {error}") from None
        if self.date > last:
            raise refuse(f"has date {self.date}, after {last}, the last day for filing; take an earlier one")
        if due_period(self.date, "small") is None:
            raise refuse(
                f"has date {self.date}, when small-scale taxpayers have nothing to file; take a day of "
                f"January, April, July or October"
            )
        return self

    @property
    def of(self) -> str:
        """What the generators call a profile: a name, or the day."""
        return str(self.date) if self.date is not None else self.profile

    @model_validator(mode="after")
    def _in_the_population(self) -> Data:
        space = POPULATION if self.date is None else REGISTER
        if self.first + self.taxpayers > space:
            most = space - self.taxpayers
            raise refuse(f"has a first of {self.first}, beyond the population; give at most {most}")
        asked.check(self.made_ahead, self.taxpayers, of_a_day=self.date is not None)
        return self

    @property
    def made_ahead(self) -> asked.Ahead | None:
        """Which declarations are made before the load; None: none."""
        return asked.asked(self.ahead)


def _gate(text: str) -> str:
    from results.flow.rules import is_case_rule, parse_case_rule
    from results.verdict.rules import RuleError, parse_threshold

    try:
        if is_case_rule(text):
            return parse_case_rule(text).text
        return parse_threshold(text).text
    except RuleError as error:
        raise refuse(f"{error.why}; {error.remedy}") from None


def _condition(text: str) -> str:
    from results.verdict.rules import RuleError, parse_condition

    try:
        return parse_condition(text).text
    except RuleError as error:
        raise refuse(f"{error.why}; {error.remedy}") from None


Gate = Annotated[str, AfterValidator(_gate)]


class Abort(Strict):
    """Stop early: when the condition has held for that long."""

    when: Annotated[str, AfterValidator(_condition)] = Field(
        examples=["error_rate > 20%"], description="a metric of the whole run, a comparison, a limit"
    )
    for_: Duration = Field(alias="for", examples=["30s"], description="how long it must have held")


def _name(text: str) -> str:
    if not re.fullmatch(r"[a-z0-9][a-z0-9_-]{0,63}", text):
        raise refuse("must be small letters, digits, - and _, at most 64: it names the folder of a run")
    return text


def _journey(text: str) -> str:
    if not re.fullmatch(r"[a-z][a-z0-9_]*(?:\.[a-z0-9_]+)*", text):
        raise refuse("must be small letters, digits, _ and dots, as in shop.buy")
    return text


class Scenario(Strict):
    """One file of `scenarios/`."""

    name: Annotated[str, AfterValidator(_name)] = Field(
        examples=["human-sea"], description="small letters, digits, - and _; names the folder of a run"
    )
    question: str | None = Field(
        default=None,
        examples=["Do all desks hold at once?"],
        description="what the run answers; the file's first comment says it too",
    )
    target: str = Field(
        default="reference",
        examples=["reference", "http://127.0.0.1:8000"],
        description="a name in scenarios/targets/, the path of a target file, or a URL on this machine",
    )
    data: Data = Field(
        default=Data(),
        examples=["{seed: 20150911, profile: gt3_2015, taxpayers: 70000}", "{accounts: accounts.csv}"],
        description="which synthetic taxpayers come (needed where journeys serve them), and files of rows",
    )
    load: Load = Field(
        examples=["{arrivals: {rate: 20/s, journeys: {declaration.file: 1}}, stages: [{hold: 1m}]}"],
        description="who comes when; exactly one load model",
    )
    posts: dict[str, Post] = Field(default={}, description="the posts of load.operators, by name")
    journeys: dict[Annotated[str, AfterValidator(_journey)], WrittenJourney] = Field(
        default={}, description="operations in a row", examples=["{shop.buy: [item.add]}"]
    )
    locustfile: str | None = Field(
        default=None,
        examples=["./own.py"],
        description="the user's own Locust file, relative to the scenario; with load.users",
    )
    locust_args: LocustArgs = Field(
        default=[], description="arguments of the locustfile: its own options, --tags, names of user classes"
    )
    allow: list[
        Literal["subprocess", "exec", "fork", "ctypes", "interpreter", "other_client", "other_server"]
    ] = Field(
        default=[],
        description="what the locustfile may do that the guard cannot hold to the target, or that no figure "
        "has: sending by another client, asking another server",
    )
    thresholds: dict[str, Annotated[list[Gate], Field(min_length=1)]] = Field(
        min_length=1, examples=['{"*": [error_rate < 0.1%]}'], description="without one, nothing could fail"
    )
    against: Literal["in_turns", "at_once"] = Field(
        default="in_turns",
        examples=["at_once"],
        description="how `renhai run --against` loads both builds: a run of either in turns, or both runs at "
        "the same time, so that what the machine does else strikes both; where there is room for both",
    )
    optional: list[str] = Field(
        default=[],
        examples=["[registration.save]"],
        description="operations, or globs of them, that a run may pass without having sent as planned",
    )
    abort: Abort | None = Field(
        default=None, description="stop early, with the verdict fail, when it is clearly lost"
    )
    drift: Drift | None = Field(default=None, description="what may change over a long run, and by how much")
    catch_up: CatchUp | None = Field(default=None, description="a volume that must be entered by an hour")

    drill: Drill | None = Field(
        default=None, description="what is done to the target meanwhile, and how soon people can work again"
    )
    audit: Literal["if_possible"] | Auditing | None = Field(
        default=None,
        examples=["{lost: 0, duplicated: 0, altered: 0}"],
        description="read back what was written once the load has ended; if_possible: where the target file "
        "says how, else a note",
    )
    journal: bool = Field(
        default=False, description="write what was sent and answered as a journal, for `renhai replay`"
    )
    papers: Literal["if_possible"] | Papers | None = Field(
        default=None,
        examples=["{keep: all, swapped: 0, wrong: 0}"],
        description="look at what was printed once the load has ended; if_possible: where the target file "
        "says what papers must say, else a note",
    )

    @property
    def requests_held_to(self) -> dict[str, list[str]]:
        """The thresholds on requests, units and posts."""
        return self._rules(of_cases=False)

    @property
    def cases_held_to(self) -> dict[str, list[str]]:
        """The thresholds on cases and lists."""
        return self._rules(of_cases=True)

    def _rules(self, *, of_cases: bool) -> dict[str, list[str]]:
        from results.flow.rules import is_case_rule

        chosen = {
            glob: [rule for rule in rules if is_case_rule(rule) == of_cases]
            for glob, rules in self.thresholds.items()
        }
        return {glob: rules for glob, rules in chosen.items() if rules}

    @model_validator(mode="before")
    @classmethod
    def _no_taxpayers(cls, given: Any) -> Any:
        """A user's own Locust file brings its own data."""
        if isinstance(given, dict) and "locustfile" in given and "data" not in given:
            return {**given, "data": {"seed": 0, "taxpayers": 1}}
        return given

    @model_validator(mode="after")
    def _fits(self) -> Scenario:
        if self.catch_up is not None and self.load.operators is None:
            raise refuse("has catch_up without load.operators; people at desks enter it anew")
        arrivals = self.load.arrivals
        played = arrivals.filing_day if arrivals is not None else None
        if played is not None and self.data.date not in (None, played.date):
            raise refuse(
                f"has data.date {self.data.date} beside a filing_day of {played.date}; let them agree"
            )
        if isinstance(self.audit, Auditing) and self.load.search is not None:
            raise refuse("has audit beside load.search; audit what a run at one rate wrote")
        if isinstance(self.audit, Auditing) and self.locustfile is not None:
            raise refuse("has audit beside a locustfile, whose writes are not known to renhai; remove audit")
        if isinstance(self.audit, Auditing) and not self.audit.most and not self._drill_asks_the_audit:
            raise refuse("has an audit that bounds nothing: every class is null; give one, as in lost: 0")
        if isinstance(self.papers, Papers) and self.load.search is not None:
            raise refuse("has papers beside load.search; look at the papers of a run at one rate")
        if self.journal and (self.load.search is not None or self.locustfile is not None):
            raise refuse("has a journal beside load.search or a locustfile; write one of a run of journeys")
        if isinstance(self.papers, Papers) and self.locustfile is not None:
            raise refuse("has papers beside a locustfile, whose answers renhai does not keep; remove papers")
        if self.drill is not None:
            self._drilled()
        if self.data.registered is True and self.load.search is not None:
            raise refuse(
                "has data.registered beside load.search, whose steps have other taxpayers each; remove it"
            )
        if self.data.made_ahead is not None and self.load.search is not None:
            raise refuse(
                "has data.ahead beside load.search, whose steps have other taxpayers each; remove it"
            )
        if self.data.made_ahead is not None and self.locustfile is not None:
            raise refuse("has data.ahead beside a locustfile, whose users bring their own data; remove it")
        if self.drift is not None and self.load.search is not None:
            raise refuse("has drift beside load.search; look for drift in a run of its own")
        return self

    @property
    def _drill_asks_the_audit(self) -> bool:
        return self.drill is not None and self.drill.asks_the_audit

    def _drilled(self) -> None:
        drill = self.drill
        assert drill is not None
        if self.load.search is not None:
            raise refuse("has drill beside load.search; drill at one rate")
        if self.locustfile is not None:
            raise refuse("has drill beside a locustfile, whose intended starts are not known; remove drill")
        if drill.stop is not None and self.abort is not None:
            raise refuse("has drill.stop beside abort; both end the load: keep one")
        if drill.asks_the_audit and not isinstance(self.audit, Auditing):
            raise refuse(
                "has drill.thresholds that an audit measures; add audit: {lost: null}, which reads back what "
                "was written and leaves its bound to the drill"
            )

    @model_validator(mode="after")
    def _users_of_a_file(self) -> Scenario:
        if (self.locustfile is None) != (self.load.users is None):
            missing = "load.users" if self.load.users is None else "locustfile"
            raise refuse(f"has only one of locustfile and load.users; add {missing}")
        if self.locust_args and self.locustfile is None:
            raise refuse("has locust_args without a locustfile, which they would be for; remove them")
        if self.allow and self.locustfile is None:
            raise refuse("has allow without a locustfile, of which it speaks; remove allow")
        for said in ("journeys", "posts"):
            if self.locustfile is not None and getattr(self, said):
                raise refuse(f"has {said} beside a locustfile, whose users say what they do; remove {said}")
        return self
