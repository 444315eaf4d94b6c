"""calendars.passwords: encrypted by the site's key, and readable by former ones."""

import pytest
from pytest_django import Settings

from calendars import passwords
from calendars.passwords import UnreadableError

OTHER_KEY = "another-key-of-at-least-32-characters"
PASSWORD = "paß wörd 🔑"


def test_a_password_is_decrypted_and_each_ciphertext_differs() -> None:
    encrypted = {passwords.encrypt(PASSWORD) for _ in range(2)}
    assert len(encrypted) == 2
    assert {passwords.decrypt(each) for each in encrypted} == {PASSWORD}
    assert PASSWORD not in "".join(encrypted)


def test_it_is_renewed_by_the_current_key(settings: Settings) -> None:
    old, former = passwords.encrypt(PASSWORD), settings.SECRET_KEY
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = OTHER_KEY, [former]
    assert passwords.decrypt(old) == PASSWORD
    new = passwords.renewed(old)
    settings.SECRET_KEY_FALLBACKS = []
    assert passwords.decrypt(new) == PASSWORD
    with pytest.raises(UnreadableError):
        passwords.decrypt(old)


@pytest.mark.parametrize("read", [passwords.decrypt, passwords.renewed])
@pytest.mark.parametrize("text", ["", "junk", "gAAAAA=="])
def test_text_that_was_not_encrypted_here_is_unreadable(read: object, text: str) -> None:
    assert callable(read)
    with pytest.raises(UnreadableError):
        read(text)
