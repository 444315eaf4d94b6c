"""README, .env.example and settings.py agree on the settings."""

import re
from pathlib import Path

import pytest
from django.conf import settings
from dotenv import dotenv_values

from rag_app.http.throttling import PER_ACCOUNT, PER_ADDRESS

ROOT = Path(settings.BASE_DIR)
SETTINGS = (ROOT / "rag_app" / "settings.py").read_text()
README = (ROOT / "README.md").read_text()
EXAMPLE = (ROOT / ".env.example").read_text()

# Names the file itself, so it cannot stand in it.
NOT_IN_A_FILE = {"ENV_FILE"}
# Read by docker-compose.yml alone.
OF_COMPOSE = {"POSTGRES_PASSWORD", "SITE_ADDRESS"}


def read_by_settings() -> set[str]:
    return set(re.findall(r'\benv_\w+\(\s*"([A-Z_]+)"', SETTINGS))


def told_by_readme() -> set[str]:
    """The names in the first column of the table of settings."""
    table = re.findall(r"^\| ((?:`[A-Z_]+` ?)+)\|", README, re.MULTILINE)
    return {name for cell in table for name in re.findall(r"`([A-Z_]+)`", cell)}


def named_by_example() -> list[str]:
    return re.findall(r"^(?:# ?)?([A-Z][A-Z_]+)=", EXAMPLE, re.MULTILINE)


def test_settings_are_found() -> None:
    assert {"DEBUG", "SECRET_KEY", "DATABASE_URL", "SUPABASE_JWT_SECRET", "ZOOM_API_KEY"} <= read_by_settings()


def test_the_readme_lists_every_setting_and_no_other() -> None:
    assert told_by_readme() - NOT_IN_A_FILE == read_by_settings()


def test_the_example_has_every_setting_once_and_no_other() -> None:
    names = named_by_example()
    assert set(names) == read_by_settings() | OF_COMPOSE
    assert len(names) == len(set(names))


def test_the_example_is_for_development_and_holds_no_secret() -> None:
    values = dotenv_values(ROOT / ".env.example")
    assert values["DEBUG"] == "true"
    assert not any(value for name, value in values.items() if re.search("SECRET|KEY|TOKEN", name))


@pytest.mark.parametrize("name", ["ZOOM_TIMEOUT_SECONDS", "ZOOM_LEASE_SECONDS", "MAX_PENDING_PER_STUDENT"])
def test_the_documented_defaults_are_the_actual_ones(name: str) -> None:
    default = str(getattr(settings, name))
    assert f"| `{name}` | `{default}` |" in README
    assert f"# {name}={default}" in EXAMPLE


def test_the_documented_limits_are_the_actual_ones() -> None:
    introduction = (ROOT / "rag_app" / "openapi" / "introduction.md").read_text()
    told = re.findall(r"^\| .* \| (\d+) \| an (account|address) \|$", introduction, re.MULTILINE)
    of_callers = [(most, "address") for scope, most in PER_ADDRESS.items() if scope != "sign-in"]
    counted = [(most, "account") for most in PER_ACCOUNT.values()] + of_callers
    assert sorted(told) == sorted((str(most), whose) for most, whose in counted)


def test_linked_files_exist() -> None:
    for document in [ROOT / "README.md", ROOT / "CONTRIBUTING.md", *(ROOT / "docs").rglob("*.md")]:
        for link in re.findall(r"\]\((?!https?://|mailto:|#)([^)#\s]+)", document.read_text()):
            assert (document.parent / link).exists(), f"{document.name} links to {link}"
