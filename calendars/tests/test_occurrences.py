"""calendars.occurrences: when the events of other calendars take a teacher's time."""

import datetime as dt
from zoneinfo import ZoneInfo

import pytest

from bookings.scheduling.slots import DAY, Span
from bookings.tests.conftest import at
from calendars import occurrences
from calendars.occurrences import Busy, CalendarError
from calendars.tests.parts import ics
from conftest import NOW

MADRID = ZoneInfo("Europe/Madrid")
YEAR = Span(NOW - DAY, NOW + 367 * DAY)
NOON = "DTSTART:20250115T120000Z\nDTEND:20250115T130000Z"
VTIMEZONE = """BEGIN:VTIMEZONE
TZID:Somewhere of our own
BEGIN:STANDARD
DTSTART:20001029T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
TZOFFSETFROM:+0700
TZOFFSETTO:+0600
END:STANDARD
BEGIN:DAYLIGHT
DTSTART:20000326T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
TZOFFSETFROM:+0600
TZOFFSETTO:+0700
END:DAYLIGHT
END:VTIMEZONE"""


def read(content: bytes, *, within: Span = YEAR) -> Busy:
    return occurrences.busy(occurrences.series_of(content), zone=MADRID, within=within)


def spans(*events: str, head: str = "") -> list[Span]:
    found = read(ics(*events, head=head))
    assert found.ignored == 0
    return found.spans


def starts(*events: str, head: str = "", first: int = 3) -> list[str]:
    return [f"{span.start:%m-%dT%H:%M}" for span in spans(*events, head=head)[:first]]


# --- One event ---


@pytest.mark.parametrize(
    ("lines", "span"),
    [
        (NOON, Span(at("12:00"), at("13:00"))),
        ("DTSTART:20250115T120000Z\nDURATION:PT1H30M", Span(at("12:00"), at("13:30"))),
        # By the event's own zone; by the teacher's where it has none.
        ("DTSTART;TZID=America/New_York:20250115T120000\nDURATION:PT1H", Span(at("17:00"), at("18:00"))),
        ("DTSTART;TZID=Romance Standard Time:20250115T120000\nDURATION:PT1H", Span(at("11:00"), at("12:00"))),
        ("DTSTART:20250115T120000\nDTEND:20250115T130000", Span(at("11:00"), at("12:00"))),
        # Whole days, by the teacher's clock.
        ("DTSTART;VALUE=DATE:20250115\nDTEND;VALUE=DATE:20250117", Span(at("23:00", day=14), at("23:00", day=16))),
        ("DTSTART;VALUE=DATE:20250115", Span(at("23:00", day=14), at("23:00"))),
        ("DTSTART;VALUE=DATE:20250115\nDURATION:P1D", Span(at("23:00", day=14), at("23:00"))),
        # Over midnight.
        ("DTSTART:20250115T230000Z\nDTEND:20250116T010000Z", Span(at("23:00"), at("01:00", day=16))),
        # Only what lies within the year.
        ("DTSTART:20240101T000000Z\nDTEND:20250110T130000Z", Span(YEAR.start, at("13:00", day=10))),
    ],
)
def test_an_event_blocks_its_time(lines: str, span: Span) -> None:
    assert spans(lines) == [span]


@pytest.mark.parametrize(
    "lines",
    [
        f"{NOON}\nTRANSP:TRANSPARENT",
        f"{NOON}\nTRANSP:transparent",
        f"{NOON}\nSTATUS:CANCELLED",
        "DTSTART:20250115T120000Z",
        "DTSTART:20240115T120000Z\nDTEND:20240115T130000Z",
        "DTSTART:20270115T120000Z\nDTEND:20270115T130000Z",
    ],
)
def test_events_outside_the_year_are_left_out(lines: str) -> None:
    assert spans(lines) == []


@pytest.mark.parametrize("lines", [f"{NOON}\nTRANSP:OPAQUE", f"{NOON}\nSTATUS:TENTATIVE", f"{NOON}\nSTATUS:CONFIRMED"])
def test_tentative_events_are_busy_too(lines: str) -> None:
    assert spans(lines) == [Span(at("12:00"), at("13:00"))]


def test_the_calendars_own_time_zone_definition_is_used() -> None:
    event = "DTSTART;TZID=Somewhere of our own:20250301T120000\nDURATION:PT1H\nRRULE:FREQ=MONTHLY;COUNT=3"
    assert starts(event, head=VTIMEZONE) == ["03-01T06:00", "04-01T05:00", "05-01T05:00"]


def test_overlapping_events_are_one_span() -> None:
    assert spans(NOON, "DTSTART:20250115T123000Z\nDTEND:20250115T140000Z") == [Span(at("12:00"), at("14:00"))]


# --- Repetitions ---

WEEKLY = "DTSTART;TZID=Europe/Madrid:20240101T100000\nDTEND;TZID=Europe/Madrid:20240101T110000\nRRULE:FREQ=WEEKLY"


def test_a_repeated_event_keeps_its_own_clock_over_a_change_of_clocks() -> None:
    found = spans(WEEKLY)
    assert len(found) == 53
    assert [f"{span.start:%m-%dT%H:%M}" for span in found if span.start.month in (3, 4)][2:7] == [
        *("03-17T09:00", "03-24T09:00", "03-31T08:00", "04-07T08:00", "04-14T08:00")
    ]


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("RRULE:FREQ=DAILY;COUNT=380", ["01-10T09:00", "01-11T09:00", "01-12T09:00"]),
        ("RRULE:FREQ=WEEKLY;UNTIL=20250120T090000Z", ["01-13T09:00", "01-20T09:00"]),
        ("RRULE:FREQ=WEEKLY;BYDAY=TU,TH;INTERVAL=2", ["01-14T09:00", "01-16T09:00", "01-28T09:00"]),
        ("RRULE:FREQ=MONTHLY;BYDAY=-1FR", ["01-31T09:00", "02-28T09:00", "03-28T09:00"]),
        ("RRULE:FREQ=YEARLY;BYMONTH=2;BYMONTHDAY=29", []),
        ("RRULE:FREQ=WEEKLY\nEXDATE;TZID=Europe/Madrid:20250113T100000", ["01-20T09:00", "01-27T09:00", "02-03T09:00"]),
        ("RRULE:FREQ=WEEKLY\nEXDATE:20250113T090000Z,20250120T090000Z", ["01-27T09:00", "02-03T09:00", "02-10T09:00"]),
        ("RDATE;TZID=Europe/Madrid:20250114T100000,20250116T120000", ["01-14T09:00", "01-16T11:00"]),
        ("RRULE:FREQ=WEEKLY;UNTIL=20250114T000000Z\nRDATE:20250118T070000Z", ["01-13T09:00", "01-18T07:00"]),
    ],
)
def test_rules_and_exceptions(rule: str, expected: list[str]) -> None:
    assert starts(WEEKLY.replace("RRULE:FREQ=WEEKLY", rule)) == expected


def test_whole_days_repeat_by_the_teachers_clock() -> None:
    found = spans("DTSTART;VALUE=DATE:20240105\nRRULE:FREQ=MONTHLY\nEXDATE;VALUE=DATE:20250205")
    assert found[:2] == [
        Span(dt.datetime(2025, 3, 4, 23, tzinfo=dt.UTC), dt.datetime(2025, 3, 5, 23, tzinfo=dt.UTC)),
        Span(dt.datetime(2025, 4, 4, 22, tzinfo=dt.UTC), dt.datetime(2025, 4, 5, 22, tzinfo=dt.UTC)),
    ]


def test_one_of_a_series_is_moved_cancelled_or_made_free() -> None:
    of = "UID:series\nRECURRENCE-ID;TZID=Europe/Madrid:202501{}T100000\n"
    assert starts(
        f"UID:series\n{WEEKLY};UNTIL=20250204T000000Z",
        f"{of.format(13)}DTSTART:20250114T150000Z\nDTEND:20250114T160000Z",
        f"{of.format(20)}DTSTART:20250120T090000Z\nDTEND:20250120T100000Z\nSTATUS:CANCELLED",
        f"{of.format(27)}DTSTART:20250127T090000Z\nDTEND:20250127T100000Z\nTRANSP:TRANSPARENT",
        first=9,
    ) == ["01-14T15:00", "02-03T09:00"]


# --- What cannot be read ---


@pytest.mark.parametrize(
    "lines",
    [
        "SUMMARY:When?",
        "DTSTART:yesterday",
        "DTSTART:20250115T120000Z\nDTEND:later",
        "DTSTART:20250115T120000Z\nRRULE:FREQ=DAILY;UNTIL=some day",
        "DTSTART:20250115T120000Z\nRRULE:COUNT=3",
        "DTSTART:20250115T120000Z\nDURATION:PT1M\nRRULE:FREQ=DAILY;INTERVAL=0",
        *(
            f"DTSTART:20250115T120000Z\nDURATION:PT1M\nRRULE:FREQ={dense}"
            for dense in ("HOURLY", "MINUTELY", "SECONDLY")
        ),
        "DTSTART:20250115T120000Z\nDURATION:PT1M\nRRULE:FREQ=DAILY;BYHOUR=1,2,3;BYMINUTE=1,2,3",
        f"DTSTART:20250115T120000Z\nRRULE:FREQ=DAILY;BYSECOND={','.join(map(str, range(60)))}",
    ],
)
def test_a_malformed_event_is_counted_and_hides_no_other(lines: str) -> None:
    assert read(ics(lines, NOON)) == Busy([Span(at("12:00"), at("13:00"))], 1)


@pytest.mark.parametrize(
    "content",
    [
        *(b"", b"<!doctype html><p>Sign in", b'{"error": "no"}', b"\xff\xfe\x00", b"\x00", b"BEGIN:VCALENDAR\r\n"),
        *(
            b"BEGIN:VCALENDAR\r\n" * 3000,
            ics(NOON)[:-20],
            b"BEGIN:VEVENT\r\nEND:VEVENT\r\n",
            b"BEGIN:VCARD\r\nEND:VCARD\r\n",
        ),
    ],
)
def test_a_malformed_or_truncated_calendar_is_reported(content: bytes) -> None:
    with pytest.raises(CalendarError) as caught:
        read(content)
    assert caught.value.sentence == "What is at this address is no calendar in the iCalendar format."


def test_a_calendar_without_events_is_valid() -> None:
    assert read(ics()) == Busy([], 0)


def test_a_calendar_with_too_many_times_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(occurrences, "MOST_SPANS", 51)
    with pytest.raises(CalendarError) as caught:
        read(ics(WEEKLY))
    assert caught.value.sentence == "The calendar has more than 5,000 separate busy times in a year."


def test_a_calendar_that_takes_too_long_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(occurrences, "SECONDS", 0)
    with pytest.raises(CalendarError) as caught:
        read(ics(WEEKLY))
    assert caught.value.sentence == "The calendar repeats so many events that it takes too long to read."
