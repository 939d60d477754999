"""Drafts from a recording (HAR)."""

from __future__ import annotations

from pathlib import Path

from renhai.binding.drafting.draft import Draft, written_out
from renhai.binding.drafting.names import slug, word
from renhai.binding.drafting.notes import note
from renhai.binding.drafting.recorded.har import Recording, read_har
from renhai.binding.drafting.recorded.journey import fill
from renhai.binding.drafting.recorded.operations import Drafting
from renhai.core.errors import Problem, UsageError, choice


def from_har(path: Path) -> str:
    """The target file that a browser's HAR drafts. Raises UsageError."""
    return written_out(draft_har(path))


def draft_har(path: Path, origin: str | None = None) -> Draft:
    """origin: whose requests; else of the one that was asked most. Raises UsageError."""
    recording = read_har(path)
    draft = Draft(slug(path.stem) or "drafted", note("of_recording", file=path.name))
    origins = recording.origins
    if not origins:
        left = "; ".join(said.text() for said in recording.left_out())
        raise UsageError(Problem(str(path), "", f"names no operation that could be drafted: {left}"))
    chosen = _chosen(path, origins, origin)
    _say_what_is_left(draft, recording, chosen)
    exchanges = [exchange for exchange in recording.exchanges if exchange.origin == chosen]
    fill(Drafting(draft, exchanges), f"{word(draft.name).lower()}.recorded")
    return draft


def _chosen(path: Path, origins: dict[str, int], origin: str | None) -> str:
    if origin is None:
        return max(origins, key=lambda name: origins[name])
    if origin.rstrip("/") not in origins:
        why = f"is {origin}; the recording in {path} has no request to it{choice(origin, origins)}"
        raise UsageError(Problem("", "--origin", why))
    return origin.rstrip("/")


def _say_what_is_left(draft: Draft, recording: Recording, chosen: str) -> None:
    draft.head.append(note("recording_went_to"))
    for origin, count in recording.origins.items():
        code = "drafted_origin" if origin == chosen else "other_origin"
        draft.head.append(note(code, origin=origin, count=count))
    if recording.twice:
        draft.add_note(note("keys_twice", names=recording.twice))
    left = recording.left_out()
    if left:
        draft.head += [note("left_out"), *left]
