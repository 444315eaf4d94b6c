"""Keys and tokens as Supabase has them, and as forgers would make them."""

import base64
import functools
import hmac
import json
import uuid
from collections.abc import Sequence
from typing import Any

import jwt
from cryptography.hazmat.primitives.asymmetric import ec, ed25519, rsa
from jwt.algorithms import ECAlgorithm, OKPAlgorithm, RSAAlgorithm

from accounts.authentication.dev_tokens import LOCAL_ISSUER, payload
from accounts.authentication.keys import KeyCache
from accounts.authentication.tokens import TokenVerifier

PrivateKey = ec.EllipticCurvePrivateKey | ed25519.Ed25519PrivateKey | rsa.RSAPrivateKey

SECRET = "a-secret-for-the-tests-of-at-least-32-characters"
ISSUER = LOCAL_ISSUER
NOW = 1_736_510_400.0  # noon of 10 January 2025 UTC
USER_ID = uuid.UUID("7c9e6679-7425-40de-944b-e07fc1f90ae7")


@functools.lru_cache
def ec_key(name: str = "first") -> ec.EllipticCurvePrivateKey:
    """Return a key pair of Supabase's recommended kind, one per name."""
    return ec.generate_private_key(ec.SECP256R1())


@functools.lru_cache
def rsa_key() -> rsa.RSAPrivateKey:
    """A key pair of the other kind."""
    return rsa.generate_private_key(public_exponent=65537, key_size=2048)


@functools.lru_cache
def ed_key() -> ed25519.Ed25519PrivateKey:
    """A key pair of the kind that Supabase announces."""
    return ed25519.Ed25519PrivateKey.generate()


def public_jwk(key: PrivateKey, kid: str, **more: Any) -> dict[str, Any]:
    """The public half, as a key set lists it."""
    if isinstance(key, rsa.RSAPrivateKey):
        return RSAAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": kid, "alg": "RS256", "use": "sig"} | more
    if isinstance(key, ed25519.Ed25519PrivateKey):
        return OKPAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": kid, "alg": "EdDSA", "use": "sig"} | more
    return ECAlgorithm.to_jwk(key.public_key(), as_dict=True) | {"kid": kid, "alg": "ES256", "use": "sig"} | more


def key_set(*keys: Any) -> bytes:
    """The body of a key set's address."""
    return json.dumps({"keys": keys}).encode()


def claims(**changes: Any) -> dict[str, Any]:
    """A good token's payload with changes; None takes a claim out."""
    changed = payload(user_id=USER_ID, email="maria@example.com", now=lambda: NOW) | changes
    return {name: value for name, value in changed.items() if value is not None}


def sign(content: dict[str, Any], *, secret: str = SECRET, **headers: Any) -> str:
    """An HS256 token."""
    return jwt.encode(content, secret, "HS256", headers=headers)


def sign_asymmetric(
    content: dict[str, Any], *, key: PrivateKey | None = None, algorithm: str = "ES256", **headers: Any
) -> str:
    """A token of this key, by default one of the kind that Supabase recommends."""
    return jwt.encode(content, key or ec_key(), algorithm, headers=headers)


def segment(content: bytes | dict[str, Any]) -> str:
    """One part of a token, of whatever content."""
    raw = content if isinstance(content, bytes) else json.dumps(content).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def sign_by_hand(header: dict[str, Any], content: bytes, secret: bytes = SECRET.encode()) -> str:
    """An HS256 signature over anything, with any secret; PyJWT has scruples."""
    head = f"{segment(header)}.{segment(content)}"
    return f"{head}.{segment(hmac.digest(secret, head.encode(), 'sha256'))}"


def _local_keys(*keys: dict[str, Any]) -> KeyCache:
    body = key_set(*keys)
    return KeyCache("http://keys.invalid", fetch=lambda _: body)


def make_verifier(
    *,
    secret: str = SECRET,
    issuers: Sequence[str | None] = (ISSUER,),
    asymmetric: bool = True,
    **more: Any,
) -> TokenVerifier:
    """A verifier whose clock stands at NOW, with one key of each kind."""
    keys = _local_keys(
        public_jwk(ec_key(), "first"),
        public_jwk(rsa_key(), "rsa"),
        public_jwk(rsa_key(), "longer", alg="RS512"),
        public_jwk(ed_key(), "ed"),
    )
    options = {"now": lambda: NOW} | more
    return TokenVerifier(secret=secret, issuers=issuers, keys=keys if asymmetric else None, **options)
