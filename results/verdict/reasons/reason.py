"""What a reason is: one entry of a closed list, with its sentence in both languages and typed parameters.

An entry is a class, a reason is an instance of it:

    class Stalled(Reason, code="generator.stalled"):
        seconds: float
        bound_ms: float
        text = "a load process stood still for {seconds:.1f} s", "负载进程停顿 {seconds:.1f} s"
        remedy = "run it on a machine that is left alone", "请在无其他负载的机器上运行"

    Stalled(seconds=3.2, bound_ms=500).en

Parameters are str, int, float, Quantity, Term (a word in both languages), Reason (one that is quoted), tuples
of str or Reason, or one of these or None. In the templates a parameter stands as in `str.format`; two more
specifications are known: `{n:worker was|workers were}` counts (`1 worker was`, `2 workers were`), and
`{note:? (%s)}` is left out where the parameter is None or empty; `{values:and}` joins a tuple with a word.
`{share:.1%}` never says that a part is all, or nothing; `{growth:+.1%}` is a change, and `{cpu:percent}` a
number of per cent without its sign (see results.metrics).

Between processes and in files a reason is its `record`, `{"code", "params"}` and `times` when it occurred
more than once; `read` makes the reason of a record. Decisions are made on the class or the code, never on a
text.
"""

from __future__ import annotations

import re
import types
import typing
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import FrozenInstanceError
from enum import Enum
from functools import cache
from inspect import get_annotations
from string import Formatter
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Self, dataclass_transform

from results.language.catalogue import also, sentences
from results.language.numbers import agreed
from results.metrics import Quantity, change, rounded_share

EN, ZH = 0, 1  # places in `text`, `remedy` and Term
_JOIN = ("; ", "；")
_LIST = ", "
_SHARE = re.compile(r"(\+?)\.(\d)%")  # a specification of Python's
FEWEST_LETTERS = 8  # of its own before the first parameter, where it is to be known by

ENTRIES: dict[str, type[Reason]] = {}


class ReasonError(ValueError):
    """A record that is no reason: its code is unknown, or a parameter is missing or of another type."""


class Term(Enum):
    """A word that is a parameter: (English, Chinese)."""

    def __str__(self) -> str:
        return str(self.value[EN])


@dataclass_transform(frozen_default=True, kw_only_default=True)
class _Entry:
    """Makes each subclass to a type checker what a frozen dataclass is whose fields are given by name."""


class Reason(_Entry):
    """Base of all entries. `times`: how often it occurred, told where it is more than once.

    No dataclass: compiling the methods of 150 took a sixth of the time in which a command starts.
    """

    times: int = 1

    code: ClassVar[str] = ""
    text: ClassVar[tuple[str, str]] = ("", "")
    remedy: ClassVar[tuple[str, str]] = ("", "")
    names: ClassVar[tuple[str, ...]] = ()  # of the parameters

    def __init_subclass__(cls, code: str) -> None:
        if code in ENTRIES:
            raise TypeError(f"two reasons have the code {code}")
        cls.code, cls.names = code, tuple(get_annotations(cls))
        ENTRIES[code] = cls

    if not TYPE_CHECKING:

        def __init__(self, *, times: int = 1, **given: Any) -> None:
            if given.keys() != set(self.names):
                raise TypeError(f"{type(self).__name__} takes {[*self.names]}, not {[*given]}")
            vars(self).update(times=times, **{name: given[name] for name in self.names})

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise FrozenInstanceError(f"cannot assign to {name}")

    def __delattr__(self, name: str) -> NoReturn:
        raise FrozenInstanceError(f"cannot delete {name}")

    def __eq__(self, other: object) -> bool:
        return vars(self) == vars(other) if type(other) is type(self) else NotImplemented

    def __hash__(self) -> int:
        return hash((self.code, *vars(self).values()))

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={value!r}" for name, value in vars(self).items())
        return f"{type(self).__name__}({given})"

    @property
    def en(self) -> str:
        """The whole sentence, remedy included."""
        return self.said(EN)

    @property
    def zh(self) -> str:
        """The same in Chinese."""
        return self.said(ZH)

    def said(self, language: int) -> str:
        """EN or ZH: what is the matter, what to do about it, and how often it occurred."""
        remedy = self._filled(self.remedy[language], language)
        often = (f" ({self.times} times)", f"（{self.times} 次）")[language] if self.times > 1 else ""
        return _JOIN[language].join(part for part in (self.matter(language), remedy) if part) + often

    def matter(self, language: int) -> str:
        """What is the matter, without the remedy: so one reason quotes another."""
        return self._filled(self.text[language], language)

    def _filled(self, template: str, language: int) -> str:
        said = _FORMATTERS[language].vformat(template, (), vars(self)).strip()
        return agreed(said) if language == EN else said

    def often(self, times: int) -> Self:
        """The same reason with another count."""
        return type(self)(**{**vars(self), "times": times})

    def record(self) -> dict[str, Any]:
        """{"code", "params"} and perhaps "times": JSON-ready."""
        params = {name: _plain(getattr(self, name)) for name in parameters(type(self))}
        counted = {"times": self.times} if self.times > 1 else {}
        return {"code": self.code, "params": params, **counted}


def parameters(entry: type[Reason]) -> dict[str, Any]:
    """The parameters of an entry, by name, with their types."""
    return _parameters(entry.code)


@cache
def _parameters(code: str) -> dict[str, Any]:
    entry = ENTRIES[code]
    hints = typing.get_type_hints(entry)
    return {name: hints[name] for name in entry.names}


def read(record: Mapping[str, Any]) -> Reason:
    """The reason of a record. Raises ReasonError."""
    try:
        entry = ENTRIES[record["code"]]
        given, times = record["params"], record.get("times", 1)
        wanted = parameters(entry)
        if set(given) != set(wanted) or not isinstance(times, int) or times < 1:
            raise ReasonError(f"{record['code']} takes {', '.join(wanted) or 'no parameter'}")
        return entry(times=times, **{name: _typed(given[name], kind) for name, kind in wanted.items()})
    except (KeyError, TypeError, AttributeError, RecursionError) as error:
        raise ReasonError(f"no reason: {record!r:.200}") from error


def _plain(value: Any) -> Any:
    if isinstance(value, Term):
        return value.name
    if isinstance(value, Reason):
        return value.record()
    if isinstance(value, Quantity):
        return [value.value, value.unit]
    return [_plain(one) for one in value] if isinstance(value, tuple) else value


def _typed(value: Any, kind: Any) -> Any:
    """A parameter of a record as its type. Raises ReasonError."""
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return None if value is None else _typed(value, inner[0])
    if origin is tuple:
        return tuple(_typed(one, inner[0]) for one in _list(value))
    if kind is Quantity:
        number, unit = _list(value)
        return Quantity(_typed(number, float), _typed(unit, str))
    if issubclass(kind, Reason):
        return read(value)
    if issubclass(kind, Term):
        return kind[value]
    accepted = (int, float) if kind is float else kind
    if isinstance(value, bool) or not isinstance(value, accepted):
        raise ReasonError(f"{value!r:.100} is no {kind.__name__}")
    return value


def _list(value: Any) -> list[Any]:
    if not isinstance(value, list | tuple):
        raise ReasonError(f"{value!r:.100} is no list")
    return list(value)


class _Filling(Formatter):
    """Fills a template in one language."""

    def __init__(self, language: int) -> None:
        self._language = language

    def format_field(self, value: Any, format_spec: str) -> str:
        if format_spec.startswith("?"):
            return format_spec[1:].replace("%s", self._said(value)) if value else ""
        if format_spec == "and":
            return ("and".join, "与".join)[self._language](f" {one} " for one in value).strip()
        if format_spec == "percent":
            return rounded_share(value / 100).removesuffix("%")
        if shares := _SHARE.fullmatch(format_spec):
            return (change if shares[1] else rounded_share)(value, int(shares[2]))
        if "|" in format_spec:
            return f"{value} {format_spec.split('|')[value != 1]}"
        return format(value, format_spec) if format_spec else self._said(value)

    def _said(self, value: Any) -> str:
        if isinstance(value, Reason):
            return value.matter(self._language)
        if isinstance(value, Term):
            return str(value.value[self._language])
        if isinstance(value, tuple) and not isinstance(value, Quantity):
            quoted = any(isinstance(one, Reason) for one in value)
            return (_JOIN[self._language] if quoted else _LIST).join(map(self._said, value))
        text = str(value)
        # a sentence of ours that is put into another; what a target said is in no catalogue
        return sentences().get(text, text) if self._language == ZH and " " in text else text


_FORMATTERS = (_Filling(EN), _Filling(ZH))


def read_all(records: Iterable[Mapping[str, Any]]) -> list[Reason]:
    """The reasons of several records. Raises ReasonError."""
    return [read(record) for record in records]


def in_english(reasons: Iterable[Reason]) -> list[str]:
    return [reason.en for reason in reasons]


def in_chinese(reasons: Iterable[Reason]) -> list[str]:
    return [reason.zh for reason in reasons]


def records(reasons: Iterable[Reason]) -> list[dict[str, Any]]:
    return [reason.record() for reason in reasons]


def as_sentences() -> dict[str, str]:
    """English to Chinese as the catalogue has it, `{}` for a parameter, for sentences that quote a reason.

    Left out are those whose words change with a parameter, and those that begin with one: they would be found
    in sentences that are not their own.
    """
    found = {}
    for entry in ENTRIES.values():
        for english, chinese in (entry.text, entry.remedy):
            parts, said = ([*Formatter().parse(one)] for one in (english, chinese))
            plain = all(not spec or not set("?|") & set(spec) for _, _, spec, _ in (*parts, *said))
            if plain and parts and len(parts[0][0]) >= FEWEST_LETTERS:
                names = [name for _, name, _, _ in parts if name is not None]
                key = "".join(words + ("" if name is None else "{}") for words, name, _, _ in parts)
                found[key] = "".join(
                    words + ("" if name is None else f"{{{names.index(name)}}}") for words, name, _, _ in said
                )
    return found


also(as_sentences)


class Recorded(Reason, code="recorded"):
    """A sentence of a snapshot that an earlier renhai wrote, which had no codes."""

    sentence: str
    chinese: str
    text = "{sentence}", "{chinese}"


def as_recorded(
    sentences: Sequence[str], coded: Sequence[Mapping[str, Any]], chinese: Sequence[str] = ()
) -> list[Reason]:
    """The reasons of a file with sentences and, where it is new enough, their records in the same order.

    A sentence whose record is missing, or that this renhai does not know, stands as it is: nothing is lost.
    """
    found: list[Reason] = []
    for place, sentence in enumerate(sentences):
        try:
            found.append(read(coded[place]))
        except (IndexError, ReasonError):
            known = chinese[place] if place < len(chinese) else ""
            found.append(Recorded(sentence=sentence, chinese=known or f"旧版快照原文：{sentence}"))
    return found
