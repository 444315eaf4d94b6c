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
    """Nothing: a listener to this signal is how Celery learns to leave the project's own logging alone."""


@before_task_publish.connect
def send_request_id(headers: dict[str, Any], **_: Any) -> None:
    """Have the message name the request that caused it."""
    headers["request_id"] = request_id.get()


@before_task_publish.connect
def send_time(sender: str, headers: dict[str, Any], **_: Any) -> None:
    """Have the rounds of the clock say when they were sent."""
    if sender in {entry["task"] for entry in app.conf.beat_schedule.values()}:
        rounds.stamp(headers)


@task_prerun.connect
def take_request_id(task_id: str, task: Task[..., Any], **_: Any) -> None:
    """The task's log lines carry that id; those of a task that no request caused carry the task's own."""
    request_id.set(task.request.get("request_id") or task_id)


@task_postrun.connect
def drop_request_id(**_: Any) -> None:
    """What the worker says between tasks belongs to none."""
    request_id.set(None)
