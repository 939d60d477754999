"""City construction tax and education surcharges on the VAT of a return that has them: since August 2021.

Sources: the surcharges' sheet (5 = VAT x rate, 13 = 5 - relief); 财税〔2019〕13号 and 公告2023年12号
for the half, 财税〔2016〕12号 for sales without the education surcharges.
"""

from typing import NamedTuple

from generators.eras.era import Era

IN_RETURN = "return"


class Surcharges(NamedTuple):
    """City construction tax, education surcharge, local education surcharge, in fen."""

    city: int
    education: int
    local: int


NO_SURCHARGES = Surcharges(0, 0, 0)


def surcharges(now: Era, vat: int, city_rate: float, *, halved: bool, sales_a_month: int) -> Surcharges:
    """Return what is levied on `vat` fen that are to be paid; nothing on a refund.

    city_rate: percent, 7, 5 or 1. halved: the payer has the relief of a half. sales_a_month: fen, up to a
    limit of which the two education surcharges are not levied. The half that is relieved is rounded half up,
    and what is left is the difference.
    """
    if vat <= 0:
        return NO_SURCHARGES
    free = sales_a_month <= 100 * now.education_exempt_month
    rates = (round(city_rate), 0 if free else now.education, 0 if free else now.local_education)
    levied = [(vat * rate + 50) // 100 for rate in rates]
    return Surcharges(*(amount - (amount + 1) // 2 if halved else amount for amount in levied))
