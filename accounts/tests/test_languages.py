"""accounts.languages: the language of what one person reads, and of what was stored in English."""

import pytest
from django.utils import translation

from accounts.languages import in_words, language_of, written_for
from accounts.models import User

SENTENCES = ("There is no calendar at this address (%(status)s).", "The account was closed")


@pytest.mark.parametrize(
    ("person", "language"), [(User(language="es"), "es"), (User(language="en"), "en"), (User(), "en"), (None, "en")]
)
def test_without_a_choice_it_is_english_whatever_was_active(person: User | None, language: str) -> None:
    with translation.override("es"):
        assert language_of(person) == language
        with written_for(person):
            assert translation.get_language() == language
        assert translation.get_language() == "es"
    assert translation.get_language() == "en"


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        ("There is no calendar at this address (410).", "No hay ningún calendario en esta dirección (410)."),
        ("The account was closed", "La cuenta se cerró"),
        ("The account was closed by me", "The account was closed by me"),
        ("There is no calendar at this address ().", "There is no calendar at this address ()."),
        ("100 %(status)s", "100 %(status)s"),
        ("", ""),
    ],
)
def test_sentences_stored_in_english_are_shown_in_the_readers_language(stored: str, shown: str) -> None:
    assert in_words(stored, SENTENCES) == stored
    with translation.override("es"):
        assert in_words(stored, SENTENCES) == shown
