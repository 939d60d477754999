"""What only the runner saw: who stopped the run, and whether the target counted the same."""

from __future__ import annotations

from results.verdict.reasons.reason import Reason, Term


class Stopped(Reason, code="runner.stopped"):
    text = "stopped by `renhai stop`: it did not come to its end", "被 `renhai stop` 停止：未运行到结束"
    remedy = "run it to its end", "请完整运行一次"


class NothingMeasured(Reason, code="runner.nothing_measured"):
    """`detail`: how the load process ended, with its last words; or why it could not begin."""

    detail: str
    text = "{detail}", "未得到测量结果：{detail}"
    remedy = "mend that, and run again", "请排除后重新运行"


class JudgedLater(Reason, code="runner.judged_later"):
    text = (
        "the runner ended before it had judged the run, which was judged later, from what it left",
        "运行程序在判定之前中断，结论由其留下的数据事后得出",
    )
    remedy = "run it to its end", "请完整运行一次"


class Unwritten(Reason, code="runner.unwritten"):
    """`detail`: which file, and why."""

    detail: str
    text = "{detail}", "无法写入：{detail}"
    remedy = "then run again", "然后重新运行"


class Uncounted(Reason, code="runner.uncounted"):
    text = (
        "the embedded target could not be asked what it had counted: whether all arrived is not known",
        "无法取得内置被测系统的计数：请求是否全部到达未知",
    )
    remedy = "run again", "请重新运行"


class Outcome(Term):
    """What both sides count."""

    requests = "requests", "请求"
    ok = "ok", "成功"
    rejected = "rejected", "业务拒绝"


class CountsDiffer(Reason, code="runner.counts_differ"):
    operation: str
    outcome: Outcome
    ours: int
    counted: int
    text = (
        "{operation}: we counted {ours} {outcome}, the target counted {counted}",
        "{operation}：本机记录 {ours}（{outcome}），被测系统记录 {counted}",
    )
    remedy = "see what stands between us and the target", "请检查本机与被测系统之间的网络设备"


class CountsDisagree(Reason, code="runner.counts_disagree"):
    """`least` to `most`: what the target may have counted, by our own counts."""

    operation: str
    outcome: Outcome
    least: int
    most: int
    counted: int
    text = (
        "{operation}: we counted {least} to {most} {outcome}, the target counted {counted}",
        "{operation}：本机记录 {least} 至 {most}（{outcome}），被测系统记录 {counted}",
    )
    remedy = "see what stands between us and the target", "请检查本机与被测系统之间的网络设备"
