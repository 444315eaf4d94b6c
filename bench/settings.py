"""The project's own settings; only the addresses differ."""

from rag_app.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
