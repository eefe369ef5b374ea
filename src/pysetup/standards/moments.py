"""Moments as options take them: a date, a time, or how long ago."""

from datetime import UTC, datetime, timedelta, tzinfo

from pysetup.errors import UsageError
from pysetup.late import late_pattern

_WORDS = late_pattern(r"(?P<number>\d{1,6})\s*(?P<unit>[a-z]+)(?:\s+ago)?")
_ISO = late_pattern(
    r"P(?:(?P<weeks>\d{1,6})W)?(?:(?P<days>\d{1,6})D)?"
    r"(?:T(?:(?P<hours>\d{1,6})H)?(?:(?P<minutes>\d{1,6})M)?(?:(?P<seconds>\d{1,6})S)?)?"
)
_UNITS = {
    **dict.fromkeys(("s", "sec", "secs", "second", "seconds"), "seconds"),
    **dict.fromkeys(("m", "min", "mins", "minute", "minutes"), "minutes"),
    **dict.fromkeys(("h", "hr", "hrs", "hour", "hours"), "hours"),
    **dict.fromkeys(("d", "day", "days"), "days"),
    **dict.fromkeys(("w", "wk", "wks", "week", "weeks"), "weeks"),
}


class InvalidMomentError(UsageError):
    """A date, a time or a duration cannot be read.

    Write a date (``2026-01-31``), a time as RFC 3339 has it
    (``2026-01-31T12:00:00Z``), or how long ago: ``7 days``, ``2w``, ``P7D``,
    ``PT36H``. Months and years have no fixed length, and are not understood.
    """

    code = "PS2114"

    def __init__(self, option: str, text: str) -> None:
        super().__init__(
            f"{option} {text[:60]!r} is neither a date nor a duration",
            facts={"option": option, "value": text[:60]},
            hints=("write it like  2026-01-31, 2026-01-31T12:00:00Z, 7 days, P7D",),
        )


def parse_moment(
    text: str, *, option: str, now: datetime, zone: tzinfo = UTC
) -> datetime:
    """Return the moment that ``text`` means.

    A duration is counted back from ``now``; a date is its first moment; a time without
    a zone is one of ``zone``. Raises ``InvalidMomentError``, naming ``option``.
    """
    word = text.strip()
    try:
        ago = _duration(word)
        if ago is not None:
            return now - ago
        moment = datetime.fromisoformat(word)
        return moment if moment.tzinfo else moment.replace(tzinfo=zone)
    except (ValueError, OverflowError):
        raise InvalidMomentError(option, text) from None


def _duration(text: str) -> timedelta | None:
    if (match := _WORDS.fullmatch(text.lower())) and match["unit"] in _UNITS:
        return timedelta(**{_UNITS[match["unit"]]: int(match["number"])})
    match = _ISO.fullmatch(text.upper())
    if match is None or text[-1:].upper() in ("P", "T"):
        return None
    return timedelta(
        **{unit: int(number) for unit, number in match.groupdict("0").items()}
    )
