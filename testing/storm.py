"""Random histories of bookings against a Zoom that fails, in one process and in virtual time.

A history is a random program of people's calls and worker rounds over one or two bookings. Requests to Zoom fail in
every way, processes die at requests and at commits, and others act while a request is under way. Then the faults end,
time passes, and the end is judged. The same seed plays the same history.
"""

import copy
import datetime as dt
import logging
import random
import uuid
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from unittest import mock

import responses
from django.db import connections

from bookings import services, zoom_client
from bookings.errors import BookingError, Refused, ZoomFailed
from bookings.factories import make_booking
from bookings.meetings import delivery
from bookings.meetings.turns import Turns
from bookings.models import Booking, BookingChange, HostDay, MeetingSync
from bookings.states import Status
from bookings.zoom_client.auth import LegacyJwtTokens
from bookings.zoom_client.wire import Wire
from notifications.models import Message
from testing.storm_outcome import Outcome, People
from testing.storm_zoom import FALSE_GONE, USUAL, YOUNG_SECONDS, Clock, Killed, StormZoom

START = dt.datetime(2025, 1, 10, 12, 0, tzinfo=dt.UTC)
FIRST_HOUR = dt.datetime(2025, 1, 15, 9, 0, tzinfo=dt.UTC)
HOUR = dt.timedelta(hours=1)
MOST_TRIES = 4
DEEPEST = 3
# Beyond the lease (60 s). With the latest create it stays below delivery.GRACE, which is the assumption under test.
STALLS = (70, 100, 150)
WAITS = (0, 1, 10, 31, 61, 120, 300, 700)
MOST_SETTLING_ROUNDS = 6


class History:
    """One history. It acts on the outside world of StormZoom as chance has it, until it is calm."""

    def __init__(
        self,
        seed: int,
        people: People,
        requests_mock: responses.RequestsMock,
        faults: Sequence[str],
        blind_seconds: float,
    ) -> None:
        self.seed = seed
        self.faults, self.blind_seconds = faults, blind_seconds
        self.people = people
        self.outcome = Outcome(histories=1)
        self.chance = random.Random(seed)  # noqa: S311  # to be played again
        self.clock = Clock(START)
        self.is_calm = True
        self.depth = 0
        self.may_stall = True
        self.roughness = self.chance.choice((0.1, 0.25, 0.5))
        self.links: dict[uuid.UUID, set[str | None]] = {}
        # If the lists lag too, a meeting that Zoom does not find cannot be told from a deleted one.
        lag_seconds = 0 if blind_seconds or FALSE_GONE in faults else self.chance.choice((0, 30))
        self.zoom = StormZoom(requests_mock, self, self.clock, lag_seconds=lag_seconds)
        wire = Wire(timeout_seconds=10, monotonic=self.clock.seconds, now=self.clock.seconds)
        tokens = LegacyJwtTokens(key="an-api-key", secret="an-api-secret-of-more-than-32-characters")  # noqa: S106  # made up
        self.client = zoom_client.ZoomClient(wire, tokens, base_url="https://api.zoom.us/v2", waiting_room=True)

    def play(self) -> Outcome:
        """Play it to its end, and check the result."""
        self.bookings = [self._book(number).id for number in range(self.chance.choice((1, 2)))]
        for agenda in ("", f"About {self.bookings[0]}", f"{uuid.uuid4()}\nOf another system"):
            self.zoom.meetings.add(agenda=agenda)
        self.bystanders = copy.deepcopy(self.zoom.meetings)
        with self._others_die_at_commits():
            self._rage()
        for end in (self._settle, self._judge, self._confirm_the_rest, self._settle, self._judge):
            end()
        self.outcome.requests = Counter(call.partition(" ")[0] for call in self.zoom.calls)
        return self.outcome

    def _book(self, number: int) -> Booking:
        return make_booking(*self.people, start=FIRST_HOUR + number * 2 * HOUR)

    # --- What people and workers do ---

    def _rage(self) -> None:
        self.is_calm = False
        for _ in range(self.chance.randint(6, 20)):
            self.may_stall = True
            self._step()
            self.clock.wait(self.chance.choice(WAITS))
        self.is_calm = True

    def _step(self) -> None:
        acts = (self._confirm, self._reschedule, self._cancel, self._work)
        [act] = self.chance.choices(acts, (8, 8, 1, 6))
        act(self.chance.choice(self.bookings))

    def _confirm(self, booking: uuid.UUID) -> None:
        self._insist(lambda: services.confirm_booking(booking_id=booking, by=self.people.teacher, now=self.clock.now))

    def _cancel(self, booking: uuid.UUID) -> None:
        by = self.chance.choice(self.people)
        self._insist(lambda: services.cancel_booking(booking_id=booking, by=by, reason="", now=self.clock.now))

    def _reschedule(self, booking: uuid.UUID) -> None:
        by, start = self.chance.choice(self.people), FIRST_HOUR + self.chance.randrange(6) * HOUR
        duration = self.chance.choice((None, 30, 60))
        self._insist(
            lambda: services.reschedule_booking(
                booking_id=booking, by=by, start=start, duration=duration, now=self.clock.now
            )
        )

    def _work(self, _: uuid.UUID) -> None:
        self._call(lambda: delivery.deliver_due(now=self.clock.now))

    def _insist(self, act: Callable[[], object]) -> None:
        """Repeat a person's call until it is answered. Some accept a failure as an answer, others do not."""
        takes_failure = self._happens(0.5)
        for _ in range(MOST_TRIES):
            answer = self._call(act)
            self.outcome.answers[answer] += 1
            if answer in ("200", "400") or (answer == "500" and takes_failure):
                return
            if self.depth == 0:
                self.clock.wait(self.chance.choice((0, 1, 20, 61)))

    def _call(self, act: Callable[[], object]) -> str:
        """The answer to a call in a process of its own, as its status."""
        self.depth += 1
        try:
            act()
        except Killed:
            self.outcome.kills += 1
            return "none"
        except ZoomFailed:
            return "500"
        except Refused:
            return "400"
        except Exception as error:  # noqa: BLE001  # whatever it is, nobody should meet it
            self._wrong(f"an unplanned {error!r}")
            return "unplanned"
        finally:
            self.depth -= 1
            self._note_links()
        return "200"

    def _note_links(self) -> None:
        for booking in Booking.objects.filter(status=Status.CONFIRMED):
            self.links.setdefault(booking.id, set()).add(booking.zoom_join_url)

    # --- What happens to them ---

    def _happens(self, probability: float) -> bool:
        return not self.is_calm and self.chance.random() < probability

    def die_perhaps(self) -> None:
        """Raise Killed now and then."""
        if self.depth and self._happens(self.roughness / 15):
            raise Killed

    def meanwhile(self) -> None:
        """Time that a request takes, and what others do in it."""
        if self.is_calm:
            return
        self.clock.wait(self.chance.choice((0, 1, 3)))
        if self.may_stall and self._happens(self.roughness / 4):
            self.may_stall = False
            self.clock.wait(self.chance.choice(STALLS))
        if self.depth < DEEPEST and self._happens(0.12):
            self._step()

    def fault(self, *, age: float) -> str | None:
        """Return the fault of a request about a meeting of this age in seconds; None: no fault."""
        name = self.chance.choice(self.faults) if self._happens(self.roughness) else None
        if age < self.blind_seconds and not self.is_calm:
            name = FALSE_GONE
        if name is None or (name == FALSE_GONE and age > YOUNG_SECONDS):
            return None
        self.outcome.faults[name] += 1
        return name

    @contextmanager
    def _others_die_at_commits(self) -> Iterator[None]:
        """Processes die right before a commit, and right after it: then nothing that waits for it is run."""
        connection = connections["default"]
        commit = connection.commit

        def mortal_commit() -> None:
            try:
                self.die_perhaps()
            except Killed:
                connection.rollback()
                raise
            commit()
            try:
                self.die_perhaps()
            except Killed:
                connection.run_on_commit = []
                raise

        with mock.patch.object(connection, "commit", mortal_commit):
            yield

    # --- The end ---

    def _settle(self) -> None:
        """No more faults: leases run out, what was late lands, the workers do what is left."""
        for _ in range(MOST_SETTLING_ROUNDS):
            self.clock.wait(delivery.GRACE.total_seconds() + 90)
            self.zoom.meetings.land()
            for event in MeetingSync.objects.open().exclude(stopped_at=None):
                delivery.retry(event, now=self.clock.now)
            MeetingSync.objects.end_backoff(self.clock.now)
            delivery.deliver_due(now=self.clock.now)
            if not MeetingSync.objects.open().exists():
                return

    def _confirm_the_rest(self) -> None:
        for booking in Booking.objects.filter(status=Status.PENDING):
            try:
                services.confirm_booking(booking_id=booking.id, by=self.people.teacher, now=self.clock.now)
            except BookingError as error:
                self._wrong(f"a request could not be confirmed any more: {error}")

    def _judge(self) -> None:
        meetings = {str(n): meeting for n, meeting in self.zoom.meetings.items() if n not in self.bystanders}
        if any(self.zoom.meetings.get(number) != meeting for number, meeting in self.bystanders.items()):
            self._wrong("a meeting of others was touched")
        for booking in Booking.objects.all():
            if booking.status == Status.CONFIRMED:
                self._compare(booking, meetings.pop(booking.zoom_meeting_id or "", None))
            elif booking.zoom_meeting_id is not None:
                self._wrong(f"a {booking.status} booking keeps a meeting")
        if meetings:
            self._wrong(f"{len(meetings)} meetings have no booking")
        self._judge_what_was_seen()

    def _judge_what_was_seen(self) -> None:
        if any(len(links) > 1 for links in self.links.values()):
            self._wrong("two links were shown")
        if MeetingSync.objects.open().exists():
            self._wrong("an event is still open")

    def _compare(self, booking: Booking, meeting: dict[str, object] | None) -> None:
        if meeting is None:
            self._wrong("a confirmed booking has no meeting")
            return
        agreed = (f"{booking.start_time:%Y-%m-%dT%H:%M:%SZ}", booking.duration_minutes, booking.zoom_join_url)
        if (meeting["start_time"], meeting["duration"], meeting["join_url"]) != agreed:
            self._wrong("a meeting has another time or link than its booking")

    def _wrong(self, sentence: str) -> None:
        self.outcome.wrong.append(f"seed {self.seed}: {sentence}")


def play(seed: int, people: People, faults: Sequence[str] = USUAL, *, blind_seconds: float = 0) -> Outcome:
    """Plays the history of this seed on the empty tables of bookings, and leaves them empty.

    For `blind_seconds` after it has made a meeting, Zoom lists it and says that there is none, whoever asks for it.
    """
    random.seed(seed)  # the outbox spreads its pauses
    logging.disable(logging.CRITICAL)
    try:
        with responses.RequestsMock(assert_all_requests_are_fired=False) as requests_mock:
            history = History(seed, people, requests_mock, faults, blind_seconds)
            # Processes act in one thread here, within each other's requests: they must not wait for each other's turns.
            with (
                mock.patch.object(zoom_client, "client", return_value=history.client),
                mock.patch("bookings.services.confirm.turns", return_value=Turns(100, 100)),
            ):
                return history.play()
    finally:
        logging.disable(logging.NOTSET)
        for model in (Message, MeetingSync, BookingChange, Booking, HostDay):
            model._default_manager.all().delete()
