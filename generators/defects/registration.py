"""Defects of registrations."""

from generators.defects.rule import Change, Document, Rule, need, other_digit, put
from generators.identifiers.checksums import ORGANISATION_CHECKS, USCC_ALPHABET, uscc_check


def _uscc(document: Document, uscc: str) -> None:
    """Put a changed USCC everywhere it stands."""
    if document["nsrsbh"] == document["shxydm"]:
        document["nsrsbh"] = uscc
    document["shxydm"] = uscc


def _next(char: str, alphabet: str) -> str:
    return alphabet[(alphabet.index(char) + 1) % len(alphabet)]


def _uscc_check(document: Document) -> None:
    uscc = document["shxydm"]
    need(uscc, "social credit code")
    _uscc(document, uscc[:17] + _next(uscc[17], USCC_ALPHABET))


def _uscc_organisation(document: Document) -> None:
    uscc = document["shxydm"]
    need(uscc, "social credit code")
    front = uscc[:16] + _next(uscc[16], ORGANISATION_CHECKS)
    _uscc(document, front + uscc_check(front))


def _uscc_differs(document: Document) -> None:
    uscc = document["shxydm"]
    need(uscc and document["nsrsbh"] == uscc, "social credit code as taxpayer id")
    front = uscc[:2] + ("430102" if uscc[2:8] != "430102" else "430103") + uscc[8:17]
    document["nsrsbh"] = front + uscc_check(front)


def _taxpayer_id(document: Document) -> None:
    number = document["nsrsbh"]
    need(not document["shxydm"], "taxpayer id of its own")
    document["nsrsbh"] = other_digit(number, 14 if len(number) == 15 else 17)


def _cut(field: str) -> Change:
    def change(document: Document) -> None:
        need(document.get(field), f"{field}")
        document[field] = document[field][:-1]

    return change


def _check_digit(field: str) -> Change:
    def change(document: Document) -> None:
        need(document.get(field), f"{field}")
        document[field] = other_digit(document[field])

    return change


def _type(document: Document) -> None:
    document["djzclxDm"] = document["djzclxDm"][:1] + "99"


def _authority(document: Document) -> None:
    document["zgswjDm"] = "3" + document["zgswjDm"][1:]


RULES = tuple(
    Rule(name, "registration", what, change)
    for name, what, change in (
        ("uscc-check-digit", "position 18 of the social credit code is its check character", _uscc_check),
        ("uscc-organisation", "position 17 of the social credit code checks 9 - 16", _uscc_organisation),
        ("uscc-differs", "the taxpayer id is the social credit code", _uscc_differs),
        ("taxpayer-id-check", "an old taxpayer id has its check character", _taxpayer_id),
        ("legal-person-id", "a resident ID has its check character", _check_digit("fddbrsfzjhm")),
        ("bank-line", "a bank line number has its check digit", _check_digit("khyhhh")),
        ("djxh-length", "a registration serial has 20 digits", _cut("djxh")),
        ("industry-code", "an industry code has 4 digits", _cut("hyDm")),
        ("authority-code", "a tax authority code begins with 1 or 2", _authority),
        ("registration-type", "the registration type is in the code table", _type),
        ("taxpayer-status", "the taxpayer's status is in the code table", put(nsrztDm="99")),
        ("document-kind", "a kind of identity document has 3 digits", _cut("fddbrsfzjlxDm")),
        ("taxpayer-name", "the taxpayer has a name", put(nsrmc="")),
        ("registration-date", "the day of registration exists", put(djrq="2014-02-30")),
    )
)
