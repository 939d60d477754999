"""`renhai binding new`: one source, one draft, one scenario beside it, and what to do next."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

from renhai.binding.drafting.described.wsdl import draft_wsdl
from renhai.binding.drafting.draft import Draft, written_out
from renhai.binding.drafting.from_har import draft_har
from renhai.binding.drafting.from_openapi import draft_openapi
from renhai.binding.drafting.notes import OPEN, note
from renhai.binding.drafting.recorded.postman import draft_postman
from renhai.binding.drafting.scenario import scenario_text
from renhai.core.errors import UsageError
from renhai.core.language import language

SOURCES: dict[str, Callable[[Path], Draft]] = {
    "openapi": draft_openapi,
    "har": draft_har,
    "wsdl": draft_wsdl,
    "postman": draft_postman,
}
_WITH_ORIGINS = {"har": draft_har, "postman": draft_postman}


class Line(NamedTuple):
    """Something to print: the result itself, or what to know about it. ends: with a line's end already."""

    text: str
    result: bool = False
    ends: bool = False


def new_draft(sources: Mapping[str, Path | None], origin: str | None, out: Path | None) -> Iterator[Line]:
    """Write the draft to `out`, else give it as a line. Raises UsageError."""
    given = {kind: path for kind, path in sources.items() if path is not None}
    if len(given) != 1:
        options = ", ".join(f"--from-{kind} FILE" for kind in SOURCES)
        raise UsageError(f"renhai binding new takes exactly one of {options}")
    ((kind, path),) = given.items()
    if origin is not None and kind not in _WITH_ORIGINS:
        raise UsageError("--origin is for --from-har and --from-postman alone; remove it")
    draft = _WITH_ORIGINS[kind](path, origin) if kind in _WITH_ORIGINS else SOURCES[kind](path)
    spoken = language()
    text = written_out(draft, spoken)
    if out is None:
        yield Line(text, result=True, ends=True)
        yield from _below(draft, spoken)
        shown = "THIS_FILE"
    else:
        beside = out.with_name(f"{out.stem}_scenario.yaml")
        scenario = scenario_text(draft, out.name, spoken)
        files = {out: text, **({beside: scenario} if scenario else {})}
        _refuse_to_replace(files)
        for file, content in files.items():
            _write(file, content)
            yield Line(str(file), result=True)
        shown = str(out)
    yield from _next(draft, text, shown, out, spoken)


def _refuse_to_replace(files: Iterable[Path]) -> None:
    for file in files:
        if file.exists():
            raise UsageError(f"--out {file} exists already; choose another name")


def _write(file: Path, text: str) -> None:
    try:
        file.write_text(text, encoding="utf-8")
    except OSError as error:
        raise UsageError(f"--out {file} cannot be written: {error.strerror}") from None


def _below(draft: Draft, spoken: str) -> Iterator[Line]:
    """The scenario as comments, so that what is printed stays one target file."""
    scenario = scenario_text(draft, "THIS_FILE", spoken)
    if scenario:
        yield Line(f"# {note('scenario_below').text(spoken)}", result=True)
        yield from (Line(f"#   {line}".rstrip(), result=True) for line in scenario.splitlines())


def _next(draft: Draft, text: str, shown: str, out: Path | None, spoken: str) -> Iterator[Line]:
    yield from (Line(said.text(spoken)) for said in dict.fromkeys([*draft.head, *draft.said]))
    yield Line(note("next_fill", file=shown, count=text.count(OPEN) - 1).text(spoken))
    if draft.lost:
        yield Line(note("next_lost", count=draft.lost).text(spoken))
    if out is None or not draft.journeys:
        yield Line(note("next_command", file=shown).text(spoken))
        return
    scenario = str(out.with_name(f"{out.stem}_scenario.yaml"))
    yield Line(note("next_walk", file=shown, scenario=scenario).text(spoken))
    yield Line(note("next_scenario", file=scenario).text(spoken))
