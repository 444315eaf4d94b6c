"""The ASGI entry point. The service is synchronous and serves faster under WSGI: see docs/adr/0007."""

import os

from django.core.asgi import get_asgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "rag_app.settings")

application = get_asgi_application()
