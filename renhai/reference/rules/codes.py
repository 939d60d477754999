"""Every business rule of the target and the Code that a document breaking it is answered with.

`CODES` is the whole table: GY common, DJ registration, FP invoice, SB declaration, ZS collection; a domain of
one file states its own there (ZM, certificates). SB1nn is row nn of the general VAT form, SB2nn a relation
between sheets, SB3nn row nn of the small-scale form of 2014, SB4nn row nn of the one since 2016, SB5lnn row
nn of layout l of the prepayment of corporate income tax, YS stamp tax, SH social insurance. The messages are
what an officer would see.
"""

from __future__ import annotations

from typing import NamedTuple


class Code(NamedTuple):
    """`code` travels on the wire, `message` is for the officer, `rule` says in English what was broken."""

    code: str
    message: str
    rule: str


class Rejection(Exception):
    """A document that a business rule refuses; `reason` names the field or row and what stands there.

    data: what the answer carries beside it, for who wants to act on it; usually nothing.
    """

    def __init__(self, code: Code, reason: str, data: dict[str, str] | None = None) -> None:
        super().__init__(code.code, reason)
        self.code = code
        self.reason = reason
        self.data = data or {}


CODES: dict[str, Code] = {}


def rule(code: str, message: str, broken: str) -> Code:
    """Add a rule to `CODES`: what an officer sees, and in English what holds. ValueError for a known code."""
    if code in CODES:
        raise ValueError(f"code {code} is defined twice")
    CODES[code] = Code(code, message, broken)
    return CODES[code]


NOT_AN_OBJECT = rule("GY001", "报文不是对象", "the body is one JSON object")
FIELD_MISSING = rule("GY002", "必填项缺失", "a required field is present and not null")
FIELD_TYPE = rule("GY003", "数据类型不符", "a field has its type: text, number, list or object")
FIELD_LENGTH = rule("GY004", "数据项长度或取值不符", "a field has its length, alphabet or range")
NOT_MONEY = rule("GY005", "金额格式不符", "an amount is a number with at most 2 decimals, below 10^12 yuan")
NOT_A_DATE = rule("GY006", "日期格式不符", "a date is yyyy-mm-dd and exists")
TOO_MANY = rule(
    "GY007", "明细行数超出范围", "a list has between its least and its greatest number of entries"
)

NOT_SIGNED_IN = rule("GY101", "未登录或会话无效", "a desk is used with the token of a session")
SESSION_EXPIRED = rule("GY102", "会话已过期", "a session is renewed before it expires")
OFFICER_UNIT = rule(
    "GY103", "税务人员与税务机关不一致", "sjry is 11 digits that begin with the first 7 of sjjg"
)
PASSWORD = rule("GY104", "用户名或密码错误", "mm is the password of the synthetic officers")

DJXH_SHAPE = rule("DJ001", "登记序号格式不符", "djxh is 20 digits with a valid authority prefix")
TAXPAYER_ID = rule(
    "DJ002", "纳税人识别号校验不通过", "nsrsbh is a USCC, an old 15-digit number or a resident id"
)
USCC = rule("DJ003", "统一社会信用代码校验不通过", "shxydm passes both check characters")
USCC_DIFFERS = rule(
    "DJ004", "纳税人识别号与统一社会信用代码不一致", "an 18-character enterprise nsrsbh equals shxydm"
)
RESIDENT_ID = rule(
    "DJ005", "法定代表人身份证件号码校验不通过", "fddbrsfzjhm of kind 201 is a valid resident id"
)
REGISTRATION_TYPE = rule("DJ006", "登记注册类型代码不存在", "djzclxDm is in the code table")
INDUSTRY = rule("DJ007", "行业代码不符", "hyDm is four digits, of a division of GB/T 4754 (01 to 97)")
AUTHORITY = rule("DJ008", "主管税务机关代码不符", "zgswjDm is 1 or 2, a region and a unit, 11 digits")
STATUS = rule("DJ009", "纳税人状态代码不存在", "nsrztDm is in the code table")
DOCUMENT_KIND = rule("DJ010", "身份证件类型代码不符", "fddbrsfzjlxDm is three digits")
DJXH_AUTHORITY = rule(
    "DJ011", "登记序号与主管税务机关不一致", "djxh has the region of zgswjDm, or its former code"
)
BANK_LINE = rule("DJ012", "开户行行号校验不通过", "khyhhh passes the CNAPS check digit")
ALREADY_REGISTERED = rule("DJ013", "纳税人已登记", "neither djxh nor nsrsbh is registered yet")
UNREGISTERED = rule("DJ014", "纳税人未登记", "the taxpayer is registered")
OTHER_TAXPAYER = rule("DJ015", "纳税人识别号与登记信息不一致", "nsrsbh is the one registered under djxh")
LEVY_ITEM = rule("DJ016", "征收项目代码不符", "zsxmDm is five digits, zspmDm nine digits that begin with it")
KIND_VALIDITY = rule("DJ017", "认定有效期不符", "rdyxqz is not before rdyxqq")
KIND_RATE = rule("DJ018", "税率或单位税额不符", "slhdwse is between 0 and 1")
KIND_TWICE = rule("DJ019", "税费种认定重复", "no tax kind is determined twice")
REGISTERED_ON = rule("DJ020", "登记日期不符", "djrq is not after today")
STATE_FORBIDS = rule(
    "DJ021", "纳税人状态不允许办理", "nsrztDm allows it: 04 files nothing, 07 and 08 do nothing"
)
TOO_YOUNG = rule("DJ022", "法定代表人未满十六周岁", "the legal person of an id card was 16 at registration")

SCALES_OVERLAP = rule(
    "DJ023",
    "同期认定两种增值税纳税人资格",
    "on no day is VAT determined as a general and a small-scale taxpayer's",
)

INVOICE_KIND = rule("FP001", "发票种类代码不符", "fpzlDm is 2 to 20 digits or letters")
INVOICE_CODE = rule("FP002", "发票代码格式不符", "fpDm is 10 or 12 digits, or empty for digital invoices")
INVOICE_NUMBER = rule("FP003", "发票号码格式不符", "numbers have 8 digits with a code and 20 without")
RANGE_ORDER = rule("FP004", "发票号段起止号颠倒", "fpzzhm is not before fpqshm")
RANGE_COUNT = rule("FP005", "发票份数与号段不符", "fs = fpzzhm - fpqshm + 1")
RANGE_SIZE = rule("FP006", "发票份数超过核定数量", "a range has at most 10,000 numbers")
RANGE_OVERLAP = rule("FP007", "发票号段已发售", "no number is sold twice")
NOT_SOLD = rule("FP008", "发票不在已领购号段内", "the number lies in a range sold to this taxpayer")
NUMBER_USED = rule("FP009", "发票号码已开具", "no number is issued twice")
SELLER = rule("FP010", "销售方与登记信息不一致", "the seller is the registered taxpayer")
BUYER = rule(
    "FP011", "购买方信息不符", "the buyer has a name, and an id that is one; of special invoices always"
)
LINE_PRICE = rule("FP012", "单价数量不同时填写", "price and quantity are both present or both empty")
LINE_AMOUNT = rule("FP013", "明细行金额不符", "|dj x sl - je| <= 0.01 on each line")
LINE_TAX = rule("FP014", "明细行税额不符", "|je x slv - se| <= 0.06 on each line")
TAX_DIFFERENCE = rule("FP015", "税额累计误差超限", "|sum of (je x slv - se)| <= 1.27 on the document")
TOTAL_AMOUNT = rule("FP016", "合计金额不符", "hjje is the sum of je")
TOTAL_TAX = rule("FP017", "合计税额不符", "hjse is the sum of se")
TOTAL_GROSS = rule("FP018", "价税合计不符", "jshj = hjje + hjse")
LINE_SIGN = rule(
    "FP019", "明细行金额正负号不符", "goods lines > 0 on a blue invoice, all lines < 0 on a red one"
)
DISCOUNT = rule(
    "FP020", "折扣行不符", "a discount line follows its goods line with the same rate and a lesser amount"
)
LINE_RATE = rule("FP021", "税率不符", "slv is a rate of the day of issue, for a taxpayer of this scale")
GOODS_CODE = rule("FP022", "税收分类编码不符", "spbm is a code that exists, on every line since 2018")
QR_TEXT = rule("FP023", "发票二维码内容不符", "qr is the text of this code, number, amount and date")
VERIFY_NOT_ISSUED = rule("FP024", "验旧号段存在未开具发票", "every number verified was issued")
VERIFY_AMOUNT = rule("FP025", "验旧金额与开具金额不符", "kpje is the sum of hjje over the range")
VERIFY_TAX = rule("FP026", "验旧税额与开具税额不符", "se is the sum of hjse over the range")
VERIFIED_TWICE = rule("FP027", "发票已验旧", "no number is verified twice")
ISSUE_DATE = rule("FP028", "开票日期不符", "kprq is not after today")
ISSUED_BEFORE = rule("FP029", "开票日期早于登记日期", "kprq is not before the seller registered")
ORIGINAL_UNNAMED = rule(
    "FP030", "红字发票未指明原蓝字发票", "a red invoice names its original by yfpDm and yfphm"
)
ORIGINAL_UNKNOWN = rule(
    "FP031", "原蓝字发票不存在", "the original is a blue invoice of this seller, not issued later"
)
REDDENED = rule("FP032", "原蓝字发票已冲红", "an original is cancelled once")
RED_AMOUNT = rule(
    "FP033",
    "红字发票与原蓝字发票不符",
    "a red invoice has no more than its original, at its rates, for its buyer",
)
KIND_OF_ERA = rule(
    "FP034", "开票日期早于该票种启用日期", "fully digital invoices are of December 2021 and later"
)
RANGE_REGION = rule("FP035", "发票代码非本省", "a code begins with the province of the taxpayer")
GOODS_RATE = rule("FP036", "税率与税收分类编码不符", "slv is that of the goods code, since April 2019")

VOUCHER_KIND = rule("SB001", "应征凭证种类代码不符", "yzpzzlDm is that of a return which is taken here")
PERIOD = rule("SB002", "税款所属期不符", "the period is a whole month or a calendar quarter")
FILING_KIND = rule("SB003", "申报属性代码不符", "sbsxDm1 is two digits")
FILING_DATE = rule("SB004", "申报日期不符", "sbrq1 is after the period has ended, and not after today")
ALREADY_FILED = rule("SB005", "该属期已申报", "the period does not overlap one already filed, on any form")
OPENING_CREDIT = rule(
    "SB006", "期初留抵税额与上期不符", "row 13 is row 20 of the previous period, when filed"
)
OPENING_UNPAID = rule(
    "SB007", "期初未缴税额与上期不符", "row 25 is row 32 of the previous period, when filed"
)
NOT_FILED = rule("SB008", "申报记录不存在", "the declaration to void is on file for this period and kind")
ALREADY_PAID = rule("SB009", "申报税款已缴纳", "nothing has been paid on a declaration that is voided")
NOT_LAST = rule("SB010", "非最后一期申报不能作废", "only the last filed period can be voided")
COLUMNS = rule("SB011", "主表栏次不全", "zb has four columns, ewblxh 1 to 4 in order")
PERIOD_OPEN = rule("SB012", "税款所属期尚未结束", "the period is over")
PERIOD_UNKNOWN = rule(
    "SB013", "税款所属期超出系统范围", "the period lies in 2012 to 2027, whose rates are known"
)
NOT_YET_LIABLE = rule(
    "SB014", "该属期纳税人尚未登记或未认定", "a tax kind is determined for the period, after registration"
)
PERIOD_LENGTH = rule(
    "SB015", "纳税期限与认定不符", "the period is a month or a quarter, as nsqxDm determines"
)
FORM_OF_SCALE = rule(
    "SB016", "申报表与纳税人资格不符", "general taxpayers file BDA0610606, small-scale ones BDA0610611"
)
FORM_OF_ERA = rule("SB017", "申报表版本与所属期不符", "a return has the form of its period")
ISSUED_MORE = rule("SB018", "票表税比对不符", "invoices issued in the period do not exceed what is declared")
PAID_LESS = rule(
    "SB019", "本期已缴税额与入库税款不符", "rows 30 and 31 are no more than was paid on earlier vouchers"
)

PAYMENT_AGREEMENT = rule("ZS001", "三方协议号格式不符", "sfxyh is 15 digits")
PAYMENT_AMOUNT = rule("ZS002", "扣款金额必须大于零", "kkje > 0")
NOTHING_DUE = rule("ZS003", "无应缴税款", "the voucher has something due from this taxpayer")
PAYS_MORE = rule("ZS004", "扣款金额大于应缴金额", "kkje does not exceed what is due")
VOUCHER_TWICE = rule("ZS005", "应征凭证重复", "no voucher occurs twice in one payment")
VOUCHER_UNKNOWN = rule("ZS006", "应征凭证不存在", "the voucher belongs to this taxpayer")
OFFICER = rule("ZS007", "录入人代码格式不符", "lrrDm is 11 digits")
AGREEMENT_UNKNOWN = rule("ZS008", "三方协议不存在", "sfxyh is the agreement that the taxpayer has on file")
OFFICER_UNKNOWN = rule(
    "ZS009", "税务人员不存在", "lrrDm is an officer of the authority: its first 7 digits and a serial"
)
OTHER_AUTHORITY = rule(
    "ZS010", "非主管税务机关", "zgswjgDm is of the bureau where the taxpayer is registered"
)
PAID_ON = rule(
    "ZS011", "缴款日期不符", "jkrq is not after today, and not before the period of the voucher has ended"
)
BEFORE_FILED = rule(
    "ZS013", "缴款日期早于申报日期", "jkrq is not before the day on which the return was filed, sbrq1"
)
OTHER_DAY = rule(
    "ZS014", "缴款日期不是受理日期", "where the target's day is set, jkrq is that day: the late fee is of it"
)
LATE_FEE = rule(
    "ZS012", "滞纳金不符", "znj is 0.05 % of kkje a day after the deadline, the day of payment counted"
)


_FORMS = {1: "增值税一般纳税人主表", 3: "增值税小规模纳税人申报表", 4: "增值税小规模纳税人申报表"}


def form_code(series: int, row: int, broken: str) -> Code:
    """The Code of one row of a form: SB<series><row>, 1 general, 3 small-scale 2014, 4 small-scale 2016."""
    return rule(f"SB{series}{row:02}", f"{_FORMS[series]}第{row}栏表内关系不符", broken)


def sheet_code(number: int, message: str, broken: str) -> Code:
    """The Code of one relation between or inside the sheets of the general form: SB2<number>."""
    return rule(f"SB2{number:02}", message, broken)
