"""The taxpayer record that every document is computed from."""

from typing import NamedTuple


class Taxpayer(NamedTuple):
    """One synthetic taxpayer. Codes are text; `capital` is in yuan; dates are `yyyy-mm-dd`.

    Unique among the indices of one population: index, serial, key, djxh, taxpayer_id, uscc, org_code,
    business_number, legal_person_id and accountant_id (together), mobile and accountant_mobile (together),
    bank_account, agreement. Empty identifiers (see `population`) are no identifiers. Shared by design: names,
    addresses, landlines (`phone`) and the bank line number, which belongs to a branch.
    """

    index: int  # type: ignore[assignment]  # shadows tuple.index, which nobody needs here
    serial: int  # 0 .. 10**8 - 1, a permutation of the index: embed it where a number must be unique
    key: int  # 64 bits of derived randomness for the documents of this taxpayer
    profile: str  # gt3_2015 | current
    djxh: str  # registration serial, 20 digits
    taxpayer_id: str  # nsrsbh
    uscc: str  # "" in gt3_2015
    org_code: str  # "" for individual businesses of gt3_2015
    business_number: str  # 15 digits
    name: str
    scale: str  # general | small
    individual: bool  # an individual business (个体工商户)
    registration_type: str  # djzclxDm
    industry: str  # hyDm, 4 digits
    legal_person: str
    legal_person_id: str
    phone: str
    mobile: str
    region: str  # GB/T 2260, 6 digits
    district: str  # its name
    authority: str  # tax authority code, 11 digits
    street: str
    address: str
    postcode: str
    bank_name: str
    bank_line: str  # CNAPS, 12 digits
    bank_account: str
    agreement: str  # sfxyh, 15 digits
    registered_on: str
    capital: int
    employees: int
    accountant: str
    accountant_id: str
    accountant_mobile: str
