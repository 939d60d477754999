"""The plan was not carried out: an operation without evidence (see results.verdict.validity.planned)."""

from __future__ import annotations

from results.verdict.reasons.reason import Reason

_OPTIONAL = (
    "or, where that is meant, name it under optional: in the scenario",
    "如属预期，请在场景的 optional: 中列出该操作",
)


class ThroughProxy(Reason, code="plan.through_proxy"):
    """A note: what was measured is more than the target."""

    label: str
    to: str
    text = (
        "these figures include {label}, a proxy on the way to {to}",
        "以上数据包含通往 {to} 途中的 {label} 代理",
    )


class EndedByRows(Reason, code="plan.ended_by_rows"):
    """A note: the load was shorter than its stages, as the scenario allows."""

    after: float
    of: float
    files: str
    text = (
        "the load ended after {after:.0f} s of {of:.0f} s: the rows of {files} were used up (at_end: stop), "
        "or its iterations were done",
        "负载在 {of:.0f} 秒中的第 {after:.0f} 秒结束：{files} 的数据行已用完（at_end: stop），或次数已满",
    )


class ComparesNothing(Reason, code="plan.compares_nothing"):
    """Leaves a pass undecided: no answer has decided how the condition of a written journey goes."""

    condition: str
    place: str
    path: str
    looked: int
    text = (
        "{condition} ({place}): {path} was never there, looked at {looked} times, so the comparison proves "
        "nothing",
        "{condition}（{place}）：判断了 {looked} 次，{path} 从未出现，因此这个比较什么也证明不了",
    )
    remedy = (
        "is the name right? where it may be missing, ask {path} alone",
        "请核对名称。若它可以没有，请只问 {path}",
    )


class Known(Reason, code="plan.known"):
    """A step that each new taxpayer needs was left out: the target knows them from an earlier run."""

    operation: str
    journey: str
    sent: int
    of: int
    text = (
        "{operation}: sent in {sent} of {of} transactions{journey:? of %s} whose taxpayers should be new: "
        "the target knows them already",
        "{operation}：{of} 笔{journey:?（%s）}新纳税人业务中只有 {sent} 笔发送：被测系统已有这些纳税人",
    )
    remedy = (
        f"give other taxpayers (--others-than DIR, or data.first), or an empty target; {_OPTIONAL[0]}",
        f"请换一批纳税人（--others-than DIR 或 data.first），或使用空的被测系统；{_OPTIONAL[1]}",
    )


class RanOut(Reason, code="plan.ran_out"):
    """Taxpayers came again, because nobody new was left."""

    operation: str
    journey: str
    sent: int
    of: int
    again: int
    taxpayers: int
    text = (
        "{operation}: sent in {sent} of {of} transactions{journey:? of %s}, the plan has it in all: {again} "
        "served a taxpayer again, as all {taxpayers} had come",
        "{operation}：{of} 笔业务{journey:?（%s）}中只有 {sent} 笔发送，应每笔都有："
        "{taxpayers} 户纳税人已用完，{again} 笔业务重复使用",
    )
    remedy = (
        f"raise data.taxpayers (another data.seed does not help); {_OPTIONAL[0]}",
        f"请增大 data.taxpayers（更换 data.seed 无效）；{_OPTIONAL[1]}",
    )


class Fewer(Reason, code="plan.fewer"):
    """`share` of the transactions should have sent it, or more."""

    operation: str
    journey: str
    sent: int
    of: int
    share: float
    text = (
        "{operation}: sent as planned in {sent} of {of} transactions{journey:? of %s}, the plan has "
        "{share:.0%} or more",
        "{operation}：{of} 笔业务{journey:?（%s）}中按计划发送的有 {sent} 笔，应不低于 {share:.0%}",
    )
    remedy = (
        "see what the answers before it say; the data may be used up (another data.first, more "
        "data.taxpayers); " + _OPTIONAL[0],
        "请查看此前各步的应答；数据可能已用完（更换 data.first、增大 data.taxpayers）；" + _OPTIONAL[1],
    )


class More(Reason, code="plan.more"):
    operation: str
    journey: str
    more: int
    of: int
    text = (
        "{operation}: {more} of {of} transactions{journey:? of %s} sent it more often than planned",
        "{operation}：{of} 笔业务{journey:?（%s）}中有 {more} 笔的发送次数多于计划",
    )
    remedy = (
        "the target's data may not be new: give other taxpayers (data.first) or an empty target; "
        + _OPTIONAL[0],
        "被测系统的数据可能不是新的：请换一批纳税人（data.first）或使用空的被测系统；" + _OPTIONAL[1],
    )


class NotSent(Reason, code="plan.not_sent"):
    operation: str
    of: int
    text = (
        "{operation} was never sent, though {of} transactions that have it by the plan came to an end",
        "{operation} 从未发送，而计划中含该操作的业务已结束 {of} 笔",
    )
    remedy = (
        "give other taxpayers (data.first) or an empty target, or raise data.taxpayers; " + _OPTIONAL[0],
        "请换一批纳税人（data.first）、使用空的被测系统或增大 data.taxpayers；" + _OPTIONAL[1],
    )


class NotReached(Reason, code="plan.not_reached"):
    """A failure of the target: what comes before it did not succeed."""

    operation: str
    of: int
    text = (
        "{operation} was never reached: all {of} transactions that have it failed before",
        "{operation} 从未执行到：含该操作的 {of} 笔业务此前均已失败",
    )
    remedy = "see failures.jsonl", "见 failures.jsonl"


class NoneSucceeded(Reason, code="plan.none_succeeded"):
    operation: str
    of: int
    text = "{operation}: none of {of} succeeded", "{operation}：{of} 次均未成功"
    remedy = "see failures.jsonl; " + _OPTIONAL[0], "见 failures.jsonl；" + _OPTIONAL[1]


class NoneEnded(Reason, code="plan.none_ended"):
    operation: str
    of: int
    text = "{operation}: none of {of} came to an end", "{operation}：{of} 次均未结束"
    remedy = "run longer, or lower the load; " + _OPTIONAL[0], "请延长运行时间或降低负载；" + _OPTIONAL[1]


class OtherMix(Reason, code="plan.other_mix"):
    journey: str
    started: int
    of: int
    share: float
    text = (
        "journey {journey}: {started} of {of} transactions, the plan has {share:.1%}",
        "业务 {journey}：{of} 笔中有 {started} 笔，计划为 {share:.1%}",
    )
    remedy = (
        "chance does not do that: report it with the snapshot",
        "这不是偶然：请附上快照反馈",
    )


class OtherArrivals(Reason, code="plan.other_arrivals"):
    due: int
    expected: float
    text = (
        "{due:,} arrivals were due by the load processes, {expected:,.0f} by the plan",
        "负载进程报告应到 {due:,} 笔，计划为 {expected:,.0f} 笔",
    )
    remedy = (
        "chance does not do that: look at the workers that joined, and report it with the snapshot",
        "这不是偶然：请检查加入的 worker，并附上快照反馈",
    )
