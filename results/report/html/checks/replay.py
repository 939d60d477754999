"""replay.html: the day of a dual track for people, by unit and domain, with the problems and their states."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from fractions import Fraction
from pathlib import Path
from typing import Any

from results.checks.dual_track.document import CLASSES, COMPARED, is_whole
from results.checks.ledger.model import STATE_WORDS, STATES, Ledger
from results.checks.ledger.pair_words import KINDS, pair_in_chinese, value_in_chinese
from results.language.catalogue import in_chinese
from results.metrics import rounded_share
from results.report.html.page import embedded, environment
from results.report.junit import Case, suite_xml
from results.report.terminal.replay import SIDES, VERDICTS, WORDS, open_words
from results.snapshot.files import write_whole

UNSAID = "unsaid"  # the state of a problem that no ledger knows
WORDS_OF_STATES: dict[str, tuple[str, str]] = {str(name): words for name, words in STATE_WORDS.items()} | {
    UNSAID: ("not in the ledger", "未入台账")
}
DOMAINS = {
    "registration": ("registration", "登记"), "declaration": ("declaration", "申报"),
    "collection": ("collection", "征收"), "invoice": ("invoice", "发票"),
    "certificate": ("certificate", "证明"), "preference": ("preference", "优惠"),
    "determination": ("determination", "认定"), "export_refund": ("export refund", "出口退税"),
    "voucher": ("voucher", "票证"), "assessment": ("assessment", "评估"),
    "inspection": ("inspection", "稽查"),
    "legal": ("legal", "法制"), "general": ("general", "综合"),
}  # fmt: skip


def write_replay(
    folder: Path, result: Mapping[str, Any], ledger: Ledger, others: Iterable[Mapping[str, Any]]
) -> Path:
    """Writes replay.html and junit.xml; returns the path of the page. others: replay.json of other days.
    Raises SnapshotError."""
    path = folder / "replay.html"
    write_whole(path, render_replay(result, ledger, others))
    write_whole(folder / "junit.xml", replay_junit(result))
    return path


def replay_junit(result: Mapping[str, Any]) -> str:
    """A case for the day, then one for each operation; what was not compared is an error, never a pass; of
    what nothing was to be compared, or nothing matched without a rule, the case is skipped."""
    name = f"renhai.{result['name']}.replay"
    open_by = [open_words(why)[0] for why in result["open_by"]]
    said = "; ".join(map(str, [*result["problems"], *open_by])) or VERDICTS[result["verdict"]][0]
    kind: Any = {"pass": "", "fail": "failure"}.get(result["verdict"], "error")
    cases = [Case(name, "both systems agree", kind, said if kind else "")]
    for operation, row in result["operations"].items():
        told = ", ".join(f"{WORDS[one][0]} {number:,}" for one, number in row.items())
        good = not set(row) - {"matched", "ignored", "not_planned"}
        kind = "" if good else "failure" if row.get("mismatched") else "error"
        if good and not row.get("matched"):
            kind = "skipped"
        cases.append(Case(f"{name}.operation", operation, kind, told if kind else ""))
    return suite_xml(name, cases)


def render_replay(result: Mapping[str, Any], ledger: Ledger, others: Iterable[Mapping[str, Any]] = ()) -> str:
    """The page as text. result: replay.json."""
    known = ledger.by_id
    problems = [
        {**one, "state": known[one["id"]].state if one["id"] in known else UNSAID,
         "owner": known[one["id"]].owner if one["id"] in known else ""}
        for one in result["faults"]
    ]  # fmt: skip
    counted = {state: sum(one["state"] == state for one in problems) for state in (*STATES, UNSAID)}
    days = sorted((_day(one) for one in [result, *others]), key=lambda day: str(day["day"]))
    return environment().get_template("replay.html.j2").render(
        result=result,
        rows=[_row(one, result, {one["id"]: one["state"] for one in problems}) for one in result["rows"]],
        total=total(result),
        whole=is_whole(result),
        shown=[name for name in CLASSES if result["counts"][name]],
        states=[(name, number) for name, number in counted.items() if number or name != UNSAID],
        problems=problems,
        days=days,
        class_words=WORDS,
        verdict_words=VERDICTS,
        side_words=SIDES,
        state_words=WORDS_OF_STATES,
        kind_words=KINDS,
        domain_words=lambda name: DOMAINS.get(name, (name, name)),
        pair_zh=pair_in_chinese,
        value_zh=value_in_chinese,
        zh=in_chinese,
        open_words=open_words,
        data=embedded({}),
    )  # fmt: skip


def _row(one: Mapping[str, Any], result: Mapping[str, Any], states: Mapping[str, str]) -> dict[str, Any]:
    """A unit's domain. problems: distinct ones that were seen there; states: of each, by its id."""
    seen = [fault for fault in result["faults"] if _places(fault).get(one["domain"], {}).get(one["unit"])]
    names = result.get("units") or {}
    title = f"{names[one['unit']]} {one['unit']}" if one["unit"] in names else one["unit"]
    told = Counter(states[fault["id"]] for fault in seen)
    counted = [(name, told[name]) for name in (*STATES, UNSAID) if told[name]]
    figures = _figures([one], len(seen), is_whole(result))
    return {"unit": title, "domain": one["domain"], "states": counted, **figures}


def _places(fault: Mapping[str, Any]) -> Mapping[str, Mapping[str, int]]:
    """Domain, unit, transactions; an older replay.json has one domain alone."""
    return fault.get("places") or {fault["domain"]: fault["units"]}


def total(result: Mapping[str, Any]) -> dict[str, Any]:
    """Of the whole day."""
    return {
        "unit": "",
        "domain": "",
        "states": [],
        **_figures(result["rows"], len(result["faults"]), is_whole(result)),
    }


def _figures(rows: Sequence[Mapping[str, Any]], problems: int, whole: bool) -> dict[str, Any]:
    """whole: the journal has all that occurred; else what is known of is a part of it."""
    counts = {name: sum(row[name] for row in rows) for name in CLASSES}
    occurred, reentered = sum(counts.values()), sum(counts[name] for name in COMPARED)
    return {
        "occurred": occurred,
        "reentered": reentered,
        "coverage": _coverage(reentered, occurred, whole),
        "problems": problems,
        "rate": _in_a_thousand(problems, reentered) if reentered else "–",
        "counts": counts,
    }


def _in_a_thousand(problems: int, reentered: int) -> str:
    """`1.67`; what is not nothing does not read as nothing."""
    text = f"{1000 * problems / reentered:.2f}"
    return "< 0.01" if problems and text == "0.00" else text


def _coverage(reentered: int, occurred: int, whole: bool) -> str:
    """`62.9%`; where more may have occurred the share is a bound, and rounded up as such: `≤ 62.9%`."""
    if not occurred:
        return "–"
    if whole:
        return rounded_share(Fraction(reentered, occurred), 1)
    tenths = -(-1000 * reentered // occurred)
    sign = "<" if tenths == 1000 and reentered < occurred else "≤"
    return f"{sign} {tenths // 10}.{tenths % 10}%"


def _day(result: Mapping[str, Any]) -> dict[str, Any]:
    return {"day": result["journal"]["day"], **total(result)}
