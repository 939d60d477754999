"""What a run left: files that cannot be read, counts that contradict each other, how the run ended."""

from __future__ import annotations

from results.verdict.reasons.reason import Reason, Term

_AGAIN = "run the scenario again", "请重新运行该场景"
_OURS = (
    "this is a fault of renhai or of the disk: keep the snapshot and report it",
    "这是 renhai 或磁盘的故障：请保留该快照并上报",
)


class FileMissing(Reason, code="evidence.file_missing"):
    file: str
    text = "cannot be read: {file} is missing", "无法读取：缺少 {file}"
    remedy = _AGAIN


class LineCutOff(Reason, code="evidence.line_cut_off"):
    file: str
    line: int
    text = "cannot be read: {file}: line {line} is cut off", "无法读取：{file} 第 {line} 行不完整"
    remedy = _AGAIN


class FileDamaged(Reason, code="evidence.file_damaged"):
    """`detail`: what the reader of the file found, a technical word or two."""

    file: str
    line: int | None
    detail: str
    text = (
        "cannot be read: {file}: {line:?line %s: }{detail}",
        "无法读取：{file} 已损坏：{line:?第 %s 行：}{detail}",
    )
    remedy = _AGAIN


class HistogramsDiffer(Reason, code="evidence.histograms_differ"):
    detail: str
    text = "histograms do not add up: {detail}", "直方图无法相加：{detail}"
    remedy = _AGAIN


class UnknownOperation(Reason, code="evidence.unknown_operation"):
    file: str
    operation: str
    text = "{file} knows {operation!r}, measured.json does not", "{file} 有 {operation}，measured.json 无"
    remedy = _OURS


class Count(Term):
    """What is counted in two places."""

    started = "started", "开始"
    finished = "finished", "结束"
    ok = "ok", "成功"
    rejected = "rejected", "业务拒绝"
    errors = "errors", "错误"


class Contradiction(Reason, code="evidence.contradiction"):
    operation: str
    count: Count
    counted: int
    source: str
    other: int
    text = (
        "{operation}: {count} is {counted}, but {source} says {other}",
        "{operation}：{count}数为 {counted}，但 {source} 为 {other}",
    )
    remedy = _OURS


class NoRequest(Reason, code="run.no_request"):
    text = "no request was sent", "没有发出任何请求"
    remedy = (
        "see locust.log; a run must be long enough for a first request",
        "请查看 locust.log；运行时长须足以发出第一个请求",
    )


class NeverAnswered(Reason, code="run.never_answered"):
    text = "the target never answered", "被测系统从未应答"
    remedy = "see failures.jsonl for how each request ended", "请查看 failures.jsonl 中各请求的结果"


class NoDuration(Reason, code="run.no_duration"):
    text = "the run has no duration", "运行时长为零"
    remedy = _AGAIN


class LoadProcessDied(Reason, code="run.load_process_died"):
    seconds: float
    text = "the load process died after {seconds:.0f} s", "负载进程在 {seconds:.0f} 秒后中断"
    remedy = "see locust.log, then run again", "请查看 locust.log 后重新运行"


class Interrupted(Reason, code="run.interrupted"):
    seconds: float
    text = "interrupted after {seconds:.0f} s", "运行 {seconds:.0f} 秒后被人为中断"
    remedy = "run it to its end", "请完整运行一次"


class NoSuccess(Reason, code="run.no_success"):
    text = "no request succeeded", "没有任何请求成功"


class Unasked(Reason, code="run.unasked"):
    occasions: int
    text = (
        "bytes that nobody asked for came {occasions:time|times}, on a kept connection or after an answer",
        "{occasions} 次收到无人请求的数据（空闲连接上或应答之后）",
    )
    remedy = (
        "see (connection) in failures.jsonl; the target, or a proxy before it, mixes up its answers",
        "请查看 failures.jsonl 中的 (connection)；被测系统或其前置代理把应答弄混了",
    )


class TargetGone(Reason, code="run.target_gone"):
    text = "the target stopped answering during the run", "被测系统在运行中停止应答"


class Aborted(Reason, code="run.aborted"):
    seconds: float
    text = (
        "the abort rule stopped the run after {seconds:.0f} s",
        "运行 {seconds:.0f} 秒后触发中止规则",
    )


class MoreAlike(Reason, code="reasons.more_alike"):
    """So many reasons of the kind `like` (a code) are not told one by one."""

    more: int
    like: str
    text = (
        "{more:further reason|further reasons} of the kind {like} left out",
        "另有 {more} 项 {like} 类原因未列出",
    )
