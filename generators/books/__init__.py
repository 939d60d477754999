"""The books of a taxpayer: one source from which every document of a period is computed.

All amounts are fen. Everything is a pure function of (seed, index, period): in any order, by any worker.
`Books(taxpayer, k)` is the way in; the other files are its parts, from the bottom up:

- `flows`: sales, tax and credit of a general taxpayer's months, as differences of sums since January;
- `accounts`: what a general taxpayer is like: projects, habits;
- `paying`: when what is due is paid, and what that means for rows 25 and 27 to 34;
- `sales`: a period's sales by row of the form and by kind of invoice;
- `market`: who buys from whom, so that what one deducts another has issued;
- `purchases`: input tax by the document that it was deducted with;
- `issued`: the single invoices of a period;
- `small`: small-scale taxpayers.
"""

from generators.books.taxpayer_books import Books, Ticked

__all__ = ["Books", "Ticked"]
