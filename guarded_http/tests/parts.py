"""What the tests of requests share."""

from guarded_http.deadline import Deadline
from guarded_http.requests import request

ADDRESS = "http://host.example.com/path?key=1"


def ask(address: str = ADDRESS, *, seconds: float = 20, allow_private: bool = False) -> tuple[int, bytes]:
    """Return the status of the answer, and its body."""
    with (
        Deadline(seconds) as deadline,
        request("POST", address, {}, body=b"{}", deadline=deadline, allow_private=allow_private) as answer,
    ):
        return answer.status, answer.read()
