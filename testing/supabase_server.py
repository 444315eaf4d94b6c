"""Supabase's auth server on a port of this machine: the part of its API that `accounts.supabase` uses.

It lists, gives and changes users as the real one does (github.com/supabase/auth, internal/api/admin.go): newest first,
by offset, for the service key only, with `app_metadata` merged key by key. It signs people in by password, second
factor and refresh token, with tokens of the settings' shared secret. Every way of failing is at a switch.
"""

import contextlib
import datetime as dt
import json
import socket
import threading
import uuid
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler
from typing import Any, NamedTuple
from urllib.parse import parse_qs, urlsplit

from testing.loopback import Quiet, serving
from testing.zoom_server import Fault, Reply

PATIENCE_SECONDS = 30
SERVICE_KEY = "the-service-role-key-of-the-tests"
ANON_KEY = "the-anon-key-of-the-tests"
CENTURY = "2124-12-17T11:00:00Z"
ADMINISTRATION = ("list", "get", "update", "delete")


def refusal(status: int, code: str) -> Reply:
    return Reply(status, {"code": code, "message": "No."})


NOBODY = refusal(404, "user_not_found")


class Call(NamedTuple):
    """A request that came in: its operation; the id, page, grant or factor; the body.

    Operations are `list`, `get`, `update` and `delete` of administration, and `token`, `challenge` and `verify` of
    sign-in.
    """

    operation: str
    target: str
    body: dict[str, Any]


class SupabaseServer:
    """The users at `address`, by id, and the `calls`, in order. `before` has what happens before an operation's work.

    `most_per_page` caps the size of a page, whatever is asked for. With `asks_for_captcha` no password signs in.
    """

    def __init__(self) -> None:
        self.users: dict[str, dict[str, Any]] = {}
        self.calls: list[Call] = []
        self.before: Callable[[Call], object] = lambda _: None
        self.most_per_page = 10**6
        self.asks_for_captcha = False
        self._passwords: dict[str, str] = {}
        self._codes: dict[str, str] = {}
        self._sessions: dict[str, tuple[str, str]] = {}
        self.address = ""
        self._faults: dict[str, Fault] = {}
        self._mended = threading.Event()

    def add(self, user_id: uuid.UUID | None = None, **fields: Any) -> uuid.UUID:
        """A user such as signing up makes one; the newest so far. `fields` are those of the API."""
        user_id = user_id or uuid.uuid4()
        born = dt.datetime(2025, 1, 1, tzinfo=dt.UTC) + dt.timedelta(seconds=len(self.users))
        self.users[str(user_id)] = {
            "id": str(user_id),
            "aud": "authenticated",
            "role": "authenticated",
            "email": f"{user_id.hex[-8:]}@example.com",
            "phone": "",
            "app_metadata": {"provider": "email", "providers": ["email"]},
            "user_metadata": {},
            "identities": None,
            "created_at": born.isoformat(),
            "is_anonymous": False,
        } | fields
        return user_id

    def change(self, user_id: uuid.UUID, **fields: Any) -> None:
        """Sets fields of a user."""
        self.users[str(user_id)] |= fields

    def set_password(self, user_id: uuid.UUID, password: str) -> None:
        """Give a user this password, which ends all their sessions."""
        self._passwords[str(user_id)] = password
        self._sessions = {token: who for token, who in self._sessions.items() if who[0] != str(user_id)}

    def enroll(self, user_id: uuid.UUID, code: str, *, kind: str = "totp", status: str = "verified") -> None:
        """Give a user a second factor that takes this code."""
        factor = {"id": str(uuid.uuid4()), "factor_type": kind, "status": status}
        times = {"created_at": CENTURY, "updated_at": CENTURY}
        self._codes[factor["id"]] = code
        self.change(user_id, factors=[*self.users[str(user_id)].get("factors", []), factor | times])

    def fail(self, fault: Fault, *operations: str) -> None:
        """From now on requests for these operations fail like this, until `recover`."""
        self._mended.clear()
        self._faults = dict.fromkeys(operations, fault)

    def recover(self) -> None:
        """Nothing fails any more."""
        self._faults = {}
        self._mended.set()

    def count(self, operation: str) -> int:
        """How many requests for this operation there were."""
        return sum(call.operation == operation for call in self.calls)

    def answer(self, call: Call, keys: set[str], per_page: int) -> Reply | None:
        """What this request is told; None: the connection is dropped."""
        self.calls.append(call)
        self.before(call)
        fault = self._faults.get(call.operation)
        if fault and fault.hangs:
            self._mended.wait(PATIENCE_SECONDS)
        if fault:
            return fault.reply
        if call.operation not in ADMINISTRATION:
            return self._sign_in(call) if ANON_KEY in keys else refusal(401, "no_authorization")
        if keys != {SERVICE_KEY, f"Bearer {SERVICE_KEY}"}:
            return refusal(403, "not_admin")
        return self._list(int(call.target), per_page) if call.operation == "list" else self._user(call)

    def _list(self, page: int, per_page: int) -> Reply:
        size = min(per_page, self.most_per_page)
        newest_first = sorted(self.users.values(), key=lambda user: str(user["created_at"]), reverse=True)
        return Reply(200, {"users": newest_first[(page - 1) * size : page * size], "aud": "authenticated"})

    def _user(self, call: Call) -> Reply:
        user = self.users.get(call.target)
        if user is None:
            return NOBODY
        if call.operation == "delete":
            del self.users[call.target]
            return Reply(200, {})
        said = call.body.get("app_metadata", {})
        merged = {key: value for key, value in (user["app_metadata"] | said).items() if value is not None}
        user["app_metadata"] = merged
        if duration := call.body.get("ban_duration"):
            user["banned_until"] = None if duration == "none" else CENTURY
        return Reply(200, user)

    def _sign_in(self, call: Call) -> Reply:
        if call.operation == "challenge":
            return Reply(200, {"id": call.target, "type": "totp", "expires_at": 1})
        if call.operation == "verify":
            owner = next(user for user in self.users.values() if call.target in str(user.get("factors")))
            is_right = self._codes[call.target] == call.body["code"]
            return self._session(owner, aal="aal2") if is_right else refusal(422, "mfa_verification_failed")
        return self._renew(call.body) if call.target == "refresh_token" else self._check_password(call.body)

    def _check_password(self, body: dict[str, Any]) -> Reply:
        if self.asks_for_captcha:
            return refusal(400, "captcha_failed")
        users = [user for user in self.users.values() if user["email"] == body["email"]]
        if not users or self._passwords.get(users[0]["id"]) != body["password"]:
            return refusal(400, "invalid_credentials")
        return self._session(users[0])

    def _renew(self, body: dict[str, Any]) -> Reply:
        owner, aal = self._sessions.pop(body["refresh_token"], ("", ""))
        return self._session(self.users[owner], aal) if owner in self.users else refusal(400, "refresh_token_not_found")

    def _session(self, user: dict[str, Any], aal: str = "aal1") -> Reply:
        # Reads the settings, which this very address goes into first.
        from accounts.authentication.dev_tokens import mint

        if user.get("banned_until"):
            return refusal(400, "user_banned")
        token = mint(user_id=uuid.UUID(user["id"]), email=user["email"], role=user["app_metadata"].get("role"), aal=aal)
        renewal = uuid.uuid4().hex
        self._sessions[renewal] = user["id"], aal
        life = {"expires_in": 3600, "token_type": "bearer"}
        return Reply(200, {"access_token": token, "refresh_token": renewal, "user": user} | life)


def _call(method: str, address: str, body: dict[str, Any]) -> tuple[Call, int]:
    """The request, and the size of the page that it asks for."""
    url = urlsplit(address)
    query = {name: values[0] for name, values in parse_qs(url.query).items()}
    match method, url.path.split("/"):
        case "GET", ["", "auth", "v1", "admin", "users"]:
            return Call("list", query["page"], body), int(query["per_page"])
        case "GET" | "PUT" | "DELETE", ["", "auth", "v1", "admin", "users", user_id]:
            return Call({"GET": "get", "PUT": "update", "DELETE": "delete"}[method], user_id, body), 0
        case "POST", ["", "auth", "v1", "token"]:
            return Call("token", query["grant_type"], body), 0
        case "POST", ["", "auth", "v1", "factors", factor_id, operation]:
            return Call(operation, factor_id, body), 0
    raise ValueError(f"Supabase has no {method} {address}.")


def _handler(server: SupabaseServer) -> type[BaseHTTPRequestHandler]:
    class Handler(Quiet, BaseHTTPRequestHandler):
        def _serve(self) -> None:
            raw = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            call, per_page = _call(self.command, self.path, json.loads(raw) if raw else {})
            keys = {self.headers.get("apikey", ""), self.headers.get("Authorization", "")}
            reply = server.answer(call, keys, per_page)
            with contextlib.suppress(OSError):  # the caller has given up
                self.connection.shutdown(socket.SHUT_RDWR) if reply is None else self._send(reply)

        def _send(self, reply: Reply) -> None:
            self.send_response(reply.status)
            for name, value in reply.headers.items():
                self.send_header(name, value)
            self.send_header("X-Supabase-Api-Version", "2024-01-01")
            self.send_header("Content-Length", str(len(reply.content)))
            self.end_headers()
            self.wfile.write(reply.content)

    for method in ("GET", "POST", "PUT", "DELETE"):
        setattr(Handler, f"do_{method}", Handler._serve)
    return Handler


@contextlib.contextmanager
def supabase_server() -> Iterator[SupabaseServer]:
    """A running server on a free port of the loopback address."""
    supabase = SupabaseServer()
    with serving(_handler(supabase)) as supabase.address:
        try:
            yield supabase
        finally:
            supabase.recover()
