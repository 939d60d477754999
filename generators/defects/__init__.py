"""Documents made wrong on purpose, one named rule at a time: for negative traffic and to test a target.

>>> wrong = spoil(declaration, "row-17-sum")     # a copy; every other rule of the form still holds

Amounts that depend on the changed one are computed again, so that the named rule alone is broken, as far as
arithmetic allows. A rule that a document has nothing to break with (no line with a price, say) raises
`NotPossible`; `rules_for(document)` lists those that can be broken.
"""

from typing import Any

from generators.defects.cit import RULES as CIT
from generators.defects.invoice import RULES as INVOICE
from generators.defects.levies import RULES as LEVIES
from generators.defects.payment import RULES as PAYMENT
from generators.defects.registration import RULES as REGISTRATION
from generators.defects.rule import Document, NotPossible, Rule
from generators.defects.statements import RULES as STATEMENTS
from generators.defects.vat_general import RULES as VAT_GENERAL
from generators.defects.vat_small import RULES as VAT_SMALL
from generators.defects.withholding import RULES as WITHHOLDING

__all__ = ["RULES", "NotPossible", "Rule", "kind_of", "rules_for", "spoil"]

RULES: dict[str, Rule] = {
    rule.name: rule
    for rules in (
        REGISTRATION,
        VAT_GENERAL,
        VAT_SMALL,
        CIT,
        STATEMENTS,
        LEVIES,
        WITHHOLDING,
        INVOICE,
        PAYMENT,
    )
    for rule in rules
}


def spoil(document: dict[str, Any], rule: str) -> dict[str, Any]:
    """Return a copy of a correct document that breaks this rule.

    Raises KeyError for an unknown rule, NotPossible (a ValueError) when the rule is one of another kind of
    document or this document cannot break it.
    """
    if rule not in RULES:
        raise KeyError(f"no rule {rule!r}; one of {', '.join(RULES)}")
    found, kind = RULES[rule], kind_of(document)
    if found.kind != kind:
        raise NotPossible(f"rule {rule} is one of {found.kind} documents; this is a {kind} document")
    wrong: dict[str, Any] = _copied(document)
    found.change(wrong)
    return wrong


def _copied(value: Any) -> Any:
    """A copy of a document, which has nothing but dicts, lists and what never changes: deepcopy is slow."""
    if isinstance(value, dict):
        return {name: _copied(inner) for name, inner in value.items()}
    return [_copied(inner) for inner in value] if isinstance(value, list) else value


def rules_for(document: dict[str, Any]) -> list[str]:
    """Return the names of the rules that this document can be made to break."""
    kind = kind_of(document)
    return [rule.name for rule in RULES.values() if rule.kind == kind and _possible(rule, document)]


def kind_of(document: Document) -> str:
    """Return the kind of a document (see Rule), by a field that only this kind has."""
    for field, kind in (
        ("zb", "vat-general"),
        ("xgm", "vat-small"),
        ("qysds", "cit-prepayment"),
        ("zcfzb", "statements"),
        ("yhssb", "stamp-tax"),
        ("sbfsb", "social-insurance"),
        ("kjmx", "wage-withholding"),
        ("lines", "invoice"),
        ("items", "payment"),
        ("nsrmc", "registration"),
    ):
        if field in document:
            return kind
    raise ValueError(f"a document with the fields {', '.join(document)} is of no known kind")


def _possible(rule: Rule, document: Document) -> bool:
    try:
        rule.change(_copied(document))
    except NotPossible:
        return False
    return True
