"""What the load machine ran out of, and what it made before the load: nothing that the target did."""

from __future__ import annotations

from results.verdict.reasons.reason import Reason


class PortsExhausted(Reason, code="generator.ports_exhausted"):
    text = (
        "the load machine ran out of local ports (EADDRNOTAVAIL): connections that it could not open say "
        "nothing of the target",
        "负载机的本地端口已用完（EADDRNOTAVAIL）：未能建立的连接与被测系统无关",
    )
    remedy = (
        "renhai check says how many the plan needs; give more addresses (sources: in the target file), widen "
        "net.ipv4.ip_local_port_range, or share connections (connections: {{shared: N}})",
        "renhai check 会算出所需端口数；请增加源地址（目标文件的 sources）、"
        "放宽 net.ipv4.ip_local_port_range，或共享连接（connections: {{shared: N}}）",
    )


class DescriptorsExhausted(Reason, code="generator.descriptors_exhausted"):
    text = (
        "a load process ran out of file descriptors (EMFILE): connections that it could not open say nothing "
        "of the target",
        "负载进程的文件描述符已用完（EMFILE）：未能建立的连接与被测系统无关",
    )
    remedy = (
        "use more processes (--processes) or raise ulimit -n; renhai check compares",
        "请增加负载进程（--processes）或提高 ulimit -n；renhai check 会对照",
    )


class NoSource(Reason, code="generator.no_source"):
    """`sources`: as the target file has them."""

    sources: tuple[str, ...]
    text = (
        "none of the target file's sources ({sources}) is an address of this machine",
        "目标文件的 sources（{sources}）都不是本机地址",
    )
    remedy = (
        "give addresses that this machine has (ip address), or add them to it",
        "请填写本机已有的地址（ip address），或为本机添加这些地址",
    )


class AheadUnusable(Reason, code="generator.ahead_unusable"):
    error: str
    text = (
        "the declarations that were made ahead of the load cannot be used: {error}",
        "预先生成的申报表无法使用：{error}",
    )
    remedy = (
        "run it again, or leave data.ahead out: declarations are computed during the load then",
        "请重新运行，或去掉 data.ahead（申报表将在施压时计算）",
    )


class AheadDamaged(Reason, code="generator.ahead_damaged"):
    text = (
        "a declaration made ahead of the load was not read back as it was made, and was computed instead",
        "有预先生成的申报表读出后与生成时不同，已改为当场计算",
    )
    remedy = "look at the disk of the run's directory, then run again", "请检查运行目录所在磁盘后重新运行"


class MadeAhead(Reason, code="plan.made_ahead"):
    """A note: it decides nothing."""

    made: int
    taken: int
    computed: int
    text = (
        "of {made:,} declarations made ahead of the load {taken:,} were taken; {computed:,} more were "
        "computed during it",
        "施压前预先生成申报表 {made:,} 份，取用 {taken:,} 份；另有 {computed:,} 份在施压时计算",
    )
