"""Settings, read from the environment or from `.env`. A bad or missing value stops the start with a sentence."""

import datetime as dt
import os
import zoneinfo
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from dotenv import load_dotenv

from database.url import configuration
from rag_app.env import (
    BROKERS,
    REDIS,
    env_bool,
    env_hosts,
    env_int,
    env_mail,
    env_origins,
    env_secret,
    env_sentry,
    env_server,
    env_str,
    env_url,
)
from rag_app.openapi.configuration import spectacular_settings
from rag_app.operations.logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent

# Zone rules come from the pinned tzdata package: the machine's own are often a year old (America/Vancouver, 2026).
zoneinfo.reset_tzpath(())

load_dotenv(os.environ.get("ENV_FILE", BASE_DIR / ".env"))


# --- Django -----------------------------------------------------------------------------------------------------------

DEBUG = env_bool("DEBUG", default=False)
# `check --deploy` asks for 50 characters, which is what the sentence above makes.
SECRET_KEY = env_secret("SECRET_KEY", debug=DEBUG, development="insecure-key-for-development-only-never-in-production")
ALLOWED_HOSTS = env_hosts("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]" if DEBUG else "")
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts that serve this site when DEBUG is off.")
CSRF_TRUSTED_ORIGINS = env_origins("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "rag_app",
    "accounts",
    "backoffice",
    "bookings",
    "notifications",
    "outbox",
    *(["zoom_sandbox"] if DEBUG else []),
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "corsheaders",
    "axes",
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
]

MIDDLEWARE = [
    "rag_app.operations.access_log.AccessLogMiddleware",
    # Header middleware must wrap everything that can respond.
    "django.middleware.security.SecurityMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "rag_app.http.security.PolicyMiddleware",
    "rag_app.operations.pages.OperationsMiddleware",
    # Outside everything that can refuse, so that pages of other origins can read the refusal.
    "corsheaders.middleware.CorsMiddleware",
    "rag_app.http.caching.ApiCacheMiddleware",
    "rag_app.http.errors.JsonErrorsMiddleware",
    "rag_app.http.security.HttpsMiddleware",
    # Django's development server serves static files without collecting them.
    *([] if DEBUG else ["whitenoise.middleware.WhiteNoiseMiddleware"]),
    "django.middleware.common.CommonMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "backoffice.middleware.AdminTimeZoneMiddleware",
    *(["zoom_sandbox.middleware.AddressMiddleware"] if DEBUG else []),
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "rag_app.urls"
WSGI_APPLICATION = "rag_app.wsgi.application"
# A redirected POST would lose its body.
APPEND_SLASH = False
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en-gb"
USE_I18N = False
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024
# No form takes a file; without the handler that writes to disk, large ones are discarded as they arrive.
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler"]

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

SECURE_SSL_REDIRECT = env_bool("SECURE_SSL_REDIRECT", default=not DEBUG)
# Probes come from inside. The API redirects reading requests only: see rag_app/http/security.py.
SECURE_REDIRECT_EXEMPT = [r"^api/", r"^(healthz|readyz|metrics)$"]
SECURE_HSTS_SECONDS = env_int("SECURE_HSTS_SECONDS", default=0 if DEBUG else 31_536_000)
# Preloading asks for the subdomains too, so that one setting stands for both (hstspreload.org).
SECURE_HSTS_INCLUDE_SUBDOMAINS = env_bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=SECURE_HSTS_SECONDS > 0)
SECURE_HSTS_PRELOAD = SECURE_HSTS_INCLUDE_SUBDOMAINS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
X_FRAME_OPTIONS = "DENY"
if env_bool("TRUST_X_FORWARDED_PROTO", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# How many proxies of our own stand in front, each adding to X-Forwarded-For.
TRUSTED_PROXIES = env_int("TRUSTED_PROXIES", default=0)


# --- Database ---------------------------------------------------------------------------------------------------------

DATABASES = {"default": configuration(env_str("DATABASE_URL", f"sqlite:///{BASE_DIR / 'db.sqlite3'}"))}


# --- Who is calling ---------------------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "accounts.sign_in.lockout.LockoutBackend",
    "accounts.backends.LocalPasswordBackend",
    # The admin as a teacher sees it, for development: a token of `manage.py dev_token` is the password.
    *(["accounts.backends.DevTokenBackend"] if DEBUG and not env_url("SUPABASE_URL") else []),
    "accounts.backends.SupabaseBackend",
]
# E-mail is no key: two Supabase accounts may share one. The backends above look accounts up themselves.
SILENCED_SYSTEM_CHECKS = ["auth.W004"]
LOGIN_URL = "admin:login"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator", "OPTIONS": {"min_length": 12}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
]

# Who fails to sign in to the admin five times is shut out for a quarter of an hour: that name from that address, so
# that nobody can shut somebody else out from elsewhere. Counted in the database, which all processes share.
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = dt.timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
# Trying on does not make it longer.
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_USERNAME_FORM_FIELD = "username"
AXES_USERNAME_CALLABLE = "accounts.sign_in.lockout.account_name"
AXES_CLIENT_IP_CALLABLE = "rag_app.http.addresses.client_address"
AXES_LOCKOUT_CALLABLE = "accounts.sign_in.lockout.locked_out"
# Rows live for that quarter of an hour: no list of who signed in when, and nothing of the form.
AXES_DISABLE_ACCESS_LOG = True
AXES_SENSITIVE_PARAMETERS = ["username", "ip_address", "csrfmiddlewaretoken"]
AXES_ENABLE_ADMIN = False  # accounts/admin/failed_sign_ins.py has a page of its own
AXES_VERBOSE = False
CSRF_FAILURE_VIEW = "rag_app.http.errors.form_expired"

SUPABASE_URL = env_url("SUPABASE_URL")
SUPABASE_JWT_SECRET = env_secret(
    "SUPABASE_JWT_SECRET",
    debug=DEBUG,
    # The secrets that the Supabase command line and its docker-compose publish.
    development="" if SUPABASE_URL else "super-secret-jwt-token-with-at-least-32-characters-long",
    known=(
        "super-secret-jwt-token-with-at-least-32-characters-long",
        "your-super-secret-jwt-token-with-at-least-32-characters-long",
    ),
    required=False,
)
if not SUPABASE_URL and not SUPABASE_JWT_SECRET:
    raise ImproperlyConfigured("Set SUPABASE_URL or SUPABASE_JWT_SECRET: without them no token can be verified.")
SUPABASE_ANON_KEY = env_str("SUPABASE_ANON_KEY")
SUPABASE_SERVICE_ROLE_KEY = env_str("SUPABASE_SERVICE_ROLE_KEY")


# --- Zoom -------------------------------------------------------------------------------------------------------------

ZOOM_API_KEY = env_str("ZOOM_API_KEY")
ZOOM_API_SECRET = env_str("ZOOM_API_SECRET")
ZOOM_ACCOUNT_ID = env_str("ZOOM_ACCOUNT_ID")
ZOOM_API_BASE_URL = env_url("ZOOM_API_BASE_URL", "https://api.zoom.us/v2")
ZOOM_OAUTH_URL = env_url("ZOOM_OAUTH_URL", "https://zoom.us/oauth/token")
ZOOM_TIMEOUT_SECONDS = env_int("ZOOM_TIMEOUT_SECONDS", default=10, least=1)
ZOOM_DEFAULT_HOST = env_str("ZOOM_DEFAULT_HOST", "me")
ZOOM_WAITING_ROOM = env_bool("ZOOM_WAITING_ROOM", default=True)
ZOOM_SHARED_HOST_START = env_bool("ZOOM_SHARED_HOST_START", default=False)
# Of the event subscription, for the signature of its messages; absent: none is believed.
ZOOM_WEBHOOK_SECRET_TOKEN = env_str("ZOOM_WEBHOOK_SECRET_TOKEN")
ZOOM_LEASE_SECONDS = env_int("ZOOM_LEASE_SECONDS", default=60, least=30)
# Development without a Zoom key talks to the sandbox inside this very process.
ZOOM_EMBEDDED_SANDBOX = DEBUG and not ZOOM_API_KEY
if bool(ZOOM_API_KEY) != bool(ZOOM_API_SECRET):
    raise ImproperlyConfigured("ZOOM_API_KEY and ZOOM_API_SECRET go together: set both or none.")
if not ZOOM_API_KEY and not DEBUG:
    raise ImproperlyConfigured("ZOOM_API_KEY and ZOOM_API_SECRET are required when DEBUG is off.")


# --- Bookings and the API ---------------------------------------------------------------------------------------------

MAX_PENDING_PER_STUDENT = env_int("MAX_PENDING_PER_STUDENT", default=20)

# How the school is called in mails, and where it hears of problems.
SCHOOL_NAME = env_str("SCHOOL_NAME", "School")
SCHOOL_EMAIL = env_str("SCHOOL_EMAIL")
# Where the app and this service are reached, for links in mails.
FRONTEND_URL = env_url("FRONTEND_URL")
PUBLIC_URL = env_url("PUBLIC_URL")
DEFAULT_FROM_EMAIL = env_str("DEFAULT_FROM_EMAIL", "bookings@localhost")
_MAIL = env_mail("EMAIL_URL", "console:" if DEBUG else "dummy:")
EMAIL_BACKEND, EMAIL_HOST, EMAIL_PORT = _MAIL.backend, _MAIL.host, _MAIL.port
EMAIL_HOST_USER, EMAIL_HOST_PASSWORD = _MAIL.user, _MAIL.password
EMAIL_USE_SSL, EMAIL_USE_TLS = _MAIL.scheme == "smtps", _MAIL.scheme == "smtp+tls"
EMAIL_TIMEOUT = 10

# Counters that all processes share; absent, each process counts for itself.
REDIS_URL = env_server("REDIS_URL", *REDIS)
THROTTLE_ENABLED = env_bool("THROTTLE_ENABLED", default=True)

# Pages of other origins that may call the API. They send a token and no cookie, so credentials stay off.
CORS_ALLOWED_ORIGINS = env_origins("CORS_ALLOWED_ORIGINS")
CORS_URLS_REGEX = r"^/api/"
CORS_ALLOW_METHODS = ["GET", "POST", "PUT", "PATCH", "DELETE"]
CORS_ALLOW_HEADERS = ["Authorization", "Content-Type", "Idempotency-Key", "If-None-Match", "X-Request-ID"]
CORS_EXPOSE_HEADERS = ["ETag", "Retry-After", "WWW-Authenticate", "X-Request-ID"]
CORS_PREFLIGHT_MAX_AGE = 24 * 60 * 60

# Absent: work for Zoom is tried in the process that caused it, and `run_due_jobs` does the rest.
CELERY_BROKER_URL = env_server("CELERY_BROKER_URL", *BROKERS)
CELERY_TASK_IGNORE_RESULT = True
# A worker that dies hands its task back. Doing it twice does no harm: claims and fences see to that.
CELERY_TASK_ACKS_LATE = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_TIMEOUT = 2
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {"socket_timeout": 2, "socket_connect_timeout": 2, "visibility_timeout": 600}
CELERY_BEAT_SCHEDULE = {
    "due-jobs": {"task": "bookings.tasks.run_due_jobs", "schedule": 5.0},
    "sweep": {"task": "bookings.tasks.sweep", "schedule": 3600.0},
}

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

# `make schema` writes docs/openapi.yaml.
SPECTACULAR_SETTINGS = spectacular_settings(debug=DEBUG)


# --- Running it -------------------------------------------------------------------------------------------------------

LOGGING = logging_config(for_eyes=DEBUG)

# Whoever has it may read `/metrics`; absent: nobody.
METRICS_TOKEN = env_secret("METRICS_TOKEN", debug=DEBUG, development="", required=False)
# A folder in which the processes of one machine add up what they count. The library reads the variable by itself.
PROMETHEUS_MULTIPROC_DIR = env_str("PROMETHEUS_MULTIPROC_DIR")
if PROMETHEUS_MULTIPROC_DIR and not Path(PROMETHEUS_MULTIPROC_DIR).is_dir():
    raise ImproperlyConfigured("PROMETHEUS_MULTIPROC_DIR must be a folder that exists.")

# Absent: unexpected errors stand in the log alone.
SENTRY_DSN = env_sentry("SENTRY_DSN")
SENTRY_ENVIRONMENT = env_str("SENTRY_ENVIRONMENT", "production")
SENTRY_RELEASE = env_str("SENTRY_RELEASE")
