"""Celery, where CELERY_BROKER_URL is set: `celery -A rag_app worker`, `celery -A rag_app beat`."""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rag_app.settings")

app = Celery("rag_app")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
