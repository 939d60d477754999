"""What a tax system holds on a day, as flat tables that agree with each other.

- `schema`: the tables, their columns and keys;
- `span`: which months, as on which day; who is in it;
- `trade`: the invoices of a circle of taxpayers, issued and deducted;
- `returns`: what they filed and paid of VAT; `companies`: of income tax, what is withheld from wages,
  stamp tax, insurance; `numbers`: of returns and payments;
- `rows`: all tables of a circle.
"""
