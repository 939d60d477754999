"""Papers of a run, from what the load kept to papers.json; the papers are the reference system's own."""

from __future__ import annotations

import base64
import io
import json
import sys
import zipfile
from collections import Counter
from pathlib import Path
from typing import Any

import pytest

from renhai.binding.codec import Reply
from renhai.binding.loader import load_binding, normalise
from renhai.checks.papers import whole
from renhai.checks.papers.ofd import read_ofd
from renhai.checks.papers.pdf import Unreadable, read_pdf
from renhai.checks.papers.picture import GREEN, GREY, RED, picture
from renhai.core.errors import UsageError
from renhai.load.http.client import Result
from renhai.load.worker.paper_file import PaperFile
from renhai.reference.operations.printing.capitals import capitals
from renhai.reference.operations.printing.printer import PRINTS
from renhai.spec.papers.form import forms_of, load_form
from results.checks.papers.judging import Mark
from results.checks.papers.layout import Char
from results.checks.papers.layout import Form as ofd_form

READ = {"pdf": read_pdf, "ofd": read_ofd}
RUN = "20150911T080000Z-papers-1a2b3c"


def values(number: int, fen: int = 100_250) -> dict[str, str]:
    """What stands on a paper of the taxpayer of that number."""
    return {
        "djxh": f"1011430103000000{number:04}", "serial": f"4001430103000000{number:04}",
        "nsrsbh": f"91430103770000{number:04}", "nsrmc": f"长沙{capitals(number)}有限公司",
        "authority": "14301030000", "period": "2015-08-01至2015-08-31", "tax": "增值税",
        "figures": f"￥{fen / 100:,.2f}", "capitals": capitals(fen),
        "code": f"{number:016}", "credit": "0.00",
    }  # fmt: skip


def asked(number: int, fen: int = 100_250) -> dict[str, Any]:
    known = values(number, fen)
    names = ("djxh", "serial", "nsrsbh", "nsrmc")
    period = {"skssqq": "2015-08-01", "skssqz": "2015-08-31", "zgswjDm": known["authority"]}
    more = {"je": fen / 100, "pzxh": known["serial"], "yzm": known["code"]}
    return {name: known[name] for name in names} | period | more


@pytest.fixture(scope="module")
def rules() -> dict[str, Any]:
    binding, _, path = load_binding("reference")
    return dict(normalise(binding, path)["papers"])


class Kept:
    """A run's directory, as the load leaves it."""

    def __init__(self, folder: Path, rules: dict[str, Any], share: float = 1.0, most: int = 10**9) -> None:
        self.folder, self.rules = folder, rules
        (folder / "papers").mkdir(exist_ok=True)
        self.lost: list[str] = []
        names = {name: rule["kept"] for name, rule in rules.items()}
        self.file = PaperFile(folder / "papers", RUN, 0, names, share, most, self.lost.append)
        self.ok: dict[str, int] = {}

    def add(self, operation: str, body: bytes, fields: dict[str, Any], outcome: str = "ok") -> None:
        result = Result()
        result.status, result.body = 200, body
        self.file.keep(operation, fields, Reply(outcome, {}, "", "", 200), result)
        self.ok[operation] = self.ok.get(operation, 0) + (outcome == "ok")

    def check(self, missing: int = 0) -> dict[str, Any]:
        self.file.close()
        counts = {name: {"started": n, "ok": n + missing} for name, n in self.ok.items()}
        (self.folder / "measured.json").write_text(json.dumps({"operations": counts}), "utf-8")
        return whole.check_run(self.folder, RUN, {"papers": self.rules}, "2015-09-11T08:00:00+00:00")


@pytest.fixture
def kept(tmp_path: Path, rules: dict[str, Any]) -> Kept:
    return Kept(tmp_path, rules)


def name_of(form: str, media: str) -> str:
    return f"printing.{form}" + ("_ofd" if media == "ofd" else "")


@pytest.mark.parametrize("media", PRINTS)
def test_both_formats_are_read_alike_and_stand_where_the_forms_say(media):
    for form in ("certificate", "declaration", "notice"):
        read = READ[media](PRINTS[media](form, values(7)))
        template = load_form(Path("scenarios/forms") / f"{form}.yaml")
        assert read.pages == template.pages
        serial = template.fields[0]
        first = [char for char in read.chars if abs(char.y - serial.y) < 0.1 and char.x >= serial.x - 0.1]
        assert "".join(char.text for char in first[:20]) == values(7)["serial"]
        assert abs(first[0].x - serial.x) < 0.1


@pytest.mark.parametrize("media", PRINTS)
def test_each_planted_fault_is_found_and_classed_and_nothing_else(kept, media):
    whole_paper = PRINTS[media]("declaration", values(1))
    name = name_of("declaration", media)
    other = PRINTS[media]("declaration", values(2))
    wrong = PRINTS[media]("declaration", {**values(1), "capitals": "壹仟零贰元伍分"})
    for body in (whole_paper, whole_paper, other, wrong, PRINTS[media]("declaration", values(1), 5.0)):
        kept.add(name, body, asked(1))
    kept.add(name, whole_paper[:-20], asked(1), "error")
    kept.add(name, b"", asked(1), "error")
    kept.add(name, b"<html>busy</html>", asked(1), "error")
    kept.add(name, PRINTS[media]("notice", values(1)), asked(1))
    found = kept.check()
    assert found["state"] == "checked"
    assert found["counts"] == {
        "printed": 9, "checked": 9, "right": 2, "empty": 1, "cut_off": 1, "unreadable": 1, "swapped": 1,
        "wrong": 2, "moved": 1, "sampled_out": 0, "unkept": 0, "unchecked": 0, "missing": 0,
    }  # fmt: skip
    told = {(row["kind"], row["field"]): row["count"] for row in found["faults"]}
    assert told == {
        ("empty", "(all)"): 1, ("cut_off", "(all)"): 1, ("unreadable", "(all)"): 1, ("swapped", "nsrsbh"): 1,
        ("wrong", "capitals"): 1, ("wrong", "(pages)"): 1, ("moved", "(all)"): 1,
    }  # fmt: skip
    assert sum(told.values()) == found["findings"]
    assert {picture["kind"] for picture in found["pictures"]} == {"swapped", "wrong", "moved"}
    assert all(base64.b64decode(one["png"]).startswith(b"\x89PNG") for one in found["pictures"])


def test_values_that_are_hard_to_write_stop_no_load_and_are_held_against_the_paper(kept):
    odd = asked(1) | {"nsrmc": "\ud800", "yzm": 1 << 80}
    kept.add("printing.notice", PRINTS["pdf"]("notice", values(1)), odd)
    kept.add("printing.notice", PRINTS["pdf"]("notice", values(1)), asked(1))
    found = kept.check()
    assert (found["counts"]["checked"], found["counts"]["right"], found["findings"]) == (2, 1, 1)


def test_papers_that_others_look_at_are_classed_the_same(kept, monkeypatch):
    monkeypatch.setattr(whole, "FEW", 3)
    monkeypatch.setattr(whole, "A_TURN", 2)
    for number in range(1, 10):
        kept.add(
            "printing.notice_ofd", PRINTS["ofd"]("notice", values(number)), asked(number + (number == 4))
        )
    counts = kept.check()["counts"]
    assert (counts["checked"], counts["right"], counts["swapped"]) == (9, 8, 1)


def test_a_sample_is_counted_and_what_is_damaged_is_kept_beside_it(tmp_path, rules):
    sampled = Kept(tmp_path, rules, share=0.3)
    paper = PRINTS["ofd"]("notice", values(1))
    for _ in range(60):
        sampled.add("printing.notice_ofd", paper, asked(1))
    sampled.add("printing.notice_ofd", b"", asked(1), "error")
    found = sampled.check()
    counts = found["counts"]
    assert (found["state"], counts["printed"], counts["empty"]) == ("checked", 61, 1)
    assert 5 < counts["right"] < 35
    assert counts["right"] + counts["sampled_out"] == 60


def test_what_has_no_room_is_not_proven(tmp_path, rules):
    paper = PRINTS["ofd"]("notice", values(1))
    small = Kept(tmp_path, rules, most=2 * len(paper))
    for _ in range(3):
        small.add("printing.notice_ofd", paper, asked(1))
    found = small.check()
    assert (found["state"], found["counts"]["right"], found["counts"]["unkept"]) == ("incomplete", 2, 1)
    assert found["problems"] == ["printing.notice_ofd: papers had no room within most_mb"]


def test_papers_that_are_missing_or_cannot_be_judged_are_counted_by_name(kept):
    kept.add("printing.notice", PRINTS["pdf"]("notice", values(1)), {**asked(1), "nsrmc": None})
    kept.add("printing.notice", PRINTS["pdf"]("notice", values(1)), {**asked(1), "je": "nothing"})
    found = kept.check(missing=3)
    assert found["state"] == "incomplete"
    assert (found["counts"]["unchecked"], found["counts"]["missing"]) == (2, 3)
    assert found["problems"] == [
        "printing.notice: not checked: requests have no nsrmc, which nsrmc must say",
        "printing.notice: not checked: what it must say cannot be: 'nothing' is no amount in yuan",
        "printing.notice: 3 papers of 5 are not under papers/",
    ]


@pytest.mark.parametrize("harm", ["torn", "shorter", "foreign", "gone"])
def test_a_file_that_is_not_whole_is_told(kept, harm):
    for _ in range(2):
        kept.add("printing.notice_ofd", PRINTS["ofd"]("notice", values(1)), asked(1))
    kept.file.close()
    index = kept.folder / "papers" / "worker-0.jsonl"
    lines = index.read_bytes().splitlines(keepends=True)
    if harm == "torn":
        index.write_bytes(b"".join(lines[:2]) + lines[2][:30])
    elif harm == "foreign":
        index.write_bytes(b"".join(lines).replace(RUN.encode(), b"another"))
    elif harm == "shorter":
        index.with_suffix(".bin").write_bytes(b"PK")
    else:
        index.unlink()
    (kept.folder / "measured.json").write_text('{"operations": {"printing.notice_ofd": {"ok": 2}}}', "utf-8")
    found = whole.check_run(kept.folder, RUN, {"papers": kept.rules}, "2015-09-11T08:00:00+00:00")
    assert found["state"] == "incomplete"
    assert found["counts"]["right"] == (1 if harm == "torn" else 0)
    assert found["counts"]["printed"] == 2
    assert found["problems"]


def test_readers_refuse_what_others_repair():
    paper = PRINTS["pdf"]("notice", values(1))
    table = paper.rindex(b"xref\n0")
    for body in (paper[:-20], paper[:table], b"%PDF-1.4\n%%EOF\n"):
        with pytest.raises(Unreadable):
            read_pdf(body)
    package = io.BytesIO()
    with zipfile.ZipFile(package, "w") as made:
        made.writestr("OFD.xml", "<a/>")
    for body in (b"", PRINTS["ofd"]("notice", values(1))[:-30], package.getvalue()):
        with pytest.raises(Unreadable):
            read_ofd(body)


def test_a_form_says_where_it_is_wrong(tmp_path):
    form = tmp_path / "form.yaml"
    form.write_text("name: x\nfields:\n  a: {at: [1, 2], width: 3, page: 2}\n", "utf-8")
    with pytest.raises(UsageError, match="a on page 2"):
        load_form(form)
    form.write_text("name: x\nfields:\n  a: {at: [1], width: 3, is: money}\n", "utf-8")
    with pytest.raises(UsageError, match=r"form\.yaml:3"):
        load_form(form)


@pytest.mark.parametrize(
    ("says", "told"),
    [
        ("{figures: je}", "another taxpayer's paper would pass"),
        ("{nsrsbh: nsrsbh, nsrbsh: a}", "says.nsrbsh is not a field of the form; did you mean"),
        ("{nsrsbh: nsrsbh, period: a}", "names 1 values, and a period is made of 2"),
    ],
)
def test_a_target_file_that_would_let_papers_pass_is_refused_before_any_load(tmp_path, says, told):
    fields = {
        "nsrsbh": "{at: [1, 2], width: 3, whose: true}",
        "period": "{at: [1, 9], width: 3, is: period}",
        "figures": "{at: [1, 5], width: 3, is: amount}",
    }
    form = "name: x\nfields:\n" + "".join(f"  {name}: {field}\n" for name, field in fields.items())
    (tmp_path / "form.yaml").write_text(form, "utf-8")
    (tmp_path / "lab.yaml").write_text(
        "name: lab\nenvironment: test\nurl: http://127.0.0.1:1\n"
        f"operations: {{print.one: {{path: /one, success: {{paper: pdf}}}}}}\n"
        f"papers: {{print.one: {{form: form.yaml, says: {says}}}}}\n",
        "utf-8",
    )
    binding, file, path = load_binding(str(tmp_path / "lab.yaml"))
    with pytest.raises(UsageError) as caught:
        forms_of(binding, path, file)
    assert told in str(caught.value)


def test_without_a_reader_the_error_names_the_extra(kept, monkeypatch):
    kept.add("printing.notice", PRINTS["pdf"]("notice", values(1)), asked(1))
    monkeypatch.setitem(sys.modules, "pypdf", None)
    with pytest.raises(UsageError, match=r"renhai\[print\]"):
        kept.check()


def coloured(png: str) -> Counter[tuple[int, int, int]]:
    from PIL import Image

    image = Image.open(io.BytesIO(base64.b64decode(png))).convert("RGB")
    return Counter({colour: n for n, colour in image.getcolors(1 << 24)})


def test_the_texts_of_an_ofd_are_drawn_as_the_letters_that_they_are(kept):
    """A bar is one grey; letters are dark strokes on white, and no bar is left where a font has them."""
    for number in (1, 2):
        shift = 5.0 if number == 2 else 0.0
        kept.add("printing.notice_ofd", PRINTS["ofd"]("notice", values(number), shift), asked(number))
    (one,) = [one for one in kept.check()["pictures"] if one["kind"] == "moved"]
    assert one["media"] == "ofd"
    seen = coloured(one["png"])
    shades = {rgb[0] for rgb in seen if rgb[0] == rgb[1] == rgb[2]}
    assert len(shades) > 50, "the edges of letters have many shades, a bar has one"
    assert seen[GREEN] > 0 and seen[RED] > 0
    assert seen[GREY] < 50, "a bar of ten digits has a thousand of it"


def test_a_text_that_cannot_be_drawn_is_a_bar():
    where = [Char(1, letter, 20.0 + 4 * n, 24.0 + 4 * n, 50.0) for n, letter in enumerate("甲乙")]
    blank = [Char(1, "\u200b", 60.0 + 4 * n, 64.0 + 4 * n, 50.0) for n in range(2)]
    mark = Mark("moved", "x", "in place", "", (1, 20.0, 90.0), (1, 20.0, 50.0))
    seen = coloured(picture("ofd", b"", where + blank, ofd_form("x", 1, ()), mark))
    assert seen[GREY] > 100


def test_letters_beyond_the_page_or_written_backwards_are_drawn_without_a_failure():
    where = [Char(1, "甲", 400.0, 404.0, 50.0), Char(1, "乙", 30.0, 26.0, 60.0), Char(2, "丙", 1.0, 5.0, 5.0)]
    mark = Mark("moved", "x", "in place", "", (1, 20.0, 55.0), (1, 20.0, 50.0))
    assert coloured(picture("ofd", b"", where, ofd_form("x", 1, ()), mark))[GREEN] > 0
