"""The WSGI entry point: `rag_app.server` serves it."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rag_app.settings")

application = get_wsgi_application()
