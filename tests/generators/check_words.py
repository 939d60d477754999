"""Rates, dates and amounts as the rules of the documents read them."""


def words(text):
    return text.split()


RATES = [  # first day, percent of the rows of sheet 1; a row without a percent is closed
    ("2019-04-01", {"1": 13, "2": 13, "3": 9, "4": 9, "5": 6}),
    ("2018-05-01", {"1": 16, "2": 16, "4a": 10, "4b": 10, "5": 6}),
    ("2017-07-01", {"1": 17, "2": 17, "4a": 11, "4b": 11, "5": 6}),
    ("0000-00-00", {"1": 17, "2": 17, "3": 13, "4": 11, "5": 6}),
]
CHARGED = [("2028-01-01", 3), ("2023-01-01", 1), ("2022-04-01", 0), ("2020-03-01", 1), ("0000-00-00", 3)]


def since(table, day):
    """What holds on a day (yyyy-mm-dd); tables are written newest first."""
    return next(value for first, value in table if first <= day)


def fen(amount):
    """An amount in fen; it must have at most 2 decimals."""
    assert type(amount) in (int, float), amount
    value = round(amount * 100)
    assert value / 100 == amount, f"{amount!r} has more than 2 decimals"
    return value


def total(sheet, labels, column):
    return sum(sheet[label][column] for label in labels.split() if label in sheet)
