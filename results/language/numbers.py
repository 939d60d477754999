"""Counts in English sentences: `1 parts are` is said as `1 part is`."""

from __future__ import annotations

import re

# Of what we count, by the plural that stands in our sentences; those of `-s` alone are told by their form.
NOUNS = frozenset({
    "addresses", "alternatives", "areas", "arrivals", "audits", "batches", "buckets", "bytes", "cases",
    "characters", "columns", "connections", "cores", "days", "declarations", "descriptors", "digits",
    "documents", "draws",
    "entries", "equations", "errors", "fields", "files", "findings", "gates", "groups", "hours", "intents",
    "invoices", "journeys", "keys", "kinds", "launches", "levels", "lines", "machines", "members",
    "minutes", "months", "numbers", "ones", "operations", "operators", "packages", "pages", "papers",
    "parts", "periods", "places", "points", "ports", "problems", "processes", "records", "regressions",
    "requests", "rows", "runs", "screens", "seats", "seconds", "servers", "stages", "steps", "sums",
    "switches", "systems", "tables", "tasks", "taxpayers", "thresholds", "times", "transactions", "twins",
    "units", "users", "values", "walks", "workers", "writes", "years",
})  # fmt: skip
# What may stand between a count and its noun.
BETWEEN = frozenset({
    "different", "distinct", "error", "file", "further", "kept", "load", "local", "longer", "lost",
    "more", "new", "old", "older", "operator", "printable", "printed", "re-entered", "replacement",
    "static", "too", "under", "written",
})  # fmt: skip
_VERBS = {
    "are": "is",
    "were": "was",
    "have": "has",
    "do": "does",
    "lag": "lags",
    "need": "needs",
    "rest": "rests",
}
_ORDINALS = "column|line|number|operator|page|rank|row|seed|sheet|side|stage|step|worker"
_SINGULAR = re.compile(
    rf"(?<![\w.,:;/'\"`+-])(?<!-)1 (?P<between>(?:(?:{'|'.join(sorted(BETWEEN))}) )*)"
    rf"(?P<noun>{'|'.join(sorted(NOUNS))})\b(?P<verb> (?:{'|'.join(_VERBS)})\b)?(?![-_]|\.\w)"
)
_OF_THEM = re.compile(rf"(?<![\w.,:;/'\"`+-])(?<!-)1 of them (?P<verb>{'|'.join(_VERBS)})\b")
_NUMBERED = re.compile(rf"(?:{_ORDINALS}) $")


def agreed(text: str) -> str:
    """The English text with one of a thing as one: `1 rows have` as `1 row has`. `line 1 rows` stays, as do
    numbers such as 1.1, 21 or 1/1. `1 of them were` is `1 of them was`.
    """
    if "1 " not in text:
        return text
    return _OF_THEM.sub(lambda found: f"1 of them {_VERBS[found['verb']]}", _SINGULAR.sub(_of_one, text))


def _of_one(found: re.Match[str]) -> str:
    if _NUMBERED.search(found.string, 0, found.start()):
        return found[0]
    verb = found["verb"]
    return f"1 {found['between']}{singular(found['noun'])}" + (f" {_VERBS[verb[1:]]}" if verb else "")


def singular(noun: str) -> str:
    """The singular of one of NOUNS: entries, processes, rows."""
    if noun.endswith("ies"):
        return noun[:-3] + "y"
    return noun[:-2] if noun.endswith(("sses", "tches", "nches")) else noun[:-1]
