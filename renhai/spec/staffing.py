"""From a bureau's data to the operators of a run: who sits where, how long they think, and when they come.

A post of the plan is `declaration-desk:novice`, as think times differ by proficiency; in reports the groups
of one unit and post are one row.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from renhai.core import home
from renhai.core.errors import Problem, UsageError, choice
from renhai.core.validation import unknown, validate
from renhai.core.yaml_lines import YamlFile, load_yaml
from renhai.spec.scenario import Post
from renhai.spec.workload.bureau import PROFICIENCIES, Bureau, BureauPost, Roster, Span, Unit

Hours = list[tuple[float, float, float]]  # start, end, and within what time all sit, in seconds of the run


@dataclass(frozen=True)
class Group:
    """Operators of one unit, post and proficiency."""

    unit: str
    unit_name: str
    post: str
    post_name: str
    proficiency: str
    count: int
    hours: Hours

    @property
    def plan_post(self) -> str:
        return f"{self.post}:{self.proficiency}"


@dataclass(frozen=True)
class Staffing:
    """Who of a bureau comes to work in a scenario, for how many seconds of the run."""

    groups: list[Group]
    posts: dict[str, Post]
    seconds: float
    pace: float

    def resized(self, counts: Sequence[int], seconds: float | None) -> Staffing:
        """The same with other numbers of operators, and the hours stretched to another length."""
        factor = 1.0 if seconds is None else seconds / self.seconds
        groups = [
            replace(
                group, count=count, hours=[(a * factor, b * factor, c * factor) for a, b, c in group.hours]
            )
            for group, count in zip(self.groups, counts, strict=True)
            if count
        ]
        return replace(self, groups=groups, seconds=self.seconds * factor)


def find_bureau(name: str, beside: Path) -> Path:
    """The file of a bureau: a name in scenarios/bureaux/, or a path, also beside the scenario."""
    if name.endswith((".yaml", ".yml")):
        places = [Path(name), beside / name]
        found = next((place for place in places if place.is_file()), None)
        if found is None:
            raise UsageError(
                f"is {name}; there is no such file{choice(Path(name).stem, home.bureau_names())}"
            )
        return found
    path = home.scenarios() / "bureaux" / f"{name}.yaml"
    if not path.is_file():
        raise UsageError(f"is {name}; no such bureau{choice(name, home.bureau_names())}")
    return path


def staff(roster: Roster, file: YamlFile, beside: Path, journeys: Iterable[str]) -> Staffing:
    """Read the bureau of a scenario's `load.bureau` and say who works. Raises UsageError."""
    try:
        path = find_bureau(roster.file, beside)
    except UsageError as error:
        field = ("load", "bureau", "file")
        raise UsageError(Problem(file.where(field), "load.bureau.file", str(error))) from None
    data = load_yaml(path)
    bureau = validate(Bureau, data)
    problems = [*_of_bureau(bureau, data, set(journeys)), *_of_roster(roster, bureau, file)]
    if problems:
        raise UsageError(problems)
    groups = [group for unit in _taken(roster.units, bureau.units) for group in _groups(unit, roster, bureau)]
    if not groups:
        why = f"names posts without seats in {roster.file}; give them seats there, or leave posts out"
        raise UsageError(Problem(file.where(("load", "bureau")), "load.bureau", why))
    idle = [group for group in groups if not group.hours]
    if idle:
        why = (
            f"has no hour of {idle[0].post}, whose shift is another part of the day; choose another clock,"
            " or leave that post out with posts: [...]"
        )
        raise UsageError(Problem(file.where(("load", "bureau", "clock")), "load.bureau.clock", why))
    seconds = (roster.clock.end - roster.clock.start) / roster.pace
    return Staffing(groups, _posts(bureau, groups), seconds, roster.pace)


def _of_bureau(bureau: Bureau, file: YamlFile, journeys: set[str]) -> Iterator[Problem]:
    for name, desk in bureau.posts.items():
        for journey in desk.journeys:
            if journey not in journeys:
                yield unknown(file, ("posts", name, "journeys", journey), journey, journeys, "journey")
    for name, unit in bureau.units.items():
        for post, staff in unit.seats.items():
            where = ("units", name, "seats", post)
            if post not in bureau.posts:
                yield unknown(file, where, post, bureau.posts, "post")
                continue
            for proficiency in PROFICIENCIES:
                if getattr(staff, proficiency) and proficiency not in bureau.posts[post].think_time:
                    why = f"has {proficiency} seats, but posts.{post}.think_time says nothing of them; add it"
                    yield Problem(file.where(where), f"units.{name}.seats.{post}", why)


def _of_roster(roster: Roster, bureau: Bureau, file: YamlFile) -> Iterator[Problem]:
    for key, known, what in (("units", bureau.units, "unit"), ("posts", bureau.posts, "post")):
        for number, name in enumerate(getattr(roster, key) or []):
            if name not in known:
                yield unknown(file, ("load", "bureau", key, number), name, known, what)


def _taken(names: Sequence[str] | None, known: Mapping[str, Any]) -> list[Any]:
    return [known[name] for name in dict.fromkeys(names)] if names else list(known.values())


def _groups(unit: Unit, roster: Roster, bureau: Bureau) -> Iterator[Group]:
    for post, seats in unit.seats.items():
        if roster.posts and post not in roster.posts:
            continue
        desk = bureau.posts[post]
        hours = _hours(desk.shift or bureau.shift, roster, bureau)
        for proficiency in PROFICIENCIES:
            count = getattr(seats, proficiency)
            if count:
                yield Group(unit.code, unit.title, post, desk.title, proficiency, count, hours)


def _hours(shift: Sequence[Span], roster: Roster, bureau: Bureau) -> Hours:
    """The shift as far as the clock shows it, in seconds of the run."""
    found: Hours = []
    clock, pace = roster.clock, roster.pace
    within = (roster.sign_in or bureau.sign_in) / pace
    for span in shift:
        start = (max(span.start, clock.start) - clock.start) / pace
        end = (min(span.end, clock.end) - clock.start) / pace
        if end > start:
            found.append((start, end, min(within, (end - start) / 2)))
    return found


def _posts(bureau: Bureau, groups: Iterable[Group]) -> dict[str, Post]:
    found: dict[str, Post] = {}
    for group in groups:
        desk: BureauPost = bureau.posts[group.post]
        think = desk.think_time[group.proficiency]  # type: ignore[index]
        found.setdefault(group.plan_post, Post(journeys=desk.journeys, think_time=think))
    return found


def at_work(groups: Sequence[Group], seconds: float) -> list[tuple[float, int, int]]:
    """(seconds, operators at the start, at the end) piece by piece: they rise while people sign in, and step
    down."""
    moments = {0.0, seconds}
    for group in groups:
        for start, end, within in group.hours:
            moments |= {start, start + within, min(end, seconds)}
    return [
        (
            after - before,
            round(sum(_at_work(group, before, before) for group in groups)),
            round(sum(_at_work(group, after, before) for group in groups)),
        )
        for before, after in pairwise(sorted(moments))
    ]


def _at_work(group: Group, moment: float, begun: float) -> float:
    """How many of a group sit at a moment of the piece of time that began at `begun`."""
    for start, end, within in group.hours:
        if start <= begun < end:
            return group.count * (min(1.0, (moment - start) / within) if within else 1.0)
    return 0.0
