"""The closed list of reasons: complete in both languages, whole over every border, never guessed."""

from __future__ import annotations

import json
import re
import types
import typing
from pathlib import Path
from string import Formatter
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from results.metrics import Quantity
from results.report.files.run import finish
from results.snapshot.run import load_run
from results.verdict.judge import judge
from results.verdict.reasons import (
    ENTRIES,
    Reason,
    ReasonError,
    Recorded,
    Term,
    as_recorded,
    comparison,
    evidence,
    generator,
    goals,
    read,
    runner,
    thresholds,
)
from results.verdict.reasons.reason import EN, ZH, parameters
from results.verdict.run_summary import reasons_of
from tests.results.recording import Recording, manifest

HOME = Path(__file__).resolve().parents[3]
HAN = re.compile("[一-鿿]")
ENGLISH = re.compile(r"[A-Za-z]{2,} [a-z]{2,} [a-z]{2,}")  # three words on end are a sentence
entries = pytest.mark.parametrize("entry", ENTRIES.values(), ids=ENTRIES)


def fields_of(templates: tuple[str, ...]) -> set[str]:
    return {name for text in templates for _, name, _, _ in Formatter().parse(text) if name}


def bare(template: str) -> str:
    return "".join(text for text, *_ in Formatter().parse(template))


@entries
def test_every_entry_has_both_languages_and_uses_every_parameter_in_both(entry: type[Reason]) -> None:
    for language in (EN, ZH) if entry is not Recorded else ():
        assert fields_of((entry.text[language], entry.remedy[language])) == set(parameters(entry))
    if entry is not Recorded and bare(entry.text[EN]).strip(" :"):
        assert HAN.search(bare(entry.text[ZH])) or bare(entry.text[ZH]).strip() == "："
    assert bool(entry.remedy[EN]) == bool(entry.remedy[ZH]) == bool(HAN.search(entry.remedy[ZH]))
    assert not ENGLISH.search(bare(entry.text[ZH]) + bare(entry.remedy[ZH]).replace("renhai worker", ""))


@entries
def test_what_makes_a_run_invalid_says_what_to_do(entry: type[Reason]) -> None:
    trust = ("generator.", "guard.", "runner.", "evidence.")
    assert entry.remedy[EN] or not entry.code.startswith(trust)


@pytest.mark.parametrize("term", [term for kind in Term.__subclasses__() for term in kind], ids=str)
def test_every_term_has_both_languages(term: Term) -> None:
    assert all(term.value)
    assert len(term.value) == 2


def values(kind: Any, deep: int = 0) -> st.SearchStrategy[Any]:
    origin, inner = typing.get_origin(kind), typing.get_args(kind)
    if origin in (types.UnionType, typing.Union):
        return st.none() | values(inner[0], deep)
    if origin is tuple:
        return st.lists(values(inner[0], deep), max_size=2).map(tuple)
    if kind is Quantity:
        return st.builds(Quantity, st.floats(0, 1e9), st.sampled_from(["ms", "%", "/s"]))
    if kind is Reason:
        return reasons(st.sampled_from([generator.WorkersLost, thresholds.Unfinished, Recorded]), deep + 1)
    if issubclass(kind, Term):
        return st.sampled_from(kind)
    return {int: st.integers(0, 10**9), float: st.floats(0, 1e9), str: st.text(min_size=1, max_size=20)}[kind]


def reasons(kinds: st.SearchStrategy[type[Reason]], deep: int = 0) -> st.SearchStrategy[Reason]:
    def made(entry: type[Reason]) -> st.SearchStrategy[Reason]:
        given = {name: values(kind, deep) for name, kind in parameters(entry).items()}
        return st.builds(entry, times=st.integers(1, 5), **given)  # type: ignore[arg-type]

    return kinds.flatmap(made)


@given(reasons(st.sampled_from(list(ENTRIES.values()))))
def test_a_reason_comes_back_from_its_record_as_it_was(reason: Reason) -> None:
    assert read(json.loads(json.dumps(reason.record()))) == reason


@given(reasons(st.sampled_from(list(ENTRIES.values()))))
def test_every_reason_can_be_told_with_its_words(reason: Reason) -> None:
    for name, kind in parameters(type(reason)).items():
        if kind is str and name != "chinese":
            told = getattr(reason, name)
            assert told.strip() in reason.en or repr(told) in reason.en  # whatever braces it holds
    assert reason.zh
    assert ("times" in reason.en) >= (reason.times > 1)


@pytest.mark.parametrize(
    ("reason", "en", "zh"),
    [
        (
            generator.CpuDemand(percent=97, seconds=3, bound_percent=95),
            "a load process was running or waiting for a CPU 97 % of the time for 3 s on end (bound 95 %): "
            "it was short of CPU; use more processes (--processes), more hosts (renhai worker), or a lower "
            "load",
            "负载进程连续 3 s 有 97% 的时间在运行或等 CPU（上限 95%）：CPU 不足；"
            "请增加负载进程（--processes）或负载机（renhai worker），或降低负载",
        ),
        (
            generator.TaxpayersRegistered(taxpayers=10, times=7),
            "taxpayers exhausted: all 10 taxpayers of a worker are registered already; raise data.taxpayers "
            "(7 times)",
            "纳税人已用完：单个负载进程的 10 名纳税人均已登记；请提高 data.taxpayers（7 次）",
        ),
        (
            runner.NothingMeasured(detail="the load process ended with code 1; see locust.log"),
            "the load process ended with code 1; see locust.log; mend that, and run again",
            "未得到测量结果：the load process ended with code 1; see locust.log；请排除后重新运行",
        ),
        (
            runner.JudgedLater(),
            "the runner ended before it had judged the run, which was judged later, from what it left; "
            "run it to its end",
            "运行程序在判定之前中断，结论由其留下的数据事后得出；请完整运行一次",
        ),
        (
            runner.Unwritten(detail="measured.json cannot be written: no space"),
            "measured.json cannot be written: no space; then run again",
            "无法写入：measured.json cannot be written: no space；然后重新运行",
        ),
        (
            generator.Escape(way=generator.Way.subprocess, where="mine.py:7"),
            "the locustfile used a child process (mine.py:7), by which it can reach hosts that the guard does"
            " not see; remove it, or state in the scenario that it may: allow",
            "locustfile 使用了子进程（mine.py:7），可借此访问安全检查看不到的主机；"
            "请移除，或在场景中用 allow 声明允许",
        ),
        (
            runner.Stopped(),
            "stopped by `renhai stop`: it did not come to its end; run it to its end",
            "被 `renhai stop` 停止：未运行到结束；请完整运行一次",
        ),
        (
            generator.CeilingHeldBack(rate=5),
            "the target file's ceiling.rate of 5 requests/s held requests back: what was measured is the "
            "ceiling; lower the rate or the number of operators",
            "目标文件的 ceiling.rate（每秒 5 个请求）压住了请求：测到的是该上限；"
            "请降低到达率或减少操作员人数",
        ),
        (
            generator.WorkersLost(workers=1),
            "1 worker was lost: the load was lower than planned and the last reports are missing; see why it "
            "ended, then run again",
            "丢失 1 个负载进程：负载低于计划，且缺少其最后的报告；请查明其退出原因后重新运行",
        ),
        (
            thresholds.Broken(
                subject="a.b",
                metric="p95",
                value=Quantity(5210, "ms"),
                limit="< 3s",
                note=thresholds.ErrorsAsFastest(errors=2),
            ),
            "a.b: p95 is 5.21 s, must be < 3s (2 errors counted as the fastest)",
            "a.b：p95 为 5.21 s，应为 < 3s（2 个错误按最快计入）",
        ),
        (
            goals.GeneratorFirst(rate=80, why=generator.Stalled(seconds=2, bound_ms=500)),
            "the load generator gave out at 80/s, before the target: a load process stood still for 2.0 s "
            "(bound 500 ms): it was stopped or starved; use more processes (--processes) or more hosts",
            "负载机先于被测系统在 80/s 达到极限：负载进程停顿 2.0 s（上限 500 ms）：曾被暂停或得不到 CPU；"
            "请增加负载进程（--processes）或负载机",
        ),
        (
            comparison.Differs(kind=comparison.Kind.cores, values=("2", "8")),
            "cores differs: 2 and 8",
            "核数不同：2 与 8",
        ),
    ],
)
def test_the_sentences_are_these(reason: Reason, en: str, zh: str) -> None:
    assert (reason.en, reason.zh) == (en, zh)


@pytest.mark.parametrize(
    "record",
    [
        {},
        {"code": "no.such", "params": {}},
        {"code": "run.aborted"},
        {"code": "run.aborted", "params": {}},
        {"code": "run.aborted", "params": {"seconds": "5"}},
        {"code": "run.aborted", "params": {"seconds": True}},
        {"code": "run.aborted", "params": {"seconds": 5, "more": 1}},
        {"code": "run.aborted", "params": {"seconds": 5}, "times": 0},
        {"code": "goal.drifts", "params": {"quantity": "soul", "growth": 1, "least": 1, "limit": 1}},
        {"code": "guard.worker_refused", "params": {"worker": "w", "why": "text"}},
        {"code": ["run.aborted"], "params": {"seconds": 5}},
    ],
)
def test_what_is_no_record_is_refused(record: dict[str, Any]) -> None:
    with pytest.raises(ReasonError):
        read(record)


def test_a_reason_is_what_was_given_and_stays_it() -> None:
    aborted = evidence.Aborted(seconds=5)
    assert (aborted.seconds, aborted.times, aborted.often(3).times, aborted.times) == (5, 1, 3, 1)
    assert repr(aborted.often(3)) == "Aborted(times=3, seconds=5)"
    assert aborted == evidence.Aborted(seconds=5) and hash(aborted) == hash(evidence.Aborted(seconds=5))
    others = {aborted.often(3), evidence.Aborted(seconds=6), evidence.Interrupted(seconds=5)}
    assert len({aborted, *others}) == 4 and aborted not in others
    for change in (lambda: setattr(aborted, "seconds", 6), lambda: delattr(aborted, "seconds")):
        with pytest.raises(AttributeError):
            change()
    for wrong in ({}, {"second": 5}, {"seconds": 5, "more": 1}):
        with pytest.raises(TypeError, match="Aborted takes"):
            evidence.Aborted(**wrong)  # type: ignore[arg-type]


def test_two_entries_cannot_share_a_code() -> None:
    with pytest.raises(TypeError, match=r"run\.aborted"):

        class Twice(Reason, code="run.aborted"): ...

    assert ENTRIES["run.aborted"] is evidence.Aborted


def test_a_sentence_without_a_known_record_is_told_as_it_was_written() -> None:
    aborted = evidence.Aborted(seconds=5)
    found = as_recorded(["one", "two", "three"], [{"code": "from.the.future"}, aborted.record()])
    assert [reason.en for reason in found] == ["one", aborted.en, "three"]
    assert found[0].zh == "旧版快照原文：one"


def test_every_entry_is_made_somewhere() -> None:
    """A reason that nobody gives is no reason."""
    own = HOME / "results" / "verdict" / "reasons"
    sources = [
        path.read_text(encoding="utf-8")
        for top in ("renhai", "results", "locustfiles")
        for path in (HOME / top).rglob("*.py")
        if "_home" not in path.parts and (own not in path.parents or path.name == "generator.py")
    ]
    calls = set(re.findall(r"\b([A-Z]\w+)\b(?!\(Reason)", "\n".join(sources)))
    assert [entry.__name__ for entry in ENTRIES.values() if entry.__name__ not in calls] == []


def test_no_sentence_is_taken_apart_to_decide_anything() -> None:
    """Neither `"dropped" in reason` nor `str(error).partition(...)`: what decides is a class or a code."""
    text = re.compile(
        r"""["'][^"']+["'] (not )?in (reason|sentence|complaint|why|str\(error\))\b"""
        r"""|str\((error|refused)\)\.(partition|rpartition|split\(|startswith|removeprefix)"""
        r"""|\b(reason|sentence|complaint)\.(startswith|endswith|partition|split)\("""
    )
    wrong = [
        f"{path.relative_to(HOME)}:{number}"
        for top in ("renhai", "results")
        for path in sorted((HOME / top).rglob("*.py"))
        if not {"_home", "runs", "drafting"} & set(path.relative_to(HOME).parts)
        for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1)
        if text.search(line)
    ]
    assert wrong == []


MEASURED: dict[str, dict[str, Any]] = {
    "fail": {"ended": "aborted"},
    "gone": {"ended": "target_lost"},
    "interrupted": {"ended": "interrupted"},
    "died": {"ended": "running"},
    "never": {"answered": False},
    "dropped": {"load": {"model": "open", "users": 0, "arrivals_due": 500, "arrivals_dropped": 100}},
    "lost": {"generator": {"processes": 2, "workers_lost": 1}},
}


@pytest.mark.parametrize("how", MEASURED)
def test_a_run_of_each_kind_tells_chinese_readers_nothing_in_english(tmp_path: Path, how: str) -> None:
    recording = Recording().add("a.query", range(1000, 3000)).add("a.save", [900] * 40, "error")
    recording.unfinished = {"a.query": 200}
    recording.measured = MEASURED[how]
    left = recording.write(tmp_path)
    (left / "service.hlog").unlink()
    with (left / "timeline.csv").open("a") as timeline:
        timeline.write("3,a.qu")
    rules = {"*": ["error_rate < 1%", "p50 < 2ms"], "b.*": ["p95 < 1s"]}
    run = finish(left, manifest(thresholds=rules))
    assert len(run.reasons) == len(run.reasons_zh) == len(run.reason_codes) >= 4
    for text in run.reasons_zh:
        assert HAN.search(text)
        assert not ENGLISH.search(text), text
    assert [reason.en for reason in reasons_of(load_run(left))] == run.reasons
    page = (left / "report.html").read_text(encoding="utf-8")
    assert all(reason.split("'")[0].split("<")[0] in page for reason in run.reasons_zh)


def test_a_snapshot_of_before_the_codes_loads_and_shows_its_reasons(tmp_path: Path) -> None:
    recording = Recording().add("a.query", range(1000, 3000))
    recording.measured = {"unhealthy": ["CPU 99%"]}
    left = recording.write(tmp_path)
    assert judge(left, {"*": ["p95 < 3s"]}).reasons == ["CPU 99%"]
    finish(left, manifest(thresholds={"*": ["p95 < 3s"]}))
    document = json.loads((left / "run.json").read_text())
    document |= {"schema": 1, "seal": ""}
    del document["reason_codes"]
    document["reasons_zh"] = ["CPU 99%（上限 90%）"]
    (left / "run.json").write_text(json.dumps(document))
    run = load_run(left)
    assert (run.verdict, run.reasons, run.reason_codes) == ("invalid", ["CPU 99%"], [])
    assert [(reason.en, reason.zh) for reason in reasons_of(run)] == [("CPU 99%", "CPU 99%（上限 90%）")]
