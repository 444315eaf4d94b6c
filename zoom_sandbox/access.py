"""Authentication of the sandbox: it accepts both kinds of tokens that Zoom has had, and checks no secret."""

import jwt
from django.core import signing
from jwt.types import Options

TOKEN_SECONDS = 3600
_SALT = "zoom_sandbox.token"


def new_token(account_id: str) -> str:
    """Return a token like the OAuth endpoint's, valid for an hour."""
    return signing.dumps(account_id, salt=_SALT)


def is_valid(token: str) -> bool:
    """Return True for an unexpired token of ours, or a JWT as Zoom's JWT apps signed them until 2023."""
    return _is_ours(token) or _is_jwt(token)


def _is_ours(token: str) -> bool:
    try:
        signing.loads(token, salt=_SALT, max_age=TOKEN_SECONDS)
    except signing.BadSignature:
        return False
    return True


def _is_jwt(token: str) -> bool:
    options: Options = {"verify_signature": False, "verify_exp": True, "require": ["iss", "exp"]}
    try:
        jwt.decode(token, options=options)
        return jwt.get_unverified_header(token).get("alg") == "HS256"
    except jwt.PyJWTError:
        return False
