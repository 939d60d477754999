"""A capacity, a drift, a volume or cases in time; and why a step of a search held, broke or says nothing."""

from __future__ import annotations

from results.metrics import Quantity
from results.verdict.reasons.reason import Reason, Term


class Drifting(Term):
    """What a long run may drift in."""

    p50 = "p50", "延迟中位数"
    p95 = "p95", "延迟 p95"
    error_rate = "error_rate", "错误率"
    memory = "memory", "被测系统内存"


class Drifts(Reason, code="goal.drifts"):
    """All three as shares of the value at the beginning."""

    quantity: Drifting
    growth: float
    least: float
    limit: float
    text = (
        "{quantity} drifts: {growth:+.1%} in the run (at least {least:+.1%}, 99% sure), must be <= "
        "{limit:.1%}",
        "{quantity}漂移：全程 {growth:+.1%}（99% 置信下限 {least:+.1%}），应不超过 {limit:.1%}",
    )


class DriftUntold(Reason, code="goal.drift_untold"):
    """In hundredths of the value at the beginning, or of a rate."""

    quantity: Drifting
    low: str
    high: str
    limit: str
    text = (
        "whether {quantity} drifts cannot be told: {low}% to {high}% in the run (99% sure), must be <= "
        "{limit}%",
        "无法判定{quantity}是否漂移：全程 {low}% 至 {high}%（99% 置信），应不超过 {limit}%",
    )
    remedy = "run longer, or on a quieter machine", "请延长运行，或换一台更安静的机器"


class DriftUnseen(Reason, code="goal.drift_unseen"):
    quantity: Drifting
    text = (
        "whether {quantity} drifts cannot be told: there are too few values of it",
        "无法判定{quantity}是否漂移：取到的值太少",
    )
    remedy = (
        "run longer; of memory: a target that tells it at /admin/health, or leave memory out of drift",
        "请延长运行；内存需被测系统在 /admin/health 给出，否则请从 drift 中去掉 memory",
    )


class DriftsByPoints(Reason, code="goal.drifts_by_points"):
    """All three in points of a rate."""

    quantity: Drifting
    growth: float
    least: float
    limit: float
    text = (
        "{quantity} drifts: {growth:+.3f} points in the run (at least {least:+.3f} points, 99% sure), "
        "must be <= {limit:.3f} points",
        "{quantity}漂移：全程 {growth:+.3f} 个百分点（99% 置信下限 {least:+.3f}），"
        "应不超过 {limit:.3f} 个百分点",
    )


class TooLate(Reason, code="goal.too_late"):
    volume: float
    finish: str
    until: str
    text = (
        "{volume:g} transactions would be done at {finish}, must be by {until}",
        "{volume:g} 笔业务预计完成时间 {finish}，应在 {until} 前",
    )


class NeverDone(Reason, code="goal.never_done"):
    volume: float
    until: str
    text = (
        "{volume:g} transactions would be done never, must be by {until}",
        "{volume:g} 笔业务预计无法完成，应在 {until} 前",
    )


class NotEvenLeast(Reason, code="goal.not_even_least"):
    rate: float
    text = "not even {rate:.4g}/s was held", "{rate:.4g}/s 亦未达标"


class CapacityTooLow(Reason, code="goal.capacity_too_low"):
    capacity: float
    wanted: float
    text = (
        "the capacity is {capacity:.4g}/s, must be >= {wanted:.4g}/s",
        "容量为 {capacity:.4g}/s，应不低于 {wanted:.4g}/s",
    )


class CapacityNotTried(Reason, code="goal.capacity_not_tried"):
    """Nothing broke, but the ceiling of the target file ended the search below the wanted capacity."""

    tried: float
    wanted: float
    text = (
        "no step went beyond {tried:.4g}/s, the ceiling: whether {wanted:.4g}/s is held is not known",
        "未测试 {tried:.4g}/s 以上的到达率（已达上限），{wanted:.4g}/s 是否达标未知",
    )
    remedy = (
        "raise ceiling.rate of the target file, if its owner allows it",
        "如被测系统负责人同意，请提高目标文件的 ceiling.rate",
    )


class SearchInterrupted(Reason, code="goal.search_interrupted"):
    text = "the search was interrupted", "容量搜索被人为中断"
    remedy = "run it to its end", "请完整运行一次"


class GeneratorFirst(Reason, code="goal.generator_first"):
    rate: float
    why: Reason
    text = (
        "the load generator gave out at {rate:.4g}/s, before the target: {why}",
        "负载机先于被测系统在 {rate:.4g}/s 达到极限：{why}",
    )
    remedy = "use more processes (--processes) or more hosts", "请增加负载进程（--processes）或负载机"


class StepLeftPlan(Reason, code="goal.step_left_plan"):
    rate: float
    text = (
        "the search ended at {rate:.4g}/s: that step did not send what the plan has",
        "容量搜索止于 {rate:.4g}/s：该阶梯未按计划发送",
    )


class JourneyGrows(Reason, code="step.journey_grows"):
    growth: Quantity
    text = "a journey takes {growth} more each second", "单笔业务耗时每秒增加 {growth}"


class PilesUp(Reason, code="step.piles_up"):
    journeys: float
    text = (
        "{journeys:.0f} more journeys in flight at the end than at the middle",
        "结束时在途业务比中段多 {journeys:.0f} 笔",
    )


class StoppedEarly(Reason, code="step.stopped_early"):
    text = "stopped early: it clearly failed", "明显不达标，提前停止"


# Cases that travelled between people: rules on them, and what must be known beside their times


class TooSlow(Reason, code="case.too_slow"):
    """`value`: in the bureau's time. limit: operator and limit as the scenario writes them."""

    subject: str
    metric: str
    value: Quantity
    limit: str
    judged: int
    text = (
        "{subject}: {metric} is {value}, must be {limit} ({judged} old enough to be judged)",
        "{subject}：{metric} 为 {value}，应为 {limit}（足够早、可判定的 {judged} 件）",
    )


class NeverClosed(Reason, code="case.never_closed"):
    """What decides the rule has no end in the run."""

    subject: str
    rule: str
    judged: int
    text = (
        "{subject}: {rule} does not hold: too many of {judged} did not come to that end in the run",
        "{subject}：{rule} 不成立：{judged} 件中过多未在运行内办结或签收",
    )


class DoneTwice(Reason, code="case.done_twice"):
    """The target gave one task to two people, one id to two applications, or ended a case twice."""

    count: int
    first: str
    text = (
        "{count} cases were taken oftener than they stood in a list, ended twice or had the id of another, "
        "{first} the first of them: the target gave one task to two",
        "{count} 件文书签收次数多于进入待办次数、重复办结或编号重复，首件 {first}：系统把一项任务交给了两人",
    )


class TooYoung(Reason, code="case.too_young"):
    """Nothing was accepted long enough before the end."""

    subject: str
    rule: str
    young: int
    text = (
        "{subject}: {rule} cannot be judged: none of {young} is as old as its limit; let the run last "
        "longer, or raise load.bureau.pace",
        "{subject}：{rule} 无法判定：{young} 件均未满其时限；请延长运行，或调高 load.bureau.pace",
    )


class NoCases(Reason, code="case.none"):
    subject: str
    rule: str
    text = (
        "{subject}: {rule} cannot be judged: no such case or list was seen",
        "{subject}：{rule} 无法判定：未见此类文书或待办",
    )


class ReceiptsMissing(Reason, code="case.receipts_missing"):
    hole: str
    text = (
        "rules on cases cannot be judged without all receipts: {hole}",
        "收据不全，无法判定文书规则：{hole}",
    )


class OpenAtEnd(Reason, code="case.open_at_end"):
    """Told beside the figures: these are of no closing time."""

    open: int
    accepted: int
    first: str
    text = (
        "{open} of {accepted} cases were not closed when the run ended, {first} the first of them; no "
        "closing time counts them",
        "运行结束时 {accepted} 件文书中有 {open} 件未办结，首件 {first}；办结用时均不含这些文书",
    )


class ListGrew(Reason, code="case.list_grew"):
    post: str
    error: float
    text = (
        "the list of {post} was not in balance (Little's law off by {error:.0%}): the waits are of those "
        "that were taken, and others still wait",
        "{post} 的待办未达平衡（利特尔定律偏差 {error:.0%}）：等待时间只含已签收者，其余仍在等待",
    )


class OtherTasks(Reason, code="case.other_tasks"):
    foreign: int
    text = (
        "{foreign} tasks were taken of cases that this run did not accept: they are in no figure",
        "签收了 {foreign} 件非本次运行受理的文书：不计入任何数字",
    )
