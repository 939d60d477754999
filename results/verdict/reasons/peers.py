"""Master and workers of one run: whose words cannot be used, and who refuses to take part."""

from __future__ import annotations

from results.verdict.reasons.reason import Reason

_ONE_VERSION = "use one version of renhai on all machines", "请在所有机器上使用同一版本的 renhai"
_AGAIN = "see why, then run again", "请查明原因后重新运行"


class WorkerBanned(Reason, code="generator.worker_banned"):
    """`error`: what is wrong with its message, in technical words."""

    worker: str
    error: str
    text = (
        "worker {worker} sent what cannot be used, and is heard no more: {error}",
        "负载进程 {worker} 发来的数据无法使用，不再接收：{error}",
    )
    remedy = _ONE_VERSION


class WorkerOtherVersion(Reason, code="generator.worker_other_version"):
    worker: str
    theirs: str
    ours: str
    text = (
        "worker {worker} has renhai {theirs}, the master {ours}: it was refused",
        "负载进程 {worker} 的 renhai 版本为 {theirs}，主进程为 {ours}：已拒绝",
    )
    remedy = _ONE_VERSION


class MasterUnusable(Reason, code="generator.master_unusable"):
    """`error`: as for WorkerBanned."""

    error: str
    text = (
        "stopped: the master sent what cannot be used: {error}",
        "已停止：主进程发来的数据无法使用：{error}",
    )
    remedy = _ONE_VERSION


class WorkerRefused(Reason, code="guard.worker_refused"):
    worker: str
    why: Reason
    text = "worker {worker}: {why}", "负载进程 {worker}：{why}"
    remedy = _AGAIN
