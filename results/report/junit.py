"""JUnit reports of comparisons and trends, and the tables of every summary.md: what a CI server shows.

JUnit has no word for "cannot decide". The first case of a suite stands for the whole answer: it is an error
where there is none, so that a server that reads only the report does not show green. Of the other cases, a
regression is a failure, and what was not decided is skipped.
"""

from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from collections.abc import Callable, Iterable, Sequence
from typing import Literal, NamedTuple

from results.report.wording import visible

_NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
_TYPES = {"failure": "renhai.regression", "error": "renhai.inconclusive"}


class Case(NamedTuple):
    """One test case; `outcome` "" is a pass."""

    classname: str
    name: str
    outcome: Literal["", "failure", "error", "skipped"] = ""
    message: str = ""


def suite_xml(name: str, cases: Sequence[Case]) -> str:
    """Follows the schema of Jenkins' xUnit plugin (junit-10.xsd)."""
    counted = {
        word: str(sum(case.outcome == kind for case in cases))
        for word, kind in (("failures", "failure"), ("errors", "error"), ("skipped", "skipped"))
    }
    suite = ET.Element("testsuite", {"name": clean(name), "tests": str(len(cases)), **counted, "time": "0"})
    for case in cases:
        element = ET.SubElement(
            suite, "testcase", classname=clean(case.classname), name=clean(case.name), time="0"
        )
        if case.outcome:
            told = ET.SubElement(element, case.outcome, message=clean(case.message))
            told.text = clean(case.message)
            if case.outcome in _TYPES:
                told.set("type", _TYPES[case.outcome])
    ET.indent(suite)
    return '<?xml version="1.0" encoding="UTF-8"?>\n' + ET.tostring(suite, encoding="unicode") + "\n"


def clean(text: str) -> str:
    """XML 1.0 has no place for control characters, escaped or not."""
    return _NOT_XML.sub("?", text)


def cell(text: str) -> str:
    """Text that stays in its cell or list item, and is no HTML."""
    return visible(text.replace("\n", " ")).replace("|", "\\|").replace("<", "&lt;")


def markdown_table(
    head: Sequence[str], rows: Iterable[Sequence[str]], shown: Callable[[str], str] = cell
) -> str:
    """A table whose cells cannot break out of it, each as `shown` makes it."""
    lines = [head, ["---"] * len(head), *rows]
    return "\n".join("| " + " | ".join(shown(text) for text in line) + " |" for line in lines)
