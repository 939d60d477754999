"""What `renhai binding check` sends: one generated taxpayer's business, an operation at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from renhai.binding.templates import TOKEN

Fields = dict[str, Any]
Replies = Mapping[str, Fields]

ORDER = (
    "registration.query", "registration.save", "registration.kinds", "invoice.stock", "invoice.buy",
    "invoice.issue", "invoice.verify", "declaration.status", "declaration.precheck", "declaration.submit",
    "collection.unpaid", "collection.pay", "collection.state", "declaration.void", "collection.arrears",
    "collection.agreement", "registration.status", "certificate.paid", "certificate.issue",
    "certificate.query",
)  # fmt: skip


WHO = (
    "registration.kinds", "invoice.stock", "collection.unpaid", "collection.agreement", "registration.status",
)  # fmt: skip
EVER = {"skssqq": "2000-01-01", "skssqz": "2099-12-31"}


class Business:
    """The documents of one synthetic taxpayer; each is made from the answers that came before."""

    def __init__(self, seed: int, profile: str) -> None:
        from generators.taxpayers.population import Population

        people = Population(seed, profile)
        # one who owes tax, so that there is something to pay
        self.taxpayer = next(t for t in map(people.taxpayer, range(1000)) if self._owes(t))
        self._makers: dict[str, Callable[[Replies], Fields]] = {
            "registration.query": lambda replies: {"nsrsbh": self.taxpayer.taxpayer_id},
            "registration.save": lambda replies: self._registration(),
            "invoice.buy": lambda replies: {**self._range(), "djxh": self.taxpayer.djxh},
            "invoice.issue": lambda replies: self._invoice(),
            "invoice.verify": lambda replies: self._verification(),
            "declaration.status": lambda replies: self._filing(0),
            "declaration.precheck": lambda replies: {**self._filing(0), "sbsxDm1": "11"},
            "declaration.submit": lambda replies: self._declaration(0),
            "declaration.void": lambda replies: {**self._filing(1), **_pick(replies, "again", "pzxh")},
            "collection.pay": self._payment,
            "collection.state": lambda replies: {
                **self._who(),
                **_pick(replies, "declaration.submit", "pzxh"),
            },
        }
        for name in WHO:
            self._makers[name] = lambda replies: self._who()
        self._makers |= {
            "collection.arrears": lambda replies: {"zgswjgDm": self.taxpayer.authority, "count": 10},
            "certificate.paid": lambda replies: {**self._who(), **EVER},
            "certificate.issue": self._certificate,
            "certificate.query": lambda replies: {
                **self._who(),
                **_pick(replies, "certificate.issue", "serial"),
            },
        }

    def fields(self, operation: str, replies: Replies) -> Fields | None:
        """The fields of an operation; None for one that is no tax business."""
        make = self._makers.get(operation)
        return make(replies) if make else None

    def second_return(self) -> Fields:
        """The return of the next period, which `declaration.void` takes back."""
        return self._declaration(1)

    @staticmethod
    def _owes(taxpayer: Any) -> bool:
        from generators.documents.vat.declaration import declaration

        form = declaration(taxpayer, 0)
        return taxpayer.scale == "general" and float(form["zb"][0]["bqybtse"]) > 0

    def _who(self) -> Fields:
        return {"djxh": self.taxpayer.djxh}

    def _registration(self) -> Fields:
        from generators.documents.registration import registration, tax_kinds

        return {**registration(self.taxpayer), "kinds": tax_kinds(self.taxpayer)}

    def _filing(self, k: int) -> Fields:
        form = self._declaration(k)
        return {name: form[name] for name in ("djxh", "skssqq", "skssqz", "yzpzzlDm")}

    def _declaration(self, k: int) -> Fields:
        from generators.documents.vat.declaration import declaration

        return declaration(self.taxpayer, k)

    def _range(self) -> Fields:
        from generators.documents.invoice import invoice_range

        return invoice_range(self.taxpayer, 0)

    def _invoice(self) -> Fields:
        from generators.documents.invoice import invoice

        return invoice(self.taxpayer, 0, 0)

    def _verification(self) -> Fields:
        from generators.documents.invoice import verification

        return verification(self.taxpayer, 0, [self._invoice()])

    def _certificate(self, replies: Replies) -> Fields:
        paid = replies.get("certificate.paid", {}).get("total", 0)
        officer = payment_officer(self.taxpayer)
        return {**self._who(), **EVER, "zmzlDm": "01", "je": paid, "lrrDm": officer}

    def _payment(self, replies: Replies) -> Fields:
        from generators.documents.payment import payment

        return payment(self.taxpayer, replies.get("collection.unpaid", {}).get("items", []))


def payment_officer(taxpayer: Any) -> str:
    """The officer who enters this taxpayer's papers."""
    from generators.documents.payment import payment

    return str(payment(taxpayer, [])["lrrDm"])


def _pick(replies: Replies, operation: str, name: str) -> Fields:
    return {name: replies.get(operation, {}).get(name, "")}


def in_order(operations: Iterable[str], login: str) -> list[str]:
    """The login first, then tax business in its natural order, then the rest as the file has it."""
    names = list(operations)
    known = [name for name in (login, *ORDER) if name in names]
    return known + [name for name in names if name not in known]


def sample_fields(operation: Mapping[str, Any], given: Mapping[str, Any]) -> Fields:
    """Fields for an operation that is no tax business: what was given, else 1 for each that it names."""
    fields: Fields = {}
    for name in _names([operation["path"], operation["query"], operation["headers"], operation["body"]]):
        first, *rest = name.split(".")
        if first != "document" and first not in given:
            _nest(fields, [first, *rest])
    return {**fields, **given}


def _nest(fields: Fields, parts: list[str]) -> None:
    for part in parts[:-1]:
        inner = fields.setdefault(part, {})
        if not isinstance(inner, dict):
            inner = fields[part] = {}
        fields = inner
    fields.setdefault(parts[-1], "1")


def _names(node: Any) -> Iterator[str]:
    if isinstance(node, str):
        for inner in TOKEN.findall(node):
            kind, colon, rest = inner.partition(":")
            if not colon:
                yield inner
            elif kind in ("XML", "CDATA"):
                yield rest
            elif kind == "TABLE":
                yield rest.partition(":")[2]
    elif isinstance(node, Mapping | list):
        for item in node.values() if isinstance(node, Mapping) else node:
            yield from _names(item)
