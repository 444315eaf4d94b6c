"""The project's own settings with other URLs."""

from rag_app.settings import *  # noqa: F403

ROOT_URLCONF = "bench.urls"
