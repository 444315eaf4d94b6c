"""deploy/prometheus: the rules ask for measurements that /metrics has."""

import re
from pathlib import Path
from typing import Any

import pytest
import yaml
from django.conf import settings
from django.test import Client
from prometheus_client.parser import text_string_to_metric_families
from pytest_django import Settings

from bookings import jobs
from conftest import NOW
from outbox import dispatch
from rag_app.tests.metrics_parts import AUTHORISED, TOKEN

FOLDER = Path(settings.BASE_DIR) / "deploy" / "prometheus"
RULES: list[dict[str, Any]] = yaml.safe_load((FOLDER / "alerts.yml").read_text())["groups"][0]["rules"]


@pytest.fixture
def measured(settings: Settings, now: object) -> set[str]:
    """The names of the samples of /metrics, after a first request and a first round."""
    settings.METRICS_TOKEN = TOKEN
    jobs.run_all(lambda: NOW)
    Client().get("/nothing")
    page = Client().get("/metrics", headers=AUTHORISED).content.decode()
    return {sample.name for family in text_string_to_metric_families(page) for sample in family.samples}


@pytest.mark.django_db
def test_every_rule_uses_existing_metrics(measured: set[str]) -> None:
    assert RULES
    for rule in RULES:
        asked = set(re.findall(r"\b(?:http|outbox|due|bookings|zoom)_\w+", rule["expr"]))
        assert asked <= measured, rule["alert"]


def test_every_outbox_in_a_rule_exists() -> None:
    named = {name for rule in RULES for name in re.findall(r'outbox!?="([^"]+)"', rule["expr"])}
    assert named
    assert named <= {courier.model._meta.label_lower for courier in dispatch.couriers()}


def test_an_alert_covers_a_dead_beat() -> None:
    assert any("due_jobs_last_round_seconds" in rule["expr"] for rule in RULES)


def test_every_alert_is_in_the_operations_guide() -> None:
    guide = (Path(settings.BASE_DIR) / "docs" / "operations.md").read_text()
    assert [rule["alert"] for rule in RULES if f"`{rule['alert']}`" not in guide] == []


def test_prometheus_finds_the_rules_and_the_job_that_they_name() -> None:
    config = yaml.safe_load((FOLDER / "prometheus.yml").read_text())
    assert [name for name in config["rule_files"] if not (FOLDER / name).exists()] == []
    assert 'job="bookings"' in RULES[0]["expr"]
    assert [job["job_name"] for job in config["scrape_configs"]] == ["bookings"]
