"""Django settings of the HTTP edge that no environment changes."""

# A redirected POST would lose its body.
APPEND_SLASH = False
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
# No form takes a file; without the handler that writes to disk, large ones are discarded as they arrive.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]
# Probes come from inside. The API redirects reading requests only: see rag_app/http/security.py.
SECURE_REDIRECT_EXEMPT = [r"^api/", r"^(healthz|readyz|metrics)$"]
X_FRAME_OPTIONS = "DENY"
CSRF_FAILURE_VIEW = "rag_app.http.errors.form_expired"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["accounts.authentication.bearer.SupabaseAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_PARSER_CLASSES": ["rag_app.http.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rag_app.http.renderers.JSONRenderer"],
    "DEFAULT_THROTTLE_CLASSES": ["rag_app.http.throttling.Limits"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "rag_app.http.renderers.OneRenderer",
    "DEFAULT_PAGINATION_CLASS": "rag_app.http.pagination.Pages",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "rag_app.http.errors.exception_handler",
    "UNAUTHENTICATED_USER": None,
    "URL_FORMAT_OVERRIDE": None,
}

# In development, the usual ports of front ends on this machine: Create React App and Next, Angular, Vite, Vue.
FRONT_ENDS = r"^http://(localhost|127\.0\.0\.1):(300[0-9]|4200|4321|517[0-9]|808[0-9])$"
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
CORS_ALLOW_HEADERS = [
    *("Authorization", "Content-Type", "Idempotency-Key", "If-None-Match", "X-Request-ID"),
    *("traceparent", "tracestate", "sentry-trace", "baggage"),  # of OpenTelemetry and Sentry in the page
]
CORS_EXPOSE_HEADERS = [
    *("ETag", "Idempotent-Replayed", "Location", "RateLimit", "RateLimit-Policy", "Retry-After"),
    *("WWW-Authenticate", "X-Request-ID"),
]
CORS_PREFLIGHT_MAX_AGE = 24 * 60 * 60
