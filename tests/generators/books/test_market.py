"""What goes over the edges of a circle is drawn for all of a taxpayer's edges at once."""

from hypothesis import given
from hypothesis import strategies as st

from generators.books.market import NEAREST, circle, draws, outlets, supplies
from generators.taxpayers.permutation import GOLDEN, splitmix64
from generators.taxpayers.register import CIRCLE

SEED = 20150911
words = st.integers(0, 2**64 - 1)


@given(st.lists(words, max_size=2 * NEAREST), st.integers(12 * 2012, 12 * 10_000))
def test_lanes_draw_what_each_key_draws_alone(keys: list[int], month: int) -> None:
    packed = sum(key << 128 * lane for lane, key in enumerate(keys))
    alone = bytes(splitmix64(key + month * GOLDEN) & 255 for key in keys)
    assert draws(packed, month)[: len(keys)] == alone


def test_seller_and_buyer_draw_the_same_for_an_edge() -> None:
    """The seller by the month of issue, the buyer by that of deduction, a lag later."""
    issued, lags = 12 * 2024 + 4, set()
    sold = {}
    for seller in circle(SEED, 0).traders:
        by_edge, keys = outlets(SEED, seller, 2024)
        for supply, drawn in zip(by_edge, draws(keys, issued), strict=False):
            sold[supply.edge] = drawn
    for buyer in circle(SEED, 0).traders:
        by_edge, keys = supplies(SEED, buyer, 2024)
        for lane, supply in enumerate(by_edge):
            assert draws(keys, issued + supply.lag)[lane] == sold.pop(supply.edge)
            lags.add(supply.lag)
    assert not sold
    assert lags == {0, 1}


def test_no_taxpayer_has_more_edges_than_there_are_lanes() -> None:
    for number in range(20):
        for edges in (*circle(SEED, number).suppliers.values(), *circle(SEED, number).clients.values()):
            assert len(edges) <= 2 * NEAREST < CIRCLE
