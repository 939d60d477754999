"""Synthetic taxpayers and their papers for Faker, under a name that clashes with nobody::

    >>> from faker import Faker
    >>> fake = Faker("zh_CN", includes=["renhai.faker"])
    >>> fake.seed_instance(1)
    >>> len(fake.uscc()), len(fake.unique.djxh())
    (18, 20)

or `fake.add_provider(TaxProvider)`; docs/faker.md shows what there is.
"""

from renhai.core.home import open_home

open_home()

from generators.provider import TaxProvider  # noqa: E402

Provider = TaxProvider
"""The name by which Faker looks for it in what `includes` lists."""

__all__ = ["Provider", "TaxProvider"]
