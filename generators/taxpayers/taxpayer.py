"""The taxpayer record that every document is computed from: one entity, as on the day of its profile.

The same index is the same entity on every day. What changes with time: taxpayer_id, uscc, old_id (the licence
reform), region, district, authority and address (a county that became a city), industry (edition of the code
table), scale and general_from (the line of the time). All else stays: names, people, numbers, accounts.
"""

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
    profile: str  # a name (gt3_2015, current) or a day, yyyy-mm-dd: see generators.eras.era
    djxh: str  # registration serial, 20 digits
    taxpayer_id: str  # nsrsbh
    uscc: str  # "" until the entity has one
    org_code: str  # body of the uscc with its check; "" for individual businesses without a uscc
    old_id: str  # the id before the uscc; "" for who never had one
    business_number: str  # 15 digits
    name: str
    scale: str  # general | small
    general_from: str  # first day as a general taxpayer; "" for small ones
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
    seed: int = 0  # of the population
