"""What an audit found, and why it could not say."""

from __future__ import annotations

from results.verdict.reasons.reason import Reason, Term


class Kind(Term):
    """Classes of an audit that a rule may bound."""

    lost = "lost: acknowledged and gone", "丢失（已受理但查不到）"
    duplicated = "duplicated: there more than once", "重复（多存了）"
    altered = "altered: there with another value", "被改动（值不一致）"
    unexpected = "unexpected: there, and refused or never asked for", "多出（未申请或已被拒绝却存在）"
    stale = "stale: seen late", "迟到（稍后才查到）"
    absent = "absent: of unknown fate, and not there", "未落地（结果未知且查不到）"
    balance = "balance: an equation that does not hold", "勾稽不平"


class Found(Reason, code="audit.found"):
    kind: Kind
    count: int
    limit: int
    text = (
        "the audit counts {count} {kind}; at most {limit} may be",
        "核对发现 {count} 笔{kind}，最多允许 {limit} 笔",
    )
    remedy = "see audit.json and the problem ledger", "详见 audit.json 与问题台账"


class Unverified(Reason, code="audit.unverified"):
    writes: int
    first: str
    text = (
        "{writes} writes could not be read back, or something else is missing from the audit: {first}",
        "有 {writes} 笔写入无法回读，或核对依据不全：{first}",
    )
    remedy = "audit it again: renhai audit RUN", "请再次核对：renhai audit RUN"


class NoReads(Reason, code="audit.no_reads"):
    text = (
        "the scenario asks for an audit, and the target file says of no operation how it is read back",
        "场景要求核对，但目标文件未说明任何写操作如何回读",
    )
    remedy = (
        "state audit: in the target file, or audit an export",
        "请在目标文件中写明 audit:，或用导出数据核对",
    )


class NothingToAudit(Reason, code="audit.nothing"):
    text = "the scenario asks for an audit, and nothing was written", "场景要求核对，但没有任何写入"


class AuditFailed(Reason, code="audit.failed"):
    problem: str
    text = "nothing was audited: {problem}", "未能核对：{problem}"
    remedy = "audit it again: renhai audit RUN", "请再次核对：renhai audit RUN"


class NotAllRead(Reason, code="audit.not_all_read"):
    text = "not all could be read back", "未能全部回读"


class NotAudited(Reason, code="audit.not_audited"):
    text = (
        "not audited: the target file says of no operation how what was written is read back",
        "未核对：目标文件未说明写入如何回读",
    )


class NothingWritten(Reason, code="audit.nothing_written"):
    text = "not audited: nothing was written", "未核对：没有写入"
