"""`make run` (scripts.run): which environment it serves in, and what it tells."""

import os
import socket
from pathlib import Path

import pytest

from scripts import run

ADDRESS = "http://127.0.0.1:8000"
TOKENS = {"student": "a-students-token", "teacher": "a-teachers-token"}


@pytest.fixture
def env_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Where `.env` is looked for; the shell says nothing."""
    for name in ("DEBUG", "ALLOWED_HOSTS", "SUPABASE_URL"):
        monkeypatch.delenv(name, raising=False)
    file = tmp_path / ".env"
    monkeypatch.setenv("ENV_FILE", str(file))
    return file


def test_without_an_env_file_it_is_development(env_file: Path) -> None:
    assert run.environment() == dict(os.environ) | {"DEBUG": "true", "PYTHONUNBUFFERED": "1"}


def test_an_env_file_is_read_and_the_shell_takes_precedence(env_file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    env_file.write_text("DEBUG=false\nALLOWED_HOSTS=a.example\nSUPABASE_URL=https://a.example\nNO_VALUE\n")
    monkeypatch.setenv("ALLOWED_HOSTS", "b.example")
    found = run.environment()
    assert (found["DEBUG"], found["ALLOWED_HOSTS"], found["SUPABASE_URL"]) == (
        "false",
        "b.example",
        "https://a.example",
    )
    assert "NO_VALUE" not in found


def test_the_welcome_names_the_pages_and_what_works_in_a_fresh_clone() -> None:
    words = run.welcome(ADDRESS, TOKENS, {})
    for told in (
        f"{ADDRESS}/api/docs/",
        f"{ADDRESS}/admin/",
        "teacher@example.com",
        "DEBUG=true .venv/bin/python manage.py createsuperuser",
        "Zoom sandbox",
        *TOKENS.values(),
    ):
        assert told in words


def test_with_a_supabase_project_tokens_come_from_there() -> None:
    env = {"SUPABASE_URL": "https://project.supabase.co", "ZOOM_API_KEY": "key"}
    assert run.tokens(env) == {}
    words = run.welcome(ADDRESS, {}, env)
    assert "SUPABASE_URL" in words
    assert not [word for word in ("teacher@example.com", "curl", "sandbox", "{") if word in words]


def test_a_port_that_is_taken_is_refused_before_anything_else(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(run, "environment", lambda: pytest.fail("It went on."))
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = other.getsockname()[1]
        monkeypatch.setattr("sys.argv", ["run", str(port)])
        with pytest.raises(SystemExit, match=f"Port {port} is taken or not allowed"):
            run.main()


@pytest.mark.parametrize("port", ["http", "-1", "65536"])
def test_an_invalid_port_is_refused(port: str) -> None:
    with pytest.raises(SystemExit, match="PORT must be a number from 0 to 65535"):
        run.refuse_taken(port)
