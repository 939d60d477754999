"""Cases under way: accepted, taken from a post's list, reviewed, approved, delivered, closed; and the ways
out: completion asked of the applicant, refusal, withdrawal. Knows no domain."""

from __future__ import annotations

import time
from typing import Any, NamedTuple

import orjson

from renhai.reference.cases import codes, guards
from renhai.reference.cases.effects import brought, writes_of
from renhai.reference.cases.loading import BadDomain
from renhai.reference.cases.model import ACCEPT, APART, DELIVER, Domain, Item, Step
from renhai.reference.cases.registry import CALLS, CHECKS, Application
from renhai.reference.cases.tables import CLOSED, FINISHED, INCOMPLETE, PENDING, REFUSED, WITHDRAWN
from renhai.reference.operations.operation import Setup
from renhai.reference.operations.taxpayers import Registered, djxh_of, registered
from renhai.reference.rules.codes import Rejection
from renhai.reference.rules.fields import Document, digits, text, yuan
from renhai.reference.rules.identifiers import is_authority
from renhai.reference.storage.jobs import Change, Data, Decide, Decision, Insert, View

_CASE = "SELECT id, item, djxh, slswjgDm, blzt, step, clr, document FROM cases WHERE lcslid = ? AND copy = 0"
_OPEN = "SELECT lcslid FROM cases WHERE djxh = ? AND item = ? AND blzt IN (?, ?) AND copy = 0 LIMIT 1"
_WAITING = (
    "SELECT lcslid FROM cases WHERE gwDm = ? AND blzt = ? AND clr = '' AND copy = 0 "
    "ORDER BY listed, id LIMIT ?"
)
_WAITING_AT = (
    "SELECT lcslid FROM cases WHERE gwDm = ? AND blzt = ? AND clr = '' AND slswjgDm = ? AND copy = 0 "
    "ORDER BY listed, id LIMIT ?"
)
_LENGTH = "SELECT count(*) FROM cases WHERE gwDm = ? AND blzt = ? AND clr = '' AND copy = 0"
_ACTED = "SELECT hj, lrrDm FROM case_steps WHERE lcslid = ? AND copy = 0 ORDER BY id"
_MOVE = "UPDATE cases SET blzt = ?, gwDm = ?, hj = ?, step = ?, clr = ?, listed = ? WHERE id = ?"
_TAKE = "UPDATE cases SET clr = ? WHERE id = ?"
_SUPPLY = "UPDATE cases SET document = ? WHERE id = ?"
HALL, UPLOAD = "hall", "upload"
"""lrqd: how an application came in."""
MOST_LOOKED_AT = 100
"""Tasks at the head of a list that are looked through for one that this officer may do."""


class Officer(NamedTuple):
    """Who does something, and for which authority."""

    code: str
    authority: str


class Case(NamedTuple):
    """A stored case."""

    id: int
    lcslid: str
    item: Item
    djxh: str
    accepted_at: str
    state: str
    step: int
    holder: str
    document: Document

    @property
    def task(self) -> Step:
        return self.item.route[self.step]


class Engine:
    """The case engine on the items of some domains."""

    def __init__(self, domains: dict[str, Domain], setup: Setup) -> None:
        self.domains, self._setup = domains, setup
        items = [item for domain in domains.values() for item in domain.items.values()]
        self.items = {item.name: item for item in items}
        self._by_code = {item.code: item for item in items}
        for item in items:
            _known(item)

    # What is asked

    def item_of(self, document: Document) -> Item:
        """The item that a document names by its code."""
        code = text(document, "swsxDm", most=40)
        if code not in self._by_code:
            raise Rejection(codes.ITEM_UNKNOWN, f"swsxDm {code} is no item of any domain")
        return self._by_code[code]

    def find(self, view: View, lcslid: str) -> Case:
        """A case by its id. Raises Rejection."""
        row = view.one(_CASE, lcslid)
        if row is None or row[1] not in self.items:
            raise Rejection(codes.CASE_UNKNOWN, f"lcslid {lcslid} is of no case")
        document = orjson.loads(bytes(row[7]))
        return Case(row[0], lcslid, self.items[row[1]], row[2], row[3], row[4], row[5], row[6], document)

    # What is done

    def accept(self, document: Document, raw: bytes, channel: str = HALL) -> Decide:
        """case.accept: take an application; it enters the list of the first post of its route."""
        item, officer = self.item_of(document), officer_of(document)
        djxh, form = djxh_of(document), guards.form_of(item, document)
        guards.papers(item, document)

        def decide(view: View) -> Decision:
            taxpayer = registered(view, djxh)
            guards.standing(item, taxpayer)
            if (row := view.one(_OPEN, djxh, item.name, PENDING, INCOMPLETE)) is not None:
                raise Rejection(codes.OPEN_CASE, f"{item.name} of djxh {djxh} is under way as {row[0]}")
            number, today = view.next_id("cases"), self._setup.today()
            lcslid = f"{officer.authority}{today:%Y%m%d}{number:013}"
            application = self._application(lcslid, item, taxpayer, form, officer)
            guards.holds(view, application)
            now, first = time.time(), item.route[0]
            holder = officer.code if _goes_on(item, -1, item.acceptance) else ""
            values = (
                lcslid, item.code, item.name, djxh, officer.authority, officer.code, channel, PENDING,
                first.post, first.action, 0, holder, now, now, orjson.dumps(document),
            )  # fmt: skip
            effects = writes_of(view, application) if item.settled_at < 0 else []
            je = brought(effects)
            trail, _ = _trail(view, lcslid, item, djxh, ACCEPT, item.acceptance, officer, "", je)
            writes: list[Insert | Change] = [Insert("cases", number, values), trail, *effects]
            next_ = {"hj": first.action, "gwDm": first.post, "held": bool(holder)}
            said = {"lcslid": lcslid, "item": item.name, "levels": len(item.route), "je": yuan(je), **next_}
            return Decision(said, tuple(writes))

        return decide

    def accept_item(self, document: Document, raw: bytes, item: Item) -> Decide:
        """case.ITEM: case.accept of one item, under its own name on the service bus."""
        return self.accept({**document, "swsxDm": item.code}, raw)

    def take(self, document: Document, raw: bytes) -> Decide:
        """case.take: take the oldest task of a post's list that this officer may do, or learn that there is
        none. `slswjgDm`: only of cases accepted there. `length`: of the whole list, before the taking."""
        post, officer = text(document, "gwDm", most=40), officer_of(document)
        at = text(document, "slswjgDm", least=0, most=11)

        def decide(view: View) -> Decision:
            if at:
                rows = view.all(_WAITING_AT, post, PENDING, at, MOST_LOOKED_AT)
            else:
                rows = view.all(_WAITING, post, PENDING, MOST_LOOKED_AT)
            counted = view.one(_LENGTH, post, PENDING)
            length = int(counted[0]) if counted else 0
            for (lcslid,) in rows:
                case = self.find(view, lcslid)
                if not _conflict(view, case, officer):
                    step, serial = _trail(
                        view, lcslid, case.item, case.djxh, "take", post, officer, case.task.action
                    )
                    data = {"found": True, "lcslid": lcslid, "item": case.item.name, "djxh": case.djxh,
                            "hj": case.task.action, "gwDm": post, "serial": serial,
                            "length": length}  # fmt: skip
                    return Decision(data, (step, Change(_TAKE, (officer.code, case.id))))
            return Decision({"found": False, "gwDm": post, "length": length}, ())

        return decide

    def perform(self, document: Document, raw: bytes, action: str) -> Decide:
        """case.review, case.approve, case.notice, case.deliver, case.close: do the step a case stands at."""
        lcslid, officer = _id_of(document), officer_of(document)
        opinion = text(document, "yj", least=0)
        if action == DELIVER:
            _recipient(document)

        def decide(view: View) -> Decision:
            case = self._in_hand(view, lcslid, officer, action)
            settles = case.step == case.item.settled_at
            effects = self._settle(view, case, officer) if settles else []
            je = brought(effects)
            trail, serial = _trail(
                view, lcslid, case.item, case.djxh, action, case.task.post, officer, opinion, je
            )
            moved, data = self._forward(case, officer)
            said = {"lcslid": lcslid, "item": case.item.name, "serial": serial, "je": yuan(je), **data}
            return Decision(said, (trail, *effects, moved))

        return decide

    def end(self, document: Document, raw: bytes, action: str) -> Decide:
        """case.refuse by who holds it; case.withdraw by the applicant, before it is decided."""
        lcslid, officer = _id_of(document), officer_of(document)
        reason = text(document, "yj")

        def decide(view: View) -> Decision:
            case = self._open_case(view, lcslid)
            if action == "refuse":
                self._check_holder(case, officer)
                if case.task.action not in APART:
                    raise Rejection(codes.OTHER_STEP, f"{lcslid} stands at {case.task.action}: decided")
            elif case.step > case.item.settled_at:
                raise Rejection(codes.TOO_LATE, f"{lcslid} is decided")
            trail, serial = _trail(
                view, lcslid, case.item, case.djxh, action, case.task.post, officer, reason
            )
            state = REFUSED if action == "refuse" else WITHDRAWN
            moved = Change(_MOVE, (state, "", "", case.step, "", time.time(), case.id))
            data = {"lcslid": lcslid, "item": case.item.name, "serial": serial, "blzt": state}
            return Decision(data, (trail, moved))

        return decide

    def complete(self, document: Document, raw: bytes) -> Decide:
        """case.complete: send a case back to its applicant, who is to complete it (补正)."""
        lcslid, officer, what = _id_of(document), officer_of(document), text(document, "yj")

        def decide(view: View) -> Decision:
            case = self._open_case(view, lcslid)
            self._check_holder(case, officer)
            trail, serial = _trail(
                view, lcslid, case.item, case.djxh, "complete", case.task.post, officer, what
            )
            values = (INCOMPLETE, case.task.post, case.task.action, case.step, "", time.time(), case.id)
            data = {"lcslid": lcslid, "item": case.item.name, "serial": serial, "blzt": INCOMPLETE}
            return Decision(data, (trail, Change(_MOVE, values)))

        return decide

    def supply(self, document: Document, raw: bytes) -> Decide:
        """case.supply: the applicant hands in what was asked for; the case returns to the list it was in."""
        lcslid, officer = _id_of(document), officer_of(document)

        def decide(view: View) -> Decision:
            case = self.find(view, lcslid)
            if case.state != INCOMPLETE:
                raise Rejection(codes.NOT_INCOMPLETE, f"{lcslid} is {case.state}")
            handed: Document = {key: document[key] for key in ("form", "zl") if key in document}
            whole: Document = {**case.document, **handed}
            guards.form_of(case.item, whole)
            guards.papers(case.item, whole)
            trail, serial = _trail(view, lcslid, case.item, case.djxh, "supply", "", officer, "")
            task = case.task
            moved = (PENDING, task.post, task.action, case.step, "", time.time(), case.id)
            writes = (trail, Change(_MOVE, moved), Change(_SUPPLY, (orjson.dumps(whole), case.id)))
            data = {"lcslid": lcslid, "item": case.item.name, "serial": serial, "gwDm": task.post}
            return Decision(data, writes)

        return decide

    # Within

    def _application(
        self, lcslid: str, item: Item, taxpayer: Registered, form: dict[str, Any], officer: Officer
    ) -> Application:
        today = self._setup.today()
        return Application(lcslid, item, taxpayer, form, officer.code, officer.authority, today, self._setup)

    def _open_case(self, view: View, lcslid: str) -> Case:
        case = self.find(view, lcslid)
        if case.state in FINISHED:
            raise Rejection(codes.NOT_OPEN, f"{lcslid} is {case.state}")
        if case.state == INCOMPLETE:
            raise Rejection(codes.INCOMPLETE, f"{lcslid} waits for its applicant")
        return case

    def _check_holder(self, case: Case, officer: Officer) -> None:
        if not case.holder:
            raise Rejection(codes.NOT_TAKEN, f"{case.lcslid} stands in the list of {case.task.post}")
        if case.holder != officer.code:
            raise Rejection(codes.TAKEN, f"{case.lcslid} was taken by {case.holder}")

    def _in_hand(self, view: View, lcslid: str, officer: Officer, action: str) -> Case:
        """The case, at this step and in this officer's hands, who may do it."""
        case = self._open_case(view, lcslid)
        if case.task.action != action:
            raise Rejection(codes.OTHER_STEP, f"{lcslid} stands at {case.task.action}, not {action}")
        self._check_holder(case, officer)
        if _conflict(view, case, officer):
            raise Rejection(codes.SAME_PERSON, f"{officer.code} acted in {lcslid} before")
        return case

    def _settle(self, view: View, case: Case, officer: Officer) -> list[Insert | Change]:
        """What the decision brings about; refused where it no longer can be."""
        taxpayer = registered(view, case.djxh)
        guards.standing(case.item, taxpayer)
        form = guards.form_of(case.item, case.document)
        application = self._application(case.lcslid, case.item, taxpayer, form, officer)
        try:
            guards.holds(view, application)
        except Rejection as broken:
            raise Rejection(codes.EFFECT_GONE, f"{broken.code.code} {broken.reason}") from None
        return writes_of(view, application)

    def _forward(self, case: Case, officer: Officer) -> tuple[Change, Data]:
        """On to the next step: in the same hands where that may be, else into the list of its post."""
        place, now = case.step + 1, time.time()
        if place == len(case.item.route):
            values = (CLOSED, "", "", case.step, "", now, case.id)
            return Change(_MOVE, values), {"blzt": CLOSED, "hj": "", "gwDm": "", "held": False}
        task = case.item.route[place]
        holder = officer.code if _goes_on(case.item, case.step, case.task.post) else ""
        values = (PENDING, task.post, task.action, place, holder, now, case.id)
        data = {"blzt": PENDING, "hj": task.action, "gwDm": task.post, "held": bool(holder)}
        return Change(_MOVE, values), data


def officer_of(document: Document) -> Officer:
    """Who acts: `lrrDm`, an officer, and `swjgDm`, the authority."""
    authority = digits(document, "swjgDm", 11, codes.AUTHORITY)
    if not is_authority(authority):
        raise Rejection(codes.AUTHORITY, f"swjgDm {authority} is no tax authority code")
    return Officer(digits(document, "lrrDm", 11), authority)


def _id_of(document: Document) -> str:
    return digits(document, "lcslid", 32, codes.CASE_UNKNOWN)


def _recipient(document: Document) -> None:
    """A delivery names its manner (sdfs) and who received it (ssdr)."""
    for field in ("sdfs", "ssdr"):
        if not document.get(field):
            raise Rejection(codes.RECIPIENT, f"{field} is missing")
        text(document, field, most=40)


def _goes_on(item: Item, place: int, post: str) -> bool:
    """Whether the person of step `place` goes on with the next one: the same post, and no second opinion."""
    task = item.route[place + 1]
    return task.post == post and task.action not in APART


def _conflict(view: View, case: Case, officer: Officer) -> bool:
    """Whether who would review or approve did something in the case before; taking it does not count."""
    if case.task.action not in APART:
        return False
    acted = (ACCEPT, *APART)
    return any(who == officer.code and action in acted for action, who in view.all(_ACTED, case.lcslid))


def _trail(
    view: View, lcslid: str, item: Item, djxh: str, action: str, post: str, officer: Officer, opinion: str,
    je: int = 0,
) -> tuple[Insert, str]:  # fmt: skip
    """The row that says who did what when, and its serial. je: fen of what it brought about."""
    number = view.next_id("case_steps")
    serial = f"500{officer.authority[:7]}{number:010}"
    values = (
        lcslid, serial, item.name, djxh, action, post, officer.code, officer.authority, opinion, je,
        "Y" if action in (ACCEPT, *APART) else "N", time.time(),
    )  # fmt: skip
    return Insert("case_steps", number, values), serial


def _known(item: Item) -> None:
    """What an item names as code is there. Raises BadDomain."""
    called = [effect.name for effect in item.effects if effect.what == "call"]
    for names, known, what in ((item.checks, CHECKS, "checks"), (called, CALLS, "call")):
        for name in names:
            if name not in known:
                remedy = f"those that are registered are {', '.join(sorted(known))}"
                raise BadDomain(f"{item.where}: {item.name}.{what} is {name!r}; {remedy}")
