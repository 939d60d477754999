"""What a drill showed, and why it has shown nothing."""

from __future__ import annotations

from results.verdict.reasons.reason import Reason, Term


class Bounded(Term):
    """What a drill is held to."""

    rto = "RTO", "恢复时间（RTO）"
    rpo = "RPO", "数据丢失时间（RPO）"
    lost = "lost writes", "丢失笔数"
    lost_after = "writes lost that were acknowledged after the recovery", "恢复后受理又丢失的笔数"


class Missed(Reason, code="drill.missed"):
    bounded: Bounded
    found: str
    rule: str
    text = "{bounded}: {found}, must be {rule}", "{bounded}：{found}，应满足 {rule}"


class NotRecovered(Reason, code="drill.not_recovered"):
    watched_s: float
    text = (
        "people could not work again within the {watched_s:.1f} s that were seen: there is no RTO",
        "观察的 {watched_s:.1f} 秒内未恢复办理：没有恢复时间",
    )
    remedy = "make the load longer, or see why it does not come back", "请延长压测时间，或查明未恢复的原因"


class Unsteady(Reason, code="drill.unsteady"):
    at_s: float
    text = (
        "it was not well before second {at_s:.1f}, when the drill acted: nothing can be said of it",
        "第 {at_s:.1f} 秒演练动作之前系统并不正常：无法判定",
    )
    remedy = "give it time to become steady, or mend it first", "请留出稳定时间，或先排除故障"


class Unnoticed(Reason, code="drill.unnoticed"):
    at_s: float
    text = (
        "nobody noticed what was done at second {at_s:.1f}: did it reach the system?",
        "第 {at_s:.1f} 秒的动作无人察觉：是否真的作用到了系统？",
    )
    remedy = (
        "see that it acts on the right service; where nobody need notice: unnoticed: fine",
        "请确认作用对象；如本应无感，请写 unnoticed: fine",
    )


class TooFew(Reason, code="drill.too_few"):
    few_s: float
    text = (
        "in {few_s:.1f} s too few requests began to say whether people could work",
        "有 {few_s:.1f} 秒开始的请求过少，无法判断能否办理",
    )
    remedy = "make the buckets longer, or the load denser", "请加长时间桶，或加大压力"


class StillOut(Reason, code="drill.still_out"):
    who: str
    at_s: float
    text = (
        "{who} was served before second {at_s:.1f}, and not once after the others could work again",
        "{who} 在第 {at_s:.1f} 秒之前能办理，其他岗位恢复后仍一笔也未办成",
    )
    remedy = "see why it does not come back", "请查明其未恢复的原因"


class NotDone(Reason, code="drill.not_done"):
    problem: str
    text = "the drill is not proven: {problem}", "演练未成立：{problem}"
    remedy = (
        "see drill.jsonl, and whether anything is left: renhai drill undo",
        "详见 drill.jsonl；如有遗留请用 drill undo 撤销",
    )


class NotShown(Reason, code="drill.not_shown"):
    do: str
    service: str
    at_s: float
    text = (
        "that {do} of {service} at second {at_s:.1f} did anything is said by its command alone, and nobody "
        "noticed it before something else was done",
        "第 {at_s:.1f} 秒对 {service} 的 {do} 只有命令自己说成功，其他动作之前也无人察觉：不能证明其作用",
    )
    remedy = (
        "give the service a pid_file, or a state that says how it is, in the target file",
        "请在目标文件中为该服务写 pid_file，或写 state（说明其状态的命令）",
    )


class LossUnknown(Reason, code="drill.loss_unknown"):
    problem: str
    text = "what was lost is not known: {problem}", "丢失情况不明：{problem}"
    remedy = "audit it again: renhai audit RUN", "请再次核对：renhai audit RUN"


class AtLeast(Reason, code="drill.at_least"):
    text = "at least; not all is known", "至少如此，未能全部查明"
