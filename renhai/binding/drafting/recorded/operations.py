"""A draft out of recorded exchanges: what is fixed, what varies, what an answer gave, what is hidden."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping, Sequence
from typing import Any

from renhai.binding.drafting.draft import Draft, wrong_header
from renhai.binding.drafting.hidden import (
    Known,
    harmless,
    is_hidden,
    is_one_persons,
    is_secret_name,
    is_secret_part,
    variable,
)
from renhai.binding.drafting.names import FieldNames, unique, word
from renhai.binding.drafting.notes import OPEN, note, one_line
from renhai.binding.drafting.recorded.bodies import say_losses
from renhai.binding.drafting.recorded.correlation import Answers, Given, bare_value
from renhai.binding.drafting.recorded.exchange import (
    Body,
    Exchange,
    Leaf,
    Part,
    Place,
    decoded,
    filled_body,
    filled_pairs,
    values_of,
)
from renhai.binding.drafting.recorded.grouping import Group, body_names, grouped
from renhai.binding.drafting.recorded.variables import filled, has_variable
from renhai.binding.outgoing.bodies import content_type
from renhai.safety.redaction import guessed

# Headers that a browser or a proxy sets for itself; cookies are kept by the client.
_BROWSER = re.compile(
    r"sec-|proxy-|:|if-|x-forwarded|cf-|postman-|"
    r"(?:cookie|user-agent|accept-encoding|accept-language|referer|origin|dnt|upgrade(?:-insecure-requests)?"
    r"|cache-control|pragma|priority|te|host|connection|content-length|transfer-encoding|expect|keep-alive|via"
    r"|x-requested-by|forwarded|range|content-type|date)$",
    re.IGNORECASE,
)
_OF_TAXPAYER = ("djxh", "nsrsbh", "nsrmc", "shxydm", "pzxh", "yzpzxh", "skssqq", "skssqz", "sbuuid")


class Drafting:
    """One draft in the making. `text_for` says what stands for a value of a request."""

    def __init__(
        self,
        draft: Draft,
        exchanges: Sequence[Exchange],
        apart: bool = False,
        known: Mapping[str, str] | None = None,
        hidden: Collection[str] = (),
    ) -> None:
        """apart: each exchange is its own operation. known: variables of the source; hidden: secret ones."""
        self.draft, self.exchanges, self.known, self.hidden = draft, exchanges, known or {}, hidden
        self.answers = Answers(exchanges)
        self.groups: list[Group] = grouped(exchanges, self.answers.known, apart)
        self.group_of = {number: group for group in self.groups for number in group.members}
        self.leaves = [{leaf.place: leaf for leaf in values_of(exchange)} for exchange in exchanges]
        self.secrets = self._secrets()
        for number, leaves in enumerate(self.leaves):
            for leaf in leaves.values():
                self.answers.note_sent(leaf, number)
        self.captured: dict[tuple[str, Any], str] = {}
        self.kept: dict[str, Any] = {}
        self.fields: dict[int, dict[str, Any]] = {number: {} for number in range(len(exchanges))}
        self.variables: set[str] = set()
        self.of_taxpayer: list[str] = []

    def run(self) -> Draft:
        """Fill the draft."""
        for group in self.groups:
            _OneOperation(self, group).draft()
            say_losses(self.draft, group.name, [self.exchanges[number].body for number in group.members])
        for (producer, _), name in self.captured.items():
            self.draft.operations[producer].setdefault("captures", {})[name] = self.kept[name]
        names = sorted(self.variables)
        if names:
            self.draft.add_note(note("secrets", names=names))
        if self.of_taxpayer:
            self.draft.add_note(note("taxpayers_fields", names=self.of_taxpayer))
        return self.draft

    def _secrets(self) -> Known:
        """Values that stand under the name of a secret somewhere: they are hidden wherever they stand."""
        found = {value for exchange in self.exchanges for value in exchange.cookies}
        for leaves in self.leaves:
            for leaf in leaves.values():
                value = bare_value(leaf)
                if leaf.hidden or is_hidden(leaf.name, value, leaf.place[0] == "query"):
                    found.add(value)
        return Known(found)

    def capture(self, given: Given) -> str | None:
        """The name under which the value is kept for later requests; None where no capture can read it."""
        group = self.group_of[given.exchange]
        answered = [n for n in group.members if 200 <= self.exchanges[n].answer.status < 400]
        if given.rule is None or not all(self.answers.has(number, given) for number in answered):
            return None
        key = group.name, given.rule
        if key not in self.captured:
            name = unique(word(given.name), set(self.captured.values()))
            self.captured[key], self.kept[name] = name, given.capture
        return self.captured[key]


class _OneOperation:
    """The operation of one group of requests alike."""

    def __init__(self, drafting: Drafting, group: Group) -> None:
        self.all, self.group = drafting, group
        self.names = FieldNames()
        self.base = max(
            group.members, key=lambda n: (_answered(drafting.exchanges[n]), len(drafting.leaves[n]), -n)
        )
        self.one_persons: list[str] = []
        self.from_answers: list[str] = []
        self.path_names: dict[int, str] = {}

    @property
    def exchange(self) -> Exchange:
        return self.all.exchanges[self.base]

    def draft(self) -> None:
        exchange, draft, name = self.exchange, self.all.draft, self.group.name
        operation: dict[str, Any] = {"method": exchange.method, "path": self._path()}
        if exchange.query:
            operation["query"] = filled_pairs(exchange.query, "query", self.text_for)
        headers = self._headers()
        form, body = self._body(headers)
        if headers:
            operation["headers"] = headers
        if form not in ("json", None):
            operation["format"] = form
        if exchange.encoding != "utf-8":
            operation["encoding"] = exchange.encoding
        operation["body"] = body
        success = self._success()
        if success:
            operation["success"] = success
        draft.operations[name] = self._without_secrets(operation)
        self._marks()

    def _without_secrets(self, operation: dict[str, Any]) -> dict[str, Any]:
        """Leave out what still holds a secret in some spelling, rather than to show it."""
        for key in ("body", "query", "headers"):
            written = json.dumps(operation.get(key), ensure_ascii=False)
            if self.all.secrets.is_spelt_in(written):
                operation[key] = None if key == "body" else {}
                self.all.draft.mark(self.group.name, note("held_secret", part=key))
        return operation

    # What stands for a value

    def text_for(self, leaf: Leaf) -> Any:
        """${SAVED:...}, ${ENV:...}, ${field} or the value as it was recorded."""
        value = "" if leaf.value is None else str(leaf.value)
        if has_variable(value):
            return filled(harmless(value), self._variable_of_source)
        saved = self._saved(leaf)
        if saved:
            return saved
        number = isinstance(leaf.value, int | float) and not isinstance(leaf.value, bool)
        hides = isinstance(leaf.value, str) or (number and leaf.hidden != "")
        if hides and value and self._is_hidden(leaf, value):
            return f"${{ENV:{self._variable(leaf)}}}"
        if isinstance(leaf.value, str) and is_one_persons(value):
            return self._field(leaf, keep=False)
        if self._varies(leaf.place):
            return self._field(leaf)
        if isinstance(leaf.value, str) and "${" in value:
            self.all.draft.mark(self.group.name, note("dollar_brace"))
            return harmless(value)
        if word(leaf.name).lower() in _OF_TAXPAYER and leaf.value not in (None, ""):
            self.all.of_taxpayer.append(leaf.name)
        return leaf.value

    def _is_hidden(self, leaf: Leaf, value: str) -> bool:
        named = leaf.hidden or is_hidden(leaf.name, value, leaf.place[0] == "query")
        return bool(named or self.all.secrets.stands_in(value) or guessed(value) != value)

    def _variable(self, leaf: Leaf) -> str:
        name = variable(leaf.hidden or leaf.name or "secret")
        self.all.variables.add(name)
        return name

    def _variable_of_source(self, name: str) -> str:
        """A field, or a secret of the environment, for a variable of a collection."""
        if is_secret_name(name) or name in self.all.hidden:
            return f"${{ENV:{self._variable(Leaf((), name, ''))}}}"
        field = self.names.name(("variable", name), name.lstrip("$"))
        value = self.all.known.get(name, "")
        shown = value and not has_variable(value) and not is_hidden(name, value) and not is_one_persons(value)
        for number in self.group.members:
            self.all.fields[number][field] = value if shown else OPEN
        return f"${{{field}}}"

    def _values(self, place: Place) -> list[tuple[int, Any]]:
        leaves = self.all.leaves
        return [(n, leaves[n][place].value) for n in self.group.members if place in leaves[n]]

    def _varies(self, place: Place) -> bool:
        return len({repr(value) for _, value in self._values(place)}) > 1

    def _field(self, leaf: Leaf, keep: bool = True) -> str:
        """A placeholder, and for every request what the recording had there."""
        name = self.names.name(leaf.place, leaf.name or "value")
        for number, value in self._values(leaf.place):
            text = str(value)
            shown = keep and not self._is_hidden(leaf, text) and not is_one_persons(text)
            self.all.fields[number][name] = value if shown else OPEN
        if not keep and name not in self.one_persons:
            self.one_persons.append(name)
        return f"${{{name}}}"

    def _saved(self, leaf: Leaf) -> str | None:
        """${SAVED:name}, where every request took the value from the same place of an answer before."""
        if isinstance(leaf.value, bool) or leaf.value in (None, ""):
            return None
        sources = {}
        last = True
        for number in self.group.members:
            other = self.all.leaves[number].get(leaf.place)
            if other is not None:
                given = self.all.answers.source(other, number)
                sources[given and (self.all.group_of[given.exchange].name, given.rule, given.path)] = given
                if given is not None:
                    others = self.all.group_of[given.exchange].members
                    last = last and self.all.answers.was_last(number, other, given, others)
        if len(sources) != 1 or None in sources:
            return None
        (given,) = sources.values()
        assert given is not None
        name = self.all.capture(given) if last else None
        if name is None:
            said = note(
                "not_captured" if last or given.rule is None else "not_last",
                name=leaf.name or "part of the path", path=given.path or given.name,
                operation=self.all.group_of[given.exchange].name,
            )  # fmt: skip
            self.all.draft.mark(self.group.name, said)
            return None
        self.from_answers.append(name)
        lead = "Bearer " if leaf.place[0] == "header" and str(leaf.value).startswith("Bearer ") else ""
        return f"{lead}${{SAVED:{name}}}"

    # The parts of the request

    def _path(self) -> str:
        parts = self.exchange.parts
        return "/".join(self._part(n, part) for n, part in enumerate(parts)) + (
            f"?{self.exchange.bare}" if self.exchange.bare else ""
        )

    def _part(self, place: int, part: str) -> str:
        leaf = self.all.leaves[self.base].get(("path", place))
        if leaf is None or not part:
            return part
        if has_variable(decoded(part)):
            return filled(decoded(part), self._variable_of_source)
        saved = self._saved(leaf) if place in self.group.variable else None
        if saved:
            return saved
        text = decoded(part)
        if place in self.group.variable and self._varies(("path", place)):
            stem, dot, ending = text.rpartition(".")
            file = bool(dot) and stem.isdigit() and ending.isalpha()
            return self._field(leaf._replace(name="id")) + (f".{ending}" if file else "")
        if is_secret_part(text) or self.all.secrets.stands_in(text):
            for number in self.group.members:
                self.all.fields[number][f"part_{place}"] = OPEN
            self.all.draft.add_note(note("one_persons_path"))
            return f"${{part_{place}}}"
        return part

    def _headers(self) -> dict[str, str]:
        kept: dict[str, str] = {}
        draft = self.all.draft
        for name, value in self.exchange.headers:
            lower = name.lower()
            if _BROWSER.match(name) or (lower == "accept" and ("*/*" in value or "html" in value)):
                continue
            if lower in {key.lower() for key in kept} or self._is_signed(lower, value):
                continue
            why = wrong_header(name, filled(value, lambda variable: "x"))
            if why is not None:
                draft.mark(self.group.name, note("header_lost", name=name, why=why))
                continue
            text = str(self.text_for(Leaf(("header", lower), name, value)))
            secret = is_secret_name(name) or re.search("authorization|cookie", lower)
            if secret and "${ENV:" not in text and "${SAVED:" not in text:
                text = f"${{ENV:{self._variable(Leaf((), name, value))}}}"
            kept[name] = text
        for name in sorted({name.lower() for name, _ in self.exchange.headers if is_secret_name(name)}):
            if not kept.get(name, "").startswith("${SAVED"):
                draft.add_note(note("secret_header", name=name))
        return kept

    def _is_signed(self, name: str, value: str) -> bool:
        """Whether auth sends this header. One of another kind stays where auth signs in, else is marked."""
        auth = self.all.draft.auth or {}
        bearer = auth.get("bearer") or {}
        kind = value.partition(" ")[0].lower()
        if name != "authorization" or not auth or (kind == "basic") == ("basic" in auth):
            return name in ("authorization", str(bearer.get("header", "")).lower())
        if bearer.get("login") == self.group.name:
            return False
        self.all.draft.mark(self.group.name, note("other_auth", kind=kind[:20]))
        return True

    def _body(self, headers: dict[str, str]) -> tuple[str | None, Any]:
        body, draft = self.exchange.body, self.all.draft
        if body.form == "lost":
            why = note(body.why, most=40) if body.why == "why_deep" else note(body.why)
            draft.mark(self.group.name, note("body_lost", media=body.media or "?", why=why))
        if body.form in ("", "lost"):
            return None, None
        if body.form == "multipart":
            return "multipart", self._multipart(body)
        filled = filled_body(body, self.text_for)
        media = self._media(body)
        if media:
            headers["Content-Type"] = media
        return body.form, filled

    def _media(self, body: Body) -> str:
        """The media type as recorded, where the format alone would send another."""
        said = body.media.strip()
        own = content_type(body.form, self.exchange.encoding)
        plain = said.partition(";")[0].strip().lower()
        rest = {part.strip().lower() for part in said.split(";")[1:]} - {"charset=utf-8", ""}
        same = plain == own.partition(";")[0] and not (rest - {f"charset={self.exchange.encoding}"})
        if not said or same or wrong_header("content-type", said) is not None:
            return ""
        return harmless(said)

    def _multipart(self, body: Body) -> dict[str, Any]:
        """Its parts by their names; several of one name are a list."""
        found: dict[str, list[Any]] = {}
        for part, value in filled_body(body, self.text_for):
            found.setdefault(part.name, []).append(self._part_of(part, value))
        return {name: parts if len(parts) > 1 else parts[0] for name, parts in found.items()}

    def _part_of(self, part: Part, value: Any) -> Any:
        """A text; or a file, whose content stands in the draft as far as it can be read."""
        text = value if isinstance(value, str) else str(value)
        readable = "\ufffd" not in text and not re.search(r"[\x00-\x08\x0b\x0c\x0e-\x1f]", text)
        if part.file and not (text and readable):
            self.all.draft.mark(self.group.name, note("part_lost", name=part.file))
        kind = {"type": harmless(part.media)} if part.media.isprintable() and part.media else {}
        if not part.file and not kind:
            return text if readable else ""
        name = {"name": harmless(one_line(part.file))} if part.file else {}
        return {"text": text if readable else "", **name, **kind}

    # The answer, and what is said of it

    def _success(self) -> dict[str, Any]:
        answers = [self.all.exchanges[number].answer for number in self.group.members]
        good = sorted({answer.status for answer in answers if 200 <= answer.status < 400} - {304})
        if any(answer.status == 304 for answer in answers) and 200 not in good:
            good = sorted([200, *good])
        if not any(answer.status for answer in answers):
            if any(self.all.exchanges[number].recorded for number in self.group.members):
                self.all.draft.mark(self.group.name, note("no_answer"))
        elif not good:
            statuses = ", ".join(sorted({str(answer.status) for answer in answers}))
            self.all.draft.mark(self.group.name, note("no_success", status=statuses))
        forms = [self.all.answers.parsed[n][0] for n in self.group.members if self.all.answers.parsed[n][0]]
        found: dict[str, Any] = {"status": good} if good else {}
        if forms:
            found["format"] = max(sorted(set(forms)), key=forms.count)
        return found

    def _marks(self) -> None:
        draft, name = self.all.draft, self.group.name
        if len(self.group.members) > 1:
            draft.mark(name, note("recorded_times", count=len(self.group.members)))
        base = body_names(self.exchange)
        names = {other for n in self.group.members for other in body_names(self.all.exchanges[n])} - base
        query = {key for n in self.group.members for key, _ in self.all.exchanges[n].query}
        names |= query - {key for key, _ in self.exchange.query}
        if names:
            draft.mark(name, note("other_fields", names=sorted(names)))
        if self.one_persons:
            draft.mark(name, note("one_persons", names=self.one_persons))
        if self.from_answers:
            draft.mark(name, note("captured", names=self.from_answers))


def _answered(exchange: Exchange) -> bool:
    return 200 <= exchange.answer.status < 400
