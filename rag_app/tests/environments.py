"""Environments to read the settings under."""

import os
import runpy
from pathlib import Path
from typing import Any
from unittest.mock import patch

from django.conf import settings

SETTINGS = str(Path(settings.BASE_DIR) / "rag_app" / "settings.py")

A_SECRET = "Xk2-9fQ1LmZ7vB4nR8sT0wY3cD6gH5jKpE_aU-iO1qM4xN7zVbF8t"

PRODUCTION = {
    "SECRET_KEY": A_SECRET,
    "ALLOWED_HOSTS": "booking.example.com",
    "DATABASE_URL": "postgresql://booking:pass%2Fword@db.example.com:5433/booking?sslmode=require",
    "SUPABASE_URL": "https://project.supabase.co/",
    "ZOOM_API_KEY": "client-id",
    "ZOOM_API_SECRET": "client-secret",
    "ZOOM_ACCOUNT_ID": "account",
}

DEVELOPMENT = {"DEBUG": "true"}

PUBLISHED = (
    "super-secret-jwt-token-with-at-least-32-characters-long",
    "your-super-secret-jwt-token-with-at-least-32-characters-long",
)


def read(environment: dict[str, str]) -> dict[str, Any]:
    """The settings in this environment and no other, of which nothing is left afterwards: a .env file adds to it."""
    with patch.dict(os.environ, {"ENV_FILE": os.devnull, **environment}, clear=True):
        return runpy.run_path(SETTINGS)
