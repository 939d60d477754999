"""Every block of code in the documents is understood by the program that it is for; what is cheap is run."""

from __future__ import annotations

import json
import os
import re
from pathlib import Path

import pytest

from tests import forked
from tests.docs import commands, yaml_blocks
from tests.docs.markdown import ROOT, Block, blocks, documents, indented, name_of, spans

ALL = [block for file in documents() for block in blocks(file)]
CHEAP = {"check", "doctor", "generate", "schema", "--version", "--help"}
# Their `text` blocks are a picture (test_paths.py holds its names) or what a test sees printed.
DRAWINGS = {
    "ARCHITECTURE.md",
    "docs/dual-track.md",
    "docs/audit.md",
    "docs/drain.md",
    "docs/migration.md",
    "docs/print.md",
    "docs/rehearsal.md",
    "docs/zh/audit.md",
    "docs/zh/drain.md",
    "docs/zh/dual-track.md",
    "docs/zh/migration.md",
    "docs/zh/print.md",
}
# Chinese pages that have every block of their English ones, but for comments and reasons.
WHOLE = (
    "audit", "ci", "comparison", "drain", "drills", "dual-track", "faker", "liars", "metrics", "migration",
    "pressure", "print", "report", "safety",
)  # fmt: skip
COMMANDS = re.compile(r"(renhai|make|locust|python -m|\S+/python -m|pip install|pipx|podman) \S")


def shell_lines() -> list[tuple[str, str]]:
    """(place, line) of every shell line: of blocks, of CI files, of code within sentences."""
    found = [
        (block.place, line)
        for block in ALL
        if block.language == "sh"
        for line in commands.lines_of(block.text)
    ]
    found += [
        (block.place, line) for block in ALL if block.kind == "ci" for line in yaml_blocks.ci_lines(block)
    ]
    found += [
        (block.place, line) for block in ALL if block.language == "groovy" for line in groovy_lines(block)
    ]
    return found


def groovy_lines(block: Block) -> list[str]:
    quoted = re.findall(r"(?:sh |script: )(?:'''(.*?)'''|'([^']+)')", block.text, re.DOTALL)
    return [line.strip() for pair in quoted for text in pair for line in text.splitlines() if line.strip()]


def check(block: Block, folder: Path) -> None:
    """Raises where the block is not what its language says; of an unknown language nothing is believed."""
    if block.language == "yaml":
        yaml_blocks.check(block, folder)
    elif block.language == "sh":
        assert commands.lines_of(block.text), f"{block.place}: an empty block"
        wrong = [text for line in commands.lines_of(block.text) for text in commands.mistakes(line)]
        assert not wrong, f"{block.place}: {wrong}"
    elif block.language == "json":
        json.loads(block.text)
    elif block.language == "python":
        exec(compile(block.text, block.place, "exec"), {"__name__": "example"})
    elif block.language == "promql":
        unknown = set(re.findall(r"renhai_\w+", block.text)) - metrics()
        assert not unknown, f"{block.place}: {unknown}"
    elif block.language == "groovy":
        assert groovy_lines(block) and all(
            block.text.count(a) == block.text.count(b) for a, b in ("{}", "()", "[]")
        )
    else:
        assert block.language == "text" and block.file in DRAWINGS, (
            f"{block.place}: no test knows what to do with a block of language {block.language!r}"
        )


def metrics() -> set[str]:
    """What the table of docs/metrics.md lists; tests/e2e/test_prometheus.py holds it to what is served."""
    return set(
        re.findall(r"^\| `(renhai_\w+)`", (ROOT / "docs" / "metrics.md").read_text("utf-8"), re.MULTILINE)
    )


@pytest.mark.parametrize("block", ALL, ids=[block.place for block in ALL])
def test_block(block: Block, tmp_path: Path) -> None:
    check(block, tmp_path)


@pytest.mark.parametrize("file", documents(), ids=name_of)
def test_no_block_hides_by_indentation(file: Path) -> None:
    assert indented(file) == []
    fences = re.findall(r"^ *```", file.read_text(encoding="utf-8"), re.MULTILINE)
    assert len(fences) == 2 * len(blocks(file))


@pytest.mark.parametrize(("place", "line"), shell_lines())
def test_line_is_understood(place: str, line: str) -> None:
    assert commands.mistakes(line) == []


def test_commands_within_sentences_are_understood() -> None:
    told = [(place, text) for file in documents() for place, text in spans(file) if COMMANDS.match(text)]
    assert len(told) > 50
    wrong = [(place, text) for place, line in told for text in sentence_mistakes(line)]
    assert wrong == []


def sentence_mistakes(line: str) -> list[str]:
    """A sentence may name a command without its arguments: then it is enough that the command exists."""
    cut = re.sub(r" (\.\.\.|…)$", "", line)
    found = commands.mistakes(cut)
    return [
        text
        for text in found
        if not re.search("Missing (argument|option)|requires an argument|needs a command", text)
    ]


def cheap() -> list[str]:
    lines = {line.partition(" #")[0].strip() for _, line in shell_lines() if line.startswith("renhai ")}
    return sorted(
        line
        for line in lines
        if CHEAP & set(line.split()[1:]) and line.split()[1] in CHEAP and "COMMAND" not in line
    )


@pytest.mark.parametrize("line", cheap())
def test_cheap_line_does_what_it_says(line: str, tmp_path: Path) -> None:
    (words,) = commands.simple_commands(line)
    done = forked.run(words[1:], tmp_path, os.environ, timeout=120)
    assert done.returncode == 0, done.stderr
    if "--out" in words:
        file = tmp_path / words[words.index("--out") + 1]
        if file.is_dir():
            assert (file / ("rules.yaml" if "batch" in words else "manifest.json")).is_file()
            return
        assert len(file.read_text(encoding="utf-8").splitlines()) > int(words[words.index("--count") + 1])


def test_the_cheap_lines_are_those_of_the_first_hour() -> None:
    assert {"renhai check smoke", "renhai doctor", "renhai --version"} < set(cheap())


def test_both_readmes_have_the_same_blocks() -> None:
    english, chinese = (
        [(block.language, block.kind, bare(block.text)) for block in blocks(ROOT / name)]
        for name in ("README.md", "README.zh.md")
    )
    assert english == chinese


@pytest.mark.parametrize("name", WHOLE)
def test_a_chinese_page_has_the_blocks_of_its_english_one(name: str) -> None:
    english, chinese = ROOT / "docs" / f"{name}.md", ROOT / "docs" / "zh" / f"{name}.md"
    assert f"(zh/{name}.md)" in english.read_text("utf-8") and f"(../{name}.md)" in chinese.read_text("utf-8")
    told = [[(one.language, one.kind, unsaid(one)) for one in blocks(page)] for page in (english, chinese)]
    assert told[0] == told[1]


def unsaid(block: Block) -> list[str]:
    """A block without what each language says in its own words."""
    if block.language == "text":
        return []
    plain = re.sub(
        r"(^|\s)//.*|((?:ignore|reason|description): )(?:'[^']*'|[^,}]+)",
        r"\2",
        block.text,
        flags=re.MULTILINE,
    )
    return bare(plain)


def test_every_chinese_page_and_its_english_one_name_each_other() -> None:
    pages = [
        file.name for file in (ROOT / "docs" / "zh").glob("*.md") if (ROOT / "docs" / file.name).exists()
    ]
    apart = [
        name
        for name in pages
        if name != "scenario.md"  # printed by a command
        and not (
            f"zh/{name}" in (ROOT / "docs" / name).read_text("utf-8")
            and f"../{name}" in (ROOT / "docs" / "zh" / name).read_text("utf-8")
        )
    ]
    assert len(pages) > 19 and apart == []


def bare(text: str) -> list[str]:
    """Its lines without comments and reasons, which each page has in its own language."""
    plain = [
        re.sub(r'(--reason) "[^"]*"', r"\1 R", re.sub(r"(^|\s)#.*", "", line)).strip()
        for line in text.splitlines()
    ]
    return [line for line in plain if line]


def test_both_readmes_have_the_same_tables_and_links() -> None:
    for pattern in (r"^\| .*\| `([^|]+)` \|$", r"^## ", r"\]\(([^)]+)\)"):
        english, chinese = (
            re.findall(pattern, (ROOT / name).read_text("utf-8"), re.MULTILINE)
            for name in ("README.md", "README.zh.md")
        )
        own = {"README.md", "README.zh.md"}
        assert [text for text in english if text not in own] == [text for text in chinese if text not in own]


def test_the_figures_of_both_readmes_are_the_same() -> None:
    english, chinese = (figures((ROOT / name).read_text("utf-8")) for name in ("README.md", "README.zh.md"))
    assert len(english) > 20 and english == chinese


def figures(text: str) -> list[list[str]]:
    """The numbers of the second cell of each row that names a command."""
    rows = [
        line.strip("| ").split(" | ")
        for line in text.splitlines()
        if line.startswith("| ") and line.endswith("` |")
    ]
    return [sorted(re.findall(r"[\d,.]*\d", cells[-2])) for cells in rows]
