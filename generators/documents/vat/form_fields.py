"""The fields of the VAT forms, in row order, and the shape of a declaration document.

A declaration of a general taxpayer::

    {"yzpzzlDm": "BDA0610606", "djxh", "nsrsbh", "nsrmc", "skssqq", "skssqz", "sbsxDm1": "11", "sbrq1",
     "zb":  [column, column, column, column],      # main form, each {"ewblxh": 1..4, MAIN_FIELDS: yuan}
     "fb1": {"rows": [{"ewbhxh": "1", SHEET1_FIELDS: yuan}, ...]},                 # sales
     "fb2": {"rows": [{"ewbhxh": "1", "fs": count, "je": yuan, "se": yuan}, ...]},  # input tax
     "fb5": {"rows": [{"ewbhxh": "1", SHEET5_FIELDS: yuan, percent}, ...]}}  # surcharges, since August 2021

The columns of the main form: 1 general this month, 2 general in the year to date, 3 immediate refund this
month, 4 immediate refund in the year to date. `ewbhxh` is the row number as printed ("9a", "9b" in sheet 1);
a row that is left out is zero. Main form and sheets agree:

- sheet 1, `xse` (sales) and `hjXxynse` (tax): main rows 1 and 11 of columns 1 and 3 together are the sum of
  rows 1-5, those of column 3 alone the sum of the "immediate refund" rows 6-7; rows 5 and 21 likewise from
  rows 8-13 and 14-15; row 7 from rows 16-17 (sales); row 8 from rows 18-19 (sales); row 4 the `nsjctzdxse` of
  rows 1-5.
- sheet 5, on what rows 34 of columns 1 and 3 ask for: rows 1 city construction, 2 education, 3 local
  education, 4 all three; its last column stands again in column 1 of the main form, as MAIN_SURCHARGES.
- sheet 2, `se` (tax): main row 12 of columns 1 and 3 together is row 12; row 14 likewise row 13.

A declaration of a small-scale taxpayer has `"yzpzzlDm": "BDA0610611"` and, instead of the sheets, `"xgm":
{SMALL_2014_FIELDS: yuan}` (profile gt3_2015) or `"xgm": {"r1": yuan, ..., "r25": yuan}` (profile current;
to r22 before August 2021).

Sources: field names and formulas of GT3 filing messages. Every amount is a JSON number of yuan with at most 2
decimals.
"""

VOUCHER_GENERAL = "BDA0610606"
VOUCHER_SMALL = "BDA0610611"

MAIN_FIELDS = (
    "asysljsxse",  # 1 sales at the statutory rates
    "yshwxse",  # 2 of which goods
    "yslwxse",  # 3 of which processing and repair
    "syslNsjctzxse",  # 4 of which adjusted by an inspection
    "ajybfjsxse",  # 5 sales under the simple method
    "jybfNsjctzxse",  # 6 of which adjusted by an inspection
    "mdtbfckxse",  # 7 exports under exemption, credit and refund
    "msxse",  # 8 exempt sales
    "mshwxse",  # 9 of which goods
    "mslwxse",  # 10 of which services
    "xxse",  # 11 output tax
    "jxse",  # 12 input tax
    "sqldse",  # 13 credit brought forward
    "jxsezc",  # 14 input tax transferred out
    "mdtytse",  # 15 refund due under exemption, credit and refund
    "syslNsjcybjse",  # 16 tax to be made up after an inspection
    "ydksehj",  # 17 deductible in all
    "sjdkse",  # 18 deducted
    "ynse",  # 19 tax payable
    "qmldse",  # 20 credit carried forward
    "jybfYnse",  # 21 tax payable under the simple method
    "jybfNsjcybjse",  # 22 of an inspection, simple method
    "ynsejze",  # 23 reduction
    "ynsehj",  # 24 tax payable in all
    "qcwjse",  # 25 unpaid, brought forward
    "ssckkjzyjkstse",  # 26 refunds received on export payment slips
    "bqyjse",  # 27 paid in the period
    "fcyjse",  # 28 of which prepaid in parts
    "ckkjzyjksyjse",  # 29 of which prepaid on export payment slips
    "bqjnsqynse",  # 30 of which tax of the previous period
    "bqjnqjse",  # 31 of which arrears
    "qmwjse",  # 32 unpaid, carried forward
    "qmwjseQjse",  # 33 of which arrears
    "bqybtse",  # 34 to be paid (or refunded) on this declaration
    "jzjtsjtse",  # 35 refunded immediately
    "qcwjcbse",  # 36 inspection tax unpaid, brought forward
    "bqrkcbse",  # 37 inspection tax paid
    "qmwjcbse",  # 38 inspection tax unpaid, carried forward
)

SHEET1_FIELDS = (
    "kjskzzszyfpXse",  # 1 VAT special invoices: sales
    "kjskzzszyfpXxynse",  # 2 their tax
    "kjqtfpXse",  # 3 other invoices: sales
    "kjqtfpXxynse",  # 4 their tax
    "wkjfpXse",  # 5 no invoice: sales
    "wkjfpXxynse",  # 6 their tax
    "nsjctzdxse",  # 7 adjusted by an inspection: sales
    "nsjctzXxynse",  # 8 their tax
    "xse",  # 9 sales in all = 1 + 3 + 5 + 7
    "hjXxynse",  # 10 tax in all = 2 + 4 + 6 + 8
    "jshj",  # 11 = 9 + 10
    "ysfwkcxmbqsjkcje",  # 12 deducted from service sales, <= 11
    "kchHsmsxse",  # 13 sales with tax after that = 11 - 12
    "kchXxynse",  # 14 tax after that, <= 13
)

MAIN_SURCHARGES = ("bqybtsecjs", "bqybtsejyfj", "bqybtsedfjyfj")
"""Rows 39 to 41 of the main form, since August 2021: the last column of sheet 5, rows 1 to 3."""

SHEET5_FIELDS = (
    "zzsse",  # 1 VAT to be paid on this return
    "zzsmdse",  # 2 exempted and credited against exports
    "ldtse",  # 3 refunded credit, deducted
    "sl",  # 4 percent
    "bqynse",  # 5 levied = (1 + 2 - 3) x 4
    "jmse",  # 7 not levied, or exempt
    "jzbl",  # 8 percent of the relief for small ones
    "jzse",  # 9 = (5 - 7) x 8
    "dmse",  # 11 invested in schools and training
    "bqyjse",  # 12 paid already
    "bqybtse",  # 13 = 5 - 7 - 9 - 11 - 12
)
"""Columns 6 and 10 are codes. The names are those of filing messages as far as known: unconfirmed."""

SMALL_2014_FIELDS = (
    "yzzzsbhsxse",  # 1 sales at 3 %, without tax
    "swjgdkdzzszyfpbhsxse",  # 2 of which special invoices issued by the bureau
    "skqjkjdptfpbhsxse",  # 3 of which ordinary invoices
    "xssygdysgdzcbhsxse",  # 4 used fixed assets sold, without tax
    "skqjkjdptfpbhsxse1",  # 5 of which ordinary invoices
    "msxse",  # 6 exempt sales
    "skqjkjdptfpxse",  # 7 of which ordinary invoices
    "ckmsxse",  # 8 exempt exports
    "skqjkjdptfpxse1",  # 9 of which ordinary invoices
    "bqynse",  # 10 tax payable
    "bqynsejze",  # 11 reduction
    "ynsehj",  # 12 = 10 - 11
    "bqyjse1",  # 13 prepaid
    "bqybtse",  # 14 = 12 - 13
)

SMALL_2016_FIELDS = tuple(f"r{row}" for row in range(1, 23))
SURCHARGE_FIELDS = ("r23", "r24", "r25")  # since August 2021: city construction, education, local education
