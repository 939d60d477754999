"""The systems of a replay, each allowed by its own target file, and the plan that its load process gets."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Sequence
from dataclasses import asdict, dataclass
from fnmatch import fnmatchcase
from pathlib import Path
from typing import Any

from renhai.binding.loader import load_binding, needed_secrets, normalise
from renhai.binding.model import Binding
from renhai.binding.text.unread import telling
from renhai.core.errors import Problem, UsageError
from renhai.core.machine.own_addresses import known_sources
from renhai.core.private_files import owner_only
from renhai.core.process.child_process import child_environment
from renhai.core.yaml_lines import show_path
from renhai.safety import addresses as target_addresses
from renhai.safety import permit
from renhai.spec.cutover.journal.rules import Rules
from renhai.spec.cutover.journal.track_file import TrackRecord, read_track
from results.snapshot.files import replace_whole

KNOWN = "reference"  # the target file that has every operation that journeys know


@dataclass(frozen=True)
class Pace:
    """speed: times the journal's own pace, None: as fast as it goes. deadline_ms: of the Unix epoch.
    together: requests under way at once, at most."""

    speed: float | None = None
    deadline_ms: int | None = None
    together: int = 16


@dataclass(frozen=True)
class Side:
    """One system. url "": the embedded reference target, which the replay starts. defects: of its file of
    them, a digest; "" for none."""

    side: str
    binding: Binding
    shown: str
    plain: dict[str, Any]
    url: str
    sources: list[str]
    defects: str = ""

    def digest(self, journal: str, rules: Rules) -> str:
        """By which a track file knows that it goes on with the same work. How answers are compared is no part
        of it, and may change afterwards."""
        sending = rules.model_dump_json(include={"tables", "old", "new", "ids", "reenter"})
        rest = sending + json.dumps(self.plain, sort_keys=True, default=str) + self.url + self.defects
        return hashlib.sha256(f"{journal}{self.side}{rest}".encode()).hexdigest()[:16]

    def track(self, folder: Path) -> Path:
        return folder / f"{self.side}.track.jsonl"

    def record(self, folder: Path, journal: str, rules: Rules) -> TrackRecord:
        return read_track(self.track(folder), self.digest(journal, rules), self.side)

    def write_plan(
        self, folder: Path, journal: Path, digest: str, rules: Rules, url: str, pace: Pace
    ) -> Path:
        """The load process's plan. Raises Refused where the guard does not allow the address."""
        allowed = permit.permit(self.binding, self.shown)
        plan = {
            "journal": str(journal.resolve()),
            "sha256": digest,
            "side": self.side,
            "rules": rules.model_dump(mode="json"),
            "binding": telling(self.plain),
            "url": url,
            "addresses": target_addresses.resolve(url, self.binding, self.shown),
            "permit": asdict(allowed),
            "track": str(self.track(folder).resolve()),
            "digest": self.digest(digest, rules),
            "sources": self.sources,
            **asdict(pace),
            "deadline_ms": pace.deadline_ms if self.side == "new" else None,  # of what is re-entered
        }
        path = folder / f"{self.side}.plan.json"
        replace_whole(path, json.dumps(plan, ensure_ascii=False, default=str), opener=owner_only)
        return path


def asked_twice(rules: Rules, sides: Sequence[Side]) -> Rules:
    """The same rules, whose `noise.reads` names operations that only read. What leaves a receipt in one
    system, or in the reference, is a write in all; and `*` fits nothing that the reference does not know: a
    target file of one's own need not say of any operation that it writes."""
    if not rules.noise.reads:
        return rules
    binding, _, path = load_binding(KNOWN)
    known = normalise(binding, path)["operations"]
    files = [known, *(side.plain["operations"] for side in sides)]
    writes = {name for operations in files for name, item in operations.items() if item.get("receipt")}
    reads = [
        name
        for name in dict.fromkeys(name for operations in files for name in operations)
        if name not in writes and _named(name, rules.noise.reads, name in known)
    ]
    return rules.model_copy(update={"noise": rules.noise.model_copy(update={"reads": reads})})


def _named(name: str, globs: Sequence[str], known: bool) -> bool:
    return name in globs or (known and any(fnmatchcase(name, glob) for glob in globs))


def side_of(name: str, target: str, url: str | None, pace: Pace) -> Side:
    """A target file, or its name, for one side. Raises UsageError."""
    binding, written, path = load_binding(target)
    shown = show_path(path)
    permit.check_environment(binding, shown)
    most = binding.ceiling.operators
    if most is not None and pace.together > most:
        why = f"is {most}, and the replay would have {pace.together} requests under way; lower --together"
        raise UsageError(Problem(shown, "ceiling.operators", why))
    environ = child_environment()
    missing = sorted(one for one in needed_secrets(binding) if not environ.get(one))
    if missing:
        why = f"needs the environment variable {missing[0]}, which is not set; export it and try again"
        raise UsageError(Problem(shown, "", why))
    place = url or ("" if binding.url == "embedded" else binding.url)
    place = target_addresses.checked_url(place, f"--{name}-url") if place else ""
    sources = known_sources(binding.sources, written.where(("sources",)))
    return Side(name, binding, shown, normalise(binding, path), place, sources)
