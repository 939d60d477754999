"""What completed transactions sent, folded on a worker and added up by the master."""

from __future__ import annotations

from collections import Counter

from hypothesis import given
from hypothesis import strategies as st

from renhai.load.measure.post_stats import Walks, folded, merge

PATHS = st.lists(
    st.tuples(
        st.sampled_from("jk"),
        st.sampled_from(["", "new", "back", "again"]),
        st.lists(st.sampled_from("abc"), max_size=9),
    ),
    max_size=40,
)


def test_a_path_counts_each_operation_by_how_often_it_was_sent() -> None:
    paths = Counter({("j", "new", "a", "b", "a"): 3, ("j", "new", "a"): 2, ("j", "back", *("b",) * 7): 1})
    assert folded(paths) == {
        "j": {
            "new": {"transactions": 5, "sent": {"a": [2, 3, 0, 0], "b": [3, 0, 0, 0]}},
            "back": {"transactions": 1, "sent": {"b": [0, 0, 0, 1]}},
        }
    }


@given(PATHS, PATHS)
def test_reports_add_up_to_what_one_process_would_have_counted(
    first: list[tuple[str, str, list[str]]], second: list[tuple[str, str, list[str]]]
) -> None:
    one, other, both = (
        folded(Counter((j, kind, *path) for j, kind, path in part))
        for part in (first, second, first + second)
    )
    total: Walks = {}
    merge(total, one)
    merge(total, other)
    assert total == both
    assert one == folded(Counter((j, kind, *path) for j, kind, path in first))  # what was merged stays
