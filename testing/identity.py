"""A Supabase of its own, as far as tokens go: an ES256 key, and its public half on a loopback address."""

import contextlib
import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler
from typing import TYPE_CHECKING, NamedTuple

import jwt
from cryptography.hazmat.primitives.asymmetric import ec
from jwt.algorithms import ECAlgorithm

from testing.loopback import Quiet, serving

if TYPE_CHECKING:
    from accounts.models import User

KEY_ID = "loopback"


class Identity(NamedTuple):
    """Where the key set is served, and what signs."""

    url: str
    private: ec.EllipticCurvePrivateKey

    def token(self, user: "User", *, hours: float = 1) -> str:
        """A Supabase access token of this user."""
        # Reads the settings, which this very key set goes into first.
        from accounts.authentication.dev_tokens import payload

        claims = payload(user_id=user.id, email=user.email, role=user.role, hours=hours)
        return jwt.encode(claims, self.private, "ES256", headers={"kid": KEY_ID})


@contextlib.contextmanager
def identity() -> Iterator[Identity]:
    """A key, and the server of its public half."""
    private = ec.generate_private_key(ec.SECP256R1())
    public = ECAlgorithm.to_jwk(private.public_key(), as_dict=True) | {"kid": KEY_ID, "alg": "ES256", "use": "sig"}
    body = json.dumps({"keys": [public]}).encode()

    class Keys(Quiet, BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "application/json")
            self.end_headers()
            self.wfile.write(body)

    with serving(Keys) as address:
        yield Identity(address, private)
