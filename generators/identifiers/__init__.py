"""Identifiers of Chinese tax administration: `make_x` composes one from its parts, `check_x` judges any
string.

`make_x` raises ValueError naming the part that is wrong. `check_x` returns a bool and never raises on a
string. A well-formed number may belong to somebody: use what is made here as synthetic data only, against
test systems only.
"""

from generators.identifiers.bank import (
    check_agreement,
    check_bank_card,
    check_cnaps,
    make_agreement,
    make_bank_card,
    make_cnaps,
)
from generators.identifiers.invoice import (
    check_digital_invoice_number,
    check_goods_code,
    check_invoice_code,
    check_invoice_code_10,
    check_invoice_code_12,
    check_invoice_number,
    check_qr,
    make_bureau_invoice_code,
    make_digital_invoice_number,
    make_goods_code,
    make_invoice_code,
    make_invoice_code_12,
    make_invoice_number,
    make_qr,
)
from generators.identifiers.office import (
    check_djxh,
    check_officer,
    check_pzxh,
    check_tax_authority,
    make_djxh,
    make_officer,
    make_pzxh,
    make_tax_authority,
)
from generators.identifiers.organisation import (
    USCC_CATEGORIES,
    check_business_number,
    check_old_taxpayer_id,
    check_organisation_code,
    check_uscc,
    make_business_number,
    make_individual_taxpayer_id,
    make_old_taxpayer_id,
    make_organisation_code,
    make_uscc,
)
from generators.identifiers.person import check_resident_id, make_resident_id

__all__ = [
    "USCC_CATEGORIES",
    "check_agreement",
    "check_bank_card",
    "check_business_number",
    "check_cnaps",
    "check_digital_invoice_number",
    "check_djxh",
    "check_goods_code",
    "check_invoice_code",
    "check_invoice_code_10",
    "check_invoice_code_12",
    "check_invoice_number",
    "check_officer",
    "check_old_taxpayer_id",
    "check_organisation_code",
    "check_pzxh",
    "check_qr",
    "check_resident_id",
    "check_tax_authority",
    "check_uscc",
    "make_agreement",
    "make_bank_card",
    "make_bureau_invoice_code",
    "make_business_number",
    "make_cnaps",
    "make_digital_invoice_number",
    "make_djxh",
    "make_goods_code",
    "make_individual_taxpayer_id",
    "make_invoice_code",
    "make_invoice_code_12",
    "make_invoice_number",
    "make_officer",
    "make_old_taxpayer_id",
    "make_organisation_code",
    "make_pzxh",
    "make_qr",
    "make_resident_id",
    "make_tax_authority",
    "make_uscc",
]
