"""The environment of a test run: a pytest plugin, loaded before Django's settings are."""

import os

# Everything that could leak in from a developer's shell or .env file.
for name in list(os.environ):
    if name.startswith(("SUPABASE_", "ZOOM_", "CELERY_", "SECURE_", "ALLOWED_", "CSRF_", "CORS_")):
        del os.environ[name]

os.environ |= {
    "ENV_FILE": os.devnull,
    "DEBUG": "true",
    "SECRET_KEY": "insecure-key-for-the-tests-only-never-in-production",
    "MAX_PENDING_PER_STUDENT": "20",
}
