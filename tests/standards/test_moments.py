"""Dates, times and durations, as people write them."""

from datetime import UTC, datetime, timedelta, timezone

import pytest

from pysetup.standards.moments import InvalidMomentError, parse_moment

NOW = datetime(2026, 3, 31, 12, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2026-01-31", datetime(2026, 1, 31, tzinfo=UTC)),
        ("2026-01-31T10:20:30Z", datetime(2026, 1, 31, 10, 20, 30, tzinfo=UTC)),
        ("2026-01-31 10:00", datetime(2026, 1, 31, 10, tzinfo=UTC)),
        ("2026-01-31T10:00:00+02:00", datetime(2026, 1, 31, 8, tzinfo=UTC)),
        ("7 days", NOW - timedelta(days=7)),
        ("7 days ago", NOW - timedelta(days=7)),
        ("1 day", NOW - timedelta(days=1)),
        ("2w", NOW - timedelta(weeks=2)),
        ("2 Weeks", NOW - timedelta(weeks=2)),
        ("24 hours", NOW - timedelta(hours=24)),
        ("90min", NOW - timedelta(minutes=90)),
        ("P7D", NOW - timedelta(days=7)),
        ("P1W", NOW - timedelta(weeks=1)),
        ("PT36H", NOW - timedelta(hours=36)),
        ("p1dt12h", NOW - timedelta(days=1, hours=12)),
        (" 3d ", NOW - timedelta(days=3)),
        ("0 days", NOW),
    ],
)
def test_a_moment_is_read(text: str, expected: datetime) -> None:
    assert parse_moment(text, option="--exclude-newer", now=NOW) == expected


def test_a_time_without_a_zone_is_one_of_the_zone_that_is_given() -> None:
    zone = timezone(timedelta(hours=2))
    found = parse_moment("2026-01-31", option="--x", now=NOW, zone=zone)
    assert found == datetime(2026, 1, 30, 22, tzinfo=UTC)


@pytest.mark.parametrize(
    "text",
    [
        *("soon", "", "P", "PT", "P1DT", "1 month", "2 years", "P1M", "-1 day", "7"),
        *("2026-02-30", "2026-13-01", "999999 weeks", "31.01.2026", "1.5 days"),
    ],
)
def test_what_is_no_moment_is_told(text: str) -> None:
    with pytest.raises(InvalidMomentError, match="--exclude-newer"):
        parse_moment(text, option="--exclude-newer", now=NOW)
