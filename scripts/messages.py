"""Collect the sentences of code and templates into locale/<language>/LC_MESSAGES/django.po, and compile them.

python -m scripts.messages
"""

import io
from collections.abc import Iterator
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import DEFAULT_KEYWORDS, extract
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from scripts.server import ROOT

LOCALE = ROOT / "locale"
KEYWORDS = DEFAULT_KEYWORDS | {
    "gettext_lazy": None,
    "gettext_noop": None,
    "ngettext_lazy": (1, 2),
    "pgettext_lazy": ((1, "c"), 2),
}
NOTE = "Translators:"  # begins comments for translators
LEFT_OUT = {"tests", "migrations"}
WIDTH = 120


def files() -> Iterator[Path]:
    """Yield the modules of the apps, and their templates."""
    for app in sorted(package.parent for package in ROOT.glob("*/__init__.py")):
        for pattern in ("**/*.py", "**/templates/**/*.*"):
            yield from (path for path in sorted(app.glob(pattern)) if LEFT_OUT.isdisjoint(path.parts))


def python_of(path: Path) -> str:
    """Return the file as Python source with the same sentences."""
    text = path.read_text()
    # Parentheses, because a template's indentation is not Python's.
    return text if path.suffix == ".py" else f"({templatize(text)}\n)"


def sentences() -> Catalog:
    """Return all sentences of the code, without translations."""
    catalog = Catalog()
    for path in files():
        source = io.BytesIO(python_of(path).encode())
        for _line, message, comments, context in extract("python", source, KEYWORDS, [NOTE]):
            place = (str(path.relative_to(ROOT)), 0)
            catalog.add(message, locations=[place], auto_comments=comments, context=context)
    return catalog


def read(po: Path) -> Catalog:
    with po.open("rb") as file:
        return read_po(file, locale=po.parts[-3], domain="django")


def compiled(catalog: Catalog) -> bytes:
    """Return what Django reads at run time."""
    target = io.BytesIO()
    write_mo(target, catalog)
    return target.getvalue()


def translations() -> list[Path]:
    return sorted(LOCALE.glob("*/LC_MESSAGES/django.po"))


def main() -> None:
    found = sentences()
    for po in translations():
        catalog = read(po)
        # No fuzzy matching: a guess would look like a translation.
        catalog.update(found, no_fuzzy_matching=True, update_creation_date=False)
        with po.open("wb") as file:
            write_po(file, catalog, width=WIDTH, sort_output=True, include_lineno=False, ignore_obsolete=True)
        po.with_suffix(".mo").write_bytes(compiled(catalog))
        missing = sum(not message.string or not all(message.string) for message in catalog if message.id)
        print(f"{po.relative_to(ROOT)}: {len(catalog)} sentences, {missing} without a translation")


if __name__ == "__main__":
    main()
