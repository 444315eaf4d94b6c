"""Walks the product's document, docs/zoom_booking_api.md, section by section: each example is sent and compared."""

import json
import re
from collections.abc import Callable, Iterator
from typing import Any

import pytest
import responses
from django.urls import resolve
from pytest_django import Settings

from accounts.factories import make_student, make_teacher
from accounts.models import User
from bookings import zoom_client
from bookings.factories import make_booking, make_hours
from bookings.models import Availability, Booking
from bookings.states import Status
from bookings.tests.document import assert_holds, examples, filled, section
from conftest import Client

# Keys of a booking that the document's examples do not have.
MORE = {
    *("cancellation_reason", "version", "awaits", "cancelled_by", "outcome", "created_at", "updated_at"),
    *("teacher_timezone", "student_timezone", "feedback", "cancel_until", "reschedule_until"),
}
ZOOM = "https://api.zoom.us/v2"
BOOKINGS = "/api/bookings/bookings/"

pytestmark = pytest.mark.django_db


def path_of(title: str) -> str:
    """The method and address that a section names."""
    found = re.search(r"^\*\*(?:GET|POST)\*\* `([^`]+)`", section(title), re.MULTILINE)
    assert found is not None
    return found[1]


@pytest.fixture
def maria() -> User:
    return make_teacher(first_name="Maria", last_name="Garcia")


@pytest.fixture
def john() -> User:
    return make_student(first_name="John", last_name="Doe")


@pytest.fixture
def student(api_for: Callable[[User | None], Client], john: User) -> Client:
    return api_for(john)


@pytest.fixture
def teacher(api_for: Callable[[User | None], Client], maria: User) -> Client:
    return api_for(maria)


@pytest.fixture
def zoom(settings: Settings) -> Iterator[responses.RequestsMock]:
    """Zoom, configured as the document says: by its pair of keys. It answers with the document's own meeting."""
    settings.ZOOM_EMBEDDED_SANDBOX = False
    settings.ZOOM_API_KEY, settings.ZOOM_API_SECRET = "your_zoom_api_key", "your_zoom_api_secret_of_some_length"
    zoom_client.client.cache_clear()
    meeting = {"id": 123456789, "join_url": "https://zoom.us/j/123456789", "password": "meeting_password"}
    with responses.RequestsMock(assert_all_requests_are_fired=False) as mock:
        mock.post(f"{ZOOM}/users/me/meetings", json=meeting, status=201)
        mock.patch(f"{ZOOM}/meetings/123456789", status=204)
        mock.delete(f"{ZOOM}/meetings/123456789", status=204)
        yield mock
    zoom_client.client.cache_clear()


@pytest.fixture
def requested(student: Client, maria: User) -> dict[str, Any]:
    make_hours(maria)
    wish, _ = examples("Create Booking Request (Students Only)")
    answer: dict[str, Any] = student.post(BOOKINGS, filled(wish, {"uuid-string": str(maria.id)})).json()
    return answer


def names(booking: dict[str, Any]) -> dict[str, str]:
    return {
        "booking-uuid": booking["id"],
        "student-uuid": booking["student"],
        "teacher-uuid": booking["teacher"],
    }


def test_authentication_is_by_bearer_token(api_for: Callable[[User | None], Client], student: Client) -> None:
    assert "Authorization: Bearer" in section("Authentication")
    refused = api_for(None).get(BOOKINGS)
    assert (refused.status_code, refused["WWW-Authenticate"]) == (401, "Bearer")
    assert student.get(BOOKINGS).status_code == 200


def test_create_availability_slot(teacher: Client, student: Client, maria: User) -> None:
    title = "Create Availability Slot (Teachers Only)"
    (body,) = examples(title)
    answer = teacher.post(path_of(title), body)
    assert answer.status_code == 201
    assert_holds(answer.json(), body)
    assert Availability.objects.get().teacher == maria
    assert student.post(path_of(title), body).status_code == 403
    assert Availability.objects.count() == 1


def test_get_available_time_slots(student: Client, maria: User, john: User) -> None:
    title = "Get Available Time Slots"
    make_hours(maria, start="09:00", end="11:30")
    taken = Booking._meta.get_field("start_time").to_python("2025-01-15T10:00:00Z")
    make_booking(john, maria, start=taken, minutes=30)
    (example,) = examples(title)
    answer = student.get(path_of(title).replace("<uuid>", str(maria.id)))
    assert answer.status_code == 200
    assert_holds(answer.json(), filled(example, {"uuid-string": str(maria.id)}))
    assert_holds(
        student.get(path_of(title).replace("<uuid>", str(maria.id)).replace("&duration=60", "")).json(), answer.json()
    )


def test_get_teacher_schedule(teacher: Client, maria: User, john: User) -> None:
    title = "Get Teacher Schedule"
    start = Booking._meta.get_field("start_time").to_python("2025-01-15T09:00:00Z")
    make_booking(john, maria, start=start, status=Status.CONFIRMED)
    (example,) = examples(title)
    answer = teacher.get(path_of(title).replace("<uuid>", str(maria.id)))
    assert answer.status_code == 200
    found = answer.json()
    (booking_id,) = [entry.pop("booking_id") for entry in found["bookings"]]  # ours, beside the document's keys
    assert booking_id == str(Booking.objects.get().id)
    assert found == filled(example, {"uuid-string": str(maria.id)})


def test_create_booking_request(student: Client, maria: User) -> None:
    title = "Create Booking Request (Students Only)"
    make_hours(maria)
    wish, example = examples(title)
    answer = student.post(path_of(title), filled(wish, {"uuid-string": str(maria.id)}))
    assert answer.status_code == 201
    found = answer.json()
    assert_holds(found, filled(example, names(found)))
    assert found["teacher"] == str(maria.id)
    assert found.keys() - example.keys() == MORE


def test_confirm_booking_and_create_zoom_meeting(
    teacher: Client, requested: dict[str, Any], zoom: responses.RequestsMock
) -> None:
    title = "Confirm Booking and Create Zoom Meeting (Teachers Only)"
    (example,) = examples(title)
    answer = teacher.post(path_of(title).replace("<booking_id>", requested["id"]))
    assert answer.status_code == 200
    assert_holds(answer.json(), filled(example, names(requested)))
    sent = json.loads(zoom.calls[0].request.body or "")
    assert "John Doe" in sent["topic"]
    assert "Maria Garcia" in sent["topic"]
    assert (sent["start_time"], sent["duration"]) == ("2025-01-15T09:00:00Z", 60)
    assert sent["settings"]["waiting_room"] is True
    assert zoom.calls[0].request.headers["Authorization"].startswith("Bearer ey")


def test_cancel_booking(
    student: Client, teacher: Client, requested: dict[str, Any], zoom: responses.RequestsMock
) -> None:
    title = "Cancel Booking"
    teacher.post(f"{BOOKINGS}{requested['id']}/confirm/")
    body, example = examples(title)
    answer = student.post(path_of(title).replace("<booking_id>", requested["id"]), body)
    assert answer.status_code == 200
    assert_holds(answer.json(), filled(example, names(requested)))
    assert zoom.calls[-1].request.method == "DELETE"


def test_reschedule_booking(
    student: Client, teacher: Client, requested: dict[str, Any], maria: User, zoom: responses.RequestsMock
) -> None:
    title = "Reschedule Booking"
    make_hours(maria, day_of_week=3)
    teacher.post(f"{BOOKINGS}{requested['id']}/confirm/")
    (body,) = examples(title)
    answer = student.post(path_of(title).replace("<booking_id>", requested["id"]), body)
    assert answer.status_code == 200
    moved = answer.json()["booking"]
    assert (moved["start_time"], moved["duration_minutes"]) == (body["start_time"], body["duration"])
    assert moved["status"] == "CONFIRMED"
    assert json.loads(zoom.calls[-1].request.body or "")["start_time"] == body["start_time"]


def test_get_my_bookings(student: Client, teacher: Client, requested: dict[str, Any]) -> None:
    title = "Get My Bookings"
    found = student.get(path_of(title))
    assert found.status_code == 200
    assert [booking["id"] for booking in found.json()["results"]] == [requested["id"]]
    assert teacher.get(path_of(title)).json()["results"] == []
    statuses = re.search(r"Filter by status \(([A-Z, ]+)\)", section(title))
    assert statuses is not None
    assert statuses[1].split(", ") == list(Status)


def test_create_feedback(student: Client, maria: User, john: User) -> None:
    title = "Create Feedback (After Completed Session)"
    start = Booking._meta.get_field("start_time").to_python("2025-01-08T09:00:00Z")
    booking = make_booking(john, maria, start=start, status=Status.COMPLETED)
    (body,) = examples(title)
    sent = filled(body, {"booking-uuid": str(booking.id)})
    answer = student.post(path_of(title), sent)
    assert answer.status_code == 201
    assert_holds(answer.json(), sent)


def test_booking_flow_of_both_sides(
    student: Client, teacher: Client, maria: User, zoom: responses.RequestsMock
) -> None:
    addresses = re.findall(r"`(?:GET|POST) (/api/[^`?]+)", section("For Students:") + section("For Teachers:"))
    assert len(addresses) == 5
    for address in addresses:
        assert resolve(address.replace("<id>", str(maria.id))).func is not None
    hours = {"day_of_week": 2, "start_time": "09:00", "end_time": "17:00", "is_recurring": True}
    assert teacher.post("/api/bookings/availability/", hours).status_code == 201
    (found,) = student.get("/api/accounts/teachers/").json()["results"]
    query = {"teacher_id": found["id"], "date": "2025-01-15"}
    slot = student.get("/api/bookings/slots/available/", query).json()["available_slots"][0]
    wish = {"teacher_id": found["id"], "start_time": slot["datetime_start"], "duration": 60}
    booking = student.post(BOOKINGS, wish).json()
    (asked,) = teacher.get(f"{BOOKINGS}my/", {"role": "teacher"}).json()["results"]
    assert asked["id"] == booking["id"]
    assert teacher.post(f"{BOOKINGS}{booking['id']}/confirm/").status_code == 200


def test_mark_complete_by_updating_the_status(teacher: Client, maria: User, john: User) -> None:
    start = Booking._meta.get_field("start_time").to_python("2025-01-10T11:00:00Z")
    booking = make_booking(john, maria, start=start, status=Status.CONFIRMED)
    answer = teacher.patch(f"{BOOKINGS}{booking.id}/", {"status": "COMPLETED"})
    assert (answer.status_code, answer.json()["status"]) == (200, "COMPLETED")


def test_only_the_two_parties_see_meeting_details(
    api_for: Callable[[User | None], Client], teacher: Client, requested: dict[str, Any], zoom: responses.RequestsMock
) -> None:
    assert "Only the teacher and student can access meeting details" in section("Security Features")
    teacher.post(f"{BOOKINGS}{requested['id']}/confirm/")
    for stranger in (make_student(), make_teacher()):
        answer = api_for(stranger).get(f"{BOOKINGS}{requested['id']}/")
        assert answer.status_code == 404
        assert b"zoom.us" not in answer.content


def test_common_error_responses(
    student: Client, teacher: Client, requested: dict[str, Any], maria: User, zoom: responses.RequestsMock
) -> None:
    taken, forbidden, missing, failed = examples("Common Error Responses")
    wish = {"teacher_id": str(maria.id), "start_time": "2025-01-15T09:00:00Z"}
    answer = student.post(BOOKINGS, wish)
    assert (answer.status_code, answer.json()["error"]) == (400, taken["error"])
    answer = student.post(f"{BOOKINGS}{requested['id']}/confirm/")
    assert (answer.status_code, answer.json()["error"]) == (403, forbidden["error"])
    answer = student.post(BOOKINGS, wish | {"teacher_id": requested["id"]})
    assert (answer.status_code, answer.json()["error"]) == (404, missing["error"])
    zoom.replace(responses.POST, f"{ZOOM}/users/me/meetings", json={"code": 1001, "message": "No user."}, status=404)
    answer = teacher.post(f"{BOOKINGS}{requested['id']}/confirm/")
    assert answer.status_code == 500
    assert answer.json()["error"].startswith(failed["error"].removesuffix("[details]"))
    assert Booking.objects.get().status == "PENDING"


def test_the_example_script_runs_unchanged(
    monkeypatch: pytest.MonkeyPatch, student: Client, teacher: Client, maria: User, zoom: responses.RequestsMock
) -> None:
    """The document's Python, with the test's client for `requests` and real tokens for its placeholders."""
    make_hours(maria)
    (script,) = re.findall(r"```python\n(.*?)```", section("2. Test Booking Flow"), re.DOTALL)
    people = {"Bearer student-token": student, "Bearer teacher-token": teacher}

    class Requests:
        @staticmethod
        def get(url: str, *, params: dict[str, str], headers: dict[str, str]) -> Any:
            return people[headers["Authorization"]].get(url.removeprefix("http://localhost:8000"), params)

        @staticmethod
        def post(url: str, *, headers: dict[str, str], json: Any = None) -> Any:
            return people[headers["Authorization"]].post(url.removeprefix("http://localhost:8000"), json)

    namespace: dict[str, Any] = {"requests": Requests}
    exec(script.replace("import requests\n", "").replace("teacher-uuid", str(maria.id)), namespace)  # noqa: S102
    assert namespace["response"].status_code == 200
    assert namespace["response"].json()["booking"]["status"] == "CONFIRMED"
