"""Code lists of the old system (CTAIS), each the new system's code to its own.

None of them is public: these stand in for them. That a cash receipt was 1103, a certificate of tax paid 1110
and a void flag 1 is of another province's old system.
"""

from __future__ import annotations

KINDS = {
    "10101": "01", "10102": "02", "10103": "03", "10104": "04", "10106": "05", "10109": "10", "10111": "16",
    "10120": "20", "30203": "61", "30216": "63", "39999": "99",
}  # fmt: skip
FORMS = {"BDA0610606": "0101", "BDA0610611": "0102"}
OFFICES = {
    "14301020000": "430102", "14301030000": "430103", "14301040000": "430104", "14301050000": "430105",
    "14301110000": "430111", "14301120000": "430122", "14301210000": "430121", "14301240000": "430124",
    "14301810000": "430181", "14301940000": "430194",
}  # fmt: skip
ITEMS = {
    "SXA011002002": "0101", "SXA011030001": "0102", "SXA011003001": "0103", "SXA011003002": "0104",
    "SXA011006001": "0105", "SXA011006002": "0106", "SXA011005001": "0107", "SXA021001001": "0201",
    "SXA021011001": "0202", "SXA021001002": "0203", "SXA021012001": "0204", "SXA021014001": "0205",
    "SXA021020001": "0206", "SXA021020002": "0207", "SXA021020003": "0208", "SXA021020004": "0209",
    "SXA021020005": "0210", "SXA031900001": "0301", "SXA031900002": "0302", "SXA031900003": "0303",
    "SXA042010001": "0401", "SXA042020001": "0402", "SXA042021001": "0403", "SXA042030001": "0404",
    "SXA052002001": "0501", "SXA052002002": "0502", "SXA052002003": "0503", "SXA052001003": "0504",
    "SXA052001004": "0505", "SXA061009001": "0601", "SXA071010001": "0701", "SXA071020001": "0702",
    "SXA071030001": "0703", "SXA071030002": "0704", "SXA071040001": "0705", "SXA071040002": "0706",
    "SXA071040003": "0707", "SXA071010002": "0708", "SXA071010003": "0709",
    "LCSXA081038005": "0801", "LCSXA081039005": "0802", "SXA091005001": "0901",
    "SXA101001001": "1001", "SXA101001002": "1002", "SXA111001001": "1101", "SXA111002001": "1102",
    "LCSXA122030001": "1201", "SXA122031001": "1202", "SXA122040001": "1203",
    "SXA122040002": "1204", "SXA131001001": "1301", "SXA131002001": "1302", "SXA131003001": "1303",
    "SXA131009001": "1304",
}  # fmt: skip
"""swsxDm: the domain's two digits, and a number within it."""
POSTS = {
    "registration": "G01", "acceptance": "G02", "invoice-sale": "G03", "certificate": "G04",
    "tax-manager": "G05", "section-head": "G06", "deputy-director": "G07", "director": "G08",
    "refund-reviewer": "G09", "export-refund": "G10", "export-refund-reviewer": "G11",
    "bookkeeper": "G12", "assessor": "G13", "risk-response": "G14", "selection": "G15",
    "inspection": "G16", "trial": "G17", "inspection-chief": "G18", "execution": "G19",
    "legal": "G20", "filing": "G21", "risk-analysis": "G22", "voucher-manager": "G23",
}  # fmt: skip
STEPS = {
    "review": "10", "approve": "20", "notice": "30", "deliver": "40", "close": "50",
}  # fmt: skip
STATES = {
    "pending": "0", "incomplete": "2", "closed": "1", "refused": "8", "withdrawn": "9",
}  # fmt: skip
VOUCHERS = {
    "000001011": "1101", "000001021": "1102", "000001031": "1103", "000001041": "1104",
    "000001042": "1105", "000001043": "1106", "000001044": "1107", "000001045": "1108",
    "000001046": "1109", "000001047": "1111", "000001051": "1112", "000001052": "1113",
    "000002011": "1114", "000003011": "1115", "000003021": "1116", "000004011": "1117",
    "000004021": "1118", "000004022": "1119", "000005011": "1110", "000005012": "1120",
    "000005021": "1121",
}  # fmt: skip
FLAGS = {"N": "0", "Y": "1"}
CODES = {
    "zsxmDm": KINDS, "yzpzzlDm": FORMS, "zgswjDm": OFFICES, "swjgDm": OFFICES, "slswjgDm": OFFICES,
    "swsxDm": ITEMS, "gwDm": POSTS, "hj": STEPS, "blzt": STATES, "pzzlDm": VOUCHERS, "zfbz1": FLAGS,
}  # fmt: skip
"""By field."""
