"""What an audit found, and what was found on printed papers; and why neither could say."""

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


class Unseen(Reason, code="audit.unseen"):
    operation: str
    text = (
        "what is stored twice would not be seen: no second record of {operation} would be shown, or known",
        "存了两份也看不出来：{operation} 的第二条记录读不到，或认不出",
    )
    remedy = (
        "name key, and rows for read, in the target file; or bound no duplicated: null",
        "请在目标文件中写明 key（read 还须写 rows）；或不限制该类：duplicated: null",
    )


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


class PaperKind(Term):
    """Classes of papers that a rule may bound."""

    empty = "empty: no bytes, or a page without a word", "空白（无内容）"
    cut_off = "cut off: its end is missing", "不完整（文件被截断）"
    unreadable = "unreadable: it does not open", "打不开"
    swapped = "swapped: another taxpayer's", "串户（他人的单据）"
    wrong = "wrong: a value is not what it must be", "内容有误"
    moved = "moved: a field does not stand in its place", "错位（栏目偏移）"


class PapersFound(Reason, code="papers.found"):
    kind: PaperKind
    count: int
    limit: int
    text = (
        "{count} printed papers are {kind}; at most {limit} may be",
        "打印单据中有 {count} 份{kind}，最多允许 {limit} 份",
    )
    remedy = "see papers.json and the problem ledger", "详见 papers.json 与问题台账"


class PapersUnchecked(Reason, code="papers.unchecked"):
    papers: int
    first: str
    text = (
        "{papers} papers could not be checked, or something else is missing: {first}",
        "有 {papers} 份单据未能验证，或依据不全：{first}",
    )
    remedy = "check them again: renhai papers RUN", "请再次验证：renhai papers RUN"


class NoPaperRule(Reason, code="papers.no_rule"):
    text = (
        "the scenario asks that papers are checked, and the target file does not say what they must say",
        "场景要求验证单据，但目标文件未说明任何单据应有的内容",
    )
    remedy = "state papers: in the target file", "请在目标文件中写明 papers:"


class NoPaper(Reason, code="papers.nothing"):
    text = (
        "the scenario asks that papers are checked, and none was printed",
        "场景要求验证单据，但没有打印任何单据",
    )


class PapersFailed(Reason, code="papers.failed"):
    problem: str
    text = "no paper was checked: {problem}", "未能验证单据：{problem}"
    remedy = "check them again: renhai papers RUN", "请再次验证：renhai papers RUN"


class NotAllChecked(Reason, code="papers.not_all_checked"):
    text = "not all could be checked", "未能全部验证"


class PapersNotChecked(Reason, code="papers.not_checked"):
    text = (
        "papers not checked: the target file says of no operation what they must say",
        "未验证单据：目标文件未说明单据应有的内容",
    )


class NonePrinted(Reason, code="papers.none"):
    text = "papers not checked: none was printed", "未验证单据：没有打印任何单据"


class PapersSampled(Reason, code="papers.sampled"):
    checked: int
    printed: int
    text = (
        "a sample of the papers was checked, as the scenario says: {checked} of {printed}",
        "按场景设定抽样验证单据：{printed} 份中验证 {checked} 份",
    )
