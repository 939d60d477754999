"""Cases that travel from hand to hand: applications of every domain, and the to-do lists of every post.

`apply.DOMAIN`: a taxpayer comes with the next application of that domain, which is accepted. `work.POST`: an
officer looks into the list of a post, takes the oldest task and does it. Which officer it is follows from the
operator's unit and seat, so that the target can tell acceptor from approver.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from generators.case_domains import CaseDomain, OnFile, case_domains
from generators.documents.cases.legal import FINE, late_declaration
from generators.identifiers import make_officer
from locustfiles.declaration import open_filing
from locustfiles.registration import Fields, Part, ensure_registered
from renhai import Case, JourneyUser, Steps, TaxpayerPool, journey, lognormal

POSTS = (
    "registration", "acceptance", "invoice-sale", "certificate", "tax-manager", "section-head",
    "deputy-director", "director", "refund-reviewer", "export-refund", "export-refund-reviewer", "bookkeeper",
    "assessor", "risk-response", "selection", "inspection", "trial", "inspection-chief", "execution", "legal",
    "filing", "risk-analysis", "voucher-manager",
)  # fmt: skip
OFFICERS = 2000  # serials of arrivals' officers, who have no seat
LAST_SERIAL = 9999
LATE = tuple(f"declaration.{name} maybe 30%" for name in ("status", "precheck", "submit"))
UPLOAD = "export.upload"
UNDER_WAY, DECIDED = "0", "1"  # clzt
COMPLETES = 0.02  # of reviews: the case goes back to its applicant. Unconfirmed.
REFUSES = 0.02  # of reviews. Unconfirmed.
EFFECTS = ("review", "approve")
AT_ONCE = 4  # applications of one visit, as far as each is closed before the next
RETURNS = 0.5  # of visits: somebody who has applied before. Unconfirmed.
GO_ON = None


class Officer:
    """Who does a journey's steps: the operator's unit and seat, else somebody of the taxpayer's bureau."""

    def __init__(self, pool: TaxpayerPool) -> None:
        seat = pool.seat
        self.unit = seat.unit if seat is not None else ""
        self._serial = (
            seat.seat % LAST_SERIAL + 1 if seat is not None else 1 + int(pool.random.random() * OFFICERS)
        )

    def acts(self, authority: str) -> Fields:
        """The fields that say who acts, for which authority."""
        unit = self.unit or authority
        return {"lrrDm": make_officer(unit, self._serial), "swjgDm": unit}


def _apply(pool: TaxpayerPool, domain: CaseDomain, officer: Officer) -> Steps:
    again = not domain.wants and pool.random.random() < RETURNS
    with pool.case(paid=domain.wants == "paid", owing=domain.wants == "owing", returning=again) as case:
        known = yield from ensure_registered(case)
        if not known:
            return False
        if domain.late:
            late = yield from _be_late(case)
            if not late:
                return False
        case.returns = not domain.wants
        for _ in range(AT_ONCE):
            done = yield from _visit(pool, case, domain, officer.acts(case.taxpayer.authority))
            if done is not GO_ON:
                return bool(done)
        return True


def _visit(pool: TaxpayerPool, case: Case, domain: CaseDomain, acts: Fields) -> Part:
    """One application: GO_ON when it was closed at once, so that the next can follow; else whether it was."""
    djxh = case.taxpayer.djxh
    filed = yield "case.rows", {"djxh": djxh}
    if not filed.ok:
        return False
    returned = next((one for one in filed.data["open"] if one["blzt"] == "incomplete"), None)
    if returned is not None:
        reply = yield "case.supply", {"lcslid": returned["lcslid"], **acts}
        return reply.ok
    facts: Mapping[str, Any] = {}
    if domain.asks:
        reply = yield domain.asks, {"djxh": djxh, **domain.asked}
        if not reply.ok:
            return False
        facts = reply.data
    on_file = OnFile(filed.data["rows"], frozenset(one["item"] for one in filed.data["open"]), facts)
    rests = on_file.leaves and not domain.alone
    chosen = None if rests else domain.next_case(case.taxpayer, on_file)
    if chosen is None:
        return True
    handed = {"djxh": djxh, "form": chosen.form, "zl": list(chosen.papers)}
    accepted = yield domain.sends, {"swsxDm": chosen.code, **handed, **acts}
    if not accepted.ok:
        return False
    if domain.sends == UPLOAD:
        pool.uploads.append((accepted.data["lcslid"], chosen.form))
        return True
    if not accepted.data["held"]:
        return True
    done = yield from _go_on(accepted.data, acts)
    return GO_ON if done else False


POLLED = 3  # uploads asked for in one visit


@journey(
    "export.poll",
    sends=(
        f"export.state 1-{POLLED} maybe 1%", "export.feedback maybe 1%",
    ),
)  # fmt: skip
def poll(pool: TaxpayerPool) -> Steps:
    """The client asks how the uploads stand that have no feedback yet, and fetches that of one decided."""
    for _ in range(min(POLLED, len(pool.uploads))):
        lcslid, form = pool.uploads.popleft()
        state = yield "export.state", {"lcslid": lcslid}
        if not state.ok:
            return False
        if state.data["clzt"] == UNDER_WAY:
            pool.uploads.append((lcslid, form))
        elif state.data["clzt"] == DECIDED:
            answer = yield "export.feedback", {"lcslid": lcslid}
            same = all(answer.data.get(name) == form[name] for name in ("sbny", "ytse"))
            return answer.ok and same
    return True


def _be_late(case: Case) -> Part:
    """A return that is filed after its deadline: the first of the taxpayer that is not filed yet. Who still
    owes tax of the one before files none: it would say that this was paid."""
    owed = yield "collection.unpaid", {"djxh": case.taxpayer.djxh}
    if not owed.ok or any(item["zsxmDm"] != FINE for item in owed.data["items"]):
        return owed.ok
    filing = yield from open_filing(case)
    if filing is None:
        return False
    reply = yield "declaration.submit", late_declaration(case.taxpayer, case.period)
    case.period += reply.ok
    return reply.ok


def _go_on(data: Mapping[str, Any], acts: Fields) -> Part:
    """The steps that the same person does one after another: notice, delivery, closing."""
    while data.get("held"):
        fields = {"lcslid": data["lcslid"], **acts}
        if data["hj"] == "deliver":
            fields |= {"sdfs": "01", "ssdr": "本人"}
        reply = yield f"case.{data['hj']}", fields
        if not reply.ok:
            return False
        data = reply.data
    return True


def _work(pool: TaxpayerPool, post: str, officer: Officer) -> Steps:
    listed = yield "case.todo", {"gwDm": post, "count": 1}
    if not listed.ok:
        return False
    if not listed.data["tasks"]:
        return True
    acts = officer.acts(listed.data["tasks"][0]["slswjgDm"])
    asked = {"gwDm": post, **({"slswjgDm": officer.unit} if officer.unit else {}), **acts}
    taken = yield "case.take", asked
    if not taken.ok or not taken.data["found"]:
        return taken.ok
    fields = {"lcslid": taken.data["lcslid"], **acts}
    step, lot = taken.data["hj"], pool.random.random()
    if step == "review" and lot < COMPLETES + REFUSES:
        word, why = ("complete", "资料不齐，请补正") if lot < COMPLETES else ("refuse", "不符合条件")
        ended = yield f"case.{word}", {**fields, "yj": why}
        return ended.ok
    opinion = {"yj": "同意"} if step in EFFECTS else {}
    if step == "deliver":
        opinion = {"sdfs": "01", "ssdr": "本人"}
    reply = yield f"case.{step}", {**fields, **opinion}
    if not reply.ok:
        return False
    done = yield from _go_on(reply.data, acts)
    return bool(done)


def _declare(domain: CaseDomain) -> tuple[str, ...]:
    """What an application sends: the share of visits that end in one is the domain's."""
    late = LATE if domain.late else ()
    asks = (f"{domain.asks} 1-{AT_ONCE + bool(late)}",) if domain.asks else ()
    ends = ("case.notice maybe 1%", "case.deliver maybe 1%", "case.close maybe 1%")
    return (
        "registration.query new", "registration.save new", *late, f"case.rows 1-{AT_ONCE}", *asks,
        f"{domain.sends} maybe {domain.share}%", "case.supply maybe 1%",
        *(() if domain.sends == UPLOAD else ends),
    )  # fmt: skip


RARE = ("review", "approve", "notice", "deliver", "close", "complete", "refuse")
WORKS = ("case.todo", "case.take maybe 2%", *(f"case.{name} maybe 1%" for name in RARE))


def _register(name: str, sends: tuple[str, ...], walk: Callable[..., Steps], what: Any) -> None:
    def begin(pool: TaxpayerPool) -> Steps:
        return walk(pool, what, Officer(pool))  # who it is must be known now: later another may have begun

    begin.__qualname__ = name
    journey(name, sends=sends)(begin)


for _name, _domain in case_domains().items():
    _register(f"apply.{_name}", _declare(_domain), _apply, _domain)
for _post in (*POSTS, *(post for domain in case_domains().values() for post in domain.posts)):
    _register(f"work.{_post.replace('-', '_')}", WORKS, _work, _post)


class CaseOperator(JourneyUser):
    """The acceptance window: two of three take an application, one works through the list."""

    journeys = {"apply.general": 2, "work.acceptance": 1}
    think_time = lognormal(median=2, p95=6)
