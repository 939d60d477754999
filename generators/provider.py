"""The generators as a Faker provider: `Faker(includes=["renhai.faker"])` or `fake.add_provider(TaxProvider)`,
then `fake.uscc()`, `fake.taxpayer()`, ...

Everything is drawn from `self.generator.random`, so `Faker.seed` and `fake.seed_instance` hold. Values are
random and may repeat; `fake.unique.uscc()` does not. `Population` is the way to many taxpayers without
repetition.
"""

from datetime import date
from decimal import Decimal
from functools import lru_cache
from typing import Any

from faker.providers import BaseProvider

from generators import identifiers
from generators.documents import invoice as invoices
from generators.documents.goods import trades
from generators.documents.payment import payment
from generators.documents.registration import registration, tax_kinds
from generators.documents.vat.declaration import declaration
from generators.eras.era import NAMED
from generators.identifiers.checksums import USCC_ALPHABET
from generators.tables import Bank, District, HomeArea, load
from generators.taxpayers.population import SPACE, Population, Taxpayer

SEED = 20150911  # of the populations that taxpayers are drawn from
PERIODS = 24
HEX = "0123456789ABCDEF"


@lru_cache(maxsize=1)
def _goods_codes() -> tuple[str, ...]:
    """The codes of what somebody sells, as of today."""
    groups = trades(NAMED["current"]).values()
    return tuple(sorted({item.code for group in groups for item in (*group.items, *group.others)}))


@lru_cache(maxsize=4)
def _population(profile: str) -> Population:
    return Population(SEED, profile)


class TaxProvider(BaseProvider):
    """Identifiers, taxpayers and tax documents of Changsha. `profile` is `current`, `gt3_2015` or a day.

    Of a day, such as "2016-05-20", documents are those that are due or made on it. Raises ValueError for
    another text.
    """

    # identifiers of organisations

    def organisation_code(self) -> str:
        """:sample:"""
        return identifiers.make_organisation_code(self._body())

    def uscc(self, department: str = "9", category: str = "1") -> str:
        """:sample: department="9", category="2" """
        return identifiers.make_uscc(self._district().region, self._body(), department, category)

    def old_taxpayer_id(self) -> str:
        """:sample:"""
        return identifiers.make_old_taxpayer_id(self._district("gt3_2015").region, self._digits(8))

    def business_number(self) -> str:
        """:sample:"""
        return identifiers.make_business_number(self._district().region, self._below(10**8))

    # identifiers of people and banks

    def resident_id(self) -> str:
        """:sample:"""
        homes = [home for home in load("current").homes if home.born_from <= 1983 and home.born_to >= 1993]
        home: HomeArea = self.generator.random.choice(homes)
        first = date(1983, 1, 1).toordinal()
        birthday = date.fromordinal(first + self._below(10 * 365))
        return identifiers.make_resident_id(home.code, birthday, 1 + self._below(999))

    def cnaps(self) -> str:
        """:sample:"""
        bank = self._bank()
        return identifiers.make_cnaps(bank.code, bank.area, self._below(10_000))

    def bank_card(self) -> str:
        """:sample:"""
        return identifiers.make_bank_card(self._bank().card + self._digits(12))

    # identifiers that a tax bureau gives out

    def tax_authority(self, profile: str = "current") -> str:
        """:sample: profile="gt3_2015" """
        return self._district(profile).authority

    def tax_bureau(self, profile: str = "current") -> str:
        """:sample:"""
        return self._district(profile).bureau

    def tax_officer(self, profile: str = "current") -> str:
        """:sample:"""
        return identifiers.make_officer(self.tax_authority(profile), 1 + self._below(9_999))

    def djxh(self, profile: str = "current") -> str:
        """:sample:"""
        return identifiers.make_djxh(self.tax_authority(profile), self._below(10**10))

    def pzxh(self, profile: str = "current") -> str:
        """:sample:"""
        return identifiers.make_pzxh(self.tax_authority(profile), self._below(10**10))

    def agreement(self) -> str:
        """:sample:"""
        return identifiers.make_agreement(self._district().region, self._below(10**9))

    # identifiers of invoices

    def invoice_code(self, year: int = 2015, kind: str = "special") -> str:
        """:sample: kind="ordinary" """
        return identifiers.make_invoice_code("4300", year, 1 + self._below(9), kind)

    def invoice_code_12(self, year: int = 2024, kind: str = "electronic") -> str:
        """:sample: kind="toll" """
        return identifiers.make_invoice_code_12("4300", year, 1 + self._below(999), kind)

    def invoice_number(self) -> str:
        """:sample:"""
        return identifiers.make_invoice_number(self._below(10**8))

    def digital_invoice_number(self, year: int = 2024) -> str:
        """:sample:"""
        return identifiers.make_digital_invoice_number(year, "4300", self._below(10**15))

    def invoice_qr(self, year: int = 2024) -> str:
        """:sample:"""
        amount = Decimal(1 + self._below(10**8)).scaleb(-2)
        day = date(year, 1, 1 + self._below(28))
        tail = "".join(self.generator.random.choices(HEX, k=4))
        return identifiers.make_qr("32", "", self.digital_invoice_number(year), amount, day, tail=tail)

    def goods_code(self) -> str:
        """:sample:"""
        return str(self.generator.random.choice(_goods_codes()))

    # taxpayers and their documents

    def taxpayer(self, profile: str = "current") -> Taxpayer:
        """:sample:"""
        return _population(profile).taxpayer(self._below(SPACE))

    def registration(self, profile: str = "current") -> dict[str, Any]:
        """Return a registration document and its tax kinds, as `registration.save` takes them."""
        t = self.taxpayer(profile)
        return registration(t) | {"kinds": tax_kinds(t)}

    def vat_declaration(self, profile: str = "current") -> dict[str, Any]:
        """Return the VAT declaration of some taxpayer for one of its first 24 periods, or what is due."""
        return declaration(self.taxpayer(profile), self._period(profile))

    def invoice(self, profile: str = "current") -> dict[str, Any]:
        """Return the first invoice of some taxpayer's range of invoice numbers."""
        return invoices.invoice(self.taxpayer(profile), self._period(profile), 0)

    def invoice_range(self, profile: str = "current") -> dict[str, Any]:
        """Return a range of invoice numbers of some taxpayer."""
        return invoices.invoice_range(self.taxpayer(profile), self._period(profile))

    def tax_payment(self, profile: str = "current") -> dict[str, Any]:
        """Return a payment of one voucher."""
        t = self.taxpayer(profile)
        item = {"pzxh": self.pzxh(profile), "ybtse": self._below(10**7) / 100}
        return payment(t, [item])

    def _period(self, profile: str) -> int:
        """One of the first periods of a named profile, the one that is due on a day."""
        return self._below(PERIODS) if profile in NAMED else 0

    def _below(self, limit: int) -> int:
        return int(self.generator.random.randrange(limit))

    def _digits(self, count: int) -> str:
        return str(self._below(10**count)).zfill(count)

    def _body(self) -> str:
        return "MA" + "".join(self.generator.random.choices(USCC_ALPHABET, k=6))

    def _district(self, profile: str = "current") -> District:
        districts = load(profile).districts
        chosen: District = self.generator.random.choices(districts, [row.share for row in districts])[0]
        return chosen

    def _bank(self) -> Bank:
        banks = load("current").banks
        chosen: Bank = self.generator.random.choices(banks, [row.share for row in banks])[0]
        return chosen
