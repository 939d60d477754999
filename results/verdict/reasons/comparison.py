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
    """Of results.compare.findings.Finding, what is called."""

    better = "better", "变好"
    worse = "worse", "变差"


class Found(Reason, code="comparison.found"):
    """`effect`: as shown, with its interval: `+12.1% (+8.0% … +16.4%)`."""

    subject: str
    metric: str
    effect: str
    finding: Finding
    text = "{subject} {metric}: {effect}: {finding}", "{subject} {metric}：{effect}：{finding}"


class NotWorse(Reason, code="comparison.not_worse"):
    """bound, limit: as shown, `+7.9%`. sure: `97.5%`."""

    subject: str
    metric: str
    bound: str
    sure: str
    limit: str
    text = (
        "{subject} {metric}: not worse than {bound} ({sure} sure; limit {limit})",
        "{subject} {metric}：不差于 {bound}（把握 {sure}；限值 {limit}）",
    )


class How(Term):
    """In which way something is a little worse."""

    slower = "slower", "变慢"
    less = "less", "减少"
    more = "more", "增加"


class WithinTolerance(Reason, code="comparison.within_tolerance"):
    """span: `3.0–8.0%`."""

    subject: str
    metric: str
    how: How
    span: str
    limit: str
    text = (
        "{subject} {metric}: {how} by {span}, within tolerance (limit {limit})",
        "{subject} {metric}：{how} {span}，在容差内（限值 {limit}）",
    )


class Repeated(Term):
    """What would have to be made more often."""

    runs = "runs a side", "每侧运行"
    launches = "launches", "启动"


class Undecided(Reason, code="comparison.undecided"):
    subject: str
    metric: str
    bound: str
    sure: str
    limit: str
    needed: int
    what: Repeated
    text = (
        "{subject} {metric}: may be as bad as {bound} ({sure} sure; limit {limit}): cannot decide; "
        "about {needed} {what} would tell",
        "{subject} {metric}：可能差至 {bound}（把握 {sure}；限值 {limit}）：无法判定；约需{what} {needed} 次",
    )


class FarUndecided(Reason, code="comparison.far_undecided"):
    subject: str
    metric: str
    bound: str
    sure: str
    limit: str
    what: Repeated
    text = (
        "{subject} {metric}: may be as bad as {bound} ({sure} sure; limit {limit}): cannot decide; "
        "more than 100 {what} would tell",
        "{subject} {metric}：可能差至 {bound}（把握 {sure}；限值 {limit}）：无法判定；需{what} 100 次以上",
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
    target_process = "target's process", "被测系统进程"
    url_scheme = "URL scheme", "URL 协议"
    way_to_the_target = "way to the target", "到被测系统的网络"
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
    journeys = "journeys (digest)", "业务流程（摘要）"
    success_rules = "success rules (digest)", "成功判定规则（摘要）"
    target_file = "target file (digest)", "目标文件（摘要）"
    locustfile = "locustfile (digest)", "Locust 文件（摘要）"
    data = "data (digest)", "数据（摘要）"
    data_files = "data files (digest)", "数据文件（摘要）"
    connection = "connection (digest)", "连接方式（摘要）"
    connections = "connections", "连接归属"
    generator_build = "generator build (digest)", "负载机程序（摘要）"
    measured_by = "measured by", "测量方式"
    company = "company", "运行方式（单独或同时）"


class Differs(Reason, code="comparison.differs"):
    kind: Kind
    values: tuple[str, ...]
    text = "{kind} differs: {values:and}", "{kind}不同：{values:and}"


class UnknownDiffers(Reason, code="comparison.unknown_differs"):
    kind: str  # as the newer one calls it in run.json
    values: tuple[str, ...]
    text = (
        "{kind}, which a newer renhai wrote and this one does not know, differs: {values:and}",
        "{kind}（由较新的 renhai 写入，本版本不认识）不同：{values:and}",
    )
    remedy = (
        "compare with the renhai that wrote the newest of the runs",
        "请用写入最新一次运行的 renhai 进行比较",
    )


class OtherSeeds(Reason, code="comparison.other_seeds"):
    """baseline, candidate: their seeds, `7` or `7 (5 draws), 9`. seed: one of the baseline's."""

    baseline: str
    candidate: str
    seed: int
    text = (
        "seeds differ: {baseline} and {candidate}, which draw other think times and journeys",
        "随机种子不同：{baseline} 与 {candidate}，思考时间与流程随之不同",
    )
    remedy = "run the candidate with --seed {seed}", "请用 --seed {seed} 运行候选"


class OtherDraws(Reason, code="comparison.other_draws"):
    baseline: str
    candidate: str
    text = (
        "draws of the seed differ: {baseline} and {candidate}, with other think times and journeys",
        "种子的抽样不同：{baseline} 与 {candidate}，思考时间与流程随之不同",
    )
    remedy = (
        "make both sides anew, each run with a draw of its own (--repeat)",
        "请两侧重新运行，每次各自抽样（--repeat）",
    )


class OtherArrivals(Reason, code="comparison.other_arrivals"):
    baseline: str
    candidate: str
    text = (
        "the sides have other seeds ({baseline} and {candidate}), so other arrivals: throughput is "
        "counted for each arrival, and intervals of latencies are wider by what one seed may do",
        "两侧随机种子不同（{baseline} 与 {candidate}），到达时刻不同：吞吐按每个到达计，延迟区间已相应放宽",
    )
    remedy = "equal seeds tell more", "种子相同更易判定"


class DurationDiffers(Reason, code="comparison.duration_differs"):
    least: float
    most: float
    text = "duration differs: {least:g} s and {most:g} s", "时长不同：{least:g} 秒与 {most:g} 秒"


class ArrivalsDiffer(Reason, code="comparison.arrivals_differ"):
    least: int
    most: int
    text = "arrivals due differ: {least} and {most}", "应到达数不同：{least} 与 {most}"


class RequestsDiffer(Reason, code="comparison.requests_differ"):
    operation: str
    baseline: float
    candidate: float
    text = (
        "requests of {operation} differ: {baseline:.2f} and {candidate:.2f} in each journey",
        "每个流程中 {operation} 的请求数不同：{baseline:.2f} 与 {candidate:.2f}",
    )


class NoIdentity(Reason, code="comparison.no_identity"):
    old: int
    runs: int
    text = (
        "{old} of {runs} runs kept no digests of journeys, success rules, target file, data, connection and "
        "generator: that these are the same is known from their figures alone",
        "{runs} 次运行中有 {old} 次未记录业务流程、成功判定规则、目标文件、数据、连接方式和负载机的摘要："
        "仅能从数字看出是否相同",
    )


class AlsoDiffers(Reason, code="comparison.also_differs"):
    """values: `kernel: 6.1 and 6.2`."""

    values: tuple[str, ...]
    text = (
        "the sides were made with other versions, which may matter a little: {values}",
        "两侧所用版本不同，可能略有影响：{values}",
    )


class TargetsDiffer(Reason, code="comparison.targets_differ"):
    why: tuple[Reason, ...]
    text = "the two targets are not asked alike: {why}", "两个目标的请求方式不同：{why}"


class Apart(Reason, code="comparison.apart"):
    """drift: `p50 -1% … +3%`, or empty where it is not known."""

    minutes: float
    drift: str
    text = (
        "the sides were made one after the other, or nearly so, {minutes:.0f} minutes apart: what drifted "
        "in between looks like the build{drift:?; by the runs' own times %s}",
        "两侧（几乎）先后运行，相隔 {minutes:.0f} 分钟：其间的漂移会被当作版本差异"
        "{drift:?；按各次运行的时刻估计 %s}",
    )
    remedy = (
        "where both builds can be up, renhai run SCENARIO --against URL takes turns",
        "若两个版本可同时启动，请用 renhai run SCENARIO --against URL 交替运行",
    )


class InTurns(Reason, code="comparison.in_turns"):
    couples: int
    text = (
        "the sides were made couple by couple: each of {couples} runs a side against the one beside it",
        "两侧成对运行：每侧 {couples} 次运行各与相邻的一次比较",
    )


class Drifts(Reason, code="comparison.drifts"):
    metric: str
    drift: str
    text = (
        "run {metric} drifts with time ({drift} from side to side), and the sides were not interleaved: "
        "no latency decides",
        "run {metric} 随时间漂移（两侧之间 {drift}），且两侧未交替运行：延迟不作判定",
    )
    remedy = (
        "interleave them: renhai run SCENARIO --against URL",
        "请用 renhai run SCENARIO --against URL 交替运行",
    )


class BaselineAged(Reason, code="comparison.baseline_aged"):
    days: float
    text = "the baseline is {days:.1f} days old", "基线已有 {days:.1f} 天"
    remedy = (
        "where its build is up, --against URL runs it again, in turns",
        "若其版本可启动，请用 --against URL 交替重新运行",
    )


class BaselineRunAgain(Reason, code="comparison.baseline_run_again"):
    days: float
    url: str
    text = (
        "the baseline is {days:.1f} days old: its build was run again at {url}, in turns with the new one",
        "基线已有 {days:.1f} 天：其版本在 {url} 重新运行，与新版本交替",
    )


class OneRun(Reason, code="comparison.one_run"):
    assumed: float
    text = (
        "one run a side cannot show how much runs of one build differ, so nothing but errors is told; "
        "for the "
        "intervals {assumed:.0%} is assumed",
        "每侧只有一次运行，看不出同一版本各次运行的差异，故仅能判定错误；区间按 {assumed:.0%} 假定",
    )
    remedy = "repeat the runs (--repeat auto)", "请重复运行（--repeat auto）"


class FewRuns(Reason, code="comparison.few_runs"):
    runs: int
    text = (
        "one side has {runs} run(s): too few to call anything worse but errors",
        "一侧只有 {runs} 次运行：除错误外不足以判定变差",
    )
    remedy = "repeat its runs (--repeat auto)", "请重复该侧的运行（--repeat auto）"


class OneLaunch(Reason, code="comparison.one_launch"):
    assumed: float
    text = (
        "one launch cannot show how much two processes of one build differ, so nothing but errors is "
        "told; for "
        "the intervals {assumed:.0%} is assumed",
        "只启动一次，看不出同一版本两个进程的差异，故仅能判定错误；区间按 {assumed:.0%} 假定",
    )
    remedy = "launch both anew several times (--repeat auto)", "请多次重新启动两侧（--repeat auto）"


class FewLaunches(Reason, code="comparison.few_launches"):
    launches: int
    text = (
        "{launches} launches are too few to call anything worse but errors",
        "只启动 {launches} 次：除错误外不足以判定变差",
    )
    remedy = "launch both more often (--repeat auto)", "请增加启动次数（--repeat auto）"


class MadeAgain(Reason, code="comparison.made_again"):
    run: str
    why: tuple[Reason, ...]
    text = "{run} was invalid and made again: {why}", "{run} 测量无效，已重做：{why}"
