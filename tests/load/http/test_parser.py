"""The answer reader, without any socket: every framing, every limit, one verdict however an answer is cut."""

from __future__ import annotations

import gzip
import itertools
import resource
import sys
import zlib

import brotli
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from renhai.load.http.content_coding import Malformed, decode
from renhai.load.http.parser import UNASKED, AnswerReader
from renhai.load.http.types import Limits, Result
from tests.share import examples

LIMITS = Limits(headers=1000, body=5000)


class Answer(Result):
    """`note`: "closing" when the connection may carry no other request."""

    __slots__ = ("note",)


def read(*pieces: bytes, to_head: bool = False, limits: Limits = LIMITS, end: bool = False) -> Answer:
    """Feed pieces until the answer is whole (or the stream has ended, if `end`)."""
    result = Answer()
    reader = AnswerReader(limits)
    reader.begin(result, to_head)
    try:
        whole = any(reader.feed(piece) for piece in pieces if piece)
        if not whole and end:
            reader.end()
            whole = True
        if not whole:
            result.error = "unfinished"
    except Malformed as error:
        result.error = str(error)
    result.note = "" if result.error or reader.keep_alive else "closing"
    return result


def head(*lines: str, status: str = "200 OK", version: str = "1.1") -> bytes:
    return "\r\n".join([f"HTTP/{version} {status}", *lines, "", ""]).encode("latin-1")


CHUNKED = head("Transfer-Encoding: chunked")

ANSWERS = {
    "length": (head("Content-Length: 5") + b"hello", b"hello", ""),
    "empty": (head("Content-Length: 0"), b"", ""),
    "chunks": (CHUNKED + b"3\r\nhel\r\n2\r\nlo\r\n0\r\n\r\n", b"hello", ""),
    "chunk extension": (CHUNKED + b"5;a=b\r\nhello\r\n0\r\n\r\n", b"hello", ""),
    "trailers": (CHUNKED + b"5\r\nhello\r\n0\r\nChecksum: 1\r\nX: y\r\n\r\n", b"hello", ""),
    "gzip": (
        head("Content-Encoding: gzip", f"Content-Length: {len(gzip.compress(b'hello'))}")
        + gzip.compress(b"hello"),
        b"hello",
        "",
    ),
    "close": (head("Content-Length: 5", "Connection: close") + b"hello", b"hello", "closing"),
    "http/1.0": (head("Content-Length: 5", version="1.0") + b"hello", b"hello", "closing"),
    "http/1.0 kept": (
        head("Content-Length: 5", "Connection: keep-alive", version="1.0") + b"hello",
        b"hello",
        "",
    ),
    "continue": (head(status="100 Continue") + head("Content-Length: 5") + b"hello", b"hello", ""),
    "hints": (
        head("Link: </a>", status="103 Early Hints") * 2 + head("Content-Length: 5") + b"hello",
        b"hello",
        "",
    ),
    "204": (head(status="204 No Content"), b"", ""),
    "204 with a length": (head("Content-Length: 5", status="204 No Content"), b"", ""),
    "304": (head("Content-Length: 5", "ETag: x", status="304 Not Modified"), b"", ""),
    "304 chunked": (head("Transfer-Encoding: chunked", status="304 Not Modified"), b"", ""),
    "no reason phrase": (b"HTTP/1.1 200\r\nContent-Length: 5\r\n\r\nhello", b"hello", ""),
}

REJECTED = {
    "rubbish": b"\x16\x03\x01rubbish\r\n\r\n",
    "http/0.9": b"<html>hello</html>\r\n\r\n",
    "http/2": b"HTTP/2.0 200 OK\r\nContent-Length: 0\r\n\r\n",
    "blank lines first": b"\r\n\r\n" + ANSWERS["length"][0],
    "bad status": b"HTTP/1.1 2x0 OK\r\n\r\n",
    "status below 100": b"HTTP/1.1 099 Odd\r\nContent-Length: 0\r\n\r\n",
    "upgrade": head("Upgrade: websocket", "Connection: Upgrade", status="101 Switching Protocols"),
    "two lengths": head("Content-Length: 5", "Content-Length: 6") + b"hello",
    "length and chunks": head("Content-Length: 5", "Transfer-Encoding: chunked") + b"0\r\n\r\n",
    "negative length": head("Content-Length: -5") + b"hello",
    "length beyond 64 bits": head("Content-Length: 99999999999999999999") + b"hello",
    "chunk beyond 64 bits": CHUNKED + b"fffffffffffffffff\r\nhello\r\n0\r\n\r\n",
    "bad chunk size": CHUNKED + b"five\r\nhello\r\n0\r\n\r\n",
    "chunk too long": CHUNKED + b"3\r\nhello\r\n0\r\n\r\n",
    "gzip as transfer coding": head("Transfer-Encoding: gzip") + b"hello",
    "chunked, then gzip": head("Transfer-Encoding: chunked", "Transfer-Encoding: gzip") + b"hello",
    "space before colon": head("Content-Length : 5") + b"hello",
    "bare line feeds": b"HTTP/1.1 200 OK\nContent-Length: 5\n\nhello",
    "folded header": head("X: a\r\n b", "Content-Length: 5") + b"hello",
    "NUL in a header": head("X: a\0b", "Content-Length: 5") + b"hello",
    "unknown coding": head("Content-Encoding: lzma", "Content-Length: 5") + b"hello",
    "no br at all": head("Content-Encoding: br", "Content-Length: 5") + b"hello",
    "no zstd at all": head("Content-Encoding: zstd", "Content-Length: 5") + b"hello",
    "too many codings": head("Content-Encoding: " + "gzip, " * 5, "Content-Length: 5") + b"hello",
    "bad gzip": head("Content-Encoding: gzip", "Content-Length: 5") + b"hello",
    "half a gzip": head("Content-Encoding: gzip", "Content-Length: 12") + gzip.compress(b"hello")[:12],
    "endless interim": head(status="102 Processing") * 40 + ANSWERS["length"][0],
}


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_is_read_whole(name: str) -> None:
    answer, body, note = ANSWERS[name]
    result = read(answer)
    assert (result.error, result.body, result.note) == ("", body, note)
    assert result.bytes_in == len(answer)
    assert result.head.startswith(b"HTTP/1.") and result.head.endswith(b"\r\n\r\n")


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_reads_the_same_cut_anywhere(name: str) -> None:
    answer, _, _ = ANSWERS[name]
    expected = read(answer)
    for cut in range(1, len(answer)):
        result = read(answer[:cut], answer[cut:])
        assert (result.status, result.head, result.body) == (expected.status, expected.head, expected.body)
        assert (result.error, result.note) == ("", expected.note)
    dripped = read(*[answer[i : i + 1] for i in range(len(answer))])
    assert (dripped.body, dripped.bytes_in) == (expected.body, expected.bytes_in)


@pytest.mark.parametrize("name", ANSWERS)
def test_an_answer_that_stops_half_way_is_an_error(name: str) -> None:
    answer, _, _ = ANSWERS[name]
    for cut in range(1, len(answer)):
        assert read(answer[:cut], end=True).error == "closed inside answer"
    assert read(end=True).error == "closed before answer"


@pytest.mark.parametrize("name", REJECTED)
def test_a_malformed_answer_names_its_fault(name: str) -> None:
    answer = REJECTED[name]
    assert read(answer).error.startswith("malformed: ")
    assert read(*[answer[i : i + 1] for i in range(len(answer))]).error.startswith("malformed: ")


def test_a_reader_takes_one_answer_after_another() -> None:
    reader = AnswerReader(LIMITS)
    kept = [(answer, body) for answer, body, note in ANSWERS.values() if not note]
    for answer, body in kept + kept[::-1]:
        for pieces in ([answer], [answer[:30], answer[30:]]):
            result = Result()
            reader.begin(result, False)
            assert any(reader.feed(piece) for piece in pieces if piece)
            assert result.body == body


def test_headers_are_split_only_on_demand() -> None:
    result = read(head("Content-Length: 0", "X-A:  one ", "x-a: two", "Empty:"))
    assert result.headers == [(b"content-length", b"0"), (b"x-a", b"one"), (b"x-a", b"two"), (b"empty", b"")]
    assert result.header(b"x-a") == b"one, two"
    assert result.header(b"absent") == b""


@pytest.mark.parametrize(
    ("lines", "note"), [(["Content-Length: 5"], ""), ([], ""), (["Connection: close"], "closing")]
)
def test_the_answer_to_head_has_no_body(lines: list[str], note: str) -> None:
    result = read(head(*lines), to_head=True)
    assert (result.error, result.status, result.body, result.note) == ("", 200, b"", note)


def test_without_length_or_chunks_the_body_runs_to_the_end_of_the_stream() -> None:
    result = read(head(), b"hel", b"lo", end=True)
    assert (result.error, result.body, result.note) == ("", b"hello", "closing")


EMPTY_LINES = [b"\r\n", b"\r\n\r\n", b"\n", b"\n\r\n\r\n", b"\r\n\n\r\n\r\n", b"\r\r\n\r\n"]


@pytest.mark.parametrize(
    "surplus", [b"x", *EMPTY_LINES, b"HTTP/1.1 ", b"HTTP/1.1 200 OK\r\n", ANSWERS["length"][0], b"\0"]
)
@pytest.mark.parametrize("name", ["length", "chunks", "trailers", "gzip", "204", "continue"])
def test_bytes_behind_the_answer_are_an_error_and_end_the_connection(name: str, surplus: bytes) -> None:
    answer, body, _ = ANSWERS[name]
    result, reader = Result(), AnswerReader(LIMITS)
    reader.begin(result, False)
    assert reader.feed(answer + surplus)
    assert (result.error, result.body) == ("bytes that nobody asked for followed the answer", body)
    assert not reader.keep_alive


@pytest.mark.parametrize("interim", [1, 10, 30])
@pytest.mark.parametrize("together", [True, False])
def test_interim_answers_of_one_request_do_not_count_for_the_next(interim: int, together: bool) -> None:
    reader = AnswerReader(LIMITS)
    pieces = [head(status="102 Processing")] * interim + [ANSWERS["length"][0]]
    for _ in range(100):
        result = Result()
        reader.begin(result, False)
        given = [b"".join(pieces)] if together else pieces
        assert [reader.feed(piece) for piece in given] == [False] * (len(given) - 1) + [True]
        assert (result.status, result.body, result.bytes_in) == (200, b"hello", len(b"".join(pieces)))


def test_hundreds_of_interim_answers_in_one_read_are_within_the_stack() -> None:
    flood = head(status="100 Continue") * 2000
    assert read(flood + ANSWERS["length"][0], limits=Limits(65536, 5000)).body == b"hello"
    assert read(flood * 2 + ANSWERS["length"][0], limits=Limits(65536, 5000)).error == (
        "malformed: more interim answers (1xx) than a head may have bytes"
    )


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (head("X: " + "x" * 1000, "Content-Length: 0"), "header too large"),
        (b"HTTP/1.1 200 " + b"x" * 1000, "header too large"),
        (head("Content-Length: 5001"), "body too large"),  # not waited for
        (head("Content-Length: 5001") + b"x" * 5001, "body too large"),
        (CHUNKED + b"1389\r\n" + b"x" * 5001 + b"\r\n0\r\n\r\n", "body too large"),
        (head() + b"x" * 5001, "body too large"),
        (CHUNKED + b"1;" + b"x" * 3000, "malformed: more framing than body"),
        (CHUNKED + b"1\r\nx\r\n0\r\nT: " + b"x" * 3000, "malformed: more framing than body"),
    ],
)
def test_sizes_are_bounded(answer: bytes, reason: str) -> None:
    assert read(answer).error == reason
    assert read(*[answer[i : i + 100] for i in range(0, len(answer), 100)]).error == reason


def test_the_largest_allowed_body_passes() -> None:
    assert read(head("Content-Length: 5000") + b"x" * 5000).body == b"x" * 5000
    assert read(CHUNKED + b"1\r\nx\r\n" * 5000 + b"0\r\n\r\n").body == b"x" * 5000


def test_a_small_gzip_cannot_become_a_large_body() -> None:
    bomb = gzip.compress(bytes(50_000_000))
    result = read(
        head(f"Content-Length: {len(bomb)}", "Content-Encoding: gzip"), bomb, limits=Limits(65536, 10**6)
    )
    assert result.error == "body too large"


def bare_deflate(data: bytes) -> bytes:
    deflater = zlib.compressobj(wbits=-15)
    return deflater.compress(data) + deflater.flush()


@given(data=st.binary(max_size=2000), cut=st.integers(0, 2000))
def test_every_coding_is_undone(data: bytes, cut: int) -> None:
    assert decode(gzip.compress(data), b"gzip", 2000) == data
    assert decode(gzip.compress(data[:cut]) + gzip.compress(data[cut:]), b"x-gzip", 2000) == data
    assert decode(zlib.compress(data), b"deflate", 2000) == data
    assert decode(bare_deflate(data), b"deflate", 2000) == data
    assert decode(data, b"identity", 2000) == data
    assert decode(brotli.compress(data), b"br", 2000) == data
    assert decode(brotli.compress(gzip.compress(data)), b"gzip, br", 3000) == data


@given(data=st.binary(max_size=2000), cut=st.integers(0, 2000))
def test_zstd_is_undone_where_the_extra_is_installed(data: bytes, cut: int) -> None:
    zstd = pytest.importorskip("backports.zstd")
    assert decode(zstd.compress(data), b"zstd", 2000) == data
    assert decode(zstd.compress(data[:cut]) + zstd.compress(data[cut:]), b"zstd", 2000) == data
    if data:
        with pytest.raises(Malformed, match="body too large"):
            decode(zstd.compress(data), b"zstd", len(data) - 1)


def test_without_the_extra_an_answer_in_zstd_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    for module in ("compression.zstd", "backports.zstd"):
        monkeypatch.setitem(sys.modules, module, None)
    with pytest.raises(Malformed, match=r"renhai\[zstd\]"):
        decode(b"x", b"zstd", 10)


@pytest.mark.parametrize("coding", ["br", "gzip", "zstd"])
def test_no_bomb_takes_more_memory_than_its_bound(coding: str) -> None:
    """128 MiB of zeros; only the first MiB may ever exist."""
    pack = {
        "br": lambda data: brotli.compress(data, quality=4, lgwin=24),
        "gzip": gzip.compress,
        "zstd": lambda data: pytest.importorskip("backports.zstd").compress(data),
    }[coding]
    bomb = pack(bytes(1 << 27))
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    with pytest.raises(Malformed, match="body too large"):
        decode(bomb, coding.encode(), 1 << 20)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 64 * 1024  # KiB


@given(data=st.binary(min_size=1, max_size=500), room=st.integers(0, 499))
def test_a_decoded_body_never_exceeds_its_bound(data: bytes, room: int) -> None:
    packed = (gzip.compress(data), zlib.compress(data), brotli.compress(data))
    for coding, coded in zip((b"gzip", b"deflate", b"br"), packed, strict=True):
        if room < len(data):
            with pytest.raises(Malformed, match="body too large"):
                decode(coded, coding, room)
        else:
            assert decode(coded, coding, room) == data


def cut_at(data: bytes, cuts: list[int]) -> list[bytes]:
    edges = [0, *sorted(c % (len(data) + 1) for c in cuts), len(data)]
    return [data[a:b] for a, b in itertools.pairwise(edges)]


@given(
    body=st.binary(max_size=300),
    sizes=st.lists(st.integers(1, 40), min_size=1, max_size=5),
    chunked=st.booleans(),
    zipped=st.booleans(),
    interim=st.integers(0, 2),
    cuts=st.lists(st.integers(0, 2000), max_size=8),
)
def test_any_valid_answer_reads_back_however_it_is_cut(
    body: bytes, sizes: list[int], chunked: bool, zipped: bool, interim: int, cuts: list[int]
) -> None:
    coded = gzip.compress(body) if zipped else body
    lines = ["Content-Encoding: gzip"] if zipped else []
    if chunked:
        wire, at, turn = b"", 0, 0
        while at < len(coded):
            piece = coded[at : at + sizes[turn % len(sizes)]]
            wire += b"%x\r\n%b\r\n" % (len(piece), piece)
            at, turn = at + len(piece), turn + 1
        answer = head("Transfer-Encoding: chunked", *lines) + wire + b"0\r\n\r\n"
    else:
        answer = head(f"Content-Length: {len(coded)}", *lines) + coded
    answer = head(status="103 Early Hints") * interim + answer
    result = read(*cut_at(answer, cuts))
    assert (result.error, result.status, result.body, result.note) == ("", 200, body, "")
    assert result.bytes_in == len(answer)


MUTATED = st.sampled_from(sorted({answer for answer, _, _ in ANSWERS.values()} | set(REJECTED.values())))


@settings(max_examples=examples(400))
@given(
    answer=MUTATED,
    at=st.integers(0, 500),
    drop=st.integers(0, 30),
    insert=st.binary(max_size=20),
    cuts=st.lists(st.integers(0, 2000), max_size=5),
    to_head=st.booleans(),
)
def test_a_mutilated_answer_gets_one_verdict_however_it_is_cut(
    answer: bytes, at: int, drop: int, insert: bytes, cuts: list[int], to_head: bool
) -> None:
    at %= len(answer) + 1
    mutilated = answer[:at] + insert + answer[at + drop :]
    whole = read(mutilated, to_head=to_head, end=True)
    pieces = read(*cut_at(mutilated, cuts), to_head=to_head, end=True)
    # cut at its very end, an answer is whole before what follows it can be seen
    faults = [result.error.removeprefix(f"{UNASKED} followed the answer") for result in (whole, pieces)]
    assert bool(faults[0]) == bool(faults[1])
    if not faults[0]:
        assert (whole.status, whole.head, whole.body) == (pieces.status, pieces.head, pieces.body)


@given(data=st.binary(max_size=500), to_head=st.booleans())
def test_rubbish_never_passes_for_an_answer(data: bytes, to_head: bool) -> None:
    result = read(data, to_head=to_head, end=True)
    assert result.error or data.startswith(b"HTTP/1.")
