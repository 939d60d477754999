"""Whether an application can be taken: form, papers, state, ties to what is on file, checks of its domain."""

from __future__ import annotations

from datetime import date
from typing import Any

from renhai.reference.cases import codes
from renhai.reference.cases.model import Field, Item, Tie
from renhai.reference.cases.registry import CHECKS, Application
from renhai.reference.cases.tables import valid_rows
from renhai.reference.operations.taxpayers import Registered
from renhai.reference.rules.codes import Rejection
from renhai.reference.rules.fields import Document, day, digits, fen, money, text, whole
from renhai.reference.storage.jobs import View

INDIVIDUAL_TYPES = "4"
"""djzclxDm of individual businesses begin with it."""


def form_of(item: Item, document: Document) -> dict[str, Any]:
    """The document's `form`, each field judged: text as it is, dates as text, amounts in yuan."""
    given = document.get("form") or {}
    if type(given) is not dict:
        raise Rejection(codes.FORM_FIELD, "form must be an object")
    for name in given:
        if all(name != field.name for field in item.fields):
            raise Rejection(codes.FORM_FIELD, f"form.{str(name)[:40]} is no field of {item.name}")
    form: dict[str, Any] = {}
    for field in item.fields:
        if field.optional and given.get(field.name) is None:
            continue
        try:
            form[field.name] = _value(field, given)
        except Rejection as broken:
            raise Rejection(codes.FORM_FIELD, broken.reason) from None
    _bounds(item, form)
    return form


def _value(field: Field, form: Document) -> Any:
    name, where = field.name, "form."
    if field.kind == "digits":
        return digits(form, name, field.size, where=where)
    if field.kind == "date":
        return str(day(form, name, where))
    if field.kind == "money":
        amount = money(form, name, where)
        if amount < 0:
            raise Rejection(codes.FORM_FIELD, f"form.{name} must not be below 0")
        return form[name]
    if field.kind == "whole":
        return whole(form, name, 0, 10**9, where)
    value = text(form, name, where, most=field.size)
    if field.kind == "flag" and value not in ("Y", "N"):
        raise Rejection(codes.FORM_FIELD, f"form.{name} must be Y or N, found {value[:40]}")
    if field.kind == "one_of" and value not in field.values:
        raise Rejection(codes.FORM_FIELD, f"form.{name} {value[:40]} is none of {', '.join(field.values)}")
    return value


def _bounds(item: Item, form: dict[str, Any]) -> None:
    for bound in item.bounds:
        value = form.get(bound.field)
        if value is None:
            continue
        if bound.after:
            earlier = form.get(bound.after)
            if earlier is not None and value < earlier:
                raise Rejection(bound.code, f"{bound.field} {value} is before {bound.after} {earlier}")
        elif fen(value, bound.field) > bound.most:
            raise Rejection(bound.code, f"{bound.field} {value:.2f} is above {bound.most / 100:.2f}")


def papers(item: Item, document: Document) -> None:
    """Every paper that the item asks for is among those handed in."""
    given = document.get("zl") or []
    missing = [paper for paper in item.papers if type(given) is not list or paper not in given]
    if missing:
        raise Rejection(codes.PAPERS, f"{item.name} needs the papers {', '.join(missing)}")


def standing(item: Item, taxpayer: Registered) -> None:
    """The taxpayer is in a state, and of a type, that the item is for."""
    if taxpayer.state not in item.states:
        raise Rejection(
            codes.STATE, f"{item.name} is for nsrztDm {', '.join(item.states)}, found {taxpayer.state}"
        )
    party = "individual" if taxpayer.registration_type.startswith(INDIVIDUAL_TYPES) else "enterprise"
    if party not in item.parties:
        raise Rejection(codes.PARTY, f"{item.name} is for {item.parties[0]}, found {party}")


def holds(view: View, case: Application) -> None:
    """The ties of the item and its domain's own checks; asked on acceptance, and again when it is decided."""
    for tie in case.item.ties:
        _tie(view, case, tie, case.today)
    for name in case.item.checks:
        CHECKS[name](view, case)


def _tie(view: View, case: Application, tie: Tie, on: date) -> None:
    same = str(case.form.get(tie.same, "")) if tie.same else ""
    dm, value = ("", same) if tie.on_value else (same, "")
    found = valid_rows(view, case.taxpayer.djxh, tie.kind, on, dm, value)
    if bool(found) != tie.wanted:
        what = f"{tie.kind} {same}".strip()
        has = "no valid" if tie.wanted else "already a valid"
        raise Rejection(tie.code, f"djxh {case.taxpayer.djxh} has {has} {what}")
