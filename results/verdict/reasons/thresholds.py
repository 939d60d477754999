"""Rules that did not hold or could not be judged, and what is noted beside a value."""

from __future__ import annotations

from results.metrics import Quantity
from results.verdict.reasons.reason import Reason


class NothingMade(Reason, code="note.nothing_made"):
    text = "no request of this kind was made: nothing to judge", "没有此类请求，无从判定"


class Unfinished(Reason, code="note.unfinished"):
    unfinished: int
    started: int
    text = (
        "{unfinished} of {started} requests were unfinished: it cannot be known",
        "{started} 个请求中有 {unfinished} 个未完成，无法得知",
    )


class NotAnswered(Reason, code="note.not_answered"):
    text = "no request was answered", "没有请求得到应答"


class FewSamples(Reason, code="note.few_samples"):
    """A percentile of fewer latencies than it needs to be anything but their highest."""

    samples: int
    metric: str
    needed: int
    errors: int
    text = (
        "the highest of {samples:latency|latencies}, {metric} needs {needed}"
        "{errors:?; %s errors counted as the fastest}",
        "为 {samples} 个延迟中的最大值，{metric} 需 {needed} 个{errors:?；%s 个错误按最快计入}",
    )


class ErrorsAsFastest(Reason, code="note.errors_as_fastest"):
    errors: int
    text = "{errors} errors counted as the fastest", "{errors} 个错误按最快计入"


class Broken(Reason, code="threshold.broken"):
    """`limit`: operator and limit as the scenario writes them."""

    subject: str
    metric: str
    value: Quantity
    limit: str
    note: Reason | None
    text = (
        "{subject}: {metric} is {value}, must be {limit}{note:? (%s)}",
        "{subject}：{metric} 为 {value}，应为 {limit}{note:?（%s）}",
    )


class NoValue(Reason, code="threshold.no_value"):
    """A rule that did not hold, and there is no number to show: nothing was answered, say."""

    subject: str
    rule: str
    note: Reason | None
    text = "{subject}: {rule}{note:?: %s}", "{subject}：{rule}{note:?：%s}"


class NotJudged(Reason, code="threshold.not_judged"):
    subject: str
    rule: str
    note: Reason | None
    text = "{subject}: {rule}{note:?: %s}", "{subject}：{rule}{note:?：%s}"
    remedy = (
        "run longer, or leave out what the scenario does not do",
        "请延长运行时间，或去掉场景中不会发生的对象",
    )


class NoThreshold(Reason, code="threshold.none"):
    text = "the scenario states no threshold: nothing to judge", "场景未设阈值，无从判定"
    remedy = "add thresholds: to it", "请在场景中添加 thresholds:"


class RejectionsByNoRule(Reason, code="threshold.rejections_by_no_rule"):
    """What the target refuses in its answers is no error, and no rule on errors sees it."""

    operation: str
    rejected: int
    of: int
    text = (
        "{operation}: the target refused {rejected} of {of:request|requests}, and no threshold is on "
        "rejection_rate or rejections",
        "{operation}：{of} 个请求中有 {rejected} 个被目标拒绝，且没有 rejection_rate 或 rejections 阈值",
    )
    remedy = (
        "see the failures, or allow a share of them by a threshold",
        "详见失败记录，或用阈值允许一定比例",
    )


class ErrorsByNoRule(Reason, code="threshold.errors_by_no_rule"):
    """A rule on latency alone says nothing of a request that failed."""

    operation: str
    errors: int
    of: int
    text = (
        "{operation}: {errors:error|errors} in {of:request|requests}, and no threshold is on error_rate or "
        "errors",
        "{operation}：{of} 个请求中有 {errors} 个错误，且没有 error_rate 或 errors 阈值",
    )
    remedy = (
        "see the failures, or allow a share of them by a threshold",
        "详见失败记录，或用阈值允许一定比例",
    )
