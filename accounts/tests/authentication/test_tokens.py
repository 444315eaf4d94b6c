"""accounts.authentication.tokens: which tokens are believed."""

import json
import math
import uuid
from collections.abc import Callable
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives import serialization
from hypothesis import given
from hypothesis import strategies as st
from pytest_django import Settings

from accounts.authentication.claims import TokenError
from accounts.authentication.dev_tokens import payload
from accounts.authentication.keys import KeyCache, KeysUnavailable
from accounts.authentication.tokens import TokenVerifier, verifier
from accounts.tests import signing
from accounts.tests.conftest import KeyServer
from accounts.tests.signing import (
    ISSUER,
    NOW,
    SECRET,
    USER_ID,
    claims,
    make_verifier,
    sign,
    sign_asymmetric,
    sign_by_hand,
)

HOUR = 3600
OTHER_ISSUER = "https://ref.supabase.co/auth/v1"
GOOD = json.dumps(claims()).encode()


@pytest.mark.parametrize(
    "token",
    [
        pytest.param(sign(claims()), id="HS256"),
        pytest.param(sign_asymmetric(claims(), kid="first"), id="ES256"),
        pytest.param(sign_asymmetric(claims(), key=signing.rsa_key(), algorithm="RS256", kid="rsa"), id="RS256"),
        pytest.param(sign_asymmetric(claims(), key=signing.rsa_key(), algorithm="RS512", kid="longer"), id="RS512"),
        pytest.param(sign_asymmetric(claims(), key=signing.ed_key(), algorithm="EdDSA", kid="ed"), id="EdDSA"),
        pytest.param(sign(claims(exp=NOW + 24 * HOUR)), id="a lifetime of a day"),
        pytest.param(sign(claims(exp=NOW - 29)), id="expired within the leeway"),
        pytest.param(sign(claims(iat=NOW + 29)), id="issued by a clock that is a little fast"),
        pytest.param(sign(claims(exp=NOW + 0.5)), id="exp with a fraction"),
        pytest.param(sign(claims(is_anonymous=None)), id="without is_anonymous"),
        pytest.param(sign(claims(), kid="unknown"), id="HS256 with any kid"),
        pytest.param(
            sign_asymmetric(claims(), kid="first", jku="http://evil.invalid", x5u="http://evil.invalid", jwk={}),
            id="23: key addresses in the header are not followed",
        ),
    ],
)
def test_it_believes_a_good_token(token: str) -> None:
    assert make_verifier().verify(token).user_id == USER_ID


def public_pem(key: Any) -> bytes:
    pem: bytes = key.public_key().public_bytes(
        serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo
    )
    return pem


def with_signature(token: str, change: Callable[[str], str]) -> str:
    head, _, signature = token.rpartition(".")
    return f"{head}.{change(signature)}"


def with_payload(raw: bytes, secret: bytes = SECRET.encode()) -> str:
    """Properly signed, whatever the payload."""
    return sign_by_hand({"alg": "HS256", "typ": "JWT"}, raw, secret)


# The service keys of a project are tokens themselves: supabase.com/docs/guides/auth/jwt-fields
ANON_KEY = {"iss": "supabase", "ref": "abc", "role": "anon", "iat": NOW - HOUR, "exp": NOW + 10 * 365 * 24 * HOUR}

ABUSES = {
    "3 empty": "",
    "4 no signature asked for": f"{signing.segment({'alg': 'none'})}.{signing.segment(claims())}.",
    "5 HS256 keyed with the public key": with_payload(GOOD, public_pem(signing.ec_key())),
    "5 ES256 header on an HS256 signature": with_signature(sign_asymmetric(claims(), kid="first"), lambda _: "AAAA"),
    "6 expired": sign(claims(exp=NOW - 30)),
    "7 no exp": sign(claims(exp=None)),
    "8 exp a string": sign(claims(exp=str(NOW + HOUR))),
    "8 exp true": sign(claims(exp=True)),
    "8 exp a list": sign(claims(exp=[NOW + HOUR])),
    "9 exp 10^400": sign(claims(exp=10**400)),
    "9 exp infinite": sign(claims(exp=math.inf)),
    "9 exp not a number": sign(claims(exp=math.nan)),
    "9 exp of 5,000 digits": with_payload(b'{"exp":' + b"9" * 5000 + b"}"),
    "10 lives longer than a day": sign(claims(exp=NOW + 24 * HOUR + 31)),
    "11 nbf in the future": sign(claims(nbf=NOW + 31)),
    "11 nbf true": sign(claims(nbf=True)),
    "11 nbf a string": sign(claims(nbf="0")),
    "12 iat in the future": sign(claims(iat=NOW + 31)),
    "12 iat false": sign(claims(iat=False)),
    "12 iat not a number": sign(claims(iat=math.nan)),
    "13 wrong aud": sign(claims(aud="anon")),
    "13 no aud": sign(claims(aud=None)),
    "13 aud a list": sign(claims(aud=["authenticated"])),
    "14 wrong iss": sign(claims(iss="https://evil.invalid/auth/v1")),
    "14 no iss": sign(claims(iss=None)),
    "14 iss a list": with_payload(b'{"iss":["' + ISSUER.encode() + b'"],"aud":"authenticated","exp":1,"sub":"x"}'),
    "15 iss with a slash": sign(claims(iss=f"{ISSUER}/")),
    "16 anon key": sign(ANON_KEY),
    "16 service_role key": sign(ANON_KEY | {"role": "service_role"}),
    "17 role anon with sub": sign(claims(role="anon")),
    "17 no role": sign(claims(role=None)),
    "17 role a list": sign(claims(role=["authenticated"])),
    "18 sub no UUID": sign(claims(sub="maria")),
    "18 sub in upper case": sign(claims(sub=str(USER_ID).upper())),
    "18 sub without dashes": sign(claims(sub=USER_ID.hex)),
    "18 sub with dashes elsewhere": sign(claims(sub=f"{USER_ID.hex[:20]}----{USER_ID.hex[20:]}")),
    "18 sub in other digits": sign(claims(sub="7c9e6679-7425-40de-944b-e07fc1f90ae\u0667")),
    "19 sub with NUL": sign(claims(sub=f"{USER_ID}\0")),
    "20 sub an integer": sign(claims(sub=5)),
    "20 no sub": sign(claims(sub=None)),
    "22 crit": sign(claims(), crit=["exp"], exp=1),
    "22 crit that PyJWT knows": sign_by_hand({"alg": "HS256", "crit": ["b64"], "b64": True}, GOOD),
    "24 unknown kid": sign_asymmetric(claims(), kid="unknown"),
    "24 no kid": sign_asymmetric(claims()),
    "24 kid too long": sign_asymmetric(claims(), kid="k" * 129),
    "24 kid a number": f"{signing.segment({'alg': 'ES256', 'kid': 1})}.{signing.segment(claims())}.AAAA",
    "25 another key of the same id": sign_asymmetric(claims(), key=signing.ec_key("other"), kid="first"),
    "25 ES256 key named by an RS256 token": sign_asymmetric(
        claims(), key=signing.rsa_key(), algorithm="RS256", kid="first"
    ),
    "25 RS256 key named by an RS512 token": sign_asymmetric(
        claims(), key=signing.rsa_key(), algorithm="RS512", kid="rsa"
    ),
    "PS256": sign_asymmetric(claims(), key=signing.rsa_key(), algorithm="PS256", kid="rsa"),
    "10 a week's token on its last day": sign(claims(iat=NOW - 6.5 * 24 * HOUR, exp=NOW + HOUR)),
    "10 no iat and more than a day left": sign(claims(iat=None, exp=NOW + 24 * HOUR + 31)),
    "14 iss null": sign_by_hand({"alg": "HS256"}, json.dumps(claims() | {"iss": None}).encode()),
    "27 a megabyte": "a" * 1_000_000,
    "27 nine kilobytes": sign(claims(padding="a" * 9000)),
    "29 cut off": sign(claims())[:-2],
    "29 signature left out": with_signature(sign(claims()), lambda _: ""),
    "29 another secret": sign(claims(), secret=f"{SECRET}!"),
    "29 altered payload": ".".join([sign(claims()).split(".")[0], signing.segment(claims(role="x")), "AAAA"]),
    "30 anonymous": sign(claims(is_anonymous=True)),
    "30 anonymous as a word": sign(claims(is_anonymous="true")),
    "an OAuth client's": sign(claims(client_id="app")),
    "HS512": jwt.encode(claims(), f"{SECRET}{SECRET}", "HS512"),
    "alg a list": f"{signing.segment({'alg': ['HS256']})}.{signing.segment(claims())}.AAAA",
    "alg missing": f"{signing.segment({'typ': 'JWT'})}.{signing.segment(claims())}.AAAA",
    "not ASCII": "é.é.é",
    "lone surrogate": "\udcff",
    "one part": "token",
    "four parts": f"{sign(claims())}.AAAA",
    "five parts, encrypted": "a.b.c.d.e",
    "a key of the new kind": "sb_publishable_ACJWlzQHlZjBrEguHvfOxg_3BJgxAaH",
    "header a list": f"{signing.segment(b'[]')}.{signing.segment(claims())}.AAAA",
    "header nested deeply": f"{signing.segment(b'[' * 3000)}.{signing.segment(claims())}.AAAA",
    "payload nested deeply": with_payload(b'{"a":' * 1000 + b"1" + b"}" * 1000),
    "payload a list": with_payload(b"[]"),
    "payload not JSON": with_payload(b"\xff\xfe"),
}


@pytest.mark.parametrize("token", ABUSES.values(), ids=ABUSES.keys())
def test_it_refuses_an_abuse_with_one_and_the_same_sentence(token: str) -> None:
    with pytest.raises(TokenError) as refusal:
        make_verifier().verify(token)
    assert str(refusal.value) == "The token is invalid or has expired."
    assert refusal.value.reason
    assert not token or token not in refusal.value.reason


@pytest.mark.parametrize(
    ("unconfigured", "token"),
    [
        (make_verifier(secret=""), sign(claims())),
        (make_verifier(secret=""), with_payload(GOOD, b"")),
        (make_verifier(asymmetric=False), sign_asymmetric(claims(), kid="first")),
    ],
    ids=["HS256 without a secret", "an empty secret", "ES256 without keys"],
)
def test_it_refuses_an_algorithm_that_is_not_configured(unconfigured: TokenVerifier, token: str) -> None:
    with pytest.raises(TokenError):
        unconfigured.verify(token)


@pytest.mark.parametrize("headers", [{}, {"kid": ""}, {"kid": "k" * 129}, {"kid": "first", "crit": ["exp"], "exp": 1}])
def test_no_key_is_fetched_for_a_header_that_names_none(headers: dict[str, Any]) -> None:
    fetched: list[str] = []

    def fetch(url: str) -> bytes:
        fetched.append(url)
        return signing.key_set()

    cold = TokenVerifier(
        secret="", issuers=[ISSUER], keys=KeyCache("http://keys.invalid", fetch=fetch), now=lambda: NOW
    )
    with pytest.raises(TokenError):
        cold.verify(sign_asymmetric(claims(), **headers))
    assert fetched == []


def test_it_refuses_every_token_of_a_secret_that_is_too_short() -> None:
    short = "s" * 31
    with pytest.warns(jwt.InsecureKeyLengthWarning):
        token = sign(claims(), secret=short)
    with pytest.raises(TokenError):
        make_verifier(secret=short).verify(token)


def test_it_asks_for_no_issuer_where_none_is_configured() -> None:
    assert make_verifier(issuers=[]).verify(sign(claims(iss=None))).user_id == USER_ID


def test_it_says_when_the_keys_are_out_of_reach() -> None:
    def fail(url: str) -> bytes:
        raise OSError

    lost = TokenVerifier(secret=SECRET, issuers=[ISSUER], keys=KeyCache("", fetch=fail), now=lambda: NOW)
    with pytest.raises(KeysUnavailable) as failure:
        lost.verify(sign_asymmetric(claims(), kid="first"))
    assert failure.value.retry_after == 30
    assert lost.verify(sign(claims())).user_id == USER_ID


# --- Any input --------------------------------------------------------------------------------------------------------

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=6,
)


@given(st.text() | st.binary(max_size=60).map(lambda raw: raw.decode("latin-1")))
def test_nothing_but_a_token_error_comes_of_any_text(raw: str) -> None:
    with pytest.raises(TokenError):
        make_verifier().verify(raw)


@given(JSON, st.dictionaries(st.sampled_from(["alg", "kid", "crit", "b64", "typ", "jwk"]), JSON))
def test_nothing_but_a_token_error_comes_of_any_header(alg: Any, header: dict[str, Any]) -> None:
    for algorithm in ("HS256", "ES256", alg):
        raw = f"{signing.segment(header | {'alg': algorithm})}.{signing.segment(claims())}.AAAA"
        with pytest.raises(TokenError):
            make_verifier().verify(raw)


@given(st.dictionaries(st.sampled_from([*claims(), "nbf", "jti", "client_id"]), JSON, min_size=1))
def test_nothing_but_claims_or_a_token_error_comes_of_any_signed_payload(changes: dict[str, Any]) -> None:
    try:
        found = make_verifier().verify(with_payload(json.dumps(claims() | changes).encode()))
    except TokenError:
        return
    assert found.user_id == USER_ID
    assert f"{found.first_name}{found.last_name}{found.email}".encode().count(0) == 0


# --- The settings' verifier -------------------------------------------------------------------------------------------


def test_the_settings_name_the_issuer_and_the_address_of_the_keys(settings: Settings, key_server: KeyServer) -> None:
    settings.SUPABASE_URL = key_server.url
    settings.SUPABASE_JWT_SECRET = ""
    good = payload(user_id=USER_ID)
    assert verifier().verify(sign_asymmetric(good, kid="first")).user_id == USER_ID
    assert key_server.paths == ["/auth/v1/.well-known/jwks.json"]
    with pytest.raises(TokenError):
        verifier().verify(sign_asymmetric(good | {"iss": ISSUER}, kid="first"))
    with pytest.raises(TokenError):
        verifier().verify(sign(good))


def test_the_settings_may_name_issuers_beside_the_address(settings: Settings, key_server: KeyServer) -> None:
    """A custom domain serves the keys, and tokens keep the project's own name (supabase/auth, issue 2486)."""
    settings.SUPABASE_URL, settings.SUPABASE_ISSUERS = key_server.url, [OTHER_ISSUER]
    settings.SUPABASE_MAX_TOKEN_HOURS = 48
    good = payload(user_id=USER_ID, hours=48)
    assert good["iss"] == OTHER_ISSUER
    assert verifier().verify(sign_asymmetric(good, kid="first")).user_id == USER_ID
    with pytest.raises(TokenError):
        verifier().verify(sign_asymmetric(good | {"iss": f"{key_server.url}/auth/v1"}, kid="first"))


def test_without_supabase_only_the_secret_counts_and_nobody_is_asked(settings: Settings) -> None:
    settings.SUPABASE_URL = ""
    settings.SUPABASE_JWT_SECRET = SECRET
    good = payload(user_id=uuid.UUID(int=1))
    assert verifier().verify(sign(good)).user_id == uuid.UUID(int=1)
    with pytest.raises(TokenError):
        verifier().verify(sign_asymmetric(good, kid="first"))
