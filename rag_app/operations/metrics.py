"""`/metrics`, for Prometheus: requests, moves of bookings and calls to Zoom (`bookings.metrics`), and the outboxes.

Counters live in each process. Where PROMETHEUS_MULTIPROC_DIR names a folder that the processes of one machine share,
the page adds them up: prometheus.github.io/client_python/multiprocess. Counts of dead processes are kept, and
there are no per-process gauges, so nothing needs to be cleaned up when one ends.
"""

import functools
import hmac
import logging
from collections.abc import Iterator

from django.conf import settings
from django.db import Error
from django.http import HttpRequest, HttpResponse
from django.utils import timezone
from prometheus_client import CONTENT_TYPE_PLAIN_0_0_4, REGISTRY, CollectorRegistry, Histogram, generate_latest
from prometheus_client.core import GaugeMetricFamily, Metric
from prometheus_client.multiprocess import MultiProcessCollector
from prometheus_client.registry import Collector

from outbox.metrics import never_failing
from rag_app.http import errors

logger = logging.getLogger(__name__)

# Not django-prometheus: it takes thirteen times as long, and its latencies have a series for every HTTP method that a
# caller makes up (2.5.0: `method=request.method` in django_prometheus/middleware.py), so anybody can fill the memory.
_REQUEST_SECONDS = Histogram(
    "http_request_seconds",
    "How long requests take, by the pattern of their address.",
    ["method", "route", "status"],
    buckets=(0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10),
)
_METHODS = {"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"}


@never_failing()
def count_request(method: str | None, route: str | None, *, status: int, seconds: float) -> None:
    """Count a response. `route` is the URL pattern, never the URL itself."""
    _histogram(method if method in _METHODS else "other", route or "none", status).observe(seconds)


# Few, as labels must be; looking one up in the library takes as long as counting.
_histogram = functools.cache(_REQUEST_SECONDS.labels)


# How each field of a `Backlog` is told, once for every outbox.
_BACKLOG = {
    "open": ("outbox_open_events", "Rows that are not delivered yet."),
    "stopped": ("outbox_stopped_events", "Rows that wait until an operator retries them."),
    "failing": ("outbox_failing_events", "Rows whose last delivery failed, and that will be retried."),
    "oldest_due_seconds": (
        "outbox_oldest_due_seconds",
        "How long the oldest row that should have been delivered has waited.",
    ),
}


class OutboxCollector(Collector):
    """The current state of every outbox, in a query each. Nothing while the database is down."""

    def collect(self) -> Iterator[Metric]:
        from outbox import dispatch  # models cannot be loaded before the apps are

        now = timezone.now()
        try:
            found = {courier.model._meta.label_lower: courier.rows.backlog(now) for courier in dispatch.couriers()}
        except Error as error:
            logger.warning("The outboxes could not be measured: %s", type(error).__name__)
            return
        for field, (name, documentation) in _BACKLOG.items():
            family = GaugeMetricFamily(name, documentation, labels=["outbox"])
            for outbox, backlog in found.items():
                family.add_metric([outbox], getattr(backlog, field))
            yield family


class HeartbeatCollector(Collector):
    """How long ago a worker last began a round of due jobs. Nothing before the first, or while the database is down."""

    def collect(self) -> Iterator[Metric]:
        from bookings.jobs import DUE_JOBS
        from outbox.models import Heartbeat

        try:
            age = Heartbeat.age(DUE_JOBS, timezone.now())
        except Error as error:
            logger.warning("The heartbeat of the due jobs could not be read: %s", type(error).__name__)
            return
        if age is not None:
            yield GaugeMetricFamily(
                "due_jobs_last_round_seconds",
                "How long ago the last round of due jobs began. It grows while Celery's clock or every worker is dead.",
                age.total_seconds(),
            )


def page(request: HttpRequest) -> HttpResponse:
    """Return all metrics to callers with METRICS_TOKEN; 404 if that is not set."""
    if not settings.METRICS_TOKEN:
        return errors.not_found(request)
    given = request.META.get("HTTP_AUTHORIZATION", "")
    if not hmac.compare_digest(given.encode(), f"Bearer {settings.METRICS_TOKEN}".encode()):
        return errors.not_authenticated(request)
    registry = CollectorRegistry()
    registry.register(OutboxCollector())
    registry.register(HeartbeatCollector())
    text = generate_latest(_counted()) + generate_latest(registry)
    return HttpResponse(text, content_type=CONTENT_TYPE_PLAIN_0_0_4, headers={"Cache-Control": "no-store"})


def _counted() -> CollectorRegistry:
    if not settings.PROMETHEUS_MULTIPROC_DIR:
        return REGISTRY
    registry = CollectorRegistry()
    MultiProcessCollector(registry, settings.PROMETHEUS_MULTIPROC_DIR)  # type: ignore[no-untyped-call]  # in the library
    return registry
