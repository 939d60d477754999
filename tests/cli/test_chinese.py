"""RENHAI_LANG=zh: help, mistakes, tables and pages are in Chinese, but for names and keys."""

from __future__ import annotations

import ast
import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import typer
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from renhai.cli.app import app, run_cli
from renhai.cli.spoken import wrapped
from renhai.reference.options import parser
from results.language.catalogue import FOLDER, in_chinese, sentences
from results.report.failures import failures
from results.report.files.run import finish
from results.report.html.runs import write_runs_page
from results.report.terminal.run import plain_summary, render_summary
from results.snapshot.listing import list_runs
from tests.results.recording import Recording, manifest
from tests.results.report.pages import GOALS, compared, trended

ROOT = Path(__file__).resolve().parents[2]
# What is no sentence: code and values in quotes, addresses, paths and keys, options, words in capitals.
NAMES = re.compile(
    r"`[^`]*`|'[^']*'|\"[^\"]*\"|https?://\S*|[\w$*][\w./*-]*[./_=:|<>-][\w/*][\w./=:*|<>%-]*|--?[\w-]+|\b[A-Z][A-Z_]+\b"
)
WORDS = re.compile(r"[A-Za-z]{2,} [a-z]{2,}")
PRODUCTS = re.compile(
    r"JSON Schema|Swagger|OpenAPI|Postman|WSDL|Locust|Prometheus|Chromium|Markdown|HdrHistogram|Linux|Python|"
    r"AMD EPYC|English|report RUN|DIR accept|python -m benchmarks|renhai( [a-z]+)*"
)


@pytest.fixture(autouse=True)
def chinese(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("RENHAI_LANG", "zh")
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)


def english(text: str) -> list[str]:
    """What is left of English sentences once names and code are taken out."""
    plain = PRODUCTS.sub(" # ", NAMES.sub(" # ", text))
    return WORDS.findall(plain)


def commands(command: Any, path: tuple[str, ...] = ()) -> Iterator[tuple[str, ...]]:
    yield path
    for name, one in getattr(command, "commands", {}).items():
        yield from commands(one, (*path, name))


COMMANDS = list(commands(typer.main.get_command(app)))


@pytest.mark.parametrize("path", COMMANDS, ids=" ".join)
@pytest.mark.parametrize("width", [60, 100])
def test_every_help_is_chinese_and_no_wider_than_the_screen(
    path: tuple[str, ...], width: int, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    if path == ("target",):
        pytest.skip("the reference target prints its own help: the test below")
    monkeypatch.setenv("COLUMNS", str(width))
    assert run_cli([*path, "--help"]) == 0
    text = capsys.readouterr().out
    assert text.startswith("用法：renhai")
    told = [line for line in text.splitlines() if not line.strip().startswith(("renhai ", "用法："))]
    assert english("\n".join(told)) == []
    wide = [line for line in told if cell_len(line) > width]
    assert wide == []


@pytest.mark.parametrize("width", [60, 100])
def test_the_help_of_the_reference_target_is_chinese(width: int, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", str(width))
    text = parser().format_help()
    assert text.startswith("用法：renhai target")
    assert english(text.partition("\n\n")[2]) == []
    assert [line for line in text.splitlines() if cell_len(line) > width] == []
    monkeypatch.setenv("RENHAI_LANG", "en")
    assert "with faults to plant." in " ".join(parser().format_help().split())


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (["--port", "70000"], "选项 --port：'70000' 不是端口；须为 0 到 65535，0 表示任一空闲端口"),
        (["--late-fine", "x"], "选项 --late-fine：'x' 不是 0 元以上的金额"),
        (["--session-seconds", "0"], "选项 --session-seconds：'0' 不是大于 0 的秒数"),
        (["--date", "2026-13-01"], "选项 --date：'2026-13-01' 不是 yyyy-mm-dd 形式的日期"),
        (["--keep-alive", "x"], "选项 --keep-alive：'x' 不是整数"),
        (["--seed"], "选项 --seed：须给出一个值"),
        (["--strict=3"], "选项 --strict：不带值，却给了 '3'"),
        (["--s", "3"], "选项 --s 不明确，可指：--system, --seed, --strict, --session-seconds"),
        (["--nothing", "at", "all"], "无法识别的参数：--nothing at all"),
    ],
)
def test_the_mistakes_of_the_reference_target_are_told_in_chinese(
    arguments: list[str], told: str, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with pytest.raises(SystemExit) as end:
        parser().parse_args(arguments)
    assert end.value.code == 2
    said = capsys.readouterr().err
    assert said.startswith("用法：renhai target")
    assert said.endswith(f"\nrenhai target：错误：{told}\n")
    monkeypatch.setenv("RENHAI_LANG", "en")
    with pytest.raises(SystemExit):
        parser().parse_args(arguments)
    assert "\nrenhai target: error: " in capsys.readouterr().err


def test_a_sentence_that_is_left_in_english_would_be_seen() -> None:
    assert english("选项：\n  --target NAME|URL  Another target: its name.") == ["Another target", "its name"]
    assert english("运行 `renhai run smoke` 或 results/runs，p95 < 3s") == []


@pytest.mark.parametrize(
    ("line", "words"),
    [
        (["run"], "缺少参数 'SCENARIO'"),
        (["runn"], "没有命令 'runn'。是否想写"),
        (["run", "smoke", "--users", "x"], "'--users' 的值有误：应为整数"),
        (["run", "smoke", "--duration", "5"], "请写带单位的时长，如 500ms、2s、10m 或 1h"),
        (["run", "smokee"], "场景 'smokee' 不存在；是否想写 'smoke'？"),
        (["report", "nowhere"], "没有这个文件；请给运行的目录"),
        (["list", "x"], "没有 x 的列表；已知的有：bureaux"),
        (["check", "smoke", "--set", "nix=3"], "nix 不是已知的键；此处的键有：name"),
        (["check", "smoke", "--set", "thresholds.run=[throughput >= 5000/s]"], "不可能满足：按计划约"),
        (["run", "smoke", "--target", "http://10.1.2.3:80"], "hosts 没有列出 10.1.2.3"),
        (["stop"], "没有正在进行的运行"),
    ],
)
def test_what_is_wrong_is_said_in_chinese(
    line: list[str], words: str, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_cli(line) == 2
    told = capsys.readouterr().err
    assert words in told
    assert english(told) == []


@pytest.mark.parametrize("line", ["check smoke", "check capacity", "check catch_up", "doctor", "list"])
def test_tables_are_chinese(line: str, capsys: pytest.CaptureFixture[str]) -> None:
    assert run_cli(line.split()) in (0, 1)
    told = capsys.readouterr().out
    operations = re.compile(r"\b[a-z_]+\.[a-z_]+\b")
    assert english(operations.sub(" # ", told)) == []


def plain(page: Path) -> str:
    """What a reader of Chinese sees of a page: its text without scripts, styles and English."""
    text = page.read_text("utf-8")
    text = re.sub(r"<(script|style)\b.*?</\1>|<title>.*?</title>|<!--.*?-->", " ", text, flags=re.DOTALL)
    text = re.sub(r'<span lang="en">.*?</span>', " ", text, flags=re.DOTALL)
    return re.sub(r"<[^>]+>", " # ", text)


def run(directory: Path, **known: Any) -> Path:
    recording = Recording(duration_s=4).add("a.query", [1000] * 100).add("b.save", [90_000] * 50)
    recording.add("b.save", [500] * 4, "error").write(directory)
    failure = {"operation": "b.save", "outcome": "error", "reason": "the answer is empty", "count": 4}
    (directory / "failures.jsonl").write_text(json.dumps(failure))
    found = finish(directory, manifest(**known))
    return write(directory, found)


def write(directory: Path, found: Any) -> Path:
    from results.report import write_report

    return write_report(directory, found.model_copy(update=GOALS))


def test_every_page_is_chinese_where_chinese_is_chosen(tmp_path: Path) -> None:
    pages = [
        run(tmp_path / "run", scenario={"name": "smoke", "question": "?"}),
        compared(tmp_path / "compared"),
        trended(tmp_path / "trended"),
        write_runs_page(tmp_path, list_runs(tmp_path)),
    ]
    assert {page.name for page in pages} == {"report.html", "comparison.html", "trend.html", "index.html"}
    assert {page.parent.name: english(plain(page)) for page in pages if english(plain(page))} == {}


def test_a_page_opens_in_the_language_that_was_asked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert '<html lang="en" data-lang="en" data-asked="zh">' in compared(tmp_path / "zh").read_text("utf-8")
    monkeypatch.delenv("RENHAI_LANG")
    monkeypatch.setenv("LANG", "zh_CN.UTF-8")  # of the machine, which may be a pipeline's
    assert '<html lang="en" data-lang="en">' in compared(tmp_path / "any").read_text("utf-8")


def test_reasons_of_failures_are_chinese_and_words_of_the_target_stay(tmp_path: Path) -> None:
    Recording(duration_s=4).add("a.query", [1000] * 100).add("a.query", [500] * 9, "error").write(tmp_path)
    reasons = {"closed before answer": 4, "rate": 3, "total timeout": 2}
    lines = [
        json.dumps({"operation": "a.query", "outcome": "error", "reason": reason, "count": count})
        for reason, count in reasons.items()
    ]
    (tmp_path / "failures.jsonl").write_text("\n".join(lines))
    found = finish(tmp_path, manifest())
    page = plain(write(tmp_path, found))
    assert "应答前连接被关闭" in page and "总超时" in page and "closed before" not in page
    console = Console(width=100, no_color=True)
    with console.capture() as captured:
        console.print(render_summary(found, failures(tmp_path)))
    assert re.findall(r"× a.query: (.*?) *\n", captured.get()) == ["应答前连接被关闭", "rate", "总超时"]


def test_a_shipped_question_is_chinese_on_the_page() -> None:
    from renhai.core import home
    from renhai.spec.loader import first_comment

    asked = [first_comment(home.scenarios() / f"{name}.yaml") for name in home.scenario_names()]
    assert [text for text in asked if in_chinese(text) == text] == []


# Not read as sentences: logs, patterns of text, and warnings to developers.
NOT_SAID = {
    "debug",
    "info",
    "warning",
    "error",
    "exception",
    "compile",
    "deprecated",
    "search",
    "LeftToPython",
}
SENTENCE = re.compile(r"[A-Za-z]{2,},? [a-z]+,? [a-z]{2,}")
# Files that hold both languages themselves, or nothing that a user is told; what is there has its own tests.
OWN_CHINESE = (
    "renhai/reference/",
    "renhai/target/",
    "renhai/binding/drafting/notes.py",
    "renhai/run/monitor/prometheus.py",
    "renhai/cli/commands/reference_page.py",
    "results/verdict/reasons/",
    "results/report/",
    "results/checks/ledger/pair_words.py",
    "results/compare/",
    "results/metrics.py",
)
NO_SENTENCES = (
    "module {} has no attribute",
    "# renhai binding check THIS_FILE",
    "[method, path, date, body]",
    "import ctypes",
    "CREATE OR REPLACE ",
    "CREATE TABLE ",
    "INSERT INTO ",
    "(SELECT ",
    "SELECT ",
    "[Tags are percent-encoded]",
    "[{} in microseconds",
    "#[StartTime",
    "# Made by renhai for one ",
    "(v if ",  # a program's expressions
    "(round(v",
    "({} if {0} in of",
    "((round(v * 100) if ",
    "Send one request for each operation: ",  # helps have their own test
    "Draft a target file; ",
)


def template(node: ast.AST) -> str | None:
    """The text of a literal, an f-string with `{}` for its values."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value
    if isinstance(node, ast.JoinedStr):
        return "".join(str(part.value) if isinstance(part, ast.Constant) else "{}" for part in node.values)
    return None


def spoken(source: str) -> Iterator[tuple[int, str]]:
    """Line and text of each English sentence in a module, but for documentation and logs."""
    tree, hidden = ast.parse(source), set[int]()
    for node in ast.walk(tree):
        name = getattr(node.func, "attr", getattr(node.func, "id", "")) if isinstance(node, ast.Call) else ""
        if name in NOT_SAID or (isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)):
            hidden |= {id(part) for part in ast.walk(node)}
        if isinstance(node, ast.JoinedStr):
            hidden |= {id(part) for part in ast.walk(node) if part is not node}
    for node in ast.walk(tree):
        text = " ".join((template(node) or "").split()) if id(node) not in hidden else ""
        if (
            SENTENCE.search(text)
            and not re.search("[\u4e00-\u9fff]", text)
            and not text.startswith(NO_SENTENCES)
        ):
            yield getattr(node, "lineno", 0), text


def test_whatever_is_said_has_its_chinese() -> None:
    """A new error, warning, remedy or description fails here until results/language/zh/*.json has it: with
    `{}` for each value. A file that has both languages itself is added to OWN_CHINESE.
    """
    seen, missing = 0, []
    for path in sorted([*(ROOT / "renhai").rglob("*.py"), *(ROOT / "results").rglob("*.py")]):
        name = path.relative_to(ROOT).as_posix()
        if name.startswith(OWN_CHINESE):
            continue
        for line, text in spoken(path.read_text("utf-8")):
            seen += 1
            if text not in sentences() and SENTENCE.search(in_chinese(text)):
                missing.append(f"{name}:{line}: {text}")
    assert missing == []
    assert seen > 900


def test_a_sentence_without_chinese_would_be_found() -> None:
    source = '''
"""Nobody is told this one here."""
def f(path):
    """Nor is this said."""
    why = f"is no file of {path}, write it" if path else "cannot be found there"
    log.warning("not for a user at all")
    raise UsageError(why + "; look at the log")
'''
    assert [text for _, text in spoken(source)] == [
        "is no file of {}, write it", "cannot be found there", "; look at the log"
    ]  # fmt: skip


def test_both_languages_have_the_same_values() -> None:
    for english_text, chinese_text in sentences().items():
        count = english_text.count("{}")
        numbered = [int(number) for number in re.findall(r"\{(\d)\}", chinese_text)]
        assert chinese_text.count("{}") + len(numbered) == count, english_text
        assert not chinese_text.isascii() or english_text in UNTRANSLATED, english_text


UNTRANSLATED = {"{} [{}]", "{} s of {}", "cpu", "python"}


def test_every_sentence_with_values_is_found_again_with_them() -> None:
    for english_text in sentences():
        if "{}" in english_text and english_text not in ("{}; {}", "{} [{}]"):
            text = english_text.replace("{}{}", "{}").replace("{}", "73")
            assert in_chinese(text) != text, english_text


def test_the_catalogues_do_not_contradict_each_other() -> None:
    seen: dict[str, str] = {}
    for file in sorted(FOLDER.glob("*.json")):
        for key, value in json.loads(file.read_text("utf-8")).items():
            assert seen.setdefault(key, value) == value, f"{file.name}: {key}"


@given(st.text(alphabet="业务纳税人，。；（）[] abcXYZ-/", max_size=200), st.integers(24, 80))
def test_wrapped_lines_fit_and_lose_nothing(text: str, width: int) -> None:
    lines = wrapped(text, width)
    assert "".join("".join(lines).split()) == "".join(text.split())
    too_wide = [line for line in lines if cell_len(line) > width]
    assert all(len(line.split()) == 1 for line in too_wide)  # one word that cannot be broken


@pytest.mark.parametrize(
    ("text", "chinese"),
    [
        (
            "is missing; add it, as in `rate: 5/s`: journeys by name, each with its weight",
            "缺失；请补上，如 `rate: 5/s`：流程名称及各自的权重",
        ),
        ("is not a known key; keys here: rate, users", "不是已知的键；此处的键有：rate, users"),
        ("is errors; no such post; did you mean 'rate'?", "为 errors；没有这个岗位；是否想写 'rate'？"),
        ("is 5; has no unit; write it", "为 5；没有单位；write it"),  # the rest as it is
        ("{users} is no list", "{users} 不是列表"),
        ("nobody ever wrote this sentence; rate", "nobody ever wrote this sentence; rate"),
        ("nobody ever wrote of this from here; it is so", "nobody ever wrote of this from here; it is so"),
        ("a bag that nobody found was lost", "a bag that nobody found was lost"),
    ],
)
def test_keys_and_values_stay_what_they_are_within_a_sentence(text: str, chinese: str) -> None:
    """`rate`, `users` and `errors` are words of the tables; in a remedy they are what to write."""
    assert in_chinese(text) == chinese


def test_a_name_that_is_a_word_of_ours_stays(tmp_path: Path) -> None:
    """An operation that is called like a head of a table is still that operation."""
    Recording().add("search", [1000] * 200).add("rate", [1000] * 200).write(tmp_path / "own")
    found = finish(tmp_path / "own", manifest())
    told = plain_summary(found)
    assert re.findall(r"^(search|rate) ", told, re.MULTILINE) == ["rate", "search"]
