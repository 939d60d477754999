"""The load process and its guard: why what was measured may not be the target's doing."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from results.verdict.reasons.reason import Reason, ReasonError, Term, read

_MORE = (
    "use more processes (--processes), more hosts (renhai worker), or a lower load",
    "请增加负载进程（--processes）或负载机（renhai worker），或降低负载",
)
_AGAIN = "see why, then run again", "请查明原因后重新运行"


class LoopLag(Reason, code="generator.loop_lag"):
    p99_ms: float
    bound_ms: float
    service_ms: float
    text = (
        "event loop lag p99 {p99_ms:.0f} ms is above {bound_ms:.0f} ms, while service time p99 is "
        "{service_ms:.0f} ms: the generator measured itself",
        "事件循环滞后 p99 为 {p99_ms:.0f} ms，超过 {bound_ms:.0f} ms（服务时间 p99 为 {service_ms:.0f} ms）："
        "负载机测到的是自己",
    )
    remedy = _MORE


class StartLateness(Reason, code="generator.start_lateness"):
    p99_ms: float
    bound_ms: float
    service_ms: float
    text = (
        "start lateness p99 {p99_ms:.0f} ms is above {bound_ms:.0f} ms, while service time p99 is "
        "{service_ms:.0f} ms: the generator measured itself",
        "发起延迟 p99 为 {p99_ms:.0f} ms，超过 {bound_ms:.0f} ms（服务时间 p99 为 {service_ms:.0f} ms）："
        "负载机测到的是自己",
    )
    remedy = _MORE


class Stalled(Reason, code="generator.stalled"):
    seconds: float
    bound_ms: float
    text = (
        "a load process stood still for {seconds:.1f} s (bound {bound_ms:.0f} ms): it was stopped or starved",
        "负载进程停顿 {seconds:.1f} s（上限 {bound_ms:.0f} ms）：曾被暂停或得不到 CPU",
    )
    remedy = "run it on a machine that is left alone", "请在无其他负载的机器上运行"


class CpuBusy(Reason, code="generator.cpu_busy"):
    percent: float
    seconds: int
    bound_percent: float
    text = (
        "a load process used {percent:percent} % of its core for {seconds} s on end (bound "
        "{bound_percent:percent} %)",
        "负载进程连续 {seconds} s 占用单核 {percent:percent}%（上限 {bound_percent:percent}%）",
    )
    remedy = _MORE


class CpuDemand(Reason, code="generator.cpu_demand"):
    percent: float
    seconds: int
    bound_percent: float
    text = (
        "a load process was running or waiting for a CPU {percent:percent} % of the time for {seconds} s on "
        "end (bound {bound_percent:percent} %): it was short of CPU",
        "负载进程连续 {seconds} s 有 {percent:percent}% 的时间在运行或等 CPU"
        "（上限 {bound_percent:percent}%）：CPU 不足",
    )
    remedy = _MORE


class CpuStolen(Reason, code="generator.cpu_stolen"):
    percent: float
    seconds: int
    bound_percent: float
    text = (
        "a load process waited for a CPU {percent:percent} % of the time for {seconds} s on end "
        "(bound {bound_percent:percent} %): other processes took its core",
        "负载进程连续 {seconds} s 有 {percent:percent}% 的时间在等 CPU（上限 {bound_percent:percent}%）："
        "其他进程占用了它的核",
    )
    remedy = "stop them or move the load", "请停止其他进程，或换一台负载机"


class ArrivalsDropped(Reason, code="generator.arrivals_dropped"):
    dropped: int
    due: int
    share: float
    bound: float
    text = (
        "{dropped} of {due} arrivals were dropped ({share:.2%}, bound {bound:.1%}): too many journeys "
        "were in flight",
        "{due} 个到达中有 {dropped} 个被丢弃（{share:.2%}，上限 {bound:.1%}）：在途业务过多",
    )
    remedy = (
        "raise load.arrivals.max_in_flight or lower the rate",
        "请提高 load.arrivals.max_in_flight 或降低到达率",
    )


class LittlesLaw(Reason, code="generator.littles_law"):
    planned: float
    found: float
    error: float
    bound: float
    text = (
        "Little's law does not hold: {planned:.0f} operators were planned, throughput * (latency + think "
        "time) accounts for {found:.1f} ({error:.1%} off, bound {bound:.0%}): operators or their records "
        "are missing",
        "利特尔法则不成立：计划 {planned:.0f} 名操作员，按吞吐量与时间推算为 {found:.1f} 名"
        "（偏差 {error:.1%}，上限 {bound:.0%}）：缺少操作员或其记录",
    )
    remedy = "see the log of the load processes", "请查看负载进程的日志"


class UnheardProcess(Reason, code="generator.unheard_process"):
    text = (
        "a load process ended before it had reported anything",
        "有负载进程在上报任何数据之前就已结束",
    )
    remedy = "see locust.log", "请查看 locust.log"


class WorkersMissing(Reason, code="generator.workers_missing"):
    missing: int
    expected: int
    text = (
        "{missing} of {expected} workers were lost before the load began",
        "{expected} 个负载进程中有 {missing} 个在负载开始前丢失",
    )
    remedy = "see why, then run again", "请查明原因后重新运行"


class WorkersUnheard(Reason, code="generator.workers_unheard"):
    workers: int
    text = (
        "{workers:worker was|workers were} lost before they had reported anything",
        "丢失 {workers} 个尚未上报任何数据的负载进程",
    )
    remedy = "see locust.log, then run again", "请查看 locust.log 后重新运行"


class WorkersLost(Reason, code="generator.workers_lost"):
    workers: int
    text = (
        "{workers:worker was|workers were} lost: the load was lower than planned and the last reports are "
        "missing",
        "丢失 {workers} 个负载进程：负载低于计划，且缺少其最后的报告",
    )
    remedy = "see why it ended, then run again", "请查明其退出原因后重新运行"


class ReportsMissing(Reason, code="generator.reports_missing"):
    reports: int
    text = "{reports:report|reports} of workers are missing", "缺少 {reports} 份负载进程报告"
    remedy = "check the network between master and workers", "请检查主进程与负载进程之间的网络"


class ReportUnreadable(Reason, code="generator.report_unreadable"):
    error: str
    text = "a worker's reason cannot be read ({error})", "无法读取负载进程上报的原因（{error}）"
    remedy = "use one version of renhai on all machines", "请在所有机器上使用同一版本的 renhai"


def heard(record: Mapping[str, Any]) -> Reason:
    """The reason that another process told; a record that cannot be read is one itself."""
    try:
        return read(record)
    except ReasonError as error:
        return ReportUnreadable(error=str(error))


class TaxpayersExhausted(Reason, code="generator.taxpayers_exhausted"):
    """For journeys of a user's own, which say themselves what is missing."""

    detail: str
    text = "taxpayers exhausted: {detail}", "纳税人已用完：{detail}"
    remedy = "give the journey more data", "请为该流程提供更多数据"


class PeriodsFiled(Reason, code="generator.periods_filed"):
    periods: int
    text = (
        "taxpayers exhausted: {periods} periods of a taxpayer are filed already",
        "纳税人已用完：某纳税人的 {periods} 个属期均已申报",
    )
    remedy = (
        "give other taxpayers (data.first) or an empty target",
        "请换一批纳税人（data.first）或使用空的被测系统",
    )


class TaxpayersRegistered(Reason, code="generator.taxpayers_registered"):
    taxpayers: int
    text = (
        "taxpayers exhausted: all {taxpayers} taxpayers of a worker are registered already",
        "纳税人已用完：单个负载进程的 {taxpayers} 名纳税人均已登记",
    )
    remedy = "raise data.taxpayers", "请提高 data.taxpayers"


class TaxpayersBusy(Reason, code="generator.taxpayers_busy"):
    taxpayers: int
    text = (
        "taxpayers exhausted: all {taxpayers} taxpayers of a worker are at a desk at once",
        "纳税人已用完：单个负载进程的 {taxpayers} 名纳税人同时都在办理业务",
    )
    remedy = "raise data.taxpayers", "请提高 data.taxpayers"


class DataExhausted(Reason, code="generator.data_exhausted"):
    name: str
    rows: int
    text = (
        "data exhausted: the rows of data.{name} that a worker has were all taken: {rows}",
        "数据已用完：单个负载进程的 data.{name} 共 {rows} 行已全部取用",
    )
    remedy = (
        "give the file more rows, or say at_end: again or stop",
        "请增加该文件的行数，或设置 at_end: again / stop",
    )


class JourneyBroken(Reason, code="generator.journey_broken"):
    journey: str
    error: str
    text = "journey {journey} is broken: {error}", "流程 {journey} 出错：{error}"
    remedy = "correct it; locust.log has the whole story", "请修正该流程；详情见 locust.log"


class JourneyUndeclared(Reason, code="generator.journey_undeclared"):
    journey: str
    operation: str
    text = (
        "journey {journey} would send {operation}, which it does not declare; nothing of it was sent",
        "流程 {journey} 要发送未声明的操作 {operation}，该操作未发送",
    )
    remedy = "add it to the sends of its @journey", "请在其 @journey 的 sends 中声明"


class LoadProcessFailed(Reason, code="generator.load_process_failed"):
    error: str
    text = "the load process failed: {error}", "负载进程出错：{error}"
    remedy = "see locust.log", "请查看 locust.log"


class ReportFailed(Reason, code="generator.report_failed"):
    error: str
    text = "a report of the load process failed: {error}", "负载进程的报告出错：{error}"
    remedy = "see locust.log", "请查看 locust.log"


class FileNotWritten(Reason, code="generator.file_not_written"):
    file: str
    error: str
    out: str
    text = "{file} could not be written: {error}", "无法写入 {file}：{error}"
    remedy = (
        "free space on the disk of {out} or choose another --out, then run again",
        "请释放 {out} 所在磁盘的空间或更换 --out 后重新运行",
    )


class WrongLocustfile(Reason, code="generator.wrong_locustfile"):
    line: int | None
    error: str
    text = (
        "{line:?line %s: }{error}: the locustfile cannot be used",
        "{line:?第 %s 行：}{error}：Locust 文件无法使用",
    )
    remedy = "correct the file", "请修正该文件"


class NoUserClass(Reason, code="generator.no_user_class"):
    text = (
        "none of its classes is an HttpUser, FastHttpUser or User: the locustfile cannot be used",
        "其中没有 HttpUser、FastHttpUser 或 User 的子类：Locust 文件无法使用",
    )
    remedy = "correct the file", "请修正该文件"


class PlanRefused(Reason, code="generator.plan_refused"):
    problem: str
    text = (
        "the guard of a load process refused the plan: {problem}",
        "负载进程的安全检查拒绝了该计划：{problem}",
    )
    remedy = "correct the target file", "请修正目标文件"


class OperatorsAboveCeiling(Reason, code="guard.operators_above_ceiling"):
    seated: int
    ceiling: int
    text = (
        "stopped by the guard: {seated} operators at once, ceiling.operators is {ceiling}",
        "被安全检查停止：同时有 {seated} 名操作员，ceiling.operators 为 {ceiling}",
    )
    remedy = _AGAIN


class OperatorsKeptOut(Reason, code="guard.operators_kept_out"):
    ceiling: int
    text = (
        "the target file's ceiling.operators of {ceiling} kept operators from their seats",
        "目标文件的 ceiling.operators（{ceiling}）使部分操作员无法就座",
    )
    remedy = "lower the number of operators", "请减少操作员人数"


class CeilingHeldBack(Reason, code="guard.ceiling_held_back"):
    rate: float
    text = (
        "the target file's ceiling.rate of {rate:g} requests/s held requests back: what was measured is the "
        "ceiling",
        "目标文件的 ceiling.rate（每秒 {rate:g} 个请求）压住了请求：测到的是该上限",
    )
    remedy = "lower the rate or the number of operators", "请降低到达率或减少操作员人数"


class LocustfileAboveCeiling(Reason, code="guard.locustfile_above_ceiling"):
    rate: float
    text = (
        "stopped by the guard: the locustfile sends more than the target file's ceiling.rate of {rate:g} "
        "requests/s",
        "被安全检查停止：Locust 文件发出的请求超过目标文件的 ceiling.rate（每秒 {rate:g} 个请求）",
    )
    remedy = "lower load.users, or let its users wait longer", "请降低 load.users，或让其用户等待更久"


class AddressChanged(Reason, code="guard.address_changed"):
    host: str
    now: tuple[str, ...]
    pinned: tuple[str, ...]
    file: str
    text = (
        "stopped by the guard: {host} now leads to {now}, which it did not when the run was allowed "
        "({pinned}, by {file})",
        "被安全检查停止：{host} 现在指向 {now}，与批准运行时（{pinned}，依据 {file}）不同",
    )
    remedy = "see who changed its DNS, then run again", "请查明是谁修改了 DNS 后重新运行"


class ConnectionRefused(Reason, code="guard.connection_refused"):
    host: str
    text = (
        "the guard refused a connection to {host}, which is not the target",
        "安全检查拒绝了到 {host} 的连接，它不是被测系统",
    )
    remedy = (
        "only addresses that the target file lists may be loaded",
        "只能对目标文件列出的地址施加负载",
    )


class Way(Term):
    """How a user's own Locust file can reach what the bar on sockets does not see."""

    subprocess = "a child process", "子进程"
    exec = "another program in its place (exec)", "以其他程序替换自身（exec）"
    fork = "a fork", "fork"
    ctypes = "network functions of the C library (ctypes)", "C 库网络函数（ctypes）"
    interpreter = "a further interpreter", "子解释器"


class Escape(Reason, code="guard.escape"):
    """`where`: file:line."""

    way: Way
    where: str
    text = (
        "the locustfile used {way} ({where}), by which it can reach hosts that the guard does not see",
        "locustfile 使用了{way}（{where}），可借此访问安全检查看不到的主机",
    )
    remedy = (
        "remove it, or state in the scenario that it may: allow",
        "请移除，或在场景中用 allow 声明允许",
    )
