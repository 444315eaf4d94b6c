"""docker-compose.yml, Dockerfile and .dockerignore: production, whatever .env says, and safe to restart."""

import os
import re
import subprocess
import tomllib
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from dotenv import dotenv_values

from rag_app.operations.pages import PAGES
from rag_app.server import KEEP_ALIVE_SECONDS, KILL_SECONDS
from scripts import deployment

ROOT = Path(settings.BASE_DIR)
COMPOSE = (ROOT / "docker-compose.yml").read_text()
SERVICES: dict[str, dict[str, Any]] = yaml.safe_load(COMPOSE)["services"]
DOCKERFILE = (ROOT / "Dockerfile").read_text()
DOCKERIGNORE = (ROOT / ".dockerignore").read_text()
CADDYFILE = (ROOT / "deploy" / "Caddyfile").read_text()
OUR_PACKAGES = set(tomllib.loads((ROOT / "pyproject.toml").read_text())["tool"]["importlinter"]["root_packages"])
OURS = sorted(name for name, service in SERVICES.items() if "build" in service)


def test_our_services_are_found() -> None:
    assert OURS == ["beat", "migrate", "web", "worker"]


# The environment wins over `env_file`: docs.docker.com/compose/how-tos/environment-variables/envvars-precedence
@pytest.mark.parametrize("name", OURS)
def test_debug_is_off_even_if_env_example_turns_it_on(name: str) -> None:
    assert dotenv_values(ROOT / ".env.example")["DEBUG"] == "true"
    assert (SERVICES[name]["env_file"], SERVICES[name]["environment"]["DEBUG"]) == (".env", "false")


@pytest.mark.parametrize("name", OURS)
def test_database_and_redis_are_those_of_compose(name: str) -> None:
    environment = SERVICES[name]["environment"]
    assert environment["DATABASE_URL"].endswith("@db:5432/bookings")
    assert environment["CELERY_BROKER_URL"] != environment["REDIS_URL"]


def test_the_variables_of_compose_are_documented() -> None:
    asked = set(re.findall(r"(?<!\$)\$\{([A-Z_]+)", COMPOSE))
    assert asked == {"POSTGRES_PASSWORD", "SITE_ADDRESS", "BOOKINGS_VERSION"}
    for name, documents in {
        "POSTGRES_PASSWORD": (".env.example", "docs/operations.md"),
        "SITE_ADDRESS": (".env.example", "docs/operations.md"),
        "BOOKINGS_VERSION": ("deploy/release",),
    }.items():
        for document in documents:
            assert name in (ROOT / document).read_text()


def test_only_the_proxy_is_reached_from_outside() -> None:
    ports = {name: service["ports"] for name, service in SERVICES.items() if "ports" in service}
    assert ports == {"proxy": ["80:80", "443:443", "443:443/udp"], "web": ["127.0.0.1:8000:8000"]}


# --- Restarts ---


# From the second start on Docker gives a tmpfs the mode of the image's folder: github.com/docker/for-linux/issues/138
def test_the_metrics_folder_is_a_writable_tmpfs() -> None:
    assert SERVICES["web"]["environment"]["PROMETHEUS_MULTIPROC_DIR"] == "/metrics"
    assert "/metrics:mode=1777" in SERVICES["web"]["tmpfs"]
    assert "mkdir --mode=1777 /metrics" in DOCKERFILE


# By default it is 10 seconds; a confirmation may take 15, and a worker's delivery longer.
@pytest.mark.parametrize("name", ["web", "worker"])
def test_services_that_call_zoom_get_time_to_stop(name: str) -> None:
    seconds = int(SERVICES[name]["stop_grace_period"].removesuffix("s"))
    assert seconds > KILL_SECONDS > 15


def test_the_databases_health_check_uses_tcp_like_clients() -> None:
    assert "pg_isready -h 127.0.0.1" in SERVICES["db"]["healthcheck"]["test"][1]


def test_web_is_healthy_when_it_can_serve() -> None:
    assert "/readyz" in SERVICES["web"]["healthcheck"]["test"][-1]


def test_the_proxy_lets_go_of_connections_before_the_server_does() -> None:
    keepalive = re.search(r"^\s*keepalive (\d+)s$", CADDYFILE, re.MULTILINE)
    assert keepalive
    assert int(keepalive[1]) < KEEP_ALIVE_SECONDS


# --- Rights and limits ---


@pytest.mark.parametrize("name", OURS)
def test_our_containers_have_no_capabilities_and_a_read_only_filesystem(name: str) -> None:
    service = SERVICES[name]
    assert (service["read_only"], service["cap_drop"]) == (True, ["ALL"])
    assert "/tmp" in service["tmpfs"]  # noqa: S108  # a path in the container


@pytest.mark.parametrize("name", sorted(SERVICES))
def test_no_process_gains_privileges_and_logs_are_rotated(name: str) -> None:
    assert SERVICES[name]["security_opt"] == ["no-new-privileges:true"]
    assert set(SERVICES[name]["logging"]["options"]) == {"max-size", "max-file"}


def test_the_worker_does_not_take_a_process_for_each_core() -> None:
    assert "--concurrency" in SERVICES["worker"]["command"].split()


# --- The image ---


def test_all_of_our_services_run_one_image_of_one_version() -> None:
    assert {SERVICES[name]["image"] for name in OURS} == {"bookings:${BOOKINGS_VERSION:-latest}"}


def test_the_dockerfile_needs_no_syntax_image() -> None:
    assert not re.search(r"^#\s*syntax\s*=", DOCKERFILE, re.MULTILINE)


def test_no_installer_is_in_the_image() -> None:
    [final] = DOCKERFILE.split("\nFROM ")[1:]
    assert "venv --without-pip /venv" in DOCKERFILE
    assert {"/usr/local/bin/pip*", "/usr/local/lib/python3.*/ensurepip"} <= set(final.split())
    assert re.search(r"site-packages/setuptools\*", final)


def test_only_production_code_is_in_the_image() -> None:
    first, *others = [line for line in DOCKERIGNORE.splitlines() if line and not line.startswith("#")]
    assert first == "*"
    let_in = {line.removeprefix("!") for line in others if line.startswith("!")}
    assert let_in - OUR_PACKAGES == {"manage.py", "requirements.txt", "docs/openapi.yaml", "locale"}
    # The sandbox is development's.
    assert let_in >= OUR_PACKAGES - {"zoom_sandbox"}
    assert "zoom_sandbox" not in let_in
    assert {"**/tests", "**/__pycache__", "**/.*"} <= set(others[len(let_in) :])


def test_the_proxy_hides_what_is_for_probes() -> None:
    assert set(PAGES) == set(re.findall(r"/\w+", re.search(r"@operations path (.*)", CADDYFILE)[1]))  # type: ignore[index]  # it is there


def test_make_stack_runs_the_commands_of_the_image_and_of_compose(tmp_path: Path) -> None:
    found = deployment.commands(tmp_path, broker="redis://localhost")
    assert found["web"] == ["rag_app.server"]
    assert [found[name][:4] for name in ("worker", "beat")] == [
        ["celery", "--quiet", "-A", "rag_app"],
        ["celery", "--quiet", "-A", "rag_app"],
    ]
    assert f"{tmp_path}/celerybeat-schedule" in found["beat"]
    without = deployment.commands(tmp_path, broker="")
    assert without == {"web": found["web"], "worker": ["manage", "run_due_jobs", "--loop"]}


def test_the_caddyfile_can_be_adapted_to_an_older_caddy() -> None:
    assert "request_buffers" not in deployment.older(CADDYFILE)
    assert "\t\t\tbuffer_requests\n" in deployment.older(CADDYFILE)


# --- A release ---


def run_release(folder: Path, *words: str, fails: str = "") -> tuple[int, list[str]]:
    """deploy/release with an engine that writes down what it is told, and fails at what contains `fails`."""
    engine, told = folder / "engine", folder / "told"
    engine.write_text(
        f'#!/bin/sh\necho "$*" >> {told}\ncase "$*" in *"{fails or "never"}"*) exit 1;; esac\n'  # one line a command
    )
    engine.chmod(0o755)
    command = [str(ROOT / "deploy" / "release"), *words]
    done = subprocess.run(command, env=os.environ | {"ENGINE": str(engine)}, capture_output=True, check=False)
    return done.returncode, told.read_text().splitlines() if told.exists() else []


BUILD_AND_MIGRATE = [
    "build --tag bookings:7 .",
    "compose up --detach --no-build --wait db redis",
    "compose run --rm --no-deps migrate",
]
REPLACE = [
    "tag bookings:7 bookings:latest",
    "compose up --detach --no-build --no-deps --wait web",
    "compose up --detach --no-build --no-deps worker beat proxy",
]


def test_a_release_builds_and_migrates_before_it_replaces(tmp_path: Path) -> None:
    assert run_release(tmp_path, "7") == (0, BUILD_AND_MIGRATE + REPLACE)


@pytest.mark.parametrize("step", range(3))
def test_a_release_that_cannot_be_built_or_migrated_leaves_the_service_running(step: int, tmp_path: Path) -> None:
    status, told = run_release(tmp_path, "7", fails=BUILD_AND_MIGRATE[step])
    assert status != 0
    assert told == BUILD_AND_MIGRATE[: step + 1]


def test_a_release_that_does_not_become_ready_lists_the_versions_to_roll_back_to(tmp_path: Path) -> None:
    status, told = run_release(tmp_path, "7", fails=REPLACE[1])
    assert status != 0
    assert told == [*BUILD_AND_MIGRATE, *REPLACE[:2], "image ls bookings"]


def test_a_rollback_builds_and_migrates_nothing(tmp_path: Path) -> None:
    assert run_release(tmp_path, "--back", "7") == (0, ["image inspect bookings:7", *REPLACE])


def test_rolling_back_to_a_missing_image_fails(tmp_path: Path) -> None:
    status, told = run_release(tmp_path, "--back", "7", fails="inspect")
    assert status != 0
    assert told == ["image inspect bookings:7"]
