"""Finding, reading and checking a scenario with its target: every mistake is found before any load."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from fnmatch import fnmatchcase
from pathlib import Path

from pydantic import Field

from generators.eras.era import day_of
from renhai.binding.loader import EMBEDDED, Binding, load_binding
from renhai.core import home
from renhai.core.errors import Problem, UsageError, choice, nearest
from renhai.core.validation import Strict, override, unknown, validate
from renhai.core.yaml_lines import Where, YamlFile, load_yaml
from renhai.spec import journey_catalog
from renhai.spec import staffing as bureau
from renhai.spec.journeys.registry import Journey
from renhai.spec.journeys.written import uses
from renhai.spec.papers.form import forms_of
from renhai.spec.scenario import Post, Scenario
from renhai.spec.staffing import Staffing
from renhai.spec.target_url import binding_at
from results.metrics import PRESENCE, RUN

__all__ = ["LoadedScenario", "Scenario", "find_scenario", "load_scenario"]


class StandardPosts(Strict):
    """`scenarios/posts/standard.yaml`: posts that any scenario may use without writing them out."""

    posts: dict[str, Post] = Field(min_length=1)


@dataclass(frozen=True)
class LoadedScenario:
    """A scenario that passed every check, with all that it refers to."""

    scenario: Scenario
    path: Path
    file: YamlFile
    question: str
    posts: dict[str, Post]
    binding: Binding
    binding_path: Path
    journeys: dict[str, Journey] = field(default_factory=dict)
    staffing: Staffing | None = None
    binding_file: YamlFile | None = None

    @property
    def operations(self) -> list[str]:
        """What the scenario's journeys may send, and what signs in and out, in the target's order."""
        used = {operation for journey in self.journeys.values() for operation in journey.operations}
        used |= set(self.binding.auth.operations) if self.binding.auth else set()
        return [name for name in self.binding.operations if name in used]

    @property
    def closed(self) -> bool:
        return self.scenario.load.arrivals is None


def load_scenario(
    name: str, assignments: Iterable[str] = (), target: str | None = None, *, begins: bool = True
) -> LoadedScenario:
    """The scenario behind a shipped name or a path, with `--set` assignments and another target applied.

    begins: the target may be one that is started for it, and told of its taxpayers; not so what a journal is
    made of, which is sent to other systems.
    Raises UsageError with all the mistakes of the first file that has any.
    """
    path = find_scenario(name)
    file = load_yaml(path)
    override(file, assignments)
    scenario = validate(Scenario, file)
    binding, binding_file, binding_path = _target(scenario, file, path, target)
    scenario = _known(scenario, binding, target, begins)
    staffing = _staffing(scenario, file, path)
    posts, posts_file = _posts(scenario)
    problems = [*_unknown_posts(scenario, file, posts)]
    if problems:
        raise UsageError(problems)
    used = staffing.posts if staffing else _used_posts(scenario, posts)
    journeys = _journeys(scenario, used)
    problems = [] if staffing else [*_unknown_journeys(scenario, file, used, posts_file)]
    problems += [*journey_catalog.problems(scenario, file, path, binding)]
    problems += [*_missing_operations(binding, binding_file, journeys)]
    problems += uses.problems(scenario, file, path.resolve().parent, journeys, binding, binding_file)
    problems += _before_their_time(scenario, file, journeys)
    if problems:
        raise UsageError(problems)
    if scenario.papers is not None:
        forms_of(binding, binding_path, binding_file)  # a form that is wrong is told before any load
    loaded = LoadedScenario(
        scenario, path, file, _question(scenario, path), used, binding, binding_path, journeys
    )
    loaded = replace(loaded, staffing=staffing, binding_file=binding_file)
    problems = [*_idle_thresholds(loaded), *_idle_options(loaded)]
    if problems:
        raise UsageError(problems)
    return loaded


def find_scenario(name: str) -> Path:
    """The file of a scenario; raises UsageError that lists what there is."""
    if name.endswith((".yaml", ".yml")):
        if not Path(name).exists():
            raise UsageError(
                f"scenario file {name} does not exist{choice(Path(name).stem, home.scenario_names())}"
            )
        return Path(name)
    shipped = home.scenarios() / f"{name}.yaml"
    if name in home.scenario_names() and shipped.is_file():
        return shipped
    here = next((p for p in (Path(f"{name}.yaml"), Path("scenarios") / f"{name}.yaml") if p.is_file()), None)
    if here is not None:
        raise UsageError(f"scenario {name!r} is not a shipped one; name your own file by its path: {here}")
    near, known = nearest(name, home.scenario_names()), ", ".join(home.scenario_names())
    raise UsageError(
        f"scenario {name!r} does not exist{near}; shipped: {known}; your own: a path ending in .yaml"
    )


def _target(
    scenario: Scenario, file: YamlFile, path: Path, target: str | None
) -> tuple[Binding, YamlFile, Path]:
    """The scenario's binding, or the one that --target names; a URL there keeps the scenario's binding."""
    if target is not None and "://" not in target:
        try:
            return load_binding(target, judged=scenario.locustfile is None)
        except UsageError as error:
            raise _of_option("--target", error) from None
    try:
        if "://" in scenario.target:
            return binding_at(scenario.target, scenario.locustfile is None)
        beside = path.resolve().parent
        return load_binding(scenario.target, beside, judged=scenario.locustfile is None)
    except UsageError as error:
        if error.problems[0].where:
            raise
        raise UsageError(Problem(file.where(("target",)), "", str(error))) from None


def _known(scenario: Scenario, binding: Binding, target: str | None, begins: bool) -> Scenario:
    """`registered: if_possible` decided: only a target that the run starts itself can be told of them.

    A search has other taxpayers in each step, more than it ever needs in one: it registers who comes.
    """
    if scenario.data.registered != "if_possible":
        return scenario
    url = target if target and "://" in target else binding.url
    known = begins and url == EMBEDDED and scenario.load.search is None
    return scenario.model_copy(update={"data": scenario.data.model_copy(update={"registered": known})})


def _staffing(scenario: Scenario, file: YamlFile, path: Path) -> Staffing | None:
    """The operators of the scenario's bureau, if it names one."""
    roster = scenario.load.bureau
    if roster is None:
        return None
    return bureau.staff(roster, file, path.resolve().parent, journey_catalog.known_journeys(scenario))


def _of_option(option: str, error: UsageError) -> UsageError:
    return UsageError([Problem(item.where or option, item.field, item.text) for item in error.problems])


def _posts(scenario: Scenario) -> tuple[dict[str, Post], YamlFile]:
    file = load_yaml(home.scenarios() / "posts" / "standard.yaml")
    return {**validate(StandardPosts, file).posts, **scenario.posts}, file


def _unknown_posts(scenario: Scenario, file: YamlFile, posts: dict[str, Post]) -> Iterator[Problem]:
    for number, group in enumerate(scenario.load.operators or []):
        if group.post not in posts:
            yield unknown(file, ("load", "operators", number, "post"), group.post, posts, "post")


def _used_posts(scenario: Scenario, posts: dict[str, Post]) -> dict[str, Post]:
    names = dict.fromkeys(group.post for group in scenario.load.operators or [])
    return {name: posts[name] for name in names}


def _mixes(scenario: Scenario, posts: dict[str, Post]) -> Iterator[tuple[Where, list[str]]]:
    if scenario.load.arrivals is not None:
        yield ("load", "arrivals", "journeys"), list(scenario.load.arrivals.journeys)
    for name, post in {**posts, **scenario.posts}.items():
        yield ("posts", name, "journeys"), list(post.journeys)


def _unknown_journeys(
    scenario: Scenario, file: YamlFile, posts: dict[str, Post], standard: YamlFile
) -> Iterator[Problem]:
    known = journey_catalog.known_journeys(scenario)
    for path, names in _mixes(scenario, posts):
        own = file if path[0] == "load" or path[1] in scenario.posts else standard
        for name in names:
            if name not in known:
                yield unknown(own, (*path, name), name, known, "journey")
                yield from journey_catalog.catalog().broken  # it may stand in one of these


def _journeys(scenario: Scenario, posts: dict[str, Post]) -> dict[str, Journey]:
    arrivals = scenario.load.arrivals
    mixes = [arrivals.journeys] if arrivals else [post.journeys for post in posts.values()]
    known = journey_catalog.known_journeys(scenario)
    return {name: known[name] for mix in mixes for name in mix if name in known}


def _before_their_time(scenario: Scenario, file: YamlFile, journeys: dict[str, Journey]) -> Iterator[Problem]:
    """Journeys that nobody makes yet on the day of the data."""
    day = str(day_of(scenario.data.of))
    field = "date" if scenario.data.date is not None else "profile"
    for journey in journeys.values():
        if day < journey.since:
            text = f"stands for {day}; {journey.name} is done from {journey.since} on: take a later day"
            yield Problem(file.where(("data", field)), f"data.{field}", text)


def _missing_operations(binding: Binding, file: YamlFile, journeys: dict[str, Journey]) -> Iterator[Problem]:
    where = file.where(("operations",), key=True)
    senders: dict[str, list[str]] = {}
    for journey in (item for item in journeys.values() if item.file):
        for operation in dict.fromkeys(journey.operations):
            senders.setdefault(operation, []).append(journey.name)
    for operation, names in senders.items():
        if operation not in binding.operations:
            said = f"journey {names[0]} sends" if len(names) == 1 else f"journeys {', '.join(names)} send"
            yield Problem(where, f"operations.{operation}", f"is missing; {said} it")


def _idle_thresholds(loaded: LoadedScenario) -> Iterator[Problem]:
    """Thresholds for which no journey sends a request: the run could only end as invalid."""
    if loaded.scenario.locustfile:
        yield from _said_of_desks(loaded)  # which requests its users send shows only when they do
        return
    possible = loaded.operations
    unit_posts = [f"{group.unit}/{group.post}" for group in loaded.staffing.groups] if loaded.staffing else []
    unit_posts += [f"{group.unit}/{group.post}" for group in loaded.scenario.load.operators or []]
    yield from _wrong_subjects(loaded, unit_posts)
    for glob in loaded.scenario.requests_held_to:
        if glob != RUN and "/" not in glob and not any(fnmatchcase(name, glob) for name in possible):
            text = f"matches none of this scenario's operations{choice(glob, _globs(possible))}"
            where = loaded.file.where(("thresholds", glob), key=True)
            yield Problem(where, f'thresholds."{glob}"', text)


def _idle_options(loaded: LoadedScenario) -> Iterator[Problem]:
    """`optional:` that excuses nothing, or all: then nothing would be held to the plan."""
    for number, glob in enumerate(loaded.scenario.optional):
        where = loaded.file.where(("optional", number))
        if loaded.scenario.locustfile:
            yield Problem(where, "optional", "goes with journeys; a locustfile has none: remove it")
        elif not any(fnmatchcase(name, glob) for name in loaded.operations):
            text = f"has {glob}, which is none of this scenario's operations{choice(glob, loaded.operations)}"
            yield Problem(where, "optional", text)
        elif all(fnmatchcase(name, glob) for name in loaded.operations):
            text = f"has {glob}, which is every operation; name those that may be left out"
            yield Problem(where, "optional", text)
            return
    globs = loaded.scenario.optional
    if globs and all(any(fnmatchcase(name, glob) for glob in globs) for name in loaded.operations):
        where = loaded.file.where(("optional", len(globs) - 1))
        yield Problem(where, "optional", "names every operation; leave out those that must be there")


def _wrong_subjects(loaded: LoadedScenario, unit_posts: list[str]) -> Iterator[Problem]:
    """Rules of units and posts that no operator is held to, and those said of requests."""
    from results.verdict.rules import parse_rule

    for glob, rules in loaded.scenario.requests_held_to.items():
        where = loaded.file.where(("thresholds", glob), key=True)
        if "/" in glob and not any(fnmatchcase(name, glob) for name in unit_posts):
            text = f"matches no unit/post of this scenario{choice(glob, ['*/*', *unit_posts])}"
            yield Problem(where, f'thresholds."{glob}"', text)
        for metric in {parse_rule(rule).metric for rule in rules} & set(PRESENCE):
            if "/" not in glob:
                text = f'has {metric}, which is of units and posts; write it under a subject such as "*/*"'
                yield Problem(where, f'thresholds."{glob}"', text)


def _said_of_desks(loaded: LoadedScenario) -> Iterator[Problem]:
    """Rules of units and posts in a scenario with a user's own Locust file, which has neither."""
    from results.verdict.rules import parse_rule

    for glob, rules in loaded.scenario.requests_held_to.items():
        for metric in {parse_rule(rule).metric for rule in rules} & set(PRESENCE):
            where = loaded.file.where(("thresholds", glob), key=True)
            text = f"has {metric}, which is of units and posts; a locustfile has none: remove it"
            yield Problem(where, f'thresholds."{glob}"', text)


def _globs(operations: list[str]) -> list[str]:
    """What a threshold's subject may usefully be."""
    verbs = [f"*.{name.rpartition('.')[2]}" for name in operations]
    domains = [f"{name.partition('.')[0]}.*" for name in operations]
    return list(dict.fromkeys([*operations, *verbs, *domains]))


def _question(scenario: Scenario, path: Path) -> str:
    if scenario.question:
        return scenario.question
    return first_comment(path)


def first_comment(path: Path) -> str:
    """The question of a file, as its first line asks it; "" where it has none."""
    first = path.read_text(encoding="utf-8-sig").lstrip().partition("\n")[0]
    return first.lstrip("# ").strip() if first.startswith("#") else ""
