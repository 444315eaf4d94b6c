"""Post deliveries: claim, post, record. Failures are retried with backoff for three days."""

import datetime as dt
import logging

from django.conf import settings
from django.db import transaction

from outbox import backoff
from outbox.delivery import Job, RowCourier, drop
from webhooks import events, sending
from webhooks.models import Delivery, Endpoint
from webhooks.sending import Answer, SendingFailedError

logger = logging.getLogger(__name__)

GONE = 410


class WebhookCourier(RowCourier[Delivery]):
    model = Delivery
    related = (
        "endpoint",
        "change__by",
        "change__booking__student",
        "change__booking__teacher__profile",
        "change__booking__feedback",
    )

    def attempt(self, job: Job[Delivery], now: dt.datetime) -> bool:
        """Post the message. After a crash between posting and recording it is posted again, under the same id."""
        if not job.row.endpoint.is_active:
            return drop(job, now, "The endpoint is not active.")
        try:
            answer = _post(job.row, now)
        except SendingFailedError as error:
            return _failed(job, now, str(error), is_unreachable=True)
        if 200 <= answer.status < 300:
            return _posted(job, now, answer)
        if answer.status == GONE:
            return _gone(job, now)
        return _failed(job, now, f"The endpoint answered {answer.status}.", answer)


def _post(delivery: Delivery, now: dt.datetime) -> Answer:
    body = events.body(delivery, now=now)
    headers = {
        "Content-Type": "application/json",
        "User-Agent": "Bookings",
        "webhook-id": delivery.webhook_id,
        "webhook-timestamp": str(int(now.timestamp())),
        "webhook-signature": delivery.endpoint.signatures(delivery.webhook_id, now, body),
    }
    return sending.post(delivery.endpoint.url, body, headers, allow_private=settings.WEBHOOKS_ALLOW_PRIVATE)


# --- Recording --------------------------------------------------------------------------------------------------------


@transaction.atomic(durable=True)
def _posted(job: Job[Delivery], now: dt.datetime, answer: Answer) -> bool:
    if delivery := Delivery.held(job.claim):
        delivery.last_status = answer.status
        delivery.settle(job.claim, now)
    return True


@transaction.atomic(durable=True)
def _gone(job: Job[Delivery], now: dt.datetime) -> bool:
    """Disable the endpoint, as 410 asks for (Standard Webhooks), until it is activated again."""
    if delivery := Delivery.held(job.claim):
        delivery.last_status = GONE
        delivery.stop(now, error="The endpoint answered 410 and was disabled.")
        endpoint = Endpoint.objects.select_for_update().get(pk=delivery.endpoint_id)
        endpoint.disable(f"It answered 410 Gone to {delivery.webhook_id}.")
        logger.warning("The webhook endpoint %d answered 410 and was disabled.", endpoint.pk)
    return False


@transaction.atomic(durable=True)
def _failed(
    job: Job[Delivery], now: dt.datetime, reason: str, answer: Answer | None = None, *, is_unreachable: bool = False
) -> bool:
    logger.warning("Webhook %s was not delivered: %s", job.row.webhook_id, reason)
    delivery = Delivery.held(job.claim)
    if delivery is None:
        return False
    delivery.last_status = answer.status if answer else None
    pause = backoff.delay(delivery.attempts, asked_seconds=answer.retry_after if answer else None)
    if now + pause > delivery.give_up_at:
        delivery.stop(now, error=f"{reason} It was tried for three days.")
    else:
        delivery.postpone(now + pause, now, error=reason)
    if is_unreachable:
        # All other messages, also to other endpoints, would wait for this endpoint just as long.
        Delivery.objects.filter(endpoint=delivery.endpoint_id).put_off(now, now + backoff.FIRST)
    return False
