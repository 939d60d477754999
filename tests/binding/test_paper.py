"""A printed paper as it comes: whole, cut anywhere, of another type, and what refuses it."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from renhai.binding.answers.paper import damage, paper_check
from renhai.binding.loader import compile_binding, load_binding, normalise
from renhai.core.errors import UsageError
from renhai.reference.operations.printing.printer import PRINTS

VALUES = dict.fromkeys(
    ("serial", "nsrsbh", "nsrmc", "authority", "period", "figures", "capitals", "credit"), "1"
)
PAPERS = {media: make("declaration", VALUES) for media, make in PRINTS.items()}
HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/%b\r\nContent-Length: %d\r\n\r\n"


@pytest.mark.parametrize("media", PAPERS)
def test_a_whole_paper_is_whole(media):
    body = PAPERS[media]
    assert damage(media, body) is None
    assert paper_check(media, HEAD % (media.encode(), len(body)), body) == ""
    assert paper_check(media, b"HTTP/1.1 200 OK\r\n\r\n", body) == ""


@given(media=st.sampled_from(["pdf", "ofd"]), data=st.data())
def test_a_paper_that_is_cut_anywhere_is_never_whole(media, data):
    body = PAPERS[media]
    kept = data.draw(st.integers(0, len(body) - 2))  # the last byte of a PDF is a line's end
    found = damage(media, body[:kept])
    assert found is not None and found.kind in ("empty", "cut_off", "unreadable")


@given(media=st.sampled_from(["pdf", "ofd"]), data=st.data())
def test_a_paper_that_lacks_its_middle_is_never_whole(media, data):
    body = PAPERS[media]
    begin = data.draw(st.integers(10, len(body) - 400))
    length = data.draw(st.integers(1, 300))
    assert damage(media, body[:begin] + body[begin + length :]) is not None


def test_another_type_or_length_is_told():
    body = PAPERS["pdf"]
    told = paper_check("pdf", HEAD % (b"json", len(body)), body)
    assert told == "the answer is application/json, not PDF"
    assert paper_check("pdf", HEAD % (b"pdf", len(body) + 7), body) == (
        f"the paper has {len(body):,} bytes of {len(body) + 7:,}"
    )
    coded = HEAD.replace(b"Content-Length", b"Content-Encoding: gzip\r\nContent-Length")
    assert paper_check("pdf", coded % (b"pdf", 7), body) == ""  # that is of the packed bytes
    assert damage("pdf", PAPERS["ofd"]) == ("unreadable", "the paper is no PDF")
    assert damage("ofd", body) == ("unreadable", "the paper is no OFD")


def test_the_answers_of_an_operation_that_prints():
    binding, _, path = load_binding("reference")
    compiled = compile_binding(normalise(binding, path), {})
    judge = compiled.judge
    body = PAPERS["pdf"]
    good = judge("printing.notice", 200, HEAD % (b"pdf", len(body)), body)
    assert (good.outcome, good.data) == ("ok", {})
    assert judge("printing.notice", 200, HEAD % (b"pdf", 0), b"").reason == "the paper is empty"
    assert judge("printing.notice", 200, HEAD % (b"ofd", 9), PAPERS["ofd"]).outcome == "error"
    assert judge("printing.notice", 404, b"", body).outcome == "error"
    refusal = {"rtn_code": "1", "rtn_msg": {"Code": "DY001", "Message": "", "Reason": "nothing is due"}}
    refused = judge("printing.notice", 422, HEAD % (b"json", 9), json.dumps(refusal).encode())
    assert (refused.outcome, refused.code, refused.reason) == ("rejected", "DY001", "nothing is due")
    asked = compiled.request("printing.notice", {"djxh": "1", "pzxh": "2", "je": 5.0, "nsrmc": "x"})
    assert json.loads(bytes(asked.body)) == {"djxh": "1", "pzxh": "2"}  # what it must say is not sent


@pytest.mark.parametrize(
    ("change", "told"),
    [
        ({"success": "{paper: pdf, format: json}"}, "a paper is binary"),
        ({"success": '{where: {a: "0"}}'}, "does not say that its answer is a paper"),
        ({"form": "nowhere.yaml"}, "there is no such file"),
        ({"name": "print.two"}, "no such operation"),
    ],
)
def test_mistakes_of_papers_are_told(tmp_path: Path, change: dict[str, str], told: str):
    parts = {"success": "{paper: pdf}", "form": "form.yaml", "name": "print.one", **change}
    (tmp_path / "form.yaml").write_text("name: x\nfields: {a: {at: [1, 2], width: 3}}\n", encoding="utf-8")
    (tmp_path / "lab.yaml").write_text(
        f"name: lab\nenvironment: test\nurl: http://127.0.0.1:1\noperations:\n"
        f"  print.one: {{path: /one, success: {parts['success']}}}\n"
        f"papers: {{{parts['name']}: {{form: {parts['form']}, says: {{a: b}}}}}}\n",
        encoding="utf-8",
    )
    with pytest.raises(UsageError) as caught:
        load_binding(str(tmp_path / "lab.yaml"))
    assert told in str(caught.value)
    assert "lab.yaml:" in str(caught.value)
