"""What there is to run: scenarios, targets, bureaux, journeys, posts, operations, domains; what each is."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator

from renhai.binding.loader import find_binding, load_binding
from renhai.cli.commands import coverage
from renhai.core import home
from renhai.core.errors import UsageError, choice
from renhai.core.yaml_lines import load_yaml
from renhai.spec.journey_catalog import journeys as catalog
from renhai.spec.loader import first_comment

Row = tuple[str, str]


def listing(kinds: list[str]) -> Iterator[tuple[str, list[Row]]]:
    """(kind, its rows) of those asked for, or of all. Raises UsageError for a kind that is none."""
    for kind in kinds:
        if kind not in KINDS:
            known = ", ".join(KINDS)
            raise UsageError(f"there is no list of {kind}{choice(kind, KINDS)}; known: {known}")
    for kind in kinds or KINDS:
        yield kind, KINDS[kind]()


def _scenarios() -> list[Row]:
    return [(name, first_comment(home.scenarios() / f"{name}.yaml")) for name in home.scenario_names()]


def _targets() -> list[Row]:
    return [(name, first_comment(find_binding(name))) for name in home.target_names()]


def _bureaux() -> list[Row]:
    folder = home.scenarios() / "bureaux"
    return [(name, first_comment(folder / f"{name}.yaml")) for name in home.bureau_names()]


def _journeys() -> list[Row]:
    return [
        (name, f"{_about(one.walk)} [{', '.join(dict.fromkeys(one.operations))}]")
        for name, one in sorted(catalog().items())
    ]


def _about(walk: Callable[..., object]) -> str:
    return (inspect.getdoc(walk) or "").partition("\n")[0]


def _posts() -> list[Row]:
    found: list[Row] = []
    for path in sorted((home.scenarios() / "posts").glob("*.yaml")):
        posts = load_yaml(path).data["posts"]
        found += [(name, ", ".join(post["journeys"])) for name, post in posts.items()]
    return found


def _operations() -> list[Row]:
    speaks: dict[str, list[str]] = {}
    for name in home.target_names():
        for operation in load_binding(name)[0].operations:
            speaks.setdefault(operation, []).append(name)
    sent: dict[str, list[str]] = {}
    for name, one in catalog().items():
        for operation in dict.fromkeys(one.operations):
            sent.setdefault(operation, []).append(name)
    return [
        (name, f"of {', '.join(sent.get(name, ['no journey']))}; spoken by {', '.join(targets)}")
        for name, targets in sorted(speaks.items())
    ]


KINDS: dict[str, Callable[[], list[Row]]] = {
    "scenarios": _scenarios,
    "targets": _targets,
    "bureaux": _bureaux,
    "journeys": _journeys,
    "posts": _posts,
    "operations": _operations,
    "domains": coverage.rows,
}
