"""What is wrong with a drill once its target and the length of its load are known: file, line, field."""

from __future__ import annotations

from collections.abc import Iterator
from fractions import Fraction

from renhai.binding.model import EMBEDDED
from renhai.core.errors import Problem, choice
from renhai.core.units import spell_seconds
from renhai.core.yaml_lines import show_path
from renhai.spec.drill.model import Action, Drill, held
from renhai.spec.loader import LoadedScenario
from results.metrics import MS, PERCENT
from results.verdict.rules import parse_rule

ITSELF = "target"  # the service that the embedded target is
METHOD = ("drill", "method")
FEW = 10  # requests below which nobody says what share of them is all but one


def drill_problems(
    loaded: LoadedScenario, seconds: float, requests_per_s: float, embedded: bool
) -> list[Problem]:
    """seconds: of the load. requests_per_s: at its peak, as far as is known. embedded: started by the run."""
    drill = loaded.scenario.drill
    if drill is None:
        return []
    found = [*_times(loaded, drill, seconds), *_buckets(loaded, drill, requests_per_s)]
    found += [*_always_good(loaded, drill, requests_per_s), *_always_kept(loaded, drill)]
    for number, action in enumerate(drill.method):
        found += _allowed(loaded, number, action)
        if action.service is not None:
            field = f"drill.method[{number}].service"
            where = loaded.file.where((*METHOD, number, "service"))
            found += _service(loaded, where, field, action.service, action.do, embedded)
    for number, step in enumerate(drill.rollback):
        where = loaded.file.where(("drill", "rollback", number, "service"))
        found += _service(loaded, where, f"drill.rollback[{number}].service", step.service, step.do, embedded)
    return found


def _times(loaded: LoadedScenario, drill: Drill, seconds: float) -> Iterator[Problem]:
    row = drill.steady.bucket * drill.steady.in_a_row
    before = 0.0
    for number, action in enumerate(drill.method):
        where = loaded.file.where((*METHOD, number, "at"))
        field, at = f"drill.method[{number}].at", spell_seconds(action.at)
        if action.at < before:
            yield Problem(where, field, f"is {at}, before {spell_seconds(before)} above it; times go forward")
        before = max(before, action.at)
        if action.at + (action.for_ or 0.0) > seconds:
            last = f"{at} and lasts {spell_seconds(action.for_)}" if action.for_ else at
            yield Problem(
                where, field, f"is {last}; the load ends at {spell_seconds(seconds)}: make it earlier"
            )
    yield from _twice(loaded, drill, seconds)
    first = drill.method[0].at
    if first < row:
        many, each = drill.steady.in_a_row, spell_seconds(drill.steady.bucket)
        why = f"is {spell_seconds(first)}; {many} buckets of {each}"
        where = loaded.file.where((*METHOD, 0, "at"))
        yield Problem(
            where, "drill.method[0].at", f"{why} must be good before: begin it at {spell_seconds(row)}"
        )
    end = max(action.at + (action.for_ or 0.0) for action in drill.method)
    if end <= seconds < end + row:
        left, needed = spell_seconds(seconds - end), spell_seconds(row)
        why = f"leaves {left} after it; a recovery takes {needed} to be seen"
        yield Problem(loaded.file.where(METHOD), "drill.method", f"{why}: make the load longer")


def _twice(loaded: LoadedScenario, drill: Drill, seconds: float) -> Iterator[Problem]:
    """What is on already cannot be put on again: taking back the one would take back the other."""
    for number, action in enumerate(drill.method):
        for earlier in drill.method[:number]:
            if (action.do, action.service) != (earlier.do, earlier.service) or action.service is None:
                continue
            until = earlier.at + earlier.for_ if earlier.for_ else seconds
            if action.do != "restart" and action.at < until:
                on = f"{action.do} of {action.service} is on until {spell_seconds(until)}: begin it later"
                why = f"is {spell_seconds(action.at)}; {on}"
                where = loaded.file.where((*METHOD, number, "at"))
                yield Problem(where, f"drill.method[{number}].at", why)


def _buckets(loaded: LoadedScenario, drill: Drill, requests_per_s: float) -> Iterator[Problem]:
    most = requests_per_s * drill.steady.bucket
    if 0 < most < drill.steady.at_least:
        why = f"is {spell_seconds(drill.steady.bucket)}, in which about {most:.3g} requests begin"
        more = f"at_least asks for {drill.steady.at_least}: make the bucket longer, or the load denser"
        yield Problem(
            loaded.file.where(("drill", "steady", "bucket")), "drill.steady.bucket", f"{why}; {more}"
        )


def _always_good(loaded: LoadedScenario, drill: Drill, requests_per_s: float) -> Iterator[Problem]:
    """Rules of the steady state that a bucket breaks only where nobody is served, which is told anyway."""
    many = max(drill.steady.at_least, int(requests_per_s * drill.steady.bucket))
    patience = loaded.binding.timeouts.total
    for number, rule in enumerate(map(parse_rule, drill.steady.good)):
        why = ""
        if rule.unit == PERCENT and many >= FEW and rule.holds(Fraction(100 * (many - 1), many)):
            why = f"it holds where all but one of {many} requests go wrong; lower the limit"
        elif rule.unit == MS and rule.value > 1000 * patience:
            why = f"by timeouts.total nothing takes longer than {spell_seconds(patience)}; lower the limit"
        if why:
            where = loaded.file.where(("drill", "steady", "good", number))
            yield Problem(where, f"drill.steady.good[{number}]", f"is {rule.text}, which cannot fail: {why}")


def _always_kept(loaded: LoadedScenario, drill: Drill) -> Iterator[Problem]:
    """What is lost was acknowledged after the load began: no RPO is longer than that."""
    last = max(action.at for action in drill.method)
    for number, text in enumerate(drill.thresholds):
        name, op, limit = held(text)
        if name == "rpo" and (limit > last or (limit == last and op != "<")):
            where = loaded.file.where(("drill", "thresholds", number))
            since = f"the last action comes {spell_seconds(last)} after the load began"
            why = f"is {text}, which cannot fail: {since}"
            yield Problem(where, f"drill.thresholds[{number}]", f"{why}; lower it, or act later")


def _allowed(loaded: LoadedScenario, number: int, action: Action) -> Iterator[Problem]:
    word = "tcp" if action.is_tcp else action.do
    if word in loaded.binding.drills:
        return
    file = loaded.binding_file
    where = file.where(("drills",)) if file else show_path(loaded.binding_path)
    asked = f"{loaded.file.where((*METHOD, number, 'do'))} asks for"
    why = f"does not allow {word}, which {asked}; if the target's owner allows it, add it: drills: [{word}]"
    yield Problem(where, "drills", why)


def _service(
    loaded: LoadedScenario, where: str, field: str, name: str, action: str, embedded: bool
) -> Iterator[Problem]:
    services = loaded.binding.services
    if embedded and name == ITSELF and loaded.binding.url == EMBEDDED:
        return
    if name not in services:
        known = [*services, *([ITSELF] if embedded and loaded.binding.url == EMBEDDED else [])]
        of = show_path(loaded.binding_path)
        yield Problem(where, field, f"is {name}, which is no service of {of}{choice(name, known)}")
        return
    lacking = services[name].lacks(action)
    if action in ("start", "thaw") and getattr(services[name], action) is None:
        lacking = action if action == "start" or not services[name].pid_file else ""
    if lacking:
        file = loaded.binding_file
        place = file.where(("services", name)) if file else show_path(loaded.binding_path)
        yield Problem(place, f"services.{name}", f"has no {lacking}; {where} would {action} it: add it")
