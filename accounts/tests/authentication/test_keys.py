"""accounts.authentication.keys: fetching Supabase's keys, and living without them for a while."""

import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.authentication import keys
from accounts.authentication.keys import (
    MAX_KEYS_LENGTH,
    KeyCache,
    KeysUnavailable,
    fetch_keys,
    parse_keys,
)
from accounts.tests.conftest import KeyServer
from accounts.tests.signing import ec_key, ed_key, key_set, public_jwk, rsa_key
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
    """A fetch that takes until somebody lets it go on."""

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
    assert time.monotonic() - began < 2


def test_an_address_that_is_none_is_a_failure_like_others() -> None:
    with pytest.raises(ValueError, match="no URL"):
        fetch_keys("http://keys.invalid:port")


# --- The key set ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"keys": {}}', b"\xff", b"[" * 100_000])
def test_what_is_no_key_set_is_a_failure_and_keeps_the_old_keys(body: bytes) -> None:
    with pytest.raises(ValueError):  # noqa: PT011  # JSON's own words among them
        parse_keys(body)


@pytest.mark.parametrize(
    "bad",
    [
        {"kty": "oct", "kid": "bad", "alg": "HS256", "k": "c2VjcmV0"},
        {"kty": "oct", "kid": "bad", "k": "c2VjcmV0"},
        SECOND | {"kid": "bad", "alg": "HS256"},
        SECOND | {"kid": "bad", "alg": "ES512"},
        SECOND | {"kid": "bad", "alg": "RS256"},
        SECOND | {"kid": "bad", "use": "enc"},
        SECOND | {"kid": "bad", "crv": "P-384"},
        SECOND | {"kid": "bad", "x": "AAAA"},
        SECOND | {"kid": "bad", "x": 5},
        SECOND | {"kid": None},
        SECOND | {"kid": 5},
        {"kty": "OKP", "crv": "Ed25519", "kid": "bad", "x": "AAAA"},
        {"kty": "OKP", "crv": "Ed448", "kid": "bad", "alg": "EdDSA", "x": "AAAA"},
        {"kty": "RSA", "kid": "bad", "n": "AQAB", "e": "AQAB"},
        {"kty": "RSA", "kid": "bad"},
        {"kty": ["EC"], "kid": "bad"},
        {"kid": "bad"},
        {},
        None,
        "bad",
        5,
    ],
)
def test_an_unusable_key_is_skipped_and_the_others_serve(bad: Any) -> None:
    assert list(parse_keys(key_set(bad, FIRST))) == ["first"]


def test_every_kind_of_supabases_keys_is_usable_with_or_without_alg() -> None:
    bare = {name: value for name, value in FIRST.items() if name not in ("alg", "use")}
    longer = public_jwk(rsa_key(), "longer", alg="RS512")
    found = parse_keys(key_set(bare, public_jwk(rsa_key(), "rsa"), longer, public_jwk(ed_key(), "ed")))
    algorithms = {"first": "ES256", "rsa": "RS256", "longer": "RS512", "ed": "EdDSA"}
    assert {kid: key.algorithm_name for kid, key in found.items()} == algorithms


@pytest.mark.parametrize(
    ("bad", "reason"),
    [
        (public_jwk(rsa_key(), "bad", alg="PS256"), "RSA with 'PS256' is not supported"),
        ({"kty": "oct", "kid": "bad", "alg": "HS256", "k": "c2VjcmV0"}, "oct with 'HS256' is not supported"),
        (SECOND | {"kid": "bad", "x": "AAAA"}, "InvalidKeyError"),
    ],
)
def test_an_unusable_key_is_named_in_the_log_with_the_reason(
    bad: dict[str, Any], reason: str, caplog: pytest.LogCaptureFixture
) -> None:
    parse_keys(key_set(bad))
    assert f"Tokens of the signing key 'bad' are refused: {reason}" in caplog.text
    assert "c2VjcmV0" not in caplog.text


JSON: st.SearchStrategy[Any] = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20)


@given(
    st.dictionaries(
        st.sampled_from(["kty", "crv", "x", "y", "n", "e", "d", "alg", "use", "key_ops"]),
        JSON | st.lists(JSON, max_size=2),
    )
)
def test_no_key_whatever_breaks_the_set(changes: dict[str, Any]) -> None:
    for key in (SECOND, public_jwk(rsa_key(), "rsa")):
        assert "first" in parse_keys(json.dumps({"keys": [key | changes, FIRST]}).encode())
