"""The catalogues of locale/: whole, translated and compiled. `make messages` brings in what is new."""

import ast
import io
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from babel.messages.catalog import Catalog, Message
from babel.messages.pofile import read_po
from django.conf import settings

from scripts.messages import KEYWORDS, compiled, files, read, sentences, translations

PLACEHOLDER = re.compile(r"%\(\w+\)[sd]|%[sd]|\{[^{}]*\}")


@pytest.fixture(params=translations(), ids=lambda po: po.parts[-3])
def po(request: pytest.FixtureRequest) -> Path:
    path: Path = request.param
    return path


@pytest.fixture
def catalog(po: Path) -> Catalog:
    return read(po)


def messages(catalog: Catalog) -> list[Message]:
    return [message for message in catalog if message.id]


def ids(catalog: Catalog) -> set[tuple[object, object]]:
    return {(message.id, message.context) for message in messages(catalog)}


def forms(message: Message) -> Iterator[tuple[str, str]]:
    """Each form of a sentence, with its translation. English has two forms at most, other languages may have more."""
    sentences = message.id if isinstance(message.id, tuple) else (message.id,)
    translated = message.string if isinstance(message.string, tuple) else (message.string,)
    for number, translation in enumerate(translated):
        yield str(sentences[min(number, len(sentences) - 1)]), str(translation)


def test_there_is_a_catalogue_for_each_language_but_english() -> None:
    assert ["en", *(po.parts[-3] for po in translations())] == [code for code, _ in settings.LANGUAGES]


def test_the_catalogue_has_exactly_the_sentences_of_the_code(catalog: Catalog) -> None:
    found, kept = ids(sentences()), ids(catalog)
    assert found - kept == set(), "`make messages` adds them"
    assert kept - found == set(), "`make messages` removes them"
    assert not catalog.obsolete


def test_every_sentence_is_translated(catalog: Catalog) -> None:
    assert [message.id for message in messages(catalog) if not all(text for _, text in forms(message))] == []
    assert [message.id for message in messages(catalog) if message.fuzzy] == []


def test_a_translation_has_the_placeholders_of_its_sentence(catalog: Catalog) -> None:
    for message in messages(catalog):
        for sentence, translation in forms(message):
            assert set(PLACEHOLDER.findall(translation)) == set(PLACEHOLDER.findall(sentence)), sentence
            assert translation.endswith(".") == sentence.endswith("."), sentence


def test_the_mo_file_is_compiled_from_the_po_file(po: Path, catalog: Catalog) -> None:
    assert po.with_suffix(".mo").read_bytes() == compiled(catalog), "`make messages` compiles it"


def test_no_translated_sentence_is_an_f_string() -> None:
    """Before Python 3.12 nothing reads them out of there."""
    for path in files():
        if path.suffix == ".py":
            for string in (node for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.JoinedStr)):
                called = {call.func.id for call in ast.walk(string) if _is_plain(call)}  # type: ignore[attr-defined]
                assert called.isdisjoint(KEYWORDS), f"{path}:{string.lineno}"


def _is_plain(node: ast.AST) -> bool:
    return isinstance(node, ast.Call) and isinstance(node.func, ast.Name)


def test_sentences_are_found_in_code_and_in_templates() -> None:
    found = {message.id: message for message in messages(sentences())}
    assert [place for place, _ in found["The body is not valid JSON."].locations] == ["rag_app/http/parsers.py"]
    assert ("%(count)d day", "%(count)d days") in found
    assert [place for place, _ in found["Skip to the page"].locations] == ["workplace/templates/workplace/base.html"]
    assert found["D j M"].auto_comments == [
        "Translators: a day without its year, in the letters of Django's `date` filter."
    ]


def test_compiling_leaves_out_what_is_fuzzy() -> None:
    po = b'msgid ""\nmsgstr ""\n\n#, fuzzy\nmsgid "Yes"\nmsgstr "No"\n'
    assert b"Yes" not in compiled(read_po(io.BytesIO(po), locale="es"))
