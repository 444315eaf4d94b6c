"""Walk the whole booking flow over HTTP against a fresh server, and check every response against the spec."""

import datetime as dt
import json
import sys
import textwrap
import time
from collections.abc import Mapping
from typing import Any
from urllib.parse import unquote

import requests

from scripts.server import development_server, manage


class Walk:
    """Sends requests as several people, prints each with its response, and collects what was unexpected."""

    def __init__(self, address: str, tokens: Mapping[str, str], headers: Mapping[str, str] | None = None) -> None:
        self.address, self.tokens, self.headers = address, tokens, headers or {}
        self.steps = 0
        self.wrong: list[str] = []

    def call(
        self, title: str, who: str, method: str, path: str, *, body: Any = None, params: Any = None, status: int = 200
    ) -> Any:
        """Send a request; return the response's JSON, None if it is empty."""
        self.steps += 1
        token = {"Authorization": f"Bearer {self.tokens[who]}"} if who in self.tokens else {}
        headers = {**self.headers, **token}
        answer = requests.request(
            method, f"{self.address}{path}", json=body, params=params, headers=headers, timeout=20
        )
        print(f"\n{self.steps}. {title}")
        print(f"   {who}: {method} {unquote(answer.request.path_url or '')}")
        if body is not None:
            print(f"   {json.dumps(body, ensure_ascii=False)}")
        found = answer.json() if answer.content else None
        print(textwrap.indent(f"{answer.status_code} {_short(found)}", "   -> ", lambda _: True))
        self.check(answer.status_code == status, f"returned {answer.status_code} instead of {status}")
        return found

    def check(self, fact: object, complaint: str) -> None:
        """Record a complaint about the latest step if the fact is false."""
        if not fact:
            self.wrong.append(f"Step {self.steps} {complaint}.")
            print(f"   WRONG: {complaint}")


def _short(found: Any) -> str:
    """Format a response for people: indented, with long lists cut."""
    if isinstance(found, dict):
        found = {
            key: [*value[:2], f"… and {len(value) - 2} more"] if isinstance(value, list) and len(value) > 3 else value
            for key, value in found.items()
        }
    return json.dumps(found, indent=2, ensure_ascii=False)


def students_and_teachers(walk: Walk) -> tuple[str, str]:
    """Check tokens, directory, working hours and slots; return the teacher's id and a free start."""
    walk.call("Without a token, access is denied", "nobody", "GET", "/api/accounts/me/", status=401)
    me = walk.call("The teacher's own account", "teacher", "GET", "/api/accounts/me/")
    walk.check(me["role"] == "teacher", "did not take the teacher's role from the token")
    teachers = walk.call("The student looks for a teacher", "student", "GET", "/api/accounts/teachers/")
    walk.check(teachers["results"][0]["name"] == "Maria Garcia", "did not find Maria Garcia")
    day = dt.date.today() + dt.timedelta(days=7)  # noqa: DTZ011  # any day of next week will do
    hours = {"day_of_week": day.weekday(), "start_time": "18:00:00", "end_time": "20:00:00", "is_recurring": True}
    walk.call(
        "The teacher adds hours in the evening",
        "teacher",
        "POST",
        "/api/bookings/availability/",
        body=hours | {"date": None},
        status=201,
    )
    found = walk.call(
        "The free slots a week from now",
        "student",
        "GET",
        "/api/bookings/slots/available/",
        params={"teacher_id": me["id"], "date": day.isoformat(), "duration": 60},
    )
    return me["id"], found["available_slots"][-1]["datetime_start"]


def from_request_to_cancellation(walk: Walk, teacher: str, start: str) -> None:
    """Request a booking, confirm it with a meeting, reschedule and cancel it."""
    wish = {"teacher_id": teacher, "start_time": start, "duration": 60, "notes": "Looking forward to it"}
    bookings = "/api/bookings/bookings/"
    booking = walk.call("The student requests the last slot", "student", "POST", bookings, body=wish, status=201)
    walk.check(
        booking["status"] == "PENDING" and booking["zoom_meeting_id"] is None,
        "is not a pending booking without a meeting",
    )
    taken = walk.call("The same time cannot be requested again", "student", "POST", bookings, body=wish, status=400)
    walk.check(taken["error"] == "Time slot is not available", "did not use the spec's error message")
    one = f"{bookings}{booking['id']}/"
    walk.call("A student cannot confirm", "student", "POST", f"{one}confirm/", status=403)
    done = walk.call("The teacher confirms, and Zoom creates a meeting", "teacher", "POST", f"{one}confirm/")
    walk.check(done["booking"]["zoom_info"]["has_meeting"], "has no meeting")
    link = done["zoom_info"]["join_url"]
    walk.check(requests.get(link, timeout=20).status_code == 200, "returned a link that does not work")
    earlier = (dt.datetime.fromisoformat(booking["start_time"]) - dt.timedelta(minutes=30)).isoformat()
    moved = walk.call(
        "The student moves it half an hour earlier",
        "student",
        "POST",
        f"{one}reschedule/",
        body={"start_time": earlier},
    )
    walk.check(moved["booking"]["zoom_join_url"] == link, "changed its link")
    day = start[:10]
    walk.call(
        "The teacher's schedule shows it",
        "teacher",
        "GET",
        "/api/bookings/schedule/",
        params={"teacher_id": teacher, "start_date": day, "end_date": day},
    )
    reason = {"reason": "Schedule conflict"}
    gone = walk.call("The student cancels", "student", "POST", f"{one}cancel/", body=reason)
    walk.check(gone["booking"]["status"] == "CANCELLED", "is not cancelled")
    walk.check(_is_gone(link), "did not delete its meeting at Zoom")


def _is_gone(link: str) -> bool:
    """Return True once the link is 404. A separate worker may need a moment to delete the meeting."""
    for _ in range(100):
        if requests.get(link, timeout=20).status_code == requests.codes.not_found:
            return True
        time.sleep(0.1)
    return False


def completion_and_feedback(walk: Walk) -> None:
    """Complete and rate a session that has begun."""
    mine = walk.call(
        "The teacher's confirmed sessions",
        "teacher",
        "GET",
        "/api/bookings/bookings/my/",
        params={"status": "CONFIRMED", "role": "teacher"},
    )
    booking = mine["results"][0]["id"]
    walk.call("The teacher completes one", "teacher", "POST", f"/api/bookings/bookings/{booking}/complete/")
    review = {"booking_id": booking, "rating": 5, "comment": "Excellent session! Very helpful teacher."}
    walk.call("The student leaves feedback", "student", "POST", "/api/bookings/feedback/", body=review, status=201)
    walk.call("A second feedback is refused", "student", "POST", "/api/bookings/feedback/", body=review, status=400)
    rated = walk.call("The directory shows the rating", "student", "GET", "/api/accounts/teachers/")
    walk.check(rated["results"][0]["average_rating"] == 5, "does not show the rating")


def whole_flow(walk: Walk) -> int:
    """Run every step; return 0 if all responses were as expected."""
    teacher, start = students_and_teachers(walk)
    from_request_to_cancellation(walk, teacher, start)
    completion_and_feedback(walk)
    print("\n" + ("\n".join(walk.wrong) if walk.wrong else f"All {walk.steps} steps were answered as the spec says."))
    return 1 if walk.wrong else 0


def main() -> int:
    """Return 0 if all responses were as expected."""
    with development_server() as (address, env):
        manage("seed_demo", env=env)
        people = ("student", "teacher")
        walk = Walk(
            address, {role: manage("dev_token", f"{role}@example.com", "--role", role, env=env) for role in people}
        )
        return whole_flow(walk)


if __name__ == "__main__":
    sys.exit(main())
