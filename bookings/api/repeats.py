"""Idempotent POSTs by the header `Idempotency-Key`."""

import functools
import re
from collections.abc import Callable
from typing import Any

import orjson
from django.utils import timezone
from django.utils.translation import gettext as _
from rest_framework.exceptions import ValidationError
from rest_framework.mixins import CreateModelMixin
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.authentication.bearer import caller
from api_schema.rendering import to_json
from bookings.services import idempotency
from bookings.services.idempotency import Answer, Sent

Post = Callable[..., Response]


def _never(request: Request) -> bool:
    return False


def repeatable(*, calls_zoom: Callable[[Request], bool] = _never) -> Callable[[Post], Post]:
    """Give a POST repeated under its `Idempotency-Key` the first response again.

    `calls_zoom`: whether this request calls Zoom, and so must not run in a transaction.
    """

    def decorate(post: Post) -> Post:
        @functools.wraps(post)
        def answered(view: Any, request: Request, *args: Any, **kwargs: Any) -> Response:
            key = _key(request)
            if key is None:
                return post(view, request, *args, **kwargs)
            sent = Sent.of(key, request.data, path=request.path)
            once = idempotency.once_outside if calls_zoom(request) else idempotency.once

            def work() -> Answer:
                response = post(view, request, *args, **kwargs)
                return Answer(
                    orjson.loads(to_json(response.data)), response.status_code, response.headers.get("Location", "")
                )

            return _response(once(work, sent=sent, by=caller(request), now=timezone.now()))

        return answered

    return decorate


def _key(request: Request) -> str | None:
    """Return the request's idempotency key, if any. Raises ValidationError (400)."""
    key = request.META.get("HTTP_IDEMPOTENCY_KEY")  # `headers` would parse all of them
    # Two headers of one name arrive joined by a comma.
    if key is not None and not re.fullmatch(r"[!-+\--~]{1,255}", key):
        sentence = _("Send one key of at most 255 visible ASCII characters without blanks or commas.")
        raise ValidationError({"Idempotency-Key": [sentence]})
    return key


def _response(answer: Answer) -> Response:
    headers = {"Location": answer.location} if answer.location else {}
    if answer.is_replayed:
        headers["Idempotent-Replayed"] = "true"
    return Response(answer.body, status=answer.status, headers=headers)


def created(request: Request, data: Any) -> Response:
    """Return 201 with the URL of the new object, below the one posted to."""
    return Response(data, status=201, headers={"Location": f"{request.path}{data['id']}/"})


class RepeatableCreate(CreateModelMixin):
    """DRF's `create`, made idempotent, with the URL of the new object."""

    @repeatable()
    def create(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return 201. Raises ValidationError."""
        return created(request, super().create(request, *args, **kwargs).data)
