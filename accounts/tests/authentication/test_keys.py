"""accounts.authentication.keys: fetching Supabase's keys, and living without them for a while."""

import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest

from accounts.authentication import keys
from accounts.authentication.keys import (
    MAX_KEYS_LENGTH,
    KeyCache,
    KeysUnavailable,
    fetch_keys,
)
from accounts.tests.conftest import KeyServer
from accounts.tests.signing import ec_key, key_set, public_jwk
from testing.dripping import dripping

FIRST = public_jwk(ec_key(), "first")
SECOND = public_jwk(ec_key("second"), "second")
URL = "http://keys.invalid/jwks.json"


@dataclass
class Supabase:
    """A stand-in for the key address, and for the clock."""

    keys: list[dict[str, Any]] = field(default_factory=lambda: [FIRST])
    error: Exception | None = None
    fetches: int = 0
    clock: float = 1000.0

    def fetch(self, url: str) -> bytes:
        self.fetches += 1
        if self.error:
            raise self.error
        return key_set(*self.keys)

    def cache(self) -> KeyCache:
        return KeyCache(URL, fetch=self.fetch, monotonic=lambda: self.clock)


def test_it_fetches_once_for_many_lookups() -> None:
    supabase = Supabase()
    cache = supabase.cache()
    assert {cache.key("first").key_id for _ in range(20)} == {"first"}
    assert supabase.fetches == 1


def test_it_fetches_again_when_the_keys_are_no_longer_fresh() -> None:
    supabase = Supabase()
    cache = supabase.cache()
    cache.key("first")
    supabase.clock += 599
    cache.key("first")
    assert supabase.fetches == 1
    supabase.clock += 1
    cache.key("first")
    assert supabase.fetches == 2


def test_it_tells_how_its_keys_are_without_fetching_any() -> None:
    supabase = Supabase()
    cache = supabase.cache()
    assert (cache.state, supabase.fetches) == ("unused", 0)
    cache.key("first")
    supabase.clock += 1199
    assert cache.state == "ok"
    supabase.clock += 1
    assert (cache.state, supabase.fetches) == ("stale", 1)


def test_it_refuses_a_revoked_key_once_the_set_is_fetched_again() -> None:
    supabase = Supabase()
    cache = supabase.cache()
    cache.key("first")
    supabase.keys = [SECOND]
    supabase.clock += 600
    with pytest.raises(KeyError):
        cache.key("first")
    assert cache.key("second").key_id == "second"


def test_it_finds_a_new_key_after_the_pause_and_asks_only_once_in_it() -> None:
    supabase = Supabase()
    cache = supabase.cache()
    cache.key("first")
    supabase.keys = [FIRST, SECOND]
    for number in range(1000):
        with pytest.raises(KeyError):
            cache.key(f"unknown {number}")
    assert supabase.fetches == 1
    supabase.clock += 30
    assert cache.key("second").key_id == "second"
    assert supabase.fetches == 2


@pytest.mark.parametrize("error", [ConnectionError(), TimeoutError(), OSError(), ValueError()])
def test_it_lives_on_old_keys_for_a_while_and_no_longer(error: Exception) -> None:
    supabase = Supabase()
    cache = supabase.cache()
    cache.key("first")
    supabase.error = error
    supabase.clock += 1199
    assert cache.key("first").key_id == "first"
    supabase.clock += 1
    with pytest.raises(KeysUnavailable):
        cache.key("first")


def test_it_pauses_after_a_failure_and_says_for_how_long() -> None:
    supabase = Supabase(error=ConnectionError())
    cache = supabase.cache()
    for wait in (30, 20):
        with pytest.raises(KeysUnavailable) as failure:
            cache.key("first")
        assert failure.value.retry_after == wait
        supabase.clock += 10
    assert supabase.fetches == 1
    supabase.error = None
    supabase.clock += 10
    assert cache.key("first").key_id == "first"
    assert supabase.fetches == 2


@pytest.mark.parametrize("unusable", [[], [{"kty": "oct", "kid": "first", "k": "c2VjcmV0"}]], ids=["empty", "unusable"])
def test_a_set_without_a_key_replaces_no_good_one_until_that_is_stale(unusable: list[dict[str, Any]]) -> None:
    supabase = Supabase()
    cache = supabase.cache()
    cache.key("first")
    supabase.keys = unusable
    supabase.clock += 1199
    assert cache.key("first").key_id == "first"
    assert supabase.fetches == 2
    supabase.clock += 30
    with pytest.raises(KeyError):
        cache.key("first")


def test_a_project_without_public_keys_refuses_rather_than_fails() -> None:
    with pytest.raises(KeyError):
        Supabase(keys=[]).cache().key("first")


# --- Threads ----------------------------------------------------------------------------------------------------------


class Gate:
    """A fetch that blocks until the test releases it."""

    def __init__(self, answer: Callable[[], bytes]) -> None:
        self.answer = answer
        self.entered = threading.Event()
        self.leave = threading.Event()
        self.fetches = 0

    def fetch(self, url: str) -> bytes:
        self.fetches += 1
        self.entered.set()
        assert self.leave.wait(10)
        return self.answer()


def fails() -> bytes:
    raise TimeoutError


def together(cache: KeyCache, gate: Gate) -> list[object]:
    """Ten threads without any key: what each got."""
    results: list[object] = []

    def look_up() -> None:
        try:
            results.append(cache.key("first").key_id)
        except KeysUnavailable as error:
            results.append(error.retry_after)

    threads = [threading.Thread(target=look_up) for _ in range(10)]
    for thread in threads:
        thread.start()
    assert gate.entered.wait(10)
    assert results == []
    gate.leave.set()
    for thread in threads:
        thread.join(10)
    return results


def test_threads_without_keys_wait_for_one_fetch() -> None:
    gate = Gate(lambda: key_set(FIRST))
    assert together(KeyCache(URL, fetch=gate.fetch), gate) == ["first"] * 10
    assert gate.fetches == 1


def test_threads_without_keys_give_up_together_after_one_failed_fetch() -> None:
    gate = Gate(fails)
    assert together(KeyCache(URL, fetch=gate.fetch), gate) == [30] * 10
    assert gate.fetches == 1


def test_threads_with_stale_keys_do_not_wait() -> None:
    clock = [1000.0]
    gate = Gate(lambda: key_set(FIRST))
    gate.leave.set()
    cache = KeyCache(URL, fetch=gate.fetch, monotonic=lambda: clock[0])
    cache.key("first")
    gate.entered.clear()
    gate.leave.clear()
    clock[0] += 700
    refresher = threading.Thread(target=cache.key, args=["first"])
    refresher.start()
    assert gate.entered.wait(10)
    assert cache.key("first").key_id == "first"
    with pytest.raises(KeyError):
        cache.key("unknown")
    assert refresher.is_alive()
    gate.leave.set()
    refresher.join(10)
    assert gate.fetches == 2


# --- The fetch --------------------------------------------------------------------------------------------------------


def test_it_fetches_from_a_real_server(key_server: KeyServer) -> None:
    assert KeyCache(f"{key_server.url}/keys").key("first").algorithm_name == "ES256"
    assert key_server.paths == ["/keys"]


@pytest.mark.parametrize("status", [204, 301, 404, 500, 503])
def test_it_takes_only_a_plain_success(key_server: KeyServer, status: int) -> None:
    key_server.status = status
    key_server.headers = {"Location": f"{key_server.url}/elsewhere"}
    with pytest.raises(OSError, match=str(status)):
        fetch_keys(f"{key_server.url}/keys")
    assert key_server.paths == ["/keys"]


def test_it_stops_reading_what_is_too_large(key_server: KeyServer) -> None:
    key_server.body = b" " * (MAX_KEYS_LENGTH + 1)
    with pytest.raises(OSError, match="TooLarge"):
        fetch_keys(key_server.url)


def test_a_server_that_hangs_up_early_counts_as_a_failure(key_server: KeyServer) -> None:
    key_server.headers = {"Content-Length": "100000"}
    with pytest.raises(OSError, match="RemoteProtocolError"):
        fetch_keys(key_server.url)


def test_a_fetch_has_one_deadline_however_slowly_the_answer_drips(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(keys, "FETCH_TIMEOUT_SECONDS", 0.3)
    with dripping(b"HTTP/1.1 200 OK\r\n", b"X-Header: value\r\n") as server:
        began = time.monotonic()
        with pytest.raises(OSError, match="cannot be fetched"):
            fetch_keys(server.address)
    assert time.monotonic() - began < 5


def test_a_malformed_url_is_a_failure_like_others() -> None:
    with pytest.raises(ValueError, match="no URL"):
        fetch_keys("http://keys.invalid:port")
