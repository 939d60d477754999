"""What is worse, what cannot be told, and why runs should not have been compared."""

from __future__ import annotations

from results.verdict.reasons.reason import Reason, Term


class Side(Term):
    """Of a comparison, or of a duel."""

    baseline = "baseline", "基线"
    candidate = "candidate", "候选"
    a = "a", "a"
    b = "b", "b"


class Finding(Term):
    """As results.compare.findings.Finding."""

    better = "better", "变好"
    worse = "worse", "变差"
    same = "same", "无变化"
    cannot_decide = "cannot decide", "无法判定"


class Found(Reason, code="comparison.found"):
    """`effect`: as shown, with its interval: `+12.1% (+8.0% … +16.4%)`."""

    subject: str
    metric: str
    effect: str
    finding: Finding
    text = "{subject} {metric}: {effect}: {finding}", "{subject} {metric}：{effect}：{finding}"


class Undecided(Reason, code="comparison.undecided"):
    subject: str
    metric: str
    effect: str
    runs: int
    text = (
        "{subject} {metric}: {effect}: cannot decide; about {runs} runs a side would tell",
        "{subject} {metric}：{effect}：无法判定；每侧约需运行 {runs} 次",
    )


class FarUndecided(Reason, code="comparison.far_undecided"):
    subject: str
    metric: str
    effect: str
    text = (
        "{subject} {metric}: {effect}: cannot decide; more than 100 runs a side would tell",
        "{subject} {metric}：{effect}：无法判定；每侧需运行 100 次以上",
    )


class NothingDecisive(Reason, code="comparison.nothing_decisive"):
    text = "there is nothing decisive to compare", "没有可作判定的指标"


class UsedOnlyIn(Reason, code="comparison.used_only_in"):
    subject: str
    side: Side
    text = "{subject} was used in the {side} only", "{subject} 仅在{side}中使用"


class SeldomUsed(Reason, code="comparison.seldom_used"):
    subject: str
    side: Side
    other: Side
    used: int
    runs: int
    text = (
        "{subject} was used in each run of the {side}, but {used}/{runs} of the {other}",
        "{subject} 在{side}的每次运行中使用，在{other}中仅 {used}/{runs}",
    )


class SucceededInBaseline(Reason, code="comparison.succeeded_in_baseline"):
    subject: str
    text = "{subject} succeeded in the baseline only", "{subject} 仅在基线中成功"


class TooLittle(Reason, code="comparison.too_little"):
    """`metrics`: those that decide; empty: nothing of the subject could be compared."""

    subject: str
    metrics: tuple[str, ...]
    text = "{subject}: too little to compare{metrics:? %s}", "{subject}：数据太少，无法比较{metrics:? %s}"


class SideAborted(Reason, code="comparison.side_aborted"):
    side: Side
    text = "{side}: the abort rule stopped it", "{side}：触发中止规则"


class SideGone(Reason, code="comparison.side_gone"):
    side: Side
    text = "{side}: it stopped answering", "{side}：停止应答"


class RunInvalid(Reason, code="comparison.run_invalid"):
    run: str
    why: tuple[Reason, ...]
    text = "{run} is invalid: {why}", "{run} 测量无效：{why}"


class JustInvalid(Reason, code="comparison.just_invalid"):
    """For an invalid run whose snapshot gives no reason."""

    text = "the run is invalid", "该运行测量无效"


class Kind(Term):
    """What has to be equal for runs to compare."""

    scenario = "scenario", "场景"
    scenario_digest = "scenario digest", "场景摘要"
    target = "target", "被测系统"
    load_model = "load model", "负载模型"
    load_processes = "load processes", "负载进程数"
    renhai = "renhai", "renhai 版本"
    locust = "locust", "locust 版本"
    gevent = "gevent", "gevent 版本"
    python = "python", "python 版本"
    cpu_model = "cpu_model", "CPU 型号"
    cores = "cores", "核数"
    memory_gb = "memory_gb", "内存（GB）"
    platform = "platform", "平台"


class Differs(Reason, code="comparison.differs"):
    kind: Kind
    values: tuple[str, ...]
    text = "{kind} differs: {values:and}", "{kind}不同：{values:and}"


class OneRun(Reason, code="comparison.one_run"):
    assumed: float
    text = (
        "one run a side cannot show how much runs of one build differ; {assumed:.0%} is assumed, so that "
        "only a gross change can be told",
        "每侧只有一次运行，看不出同一版本各次运行的差异；假定为 {assumed:.0%}，仅能判定显著变化",
    )
    remedy = "repeat the runs (--repeat 5)", "请重复运行（--repeat 5）"


class OneSide(Reason, code="comparison.one_side"):
    text = (
        "one side has a single run: the spread of the other side is taken for both",
        "一侧只有一次运行：两侧均按另一侧的波动计算",
    )
    remedy = "repeat its runs", "请重复该侧的运行"


class OneLaunch(Reason, code="comparison.one_launch"):
    assumed: float
    text = (
        "one launch cannot show how much two processes of one build differ; {assumed:.0%} is assumed, so "
        "that smaller changes cannot be told",
        "只启动一次，看不出同一版本两个进程的差异；假定为 {assumed:.0%}，更小的变化无法判定",
    )
    remedy = "launch both anew several times (--repeat 8)", "请多次重新启动两侧（--repeat 8）"


class MadeAgain(Reason, code="comparison.made_again"):
    run: str
    why: tuple[Reason, ...]
    text = "{run} was invalid and made again: {why}", "{run} 测量无效，已重做：{why}"
