"""docker-compose.yml and what is told about it: production, whatever somebody's .env says."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from dotenv import dotenv_values

ROOT = Path(settings.BASE_DIR)
COMPOSE = (ROOT / "docker-compose.yml").read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE)["services"]
OURS = sorted(name for name, service in SERVICES.items() if "build" in service)


def test_our_services_are_found() -> None:
    assert OURS == ["beat", "migrate", "web", "worker"]


# The environment wins over `env_file`: docs.docker.com/compose/how-tos/environment-variables/envvars-precedence
@pytest.mark.parametrize("name", OURS)
def test_debug_is_off_though_the_example_of_an_env_file_turns_it_on(name: str) -> None:
    assert dotenv_values(ROOT / ".env.example")["DEBUG"] == "true"
    assert (SERVICES[name]["env_file"], SERVICES[name]["environment"]["DEBUG"]) == (".env", "false")


@pytest.mark.parametrize("name", OURS)
def test_database_and_redis_are_those_of_compose(name: str) -> None:
    environment = SERVICES[name]["environment"]
    assert environment["DATABASE_URL"].endswith("@db:5432/bookings")
    assert environment["CELERY_BROKER_URL"] != environment["REDIS_URL"]


def test_the_one_variable_that_compose_asks_for_is_told_of() -> None:
    asked = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", COMPOSE))
    assert asked == {"POSTGRES_PASSWORD"}
    for document in (".env.example", "docs/operations.md"):
        assert "POSTGRES_PASSWORD" in (ROOT / document).read_text()


def test_only_the_web_server_has_a_port_and_only_for_this_machine() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert ports == {"web": ["127.0.0.1:8000:8000"]}
