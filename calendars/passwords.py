"""Keep the passwords of CalDAV accounts encrypted, by a key that is derived from SECRET_KEY (HKDF, RFC 5869).

Those of SECRET_KEY_FALLBACKS decrypt too, until each password has been encrypted anew.
"""

import base64

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from django.conf import settings

LONGEST = 200


class UnreadableError(Exception):
    """The password was encrypted by a key that is gone."""


def encrypt(password: str) -> str:
    return _keys().encrypt(password.encode()).decode()


def decrypt(encrypted: str) -> str:
    """Return the password. Raises UnreadableError."""
    try:
        return _keys().decrypt(encrypted).decode()
    except InvalidToken as error:
        raise UnreadableError from error


def renewed(encrypted: str) -> str:
    """Return the password encrypted by the current key. Raises UnreadableError."""
    try:
        return _keys().rotate(encrypted).decode()
    except InvalidToken as error:
        raise UnreadableError from error


def _keys() -> MultiFernet:
    return MultiFernet([Fernet(_key(secret)) for secret in (settings.SECRET_KEY, *settings.SECRET_KEY_FALLBACKS)])


def _key(secret: str) -> bytes:
    derived = HKDF(SHA256(), length=32, salt=None, info=b"calendars.passwords").derive(secret.encode())
    return base64.urlsafe_b64encode(derived)
