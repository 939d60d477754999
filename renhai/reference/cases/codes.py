"""Refusals of the case engine. Eight digits, as the business codes of the real system have; only 80491009 is
public, the others are made up. Those of one item stand in its domain's YAML."""

from __future__ import annotations

from renhai.reference.rules.codes import rule

ITEM_UNKNOWN = rule("80000001", "业务事项不存在", "swsxDm is the code of a business item")
FORM_FIELD = rule("80000002", "表单数据项不符", "a field of the form is there and of its kind")
PAPERS = rule("80000003", "资料不齐全", "every paper that the item asks for is handed in")
STATE = rule("80000004", "纳税人状态不允许办理本事项", "nsrztDm is one of those that the item is taken in")
PARTY = rule("80000005", "纳税人类型不能办理本事项", "the item is for this type of registration")
CASE_UNKNOWN = rule("80000006", "文书不存在", "lcslid is of a case that was accepted")
NOT_OPEN = rule("80000007", "文书已办结或不在办理中", "the case is not closed, refused or withdrawn")
OTHER_STEP = rule("80000008", "文书不在本环节", "what is done is the step that the case stands at")
NOT_TAKEN = rule("80000009", "任务未签收", "whoever does a step has taken it from the list")
TAKEN = rule("80000010", "任务已被他人签收", "a task is taken by one person")
SAME_PERSON = rule("80000011", "受理人与审核审批人不能为同一人", "who reviews or approves did nothing before")
INCOMPLETE = rule("80000012", "文书待补正", "nothing goes on before the applicant has completed it")
NOT_INCOMPLETE = rule("80000013", "文书无需补正", "only what was asked for is handed in later")
TOO_LATE = rule("80000014", "文书已审批，不能撤回", "an applicant withdraws before the decision")
OPEN_CASE = rule("80000015", "同一事项正在办理", "a taxpayer has one open case of an item")
EFFECT_GONE = rule("80000016", "审批时条件已不满足", "what the item needs still holds when it is decided")
AUTHORITY = rule("80000017", "税务机关代码不符", "swjgDm is a tax authority code")
RECIPIENT = rule("80000018", "送达回证不全", "a delivery names its manner and who received it")
