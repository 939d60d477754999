"""An answer to its outcome: parsed as JSON, XML or text, judged by status, paths, words, echo, and read."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, NamedTuple

import orjson

from renhai.binding.answers.binary import binary_check, is_download
from renhai.binding.answers.echo import Check, Sent, Silent, Unasked, compile_check
from renhai.binding.answers.jsonpath import Several, is_jsonpath
from renhai.binding.answers.paths import (
    MISSING,
    Element,
    Get,
    compile_data,
    compile_path,
    find_xml,
    rivals,
    text_reader,
)
from renhai.binding.answers.received import Received
from renhai.binding.answers.text import Words, charset_of, compile_words, decode, encoding_of
from renhai.binding.answers.values import Twice, among, contradiction, same
from renhai.binding.text.unread import UNREAD, compile_unread
from renhai.binding.text.xml_text import parse_xml

Seen = Callable[[Any], object]
Judge = Callable[[int, bytes, bytes, Sent], "Reply"]
"""(status, head, body, what the request sent of `echo`) to the outcome."""

BODILESS = frozenset({204, 205, 304})  # RFC 9110: an answer with one of these has no body
_CONTENT = ("where", "contains", "absent", "echo")
_UTF_8 = (b"utf-8", b"UTF-8")
_WHAT = {"json": "JSON", "xml": "XML", "text": "text", "binary": "bytes"}


class Reply(NamedTuple):
    """How an answer was judged. `data` is what the binding's `data` path yields ({} when there is none)."""

    outcome: str
    data: dict[str, Any]
    code: str
    reason: str
    status: int = 0

    @property
    def ok(self) -> bool:
        return self.outcome == "ok"


new = tuple.__new__


def error(status: int, why: str) -> Reply:
    """Not an answer that can be believed."""
    return Reply("error", {}, str(status), why, status)


def unread(status: int, why: str) -> Reply:
    """An answer of which nothing is known, for a reason that lies with us: it has no code."""
    return error(status, why)._replace(code="")


def _strange(status: int, why: str) -> Reply:
    return (unread if isinstance(why, Unasked) else error)(status, str(why))


def compile_judge(success: Mapping[str, Any], seen: Seen | None = None) -> Judge:
    """Judge by the keys of `renhai.binding.model.Success`; `seen(answer)` is called with each ok answer."""
    return _compile_plain(success) if _is_plain(success, seen) else _Rules(success, seen).judge


def unjudged(status: int, wrong: Exception) -> Reply:
    """A rule that raises in spite of everything makes that answer an error, with the reason."""
    return error(status, f"the answer cannot be judged: {type(wrong).__name__}: {wrong}"[:160])


def demands_content(success: Mapping[str, Any]) -> bool:
    """Whether the rule asks for more of an answer than its status."""
    return _asks(success, (*_CONTENT, "paper"))


def _asks(success: Mapping[str, Any], keys: Iterable[str]) -> bool:
    return any(success.get(key) for key in keys)


class _Rules:
    """The rules of one operation, step by step; see `renhai.binding.model.Success`."""

    def __init__(self, success: Mapping[str, Any], seen: Seen | None) -> None:
        form = self.form = success.get("format", "json")
        self.encoding = success.get("encoding", "utf-8")
        self.statuses = frozenset(success["status"])
        self.refused = frozenset(success.get("rejected_status") or ())
        where = success["where"]
        self.wanted = [(path, compile_path(path, form), value) for path, value in where.items()]
        self.rivals = [(path, rivals(path)) for path in where] if form == "xml" else []
        self.words = _words(success)
        self.echo = compile_check(success.get("echo") or {}, form) if success.get("echo") else None
        self.code = text_reader(success["code"] or next(iter(where), ""), form)
        said = "json" if success.get("paper") else form  # what refuses a paper is none
        self.own_code = text_reader(success["code"], said)
        self.reasons = [text_reader(path, said) for path in success["reason"]]
        self.refuses = said
        self.data = compile_data(success["data"], form)
        self.seen = seen
        self.inside = [find_xml(path) for path in success.get("inside") or []]
        self.binary = binary_check(success) if form == "binary" else None
        self.digested = is_download(success) and seen is None
        self.by_status = not (_asks(success, _CONTENT) or seen or isinstance(success["data"], Mapping))
        self.unread = compile_unread(success) if success.get("tells_unread") else None

    def judge(self, status: int, head: bytes, body: bytes, sent: Sent) -> Reply:
        if status in self.refused:
            return self._refused(status, head, body)
        if status not in self.statuses:
            return error(status, f"HTTP {status}")
        if isinstance(body, Received) and not self.digested:  # there is nothing to read in it
            return unread(status, "body too large")
        if self.binary is not None and (wrong := self.binary(head, body)):
            return error(status, wrong)
        if self.by_status:
            return Reply("ok", self._loosely(head, body), "", "", status)
        if not body:
            return self._of_nothing(status)
        try:
            answer = self.parse(head, body)
        except Twice as wrong:
            return error(status, str(wrong))
        except ValueError:
            return error(status, f"the answer is not {_WHAT[self.form]}")
        return self._told(status, head, body, answer, sent)

    def _told(self, status: int, head: bytes, body: bytes, answer: Any, sent: Sent) -> Reply:
        """By what the answer says."""
        try:
            refusal = self._refusal(answer)
        except MISSING as wrong:
            return error(status, f"the answer has no {wrong.args[-1]}")
        if refusal is None and self.words is not None and (why := self.words(head, body, self._read(answer))):
            refusal = Reply("rejected", {}, self.code(answer), self._reason(answer) or why, status)
        if refusal is not None:
            # a refusal need not repeat anything; what it repeats must be its own request's
            strange = self.echo(answer, sent) if self.echo else ""
            foreign = strange and not isinstance(strange, Silent)
            return error(status, strange) if foreign else refusal._replace(status=status)
        if contrary := next((path for path, differ in self.rivals if differ(answer)), ""):
            return error(status, f"the answer says two things at {contrary}")
        if self.echo is not None and (strange := self.echo(answer, sent)):
            return _strange(status, strange)
        try:
            read = self.data(answer)
            if self.seen is not None:
                self.seen(answer)
        except MISSING as wrong:
            return error(status, f"the answer cannot be read: {wrong}"[:120])
        return Reply("ok", self._with_unread(read, answer), "", "", status)

    def _refusal(self, answer: Any) -> Reply | None:
        for path, get, value in self.wanted:
            try:
                found = get(answer)
            except MISSING:
                raise KeyError(path) from None
            if not _holds(found, value):
                return _rejected(self.code(answer), self._reason(answer), path, found, value)
        return None

    def _read(self, answer: Any) -> str:
        """What an XML parser finds in the answer: what is markup to it hides no word."""
        if self.form != "xml":
            return ""
        values = (value for element in answer.iter() for value in element.attrib.values())
        return "\n".join(["".join(answer.itertext()), *values])

    def _reason(self, answer: Any) -> str:
        return next(filter(None, (read(answer) for read in self.reasons)), "")

    def _refused(self, status: int, head: bytes, body: bytes) -> Reply:
        """A status that is a business refusal; code and reason are the body's, where it has them."""
        try:
            if self.refuses == self.form:
                answer = self.parse(head, body)
            else:
                answer = _parse_json(head, body, self.encoding)
        except ValueError:
            return Reply("rejected", {}, str(status), f"HTTP {status}", status)
        code, reason = self.own_code(answer), self._reason(answer)
        return Reply("rejected", {}, code or str(status), reason or f"HTTP {status}", status)

    def _of_nothing(self, status: int) -> Reply:
        """An answer without a body is what `status` says, where that status never has one."""
        if status in BODILESS and self.echo is None and self.seen is None:
            return Reply("ok", {}, "", "", status)
        return error(status, "the answer is empty")

    def _loosely(self, head: bytes, body: bytes) -> dict[str, Any]:
        """What can be read of an answer that has to be nothing but there."""
        try:
            if not body or (self.form != "json" and self.unread is None):
                return {}
            answer = self.parse(head, body)
            return self._with_unread(self.data(answer), answer)
        except ValueError:
            return {}

    def _with_unread(self, read: dict[str, Any], answer: Any) -> dict[str, Any]:
        """With the names of what the answer has besides, where they are asked for."""
        names = self.unread(answer) if self.unread is not None else []
        return {**read, UNREAD: names} if names else read

    def parse(self, head: bytes, body: bytes) -> Any:
        """The answer as its format has it. Raises ValueError, Twice for a JSON object with a key twice."""
        if self.form == "json":
            return _parse_json(head, body, self.encoding)
        if self.form == "binary":
            return body
        if self.form == "text":
            return decode(head, body, self.encoding)
        root = parse_xml(decode(head, body, self.encoding))
        return _open_inside(root, self.inside)


def _holds(found: Any, wanted: Any) -> bool:
    """Of a query that selects several, each has to be as asked."""
    if isinstance(found, Several):
        return all(_holds(one, wanted) for one in found)
    return among(found, wanted) if type(wanted) is list else same(found, wanted)


def _words(success: Mapping[str, Any]) -> Words | None:
    contains, absent = success.get("contains") or [], success.get("absent") or []
    return compile_words(contains, absent, success.get("encoding", "utf-8")) if contains or absent else None


def _parse_json(head: bytes, body: bytes, encoding: str) -> Any:
    codec = encoding_of(head, body, encoding)
    if codec != "utf-8":
        body = body.decode(codec).encode()
    answer = orjson.loads(body)
    if wrong := contradiction(body, answer):
        raise Twice(wrong)
    return answer


def _rejected(code: str, reason: str, path: str, found: Any, wanted: Any) -> Reply:
    """Where only the type differs, the reason says so: "0" and 0 look alike in an excerpt."""
    alike = not isinstance(wanted, list) and not isinstance(found, dict | list) and _looks(found, wanted)
    if alike and not reason:
        reason = f"{path} is {orjson.dumps(found).decode()}, where asks for {orjson.dumps(wanted).decode()}"
    return Reply("rejected", {}, code, reason)


def _looks(found: Any, wanted: Any) -> bool:
    return str(found) == str(wanted) or bool(found == wanted)


def _open_inside(root: Element, inside: list[Get]) -> Element:
    """Put the XML that stands as text (mostly in CDATA) at those places into the tree."""
    for find in inside:
        element = find(root)
        if element is not None and element.text and element.text.strip():
            element.append(parse_xml(element.text.strip()))
    return root


# The common case


def _is_plain(success: Mapping[str, Any], seen: Seen | None) -> bool:
    """JSON in UTF-8 that is judged by plain paths to texts and numbers, which is the way of most targets."""
    data = success["data"]
    paths = [*success["where"], data if isinstance(data, str) else "0"]
    return (
        seen is None
        and not success.get("tells_unread")
        and bool(success["where"])
        and success.get("format", "json") == "json"
        and success.get("encoding", "utf-8") == "utf-8"
        and not any(success.get(key) for key in ("contains", "absent", "rejected_status"))
        and not any(map(is_jsonpath, paths))
        and not any(part.isdigit() for path in paths for part in path.split("."))
        and not any(isinstance(value, list | bool | None) for value in success["where"].values())
    )


def _compile_plain(success: Mapping[str, Any]) -> Judge:
    """The same as _Rules, without a call a path; whatever is not plain in an answer goes to _Rules."""
    statuses = frozenset(success["status"])
    wanted = [(path.split("."), value) for path, value in success["where"].items()]
    numbers = any(not isinstance(value, str) for _, value in wanted)
    data_parts = success["data"].split(".") if success["data"] else []
    echo: Check | None = compile_check(success["echo"], "json") if success.get("echo") else None
    slowly = _Rules(success, None).judge
    loads, dumps = orjson.loads, orjson.dumps

    def judge(status: int, head: bytes, body: bytes, sent: Sent) -> Reply:
        if not body.isascii():  # two finds cost a third of what lower() and one do
            at = max(head.find(b"harset"), head.find(b"HARSET"))
            if at >= 0 and head[at + 7 : at + 12] not in _UTF_8 and charset_of(head) != "utf-8":
                return slowly(status, head, body, sent)
        try:
            answer = loads(body)
            for parts, value in wanted:
                found = answer
                for key in parts:
                    found = found[key]
                if found != value or (numbers and (found is True or found is False)):
                    return slowly(status, head, body, sent)
        except (ValueError, KeyError, TypeError, IndexError):
            return slowly(status, head, body, sent)
        if status not in statuses or (dumps(answer) != body and contradiction(body, answer)):
            return slowly(status, head, body, sent)
        if echo is not None and echo(answer, sent):
            return slowly(status, head, body, sent)
        try:
            for key in data_parts:
                answer = answer[key]
        except (KeyError, TypeError):
            answer = None
        # a NamedTuple's own constructor is a Python function, and costs three times as much
        return new(Reply, ("ok", answer if type(answer) is dict else {}, "", "", status))

    return judge
