"""A rehearsal in its folder: how it stands, and the next stage run."""

from __future__ import annotations

import contextlib
import datetime
import shlex
import signal
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from renhai import __version__
from renhai.checks.rehearsal import evidence, systems
from renhai.checks.rehearsal.asked import asks
from renhai.checks.rehearsal.attempts import attempts, last_folder
from renhai.checks.rehearsal.events import Events
from renhai.checks.rehearsal.problems import Problems
from renhai.core.errors import USAGE, Problem, UsageError, choice
from renhai.core.language import say
from renhai.core.machine.ports import free_port
from renhai.core.private_files import owner_only
from renhai.core.process.child_process import Child, last_words
from renhai.spec.cutover.programme.loader import load_programme
from renhai.spec.cutover.programme.model import BESIDE, PLACE, Programme, ProgrammeStage
from results.checks.rehearsal import Overview, PlannedStage, Skip, standing

OUTPUT = "output.txt"
CHECK_S = 0.2
PATIENCE_S = 120.0  # after a first signal: a load waits for what is under way, then judges what it has
OTHERS, LOADS = "--others-than", (("run",), ("duel",), ("baseline", "update"))  # commands that send load
Tell = Callable[[str], None]


@dataclass
class Rehearsal:
    """One programme, one folder, one writer at a time. tell: a line for whoever watches."""

    path: Path
    programme: Programme
    folder: Path
    tell: Tell
    changed: Callable[[], object] = bool  # called once a stage has begun: no page may say then what was
    events: Events = field(init=False)
    problems: Problems = field(init=False)

    @classmethod
    def opened(cls, path: Path, out: Path | None, tell: Tell) -> Rehearsal:
        """Raises UsageError for a programme, a folder or an event that cannot be used."""
        programme = load_programme(path)
        folder = (out or Path("results/rehearsals") / programme.name).resolve()
        try:
            folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        except OSError as error:
            raise UsageError(
                Problem(str(folder), "", f"cannot be made: {error.strerror}; give --out")
            ) from None
        return cls(path, programme, folder, tell)

    def __post_init__(self) -> None:
        self.problems = Problems(self.folder / "ledger.json")
        self._read()

    def _read(self) -> None:
        """Its events as they stand now."""
        self.events = Events(self.folder)
        names = {str(one.get("programme")) for one in self.events.all if one["event"] == "opened"}
        if names - {self.programme.name}:
            why = f"holds the rehearsal of {', '.join(sorted(names))}; give another --out"
            raise UsageError(Problem(str(self.folder), "", why))

    @contextlib.contextmanager
    def alone(self) -> Iterator[None]:
        """Within, nobody else writes. Raises UsageError where somebody does."""
        import fcntl

        with open(self.folder / ".lock", "w", opener=owner_only) as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except OSError:
                why = "is being rehearsed by another process; wait for it, or end it"
                raise UsageError(Problem(str(self.folder), "", why)) from None
            self._read()  # another process may have written since it was opened
            if not self.events.all:
                self.events.add("opened", at=now(), programme=self.programme.name)
            yield

    @contextlib.contextmanager
    def with_systems(self) -> Iterator[None]:
        """Within, the programme's own systems are up. Raises InvalidRun."""
        for name in self.programme.systems:
            port = self._ports().get(name)
            if port is None or not systems.is_free(port):
                self.events.add("system", at=now(), system=name, port=free_port())
        with systems.running(self.programme.systems, self._ports(), self.folder):
            yield

    def _ports(self) -> dict[str, int]:
        return {str(one["system"]): int(one["port"]) for one in self.events.all if one["event"] == "system"}

    def standing(self) -> Overview:
        """By the events, and by the evidence as it lies there now."""
        stages = [self._planned(name) for name in self.programme.stages]
        skips = {
            str(one["stage"]): Skip(str(one["by"]), str(one["reason"]), str(one["at"]), place)
            for place, one in enumerate(self.events.all)
            if one["event"] == "skipped"
        }
        today = self._today() if self.programme.calendar == "real" else ""
        commands = {name: stage.command for name, stage in self.programme.stages.items()}
        tried = attempts(self.events.all, self.folder, commands)
        opened = self.problems.open_now(self._entered())
        return standing(stages, tried, skips, today, opened, self._newest())

    def _entered(self) -> set[str]:
        """What its stages put into the ledger: ids of problems, and what was merged."""
        return {str(name) for one in self.events.all for name in one.get("entered") or ()}

    def _today(self) -> str:
        return max(datetime.date.today().isoformat(), self._newest()[:10])

    def _newest(self) -> str:
        """By the clock, and not before what happened already: a clock that was set back is not early."""
        return max([now(), *(str(one.get("at", "")) for one in self.events.all)])

    def about(self) -> dict[str, Any]:
        """What the pages say of the whole."""
        programme = self.programme
        return {
            "name": programme.name,
            "title": programme.title,
            "title_en": programme.title_en or programme.title,
            "opens": programme.opens.isoformat(),
            "calendar": programme.calendar,
            "build": programme.build or "",
            "at": now(),
            "renhai": __version__,
        }

    def skip(self, name: str, by: str, reason: str) -> None:
        """Lets later stages begin. Raises UsageError without a name and a reason."""
        self._known(name, "--skip")
        for option, text in (("--by", by), ("--reason", reason)):
            if len(text.strip()) < 2:
                raise UsageError(Problem(option, "", f"is missing; say it of {name}, which is skipped"))
        self.events.add("skipped", at=now(), stage=name, by=by.strip(), reason=reason.strip())

    def todo(self, only: Sequence[str]) -> Iterator[str]:
        """Stages to run, in order: the named ones, else all whose gates are shut; ends at one that is not
        opened. Raises UsageError for one whose entry condition does not hold."""
        for name in only:
            self._known(name, "--stage")
        for name in [one for one in self.programme.stages if not only or one in only]:
            now_ = self.standing()
            gate = now_.gate(name)
            if not only and (gate.state == "passed" or gate.skip):
                continue
            shut = now_.may_begin(name)
            if shut and only:
                why = f"cannot begin: {', '.join(shut)} has to pass first, or be skipped by --skip"
                raise UsageError(Problem("--stage", name, why))
            if not shut:
                yield name

    def coming(self, only: Sequence[str]) -> list[str]:
        """Stages that `todo` may come to, in order: those whose gates are shut, those that stand on them."""
        stands, found = self.standing(), list[str]()
        for gate in stands.gates:
            again = gate.state != "passed" or set(gate.stage.after) & set(found)
            if gate.stage.name in only or (not only and again and not gate.skip):
                found.append(gate.stage.name)
        return found

    def next_out(self, name: str) -> Path:
        """The folder of the evidence of a stage's next attempt, by its number."""
        tries = sum(one["event"] == "begun" and one["stage"] == name for one in self.events.all)
        return self.folder / name / f"{max(tries, last_folder(self.folder, name)) + 1:02d}"

    def run(self, name: str) -> None:
        """One attempt, from its first event to its last. A signal that ends us ends the command first."""
        stage = self.programme.stages[name]
        out = self.next_out(name)
        number = int(out.name)
        try:
            out.mkdir(parents=True, mode=0o700)
        except OSError as error:
            raise UsageError(Problem(str(out), "", f"cannot be made: {error.strerror}")) from None
        began = time.time()
        try:
            self.events.add("begun", at=now(), stage=name, attempt=number)
        except UsageError:
            out.rmdir()  # a try that the record does not know would be one that was lost from it
            raise
        self.changed()
        command = self._filled(stage.command, out)
        try:
            failed = self._prepared(stage, out)
            self.events.add("asked", stage=name, attempt=number, asks=self._asks(stage))
            code = None if failed else self._command(self._with_others(_with_out(command, out)), out)
        except BaseException:
            self._ended(name, number, command, out, began, None, interrupted=True)
            raise
        self._ended(name, number, command, out, began, code, unprepared=failed)

    def _prepared(self, stage: ProgrammeStage, out: Path) -> str:
        """The preparation that failed, in words; "" when all is prepared."""
        for words in stage.prepare:
            code = self._command(self._with_others(self._filled(words, out)), out)
            if code != 0:
                said = last_words(out / OUTPUT)
                return f"renhai {shlex.join(words)} ended with {code}{': ' if said else ''}{said}"
        return ""

    def _ended(
        self, name: str, number: int, command: Sequence[str], out: Path, began: float, code: int | None,
        *, interrupted: bool = False, unprepared: str = "",
    ) -> None:  # fmt: skip
        own = {systems.url(port) for port in self._ports().values()}
        found = evidence.documents(command, out, began, own) if code is not None else []
        kept = evidence.digests(found, self.folder)
        before = max((int(one.get("known") or 0) for one in self.events.all), default=0)
        known = self._entered()
        opened = self.problems.merged([one.path for one in found], self.tell, before, known)
        headline = found[-1].headline if found else ("", "")
        self.events.add(
            "ended",
            at=now(),
            stage=name,
            attempt=number,
            code=code,
            interrupted=interrupted,
            unprepared=unprepared,
            doubts=[*evidence.doubts(command, code, found), *_refused(code, out)],
            headline=list(headline),
            documents=kept,
            pages=evidence.pages(found, self.folder),
            problems=opened,
            known=max(before, len(self.problems.ids())),
            entered=sorted(self.problems.entries() - known),
            builds=sorted({build for one in found for build in one.builds}),
            embedded=any(one.embedded for one in found)
            or any(url in word for url in own for word in command),
        )

    def _command(self, words: Sequence[str], out: Path) -> int | None:
        """Its exit code; None when a signal ended it and us."""
        self.tell(f"  renhai {shlex.join(words)}")
        log = out / OUTPUT
        child = Child(["-m", "renhai", *words], cwd=Path.cwd(), log=log)
        try:
            with open(log, "a", encoding="utf-8", opener=owner_only) as sink:
                while child.code is None:
                    self._pass_on(child.line(CHECK_S), sink)
                for line in child.rest():
                    self._pass_on(line, sink)
            return child.code
        except BaseException:
            self.tell(f"  {say('ending it; what it has is kept')}")
            child.ask(signal.SIGINT)
            child.wait(PATIENCE_S)
            raise
        finally:
            child.kill()

    def _pass_on(self, line: str | None, sink: Any) -> None:
        if line is not None:
            sink.write(line + "\n")
            self.tell(f"  | {line}")

    def places(self, out: Path) -> dict[str, str]:
        """What `{...}` stands for in the commands of an attempt, as far as that is known."""
        places = {
            "here": str(self.path.resolve().parent),
            "out": str(out),
            "attempt": str(int(out.name)),
        }
        for name, folder in self._left().items():
            places[f"evidence.{name}"] = folder
        return places | {f"system.{name}": systems.url(port) for name, port in self._ports().items()}

    def _filled(self, words: Sequence[str], out: Path) -> list[str]:
        places = self.places(out)

        def of(found: Any) -> str:
            if found[1] not in places:
                why = "left nothing yet; run that stage first"
                raise UsageError(Problem(str(self.path), found[0], why))
            return places[found[1]]

        return [PLACE.sub(of, word) for word in words]

    def _with_others(self, words: Sequence[str]) -> list[str]:
        """What sends load meets other taxpayers than all of this rehearsal before it, a failed try included:
        a system that keeps its data refuses whom it knows."""
        for name in LOADS:
            given = any(word.partition("=")[0] == OTHERS for word in words)
            if tuple(words[: len(name)]) == name and not given:
                return [*name, OTHERS, str(self.folder), *words[len(name) :]]
        return [*words]

    def _left(self) -> Mapping[str, str]:
        """By stage: the folder of the newest attempt's document."""
        found = {}
        for one in self.events.all:
            if one["event"] == "ended" and one["documents"]:
                found[str(one["stage"])] = str((self.folder / list(one["documents"])[-1]).parent)
        return found

    def _asks(self, stage: ProgrammeStage) -> str:
        return asks(self.programme, stage, self.path.resolve().parent)

    def _planned(self, name: str) -> PlannedStage:
        stage = self.programme.stages[name]
        return PlannedStage(
            name=name,
            title=stage.title,
            title_en=stage.title_en or stage.title,
            owner=stage.owner,
            begins=stage.begins.isoformat(),
            ends=stage.ends.isoformat(),
            after=self.programme.after(name),
            asks=self._asks(stage),
            problems=stage.problems,
            build=self.programme.build or "",
            max_age_s=stage.max_age or self.programme.max_age,
        )

    def _known(self, name: str, option: str) -> None:
        if name not in self.programme.stages:
            why = f"is no stage of {self.path}{choice(name, self.programme.stages)}"
            raise UsageError(Problem(option, name, why))


def _refused(code: int | None, out: Path) -> Iterator[str]:
    said = last_words(out / OUTPUT) if code == USAGE else ""
    if said:
        yield said


def _with_out(words: Sequence[str], out: Path) -> list[str]:
    """What looks at a run leaves its document beside it."""
    return [*words] if words[0] in BESIDE else [words[0], "--out", str(out), *words[1:]]


def now() -> str:
    """UTC, ISO 8601, seconds."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
