"""Zoom's meetings in memory, and what its API says of them (developers.zoom.us/docs/api/meetings).

Every stand-in of the tests answers by it: `bookings.tests.fake_zoom` in place of `requests`, `testing.zoom_server` on a
port, `testing.storm_zoom` in random histories. They differ in how requests reach them and how those fail.
"""

from typing import Any

GONE = {"code": 3001, "message": "Meeting does not exist."}
LONGEST_AGENDA_IN_LISTS = 250
IN_LISTS = ("id", "topic", "agenda", "start_time", "duration", "created_at")
FIRST_NUMBER = 91_000_000_000


class Meetings(dict[int, dict[str, Any]]):
    """Meetings by number. A number is given out once."""

    def __init__(self, address: str = "https://zoom.us") -> None:
        super().__init__()
        self.address = address
        self._made = 0
        self._next: int | None = None

    def answer(self, operation: str, target: str, body: dict[str, Any]) -> tuple[int, Any]:
        """Return the status and the body of the answer, None for none. `target` is a meeting's number, or a host."""
        if operation == "create":
            return 201, self[self.create(body)]
        if operation == "list":
            return 200, {"meetings": self.listed(), "next_page_token": ""}
        number = int(target)
        if number not in self:
            return 404, GONE
        if operation == "get":
            return 200, self[number]
        if operation == "delete":
            del self[number]
        else:
            self[number] |= body
        return 204, None

    def number_next(self, number: int) -> None:
        """Give this number to the next meeting, even if another has it already."""
        self._next = number

    def create(self, body: dict[str, Any], *, created_at: str = "") -> int:
        """Make a meeting; return its number."""
        self._made += 1
        number, self._next = self._next or FIRST_NUMBER + self._made, None
        link = f"{self.address}/j/{number}"
        created_at = created_at or f"2025-01-10T12:00:{self._made % 60:02}Z"
        made = {"id": number, "created_at": created_at, "join_url": link}
        self[number] = {"password": "passcode", "start_url": f"{link}?zak=host-secret"} | body | made
        return number

    def add(self, *, agenda: str, topic: str = "By hand", start_time: str = "2025-01-15T10:00:00Z") -> int:
        """Make a meeting of an hour that no request asked for; return its number."""
        return self.create({"agenda": agenda, "topic": topic, "start_time": start_time, "duration": 60})

    def listed(self) -> list[dict[str, Any]]:
        """Return them as lists show them."""
        brief = [{key: meeting[key] for key in IN_LISTS} for meeting in self.values()]
        return [entry | {"agenda": entry["agenda"][:LONGEST_AGENDA_IN_LISTS]} for entry in brief]


def operation_of(method: str, *, names_meeting: bool) -> str:
    """Return what a request asks for: create, list, get, update or delete."""
    if names_meeting:
        return {"GET": "get", "PATCH": "update", "DELETE": "delete"}[method]
    return {"POST": "create", "GET": "list"}[method]
