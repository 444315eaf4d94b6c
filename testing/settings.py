"""The settings of a test run: the project's own, in an environment that nobody's shell or .env file can change."""

import os
import tempfile
from pathlib import Path

for name in list(os.environ):
    if name.startswith(
        (
            "ADMIN_",
            "SUPABASE_",
            "ZOOM_",
            "CELERY_",
            "SECURE_",
            "ALLOWED_",
            "CSRF_",
            "CORS_",
            "MAX_",
            "TRUST",
            "REDIS_",
            "METRICS_",
            "PROMETHEUS_",
            "SENTRY_",
            "WEB_",
            "SCHOOL_",
            "EMAIL_",
            "TEACHERS_",
            "KEEP_",
            "WEBHOOKS_",
        )
    ):
        del os.environ[name]

os.environ |= {
    "ENV_FILE": os.devnull,
    "DEBUG": "true",
    "SECRET_KEY": "insecure-key-for-the-tests-only-never-in-production",
    # The servers that tests start inherit it; what is about limits turns them on.
    "THROTTLE_ENABLED": "false",
}

from rag_app.settings import *  # noqa: E402, F403

# Hashing a password is slow on purpose; no test measures that.
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
# A file, so that the threads of a test share the database as a server's do; two runs at once do not.
if DATABASES["default"]["ENGINE"] == "database.sqlite":  # noqa: F405
    DATABASES["default"]["TEST"] = {"NAME": str(Path(tempfile.gettempdir(), f"bookings-test-{os.getpid()}.sqlite3"))}  # noqa: F405

# Tests stop the clock, and look at what a request has left for after its answer.
OUTBOX_IN_BACKGROUND = False
OUTBOX_USES_DATABASE_CLOCK = False
