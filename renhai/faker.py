"""Synthetic taxpayers and their papers for Faker: `fake.add_provider(TaxProvider)`, then `fake.uscc()`."""

from renhai.core.home import open_home

open_home()

from generators.provider import TaxProvider  # noqa: E402

__all__ = ["TaxProvider"]
