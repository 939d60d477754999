"""English sentences of ours in Chinese: the catalogue of whatever is no reason of a verdict.

A key is the sentence as it stands in the code, with `{}` for each value that is put in (the source of an
f-string with its values blanked). Its Chinese has as many `{}` in the same order, or `{0}`, `{1}` where the
order changes. What was put in is looked up as well, so that sentences of sentences are translated too. The
files in zh/ are JSON by where the sentence is seen; what is in none of them stays English.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path
from typing import NamedTuple

from results.language import language
from results.language.numbers import agreed

FOLDER = Path(__file__).parent / "zh"
DEEPEST = 5  # sentences within sentences
LONGEST = 1000  # characters of what may be a sentence of ours; what a target sent can be longer
_STATUS = re.compile(r"[1-5]\d\d")
_NAMES = re.compile(r"\s*[^\s,]+(, [^\s,]+)*\s*")
_PROSE = re.compile(r"[A-Za-z]{2,},? [a-z]+,? [a-z]{2,}")
_APART = (": ", "; ", "(", "`", "'", '"')


_ELSEWHERE: list[Callable[[], Mapping[str, str]]] = []


class _Template(NamedTuple):
    words: tuple[str, ...]  # its own, between the values: looked for first, which is fast
    pattern: re.Pattern[str]
    chinese: str


def say(text: str) -> str:
    """The text in the person's language."""
    return in_chinese(text) if language() == "zh" else agreed(text)


def say_sentence(text: str) -> str:
    """The same of what may be a target's own word, which stays as it is."""
    return in_chinese(text) if " " in text and language() == "zh" else text


def sentence_in_chinese(text: str) -> str:
    """In Chinese what is no single word, which is a key or a name."""
    return in_chinese(text) if " " in text else text


def words_of_a_target(text: str) -> str:
    """A code and words of a target, which stay, but for a whole sentence of ours behind the code."""
    code, blank, said = text.partition(" ")
    return f"{code}{blank}{sentences().get(said, said)}"


def say_lines(text: str) -> str:
    """The same of several lines, each with its indentation."""
    return "\n".join(line[: len(line) - len(line.lstrip())] + say(line.strip()) for line in text.split("\n"))


def in_chinese(text: str, deep: int = DEEPEST) -> str:
    """The text in Chinese as far as the catalogue has it, else as it is."""
    known = sentences()
    if not text or text in known:
        return known.get(text, text)
    if deep == 0 or len(text) > LONGEST or _is_a_name(text):
        return text
    first, semicolon, rest = text.partition("; ")
    if first in known and " " in first:
        told = in_chinese(semicolon + rest, deep - 1)  # some begin with it, as "; known: smoke, soak"
        return known[first] + (told if told[0] == "；" else "；" + in_chinese(rest, deep - 1))
    for template in _templates():
        # "is 5; write ..." is said of what stands before it, which is no value of a template
        if template.words[0] == "" and text.startswith("is "):
            continue
        if all(words in text for words in template.words):
            found = template.pattern.fullmatch(text)
            values = [*_values(found, deep - 1)] if found else []
            if found and _fits(template, values, found.groups(default="")):
                return template.chinese.format(*values)
    return _with_a_remedy(text, deep) or _behind_a_status(text, deep)


def _with_a_remedy(text: str, deep: int) -> str:
    """Of what is said of a value and what to do: `is no text; the file is damaged`. "" for other texts."""
    matter, _, remedy = text.rpartition("; ") if text.startswith("is ") else ("", "", "")
    said = in_chinese(matter, deep - 1)
    return f"{said}；{in_chinese(remedy, deep - 1)}" if said != matter else ""


def _behind_a_status(text: str, deep: int) -> str:
    """What is said of an answer of HTTP stands behind its status: `200 the answer is empty`."""
    status, blank, rest = text.partition(" ")
    return f"{status} {in_chinese(rest, deep - 1)}" if blank and _STATUS.fullmatch(status) else text


def _fits(template: _Template, values: list[str], put_in: Sequence[str]) -> bool:
    """False where a sentence that stayed English would stand amidst Chinese words: a short template, such as
    `{} lost`, is then found in a sentence that is not its own. Behind a colon or semicolon it may stand.
    """
    if template.words == ("", "; ", ""):
        return values != list(put_in) and put_in[0].count("(") == put_in[0].count(")")
    for number, value in enumerate(values):
        before, after = template.words[number], template.words[number + 1]
        apart = before.endswith(_APART) if before else after.startswith(": ")
        said_of_a_value = template.words[:2] == ("is ", "; ") and not value.startswith(("not ", "no "))
        stayed = value == put_in[number] and _PROSE.search(value) and not _is_a_name(value)
        if stayed and not apart and not said_of_a_value:
            return False
    return True


def _values(found: re.Match[str], deep: int) -> Iterator[str]:
    """What was put into a sentence, in Chinese where it is a sentence itself. What stands in quotes stays,
    and so does a single word, which is somebody's name or a key.
    """
    for place, value in enumerate(found.groups(default=""), start=1):
        before = found.string[: found.start(place)]
        quoted = before.count("`") % 2 == 1 or before.endswith(("'", '"'))
        yield value if quoted or _is_a_name(value) else in_chinese(value, deep)


def _is_a_name(text: str) -> bool:
    """One word, or a list of such: `rate, users`."""
    return text.isascii() and _NAMES.fullmatch(text) is not None


@cache
def sentences() -> dict[str, str]:
    """English to Chinese, of all files."""
    found: dict[str, str] = {}
    for file in sorted(FOLDER.glob("*.json")):
        found.update(json.loads(file.read_text(encoding="utf-8")))
    return found


def also(source: Callable[[], Mapping[str, str]]) -> None:
    """Sentences that stand in both languages elsewhere, and that others quote: keys as those of the files."""
    _ELSEWHERE.append(source)
    _templates.cache_clear()


@cache
def _templates() -> list[_Template]:
    """The sentences with values and those from elsewhere, those with the most words of their own first."""
    known = {key: chinese for source in _ELSEWHERE for key, chinese in source().items()}
    # what to do about it stands behind a reason
    known.update({f"{key}; {{}}": f"{chinese}；{{{key.count('{}')}}}" for key, chinese in known.items()})
    known.update((key, chinese) for key, chinese in sentences().items() if "{}" in key)
    ordered = sorted(known, key=_place)
    return [_Template(tuple(key.split("{}")), _pattern(key), _braced(known[key])) for key in ordered]


def _place(key: str) -> tuple[bool, bool, int]:
    """Last those of mere signs, as `{} ({})`, and of these first two sentences that stand side by side."""
    own = key.replace("{}", "")
    return not re.search("[A-Za-z]", own), key != "{}; {}", -len(own)


def _pattern(key: str) -> re.Pattern[str]:
    first, *rest = map(re.escape, key.split("{}"))
    # A value right behind another is an addition to it, as `; did you mean 'smoke'?` is.
    values = ["(.*?)", *("((?:; .*?)?)" if not before else "(.*?)" for before in rest)]
    return re.compile(
        first + "".join(f"{value}{text}" for value, text in zip(values, rest, strict=False)), re.DOTALL
    )


def _braced(chinese: str) -> str:
    """Ready for format: braces that stand for themselves, as in `{ id: 7 }`, are doubled."""
    return re.sub(r"\{(?!\d*\})|(?<!\{)(?<!\{\d)\}", lambda found: found[0] * 2, chinese)
