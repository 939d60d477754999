"""Domain 09: tax vouchers as numbered stock: received, handed out, used or voided, settled, destroyed.

Each number is accounted for once: received from above by a keeper, handed to a user who is not the keeper,
used or voided by that user, settled when all of a range is, destroyed when what was void is settled.
"""

from __future__ import annotations

import time
from functools import partial
from typing import Any, NamedTuple

from renhai.reference.cases.engine import Officer, officer_of
from renhai.reference.cases.registry import Application, call, check
from renhai.reference.operations.operation import Operation, Reading, Setup, Writing
from renhai.reference.operations.records import rows
from renhai.reference.rules.codes import Rejection, rule
from renhai.reference.rules.fields import Document, digits, text, whole
from renhai.reference.rules.words import words
from renhai.reference.storage.jobs import Change, Decide, Decision, Insert, Query, View
from renhai.reference.storage.schema import table

table(
    "voucher_moves",
    "pzzlDm qshm zzhm fs:int yw lrrDm lyrDm swjgDm serial received:real",
    "INDEX voucher_moves_range ON voucher_moves (pzzlDm, yw, qshm)",
    listed="voucher-moves",
)
table(
    "voucher_uses",
    "pzzlDm hm zt lrrDm swjgDm serial received:real",
    "UNIQUE INDEX voucher_uses_number ON voucher_uses (pzzlDm, hm) WHERE copy = 0",
    listed="voucher-uses",
)

table(
    "voucher_counts",
    "pzzlDm qshm zzhm jmfs:int pdfs:int cyyy lrrDm bgrDm swjgDm serial received:real",
    "INDEX voucher_counts_range ON voucher_counts (pzzlDm, qshm)",
    listed="voucher-counts",
)

KIND = rule("80090001", "票证种类代码不存在", "pzzlDm is a kind of tax voucher")
RANGE = rule("80090002", "票证号段起止或份数不符", "zzhm is not before qshm, and fs is their count")
RECEIVED = rule("80090003", "票证号段已入库", "no number is received twice")
NOT_IN_STOCK = rule(
    "80090004", "票证不在结存内", "what is handed out was received by this keeper and is there"
)
SAME_PERSON = rule("80090005", "票证管理员与使用人不能为同一人", "a keeper hands out to another person")
NOT_IN_HAND = rule("80090006", "票证不在领用号段内", "a number that is used was handed to this user")
USED = rule("80090007", "票证号码已使用或作废", "no number is used or voided twice")
OPEN = rule("80090008", "号段内有未使用票证，不能结报缴销", "every number of a settled range is used or void")
SETTLED = rule(
    "80090009", "号段已结报或未结报", "a range is settled once, and destroyed after it was settled"
)
NOT_THERE = rule("80090012", "盘点号段未入库", "what is counted was received")
COUNTED_BY_KEEPER = rule("80090013", "盘点人不能为保管人或使用人", "who counts holds nothing of it")
DIFFERENCE = rule("80090014", "账实不符且未说明原因", "a count that differs from the book says why")
NOT_HANDED_OUT = rule("80090011", "票证未领用，不能报损", "what is reported lost was handed to somebody")

KINDS = frozenset(
    words(
        "000001011 000001021 000001031 000001041 000001042 000001043 000001044 000001045 000001046 000001047 "
        "000001051 000001052 000002011 000003011 000003021 000004011 000004021 000004022 000005011 000005012 "
        "000005021"
    )
)
MOST_NUMBERS = 10_000
LOST = "lost"
IN, OUT, SETTLE, DESTROY = "receive", "hand_out", "settle", "destroy"

_OVERLAP = (
    "SELECT qshm FROM voucher_moves "
    "WHERE pzzlDm = ? AND yw = ? AND qshm <= ? AND zzhm >= ? AND copy = 0 LIMIT 1"
)
_WITHIN = (
    "SELECT serial FROM voucher_moves "
    "WHERE pzzlDm = ? AND yw = ? AND qshm <= ? AND zzhm >= ? AND {} = ? AND copy = 0 LIMIT 1"
)
_KEEPERS = _WITHIN.format("lrrDm")
_USERS = _WITHIN.format("lyrDm")
_HOLDER = (
    "SELECT lyrDm FROM voucher_moves "
    "WHERE pzzlDm = ? AND yw = ? AND qshm <= ? AND zzhm >= ? AND copy = 0 LIMIT 1"
)
_HOLDERS = (
    "SELECT yw, qshm, zzhm, lrrDm, lyrDm FROM voucher_moves "
    "WHERE pzzlDm = ? AND yw IN (?, ?) AND qshm <= ? AND zzhm >= ? AND copy = 0 ORDER BY id"
)
_USE = "SELECT zt FROM voucher_uses WHERE pzzlDm = ? AND hm = ? AND copy = 0"
_COUNT = (
    "SELECT zt, count(*) FROM voucher_uses WHERE pzzlDm = ? AND hm >= ? AND hm <= ? AND copy = 0 GROUP BY zt"
)
_MOVED = "SELECT coalesce(sum(fs), 0) FROM voucher_moves WHERE pzzlDm = ? AND yw = ? AND {} = ? AND copy = 0"
_SPENT = "SELECT zt, count(*) FROM voucher_uses WHERE pzzlDm = ? AND lrrDm = ? AND copy = 0 GROUP BY zt"


class Numbers(NamedTuple):
    """Numbers of one kind, first and last included."""

    kind: str
    first: str
    last: str
    fs: int


def _numbers(document: Document) -> Numbers:
    kind, first, last = _kind(document), digits(document, "qshm", 10), digits(document, "zzhm", 10)
    count = whole(document, "fs", 1, MOST_NUMBERS)
    if int(last) - int(first) + 1 != count:
        raise Rejection(RANGE, f"{first} to {last} is not {count}")
    return Numbers(kind, first, last, count)


def _kind(document: Document) -> str:
    kind = text(document, "pzzlDm", most=9)
    if kind not in KINDS:
        raise Rejection(KIND, f"pzzlDm {kind} is no kind of voucher")
    return kind


def _moved(view: View, what: str, numbers: Numbers, officer: Officer, to: str = "") -> Decision:
    row_id = view.next_id("voucher_moves")
    serial = f"501{officer.authority[:7]}{row_id:010}"
    values = (*numbers, what, officer.code, to, officer.authority, serial, time.time())
    return Decision({"serial": serial, "fs": numbers.fs}, (Insert("voucher_moves", row_id, values),))


def _overlapped(view: View, what: str, numbers: Numbers) -> bool:
    return view.one(_OVERLAP, numbers.kind, what, numbers.last, numbers.first) is not None


def receive(document: Document, raw: bytes) -> Decide:
    """voucher.receive: a keeper takes numbers into stock that came from above."""
    numbers, officer = _numbers(document), officer_of(document)

    def decide(view: View) -> Decision:
        if _overlapped(view, IN, numbers):
            raise Rejection(RECEIVED, f"{numbers.first} to {numbers.last} is in stock already")
        return _moved(view, IN, numbers, officer)

    return decide


def hand_out(document: Document, raw: bytes) -> Decide:
    """voucher.hand_out: a keeper hands numbers in stock to a user."""
    numbers, officer, user = _numbers(document), officer_of(document), digits(document, "lyrDm", 11)

    def decide(view: View) -> Decision:
        if user == officer.code:
            raise Rejection(SAME_PERSON, f"{user} is keeper and user")
        mine = view.one(_KEEPERS, numbers.kind, IN, numbers.first, numbers.last, officer.code)
        if mine is None or _overlapped(view, OUT, numbers):
            raise Rejection(NOT_IN_STOCK, f"{numbers.first} to {numbers.last} is not with {officer.code}")
        return _moved(view, OUT, numbers, officer, user)

    return decide


def use(document: Document, raw: bytes, state: str) -> Decide:
    """voucher.use, voucher.void: a user uses a number in hand, or voids it."""
    kind, number, officer = _kind(document), digits(document, "hm", 10), officer_of(document)

    def decide(view: View) -> Decision:
        if view.one(_USERS, kind, OUT, number, number, officer.code) is None:
            raise Rejection(NOT_IN_HAND, f"{kind} {number} was not handed to {officer.code}")
        if (row := view.one(_USE, kind, number)) is not None:
            raise Rejection(USED, f"{kind} {number} is {row[0]}")
        written, serial = _spent(view, kind, number, state, officer)
        return Decision({"serial": serial, "hm": number, "zt": state}, (written,))

    return decide


def _spent(view: View, kind: str, number: str, state: str, officer: Officer) -> tuple[Insert, str]:
    """The row that says what became of a number in an officer's hands, and its serial."""
    row_id = view.next_id("voucher_uses")
    serial = f"502{officer.authority[:7]}{row_id:010}"
    values = (kind, number, state, officer.code, officer.authority, serial, time.time())
    return Insert("voucher_uses", row_id, values), serial


@check("voucher_in_hand")
def voucher_in_hand(view: View, case: Application) -> None:
    """What is reported lost was handed to somebody, who has neither used nor voided it."""
    kind, number = case.form["pzzlDm"], case.form["hm"]
    if view.one(_HOLDER, kind, OUT, number, number) is None:
        raise Rejection(NOT_HANDED_OUT, f"{kind} {number} was handed to nobody")
    if (row := view.one(_USE, kind, number)) is not None:
        raise Rejection(USED, f"{kind} {number} is {row[0]}")


@call("voucher_lost")
def voucher_lost(view: View, case: Application) -> list[Insert | Change]:
    """The number is spent: nobody uses it any more, and its holder accounts for it."""
    kind, number = case.form["pzzlDm"], case.form["hm"]
    row = view.one(_HOLDER, kind, OUT, number, number)
    holder = Officer(str(row[0]) if row else case.officer, case.authority)
    return [_spent(view, kind, number, LOST, holder)[0]]


def settle(document: Document, raw: bytes) -> Decide:
    """voucher.settle: a user accounts for a range, every number of which is used or void (结报缴销)."""
    numbers, officer = _numbers(document), officer_of(document)

    def decide(view: View) -> Decision:
        if view.one(_USERS, numbers.kind, OUT, numbers.first, numbers.last, officer.code) is None:
            raise Rejection(NOT_IN_HAND, f"{numbers.first} to {numbers.last} is not with {officer.code}")
        if _overlapped(view, SETTLE, numbers):
            raise Rejection(SETTLED, f"{numbers.first} to {numbers.last} is settled")
        spent: dict[str, int] = dict(view.all(_COUNT, numbers.kind, numbers.first, numbers.last))
        if sum(spent.values()) != numbers.fs:
            raise Rejection(OPEN, f"of {numbers.fs} numbers {sum(spent.values())} are used or void")
        decision = _moved(view, SETTLE, numbers, officer)
        counts = {"used": spent.get("used", 0), "void": spent.get("void", 0)}
        return decision._replace(data={**decision.data, **counts})

    return decide


def destroy(document: Document, raw: bytes) -> Decide:
    """voucher.destroy: destroy the papers of a range that was settled, once."""
    numbers, officer = _numbers(document), officer_of(document)

    def decide(view: View) -> Decision:
        if not _overlapped(view, SETTLE, numbers) or _overlapped(view, DESTROY, numbers):
            raise Rejection(SETTLED, f"{numbers.first} to {numbers.last} is not settled, or destroyed")
        return _moved(view, DESTROY, numbers, officer)

    return decide


def stock(document: Document, raw: bytes) -> Query:
    """voucher.stock: what an officer has of a kind, by the book: kept, in hand, used, void."""
    kind, officer = _kind(document), digits(document, "lrrDm", 11)

    def answer(view: View) -> dict[str, Any]:
        def moved(what: str, column: str) -> int:
            row = view.one(_MOVED.format(column), kind, what, officer)
            return int(row[0]) if row else 0

        spent: dict[str, int] = dict(view.all(_SPENT, kind, officer))
        used, void, lost = (int(spent.get(state, 0)) for state in ("used", "void", LOST))
        received, out, in_ = moved(IN, "lrrDm"), moved(OUT, "lrrDm"), moved(OUT, "lyrDm")
        return {"kept": received - out, "in_hand": in_ - used - void - lost, "used": used, "void": void}

    return answer


def stocktake(document: Document, raw: bytes) -> Decide:
    """voucher.stocktake: somebody who holds none of it counts the blanks of a range (盘点): `pdfs` of them,
    entered without being told the book, which the answer tells. A difference needs its reason, `cyyy`."""
    numbers, officer = _numbers(document), officer_of(document)
    counted, reason = whole(document, "pdfs", 0, MOST_NUMBERS), text(document, "cyyy", least=0, most=200)

    def decide(view: View) -> Decision:
        held = view.all(_HOLDERS, numbers.kind, IN, OUT, numbers.last, numbers.first)
        if not any(row[0] == IN and row[1] <= numbers.first and numbers.last <= row[2] for row in held):
            raise Rejection(NOT_THERE, f"{numbers.first} to {numbers.last} was not received in one")
        if any(officer.code in row[3:] for row in held):
            raise Rejection(COUNTED_BY_KEEPER, f"{officer.code} holds some of it, or did")
        spent = sum(int(row[1]) for row in view.all(_COUNT, numbers.kind, numbers.first, numbers.last))
        book = numbers.fs - spent
        if counted != book and not reason:
            raise Rejection(DIFFERENCE, f"{counted} counted, {book} by the book")
        row_id = view.next_id("voucher_counts")
        serial = f"506{officer.authority[:7]}{row_id:010}"
        keeper = next(str(row[3]) for row in held if row[0] == IN)
        values = (
            *numbers[:3], book, counted, reason, officer.code, keeper, officer.authority, serial, time.time()
        )  # fmt: skip
        data = {"serial": serial, "jmfs": book, "cyfs": counted - book}
        return Decision(data, (Insert("voucher_counts", row_id, values),))

    return decide


def operations(setup: Setup) -> tuple[Operation, ...]:
    """The operations of vouchers, and their lists."""
    return (
        Writing("voucher.receive", receive),
        Writing("voucher.hand_out", hand_out),
        Writing("voucher.use", partial(use, state="used")),
        Writing("voucher.void", partial(use, state="void")),
        Writing("voucher.settle", settle),
        Writing("voucher.destroy", destroy),
        Writing("voucher.stocktake", stocktake),
        Reading("voucher.stock", stock, services=("PZ.CXPZJCBYSWRYPLZL",)),
        Reading("voucher.moves", partial(rows, table="voucher_moves")),
        Reading("voucher.uses", partial(rows, table="voucher_uses")),
        Reading("voucher.counts", partial(rows, table="voucher_counts")),
    )
