import threading

import pytest

from pysetup.store.two_threads import in_two_threads


def test_results_stand_in_the_order_of_the_items() -> None:
    assert in_two_threads(lambda n: n * n, range(1000)) == [n * n for n in range(1000)]


def test_no_items_give_no_results() -> None:
    assert in_two_threads(abs, []) == []


def test_both_threads_work() -> None:
    meeting = threading.Barrier(2, timeout=20)
    names = in_two_threads(lambda _: meeting.wait() in (0, 1), range(2))
    assert names == [True, True]


def test_the_first_error_is_raised_when_nothing_runs_any_more() -> None:
    done: list[int] = []

    def work(number: int) -> None:
        if number == 3:
            raise ValueError(number)
        done.append(number)

    before = threading.active_count()
    with pytest.raises(ValueError, match="3"):
        in_two_threads(work, range(100_000))
    assert threading.active_count() == before
    assert len(done) < 99_999
