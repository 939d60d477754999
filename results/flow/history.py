"""What became of each case of a run, by the receipts of its writes: no cost to the load, and nothing guessed.

Every time is the moment at which an answer came, in seconds of the run. A case enters the list of a post
when the answer to the step before names that post and does not say that the same person goes on (`held`); it
leaves the list when somebody takes it. What was not answered is unknown; what is not closed is open, whatever
else was done to it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field

from results.checks.audit.intents import Intents, Write

ACCEPTS = ("case.accept", "export.upload")
TAKES = "case.take"
STEPS = ("case.review", "case.approve", "case.notice", "case.deliver", "case.close")
RETURNS, SUPPLIES = "case.complete", "case.supply"
ENDS = {"case.refuse": "refused", "case.withdraw": "withdrawn"}
ANSWER = "export.feedback"
"""What the applicant polls for: the answer to an upload."""
ALL = frozenset((*ACCEPTS, TAKES, *STEPS, RETURNS, SUPPLIES, *ENDS, ANSWER))
APPLICANT = ""
"""Who hands a case to its first post."""


@dataclass
class Case:
    """One case of the run. ended: when it was closed, refused or withdrawn; how: which of them, or "".

    entered, taken: times by post, in their order; sent: the post before, for each entering. unknown: a write
    of it has an unknown fate. answered: when the applicant had the answer that is polled for.
    """

    lcslid: str
    item: str
    accepted: float
    ended: float | None = None
    how: str = ""
    unknown: bool = False
    returned: int = 0
    answered: float | None = None
    at: str = APPLICANT
    sent: dict[str, list[str]] = field(default_factory=lambda: defaultdict(list))
    entered: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))
    taken: dict[str, list[float]] = field(default_factory=lambda: defaultdict(list))

    @property
    def state(self) -> str:
        """closed, refused, withdrawn, unknown, returned (to its applicant) or open."""
        return self.how or ("unknown" if self.unknown else "returned" if self.returned else "open")


@dataclass(frozen=True)
class Wait:
    """One stay in a list: from when to when somebody took it; None: nobody did in the run. ended: it left the
    list another way (withdrawn). sent: the post that did the step before, APPLICANT for the first."""

    since: float
    until: float | None
    ended: float | None = None
    sent: str = APPLICANT


@dataclass
class Flow:
    """All cases of a run. seconds: how long it lasted. foreign: tasks taken that no case of the run brought.

    told: by post, pairs of a list's length as the target said it at a taking, and by the receipts then.
    unknown: acceptances of which nobody knows whether they came about. holes: why receipts may be missing.
    doubled: cases whose id was given to two, which were taken oftener than they were listed, or ended twice.
    """

    seconds: float
    cases: dict[str, Case] = field(default_factory=dict)
    foreign: int = 0
    told: dict[str, list[tuple[int, float]]] = field(default_factory=lambda: defaultdict(list))
    unknown: int = 0
    holes: list[str] = field(default_factory=list)
    doubled: list[str] = field(default_factory=list)

    def waits(self, post: str) -> list[Wait]:
        """Every stay in a post's list, in the order of entering."""
        found = []
        for case in self.cases.values():
            taken, sent = case.taken.get(post, []), case.sent.get(post, [])
            for place, since in enumerate(case.entered.get(post, [])):
                if place < len(taken):
                    found.append(Wait(since, max(since, taken[place]), None, sent[place]))
                else:
                    found.append(Wait(since, None, case.ended, sent[place]))
        return sorted(found, key=lambda wait: wait.since)

    @property
    def posts(self) -> list[str]:
        """Whose lists cases of the run entered."""
        return sorted({post for case in self.cases.values() for post in case.entered})


def flow_of(intents: Intents, epoch: float, seconds: float) -> Flow:
    """The cases of a run by its intents. epoch: when the load began, in seconds of the Unix epoch."""
    flow = Flow(seconds, holes=[str(hole) for hole in intents.holes])
    writes = sorted(
        (write for name in ALL for write in intents.writes.get(name, ())),
        key=lambda write: (write.ended_ms or write.began_ms, write.number),
    )
    accepted = [write for write in writes if write.operation in ACCEPTS]
    for write in accepted:
        _accept(flow, write, epoch)
    for write in writes:
        if write.operation not in ACCEPTS:
            _further(flow, write, epoch)
    _compare(flow, writes, epoch)
    for case in flow.cases.values():
        oftener = any(len(taken) > len(case.entered.get(post, ())) for post, taken in case.taken.items())
        if oftener and not case.unknown:
            flow.doubled.append(case.lcslid)
    return flow


def _at(write: Write, epoch: float) -> float:
    return (write.ended_ms or write.began_ms) / 1000 - epoch


def _accept(flow: Flow, write: Write, epoch: float) -> None:
    if write.fate == "info":
        flow.unknown += 1
    lcslid = write.values.get("lcslid")
    if write.fate != "ok" or not isinstance(lcslid, str):
        return
    if lcslid in flow.cases:
        flow.doubled.append(lcslid)
    case = flow.cases[lcslid] = Case(lcslid, str(write.values.get("item") or ""), _at(write, epoch))
    _enter(case, write, epoch)


def _enter(case: Case, write: Write, epoch: float) -> None:
    post = write.values.get("gwDm")
    if post and not write.values.get("held"):
        case.entered[str(post)].append(_at(write, epoch))
        case.sent[str(post)].append(case.at)
    case.at = str(post or case.at)


def _further(flow: Flow, write: Write, epoch: float) -> None:
    case = flow.cases.get(str(write.values.get("lcslid")))
    if case is None:
        flow.foreign += write.fate == "ok" and write.operation == TAKES and bool(write.values.get("found"))
        return
    if write.operation == ANSWER:
        if write.fate == "ok" and case.answered is None:
            case.answered = _at(write, epoch)
        return
    if write.fate == "info":
        case.unknown = True
    if write.fate != "ok":
        return
    if write.operation == TAKES:
        case.taken[str(write.values.get("gwDm"))].append(_at(write, epoch))
    elif write.operation == RETURNS:
        case.returned += 1
        case.at = APPLICANT
    elif write.operation == SUPPLIES:
        case.returned -= 1
        _enter(case, write, epoch)
    elif case.how and (write.operation in ENDS or write.values.get("blzt") == "closed"):
        flow.doubled.append(case.lcslid)
    elif write.operation in ENDS:
        case.ended, case.how = _at(write, epoch), ENDS[write.operation]
    elif write.values.get("blzt") == "closed":
        case.ended, case.how = _at(write, epoch), "closed"
    else:
        _enter(case, write, epoch)


def _compare(flow: Flow, writes: Iterable[Write], epoch: float) -> None:
    """The length that the target told at each taking, and the one that the receipts amount to then."""
    changes: dict[str, list[tuple[float, int]]] = defaultdict(list)
    for post in flow.posts:
        for wait in flow.waits(post):
            changes[post].append((wait.since, 1))
            if (left := wait.until if wait.until is not None else wait.ended) is not None:
                changes[post].append((left, -1))
    for found in changes.values():
        found.sort()
    reached: dict[str, tuple[int, int]] = defaultdict(lambda: (0, 0))  # place in changes, length there
    for write in writes:
        length, post = write.values.get("length"), str(write.values.get("gwDm"))
        if write.operation != TAKES or write.fate != "ok" or not isinstance(length, int):
            continue
        place, counted = reached[post]
        while place < len(changes[post]) and changes[post][place][0] < _at(write, epoch):
            counted += changes[post][place][1]
            place += 1
        reached[post] = place, counted
        flow.told[post].append((length, counted))
