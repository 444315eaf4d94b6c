"""accounts.authentication.keys: which keys of a set are usable."""

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from accounts.authentication.keys import parse_keys
from accounts.tests.signing import ec_key, ed_key, key_set, public_jwk, rsa_key

FIRST = public_jwk(ec_key(), "first")
SECOND = public_jwk(ec_key("second"), "second")


@pytest.mark.parametrize("body", [b"", b"<html>", b"[]", b"{}", b'{"keys": {}}', b"\xff", b"[" * 100_000])
def test_a_malformed_key_set_is_a_failure_and_keeps_the_old_keys(body: bytes) -> None:
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
