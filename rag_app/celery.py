"""Celery, where CELERY_BROKER_URL is set: `celery -A rag_app worker`, `celery -A rag_app beat`."""

import os
from typing import Any

from celery import Celery, Task
from celery.signals import before_task_publish, setup_logging, task_postrun, task_prerun

from outbox import rounds
from rag_app.operations.logs import request_id

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rag_app.settings")

app = Celery("rag_app")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()


@setup_logging.connect
def keep_logging(**_: Any) -> None:
    """Do nothing: with a receiver of this signal Celery leaves the project's logging alone."""


@before_task_publish.connect
def send_request_id(headers: dict[str, Any], **_: Any) -> None:
    """Add the id of the causing request to the message."""
    headers["request_id"] = request_id.get()


@before_task_publish.connect
def send_time(sender: str, headers: dict[str, Any], **_: Any) -> None:
    """Add the time of sending to the rounds of beat."""
    if sender in {entry["task"] for entry in app.conf.beat_schedule.values()}:
        rounds.stamp(headers)


@task_prerun.connect
def take_request_id(task_id: str, task: Task[..., Any], **_: Any) -> None:
    """Log the task's lines with that id, or with the task's own if no request caused it."""
    request_id.set(task.request.get("request_id") or task_id)


@task_postrun.connect
def drop_request_id(**_: Any) -> None:
    """Reset the id: log lines between tasks belong to none."""
    request_id.set(None)
