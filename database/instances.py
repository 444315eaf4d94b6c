"""Instances of models, from rows that were read without the ORM."""

from collections.abc import Iterable
from typing import Any, TypeVar

from django.db import DEFAULT_DB_ALIAS, models
from django.db.models.base import ModelState

M = TypeVar("M", bound=models.Model)


def instance(model: type[M], names: Iterable[str], values: Iterable[Any]) -> M:
    """Return what `model.from_db` would: fields that are not named are read when they are asked for.

    Django's looks at every field and sends two signals, which takes 10 µs of a request's 400. The model must have no
    constructor of its own, and nobody may listen to `pre_init` and `post_init`.
    """
    made = model.__new__(model)
    made._state = ModelState()
    made._state.adding, made._state.db = False, DEFAULT_DB_ALIAS
    vars(made).update(zip(names, values, strict=True))
    return made
