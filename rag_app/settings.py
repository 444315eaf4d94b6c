"""Settings from the environment or `.env`. On a bad or missing value the service refuses to start and says why."""

import os
import ssl
import zoneinfo
from pathlib import Path

from django.core.exceptions import ImproperlyConfigured
from dotenv import load_dotenv

from accounts.authentication.configuration import issuers, safe_address
from accounts.authentication.roles import RoleClaim
from accounts.sign_in.settings import *  # noqa: F403  # local passwords, and the lockout after failed sign-ins
from database.url import configuration
from rag_app.env import (
    BROKERS,
    REDIS,
    env_bool,
    env_days,
    env_folder,
    env_hosts,
    env_int,
    env_list,
    env_mail,
    env_origins,
    env_secret,
    env_secrets,
    env_sentry,
    env_server,
    env_str,
    env_url,
)
from rag_app.http.settings import *  # noqa: F403  # requests, templates, REST framework and CORS
from rag_app.http.settings import FRONT_ENDS
from rag_app.openapi.configuration import spectacular_settings
from rag_app.operations.celery_settings import *  # noqa: F403  # how workers take tasks, and what the clock sends
from rag_app.operations.logs import logging_config

BASE_DIR = Path(__file__).resolve().parent.parent

# Zone rules come from the pinned tzdata package: the machine's own are often a year old (America/Vancouver, 2026).
zoneinfo.reset_tzpath(())

load_dotenv(os.environ.get("ENV_FILE", BASE_DIR / ".env"))


# --- Django -----------------------------------------------------------------------------------------------------------

DEBUG = env_bool("DEBUG", default=False)
# `check --deploy` asks for 50 characters, which is what the sentence above makes.
DEVELOPMENT_KEY = "insecure-key-for-development-only-never-in-production"
SECRET_KEY = env_secret("SECRET_KEY", debug=DEBUG, development=DEVELOPMENT_KEY)
# Former keys: what they signed or encrypted is still read (docs/operations.md, "Rotating keys").
SECRET_KEY_FALLBACKS = env_secrets("SECRET_KEY_FALLBACKS", debug=DEBUG, published=(DEVELOPMENT_KEY,))
ALLOWED_HOSTS = env_hosts("ALLOWED_HOSTS", "localhost,127.0.0.1,[::1]" if DEBUG else "")
if not ALLOWED_HOSTS:
    raise ImproperlyConfigured("ALLOWED_HOSTS must name the hosts that serve this site when DEBUG is off.")
CSRF_TRUSTED_ORIGINS = env_origins("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "rag_app",
    "workplace",
    "accounts",
    "backoffice",
    "bookings",
    "notifications",
    "outbox",
    "privacy",
    "webhooks",
    # Last, because outboxes are delivered in this order.
    "calendars",
    *(["zoom_sandbox"] if DEBUG else []),
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "corsheaders",
    "axes",
    "workplace.admin_config.WorkplaceAdminConfig",
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
    # Outside all middleware that can refuse, so that pages of other origins can read the refusal.
    "rag_app.http.cross_origin.CorsMiddleware",
    "rag_app.http.language.LanguageMiddleware",
    "rag_app.http.caching.ApiCacheMiddleware",
    "rag_app.http.errors.JsonErrorsMiddleware",
    "rag_app.http.security.HttpsMiddleware",
    # Django's development server serves static files without collecting them.
    *([] if DEBUG else ["whitenoise.middleware.WhiteNoiseMiddleware"]),
    "django.middleware.common.CommonMiddleware",
    "backoffice.middleware.CallStackMiddleware",
    "backoffice.middleware.SessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "backoffice.middleware.AuthenticationMiddleware",
    "backoffice.middleware.ReaderMiddleware",
    "rag_app.http.throttling.AdminLimitsMiddleware",
    "accounts.sign_in.session.StaffSessionMiddleware",
    "backoffice.middleware.MessageMiddleware",
    *(["zoom_sandbox.middleware.AddressMiddleware"] if DEBUG else []),
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "rag_app.urls"
WSGI_APPLICATION = "rag_app.wsgi.application"
USE_TZ = True
TIME_ZONE = "UTC"
# Each by its own name. Sentences are written in English, and `make messages` collects them for the others.
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("es", "Español")]
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "workplace.formats"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"

SECURE_SSL_REDIRECT = env_bool("SECURE_SSL_REDIRECT", default=not DEBUG)
SECURE_HSTS_SECONDS = env_int("SECURE_HSTS_SECONDS", default=0 if DEBUG else 31_536_000)
# Preloading asks for the subdomains too, so that one setting stands for both (hstspreload.org).
SECURE_HSTS_INCLUDE_SUBDOMAINS = env_bool("SECURE_HSTS_INCLUDE_SUBDOMAINS", default=SECURE_HSTS_SECONDS > 0)
SECURE_HSTS_PRELOAD = SECURE_HSTS_INCLUDE_SUBDOMAINS
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = not DEBUG
if env_bool("TRUST_X_FORWARDED_PROTO", default=False):
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
# How many proxies of our own stand in front, each adding to X-Forwarded-For.
TRUSTED_PROXIES = env_int("TRUSTED_PROXIES", default=0)


# --- Database ---------------------------------------------------------------------------------------------------------

DATABASES = {"default": configuration(env_str("DATABASE_URL", f"sqlite:///{BASE_DIR / 'db.sqlite3'}"))}


# --- Authentication ---------------------------------------------------------------------------------------------------

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

SUPABASE_ALLOW_HTTP = env_bool("SUPABASE_ALLOW_HTTP", default=False)
SUPABASE_URL = safe_address(env_url("SUPABASE_URL"), allow_http=DEBUG or SUPABASE_ALLOW_HTTP)
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
# Rarely changed: docs/operations.md, "Other Supabase setups".
SUPABASE_ISSUERS = issuers(env_list("SUPABASE_ISSUERS"))
SUPABASE_MAX_TOKEN_HOURS = env_int("SUPABASE_MAX_TOKEN_HOURS", default=24, least=1)
SUPABASE_ROLE_CLAIM = RoleClaim.parse(
    env_str("SUPABASE_ROLE_CLAIM", "app_metadata.role"),
    env_list("SUPABASE_ROLE_NAMES"),
    is_required=env_bool("SUPABASE_ROLE_REQUIRED", default=False),
)
ADMIN_SECOND_FACTOR_REQUIRED = env_bool("ADMIN_SECOND_FACTOR_REQUIRED", default=False)
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
# How many meetings a host may run at once; 0: no limit.
ZOOM_HOST_CONCURRENCY = env_int("ZOOM_HOST_CONCURRENCY", default=0)
if not ZOOM_DEFAULT_HOST.strip(", "):
    raise ImproperlyConfigured("ZOOM_DEFAULT_HOST must name a Zoom user, or several parted by commas.")
ZOOM_WAITING_ROOM = env_bool("ZOOM_WAITING_ROOM", default=True)
ZOOM_SHARED_HOST_START = env_bool("ZOOM_SHARED_HOST_START", default=False)
# Secret of the event subscription, which signs its messages; absent: none are accepted.
ZOOM_WEBHOOK_SECRET_TOKEN = env_str("ZOOM_WEBHOOK_SECRET_TOKEN")
# Threads of a web process (rag_app/server.py): at most half of them wait for Zoom.
WEB_THREADS = env_int("WEB_THREADS", default=4, least=1)
ZOOM_LEASE_SECONDS = env_int("ZOOM_LEASE_SECONDS", default=60, least=30)
# Development without a Zoom key uses the sandbox in this process.
ZOOM_EMBEDDED_SANDBOX = DEBUG and not ZOOM_API_KEY
# Failures of the sandbox on demand: zoom_sandbox/failures.py.
ZOOM_SANDBOX_FAIL = env_list("ZOOM_SANDBOX_FAIL")
ZOOM_SANDBOX_SECONDS = env_int("ZOOM_SANDBOX_SECONDS", default=0)
if bool(ZOOM_API_KEY) != bool(ZOOM_API_SECRET):
    raise ImproperlyConfigured("ZOOM_API_KEY and ZOOM_API_SECRET go together: set both or none.")
if not ZOOM_API_KEY and not DEBUG:
    raise ImproperlyConfigured("ZOOM_API_KEY and ZOOM_API_SECRET are required when DEBUG is off.")


# --- Bookings and the API ---------------------------------------------------------------------------------------------

MAX_PENDING_PER_STUDENT = env_int("MAX_PENDING_PER_STUDENT", default=20)
MAX_PENDING_HOURS_PER_STUDENT = env_int("MAX_PENDING_HOURS_PER_STUDENT", default=40)

# How often a person may move one session within 24 hours.
MAX_MOVES_PER_BOOKING = env_int("MAX_MOVES_PER_BOOKING", default=20)
TEACHERS_SEE_EMAILS = env_bool("TEACHERS_SEE_EMAILS", default=False)

# The school's name in mails, and its address for reports of problems.
SCHOOL_NAME = env_str("SCHOOL_NAME", "School")
SCHOOL_EMAIL = env_str("SCHOOL_EMAIL")
# URLs of the app and of this service, for links in mails.
FRONTEND_URL = env_url("FRONTEND_URL")
PUBLIC_URL = env_url("PUBLIC_URL")
DEFAULT_FROM_EMAIL = env_str("DEFAULT_FROM_EMAIL", "bookings@localhost")
# With a mail provider: the secret by which it reports bounces, and the key of its signatures.
EMAIL_WEBHOOK_SECRET = env_secret("EMAIL_WEBHOOK_SECRET", debug=DEBUG, development="", required=False)
EMAIL_WEBHOOK_SIGNING_KEY = env_str("EMAIL_WEBHOOK_SIGNING_KEY")
# The provider of `notifications.providers` that EMAIL_URL names, if any.
EMAIL_PROVIDER = ""
globals().update(
    env_mail(
        "EMAIL_URL",
        "console:" if DEBUG else "dummy:",
        webhook_secret=EMAIL_WEBHOOK_SECRET,
        webhook_signing_key=EMAIL_WEBHOOK_SIGNING_KEY,
    )
)

# Whether webhooks may be posted into private networks, such as to a container beside this one.
WEBHOOKS_ALLOW_PRIVATE = env_bool("WEBHOOKS_ALLOW_PRIVATE", default=False)

# Days of retention; 0: forever. docs/operations.md, "Retention".
KEEP_ZOOM_SYNCS_DAYS = env_days("KEEP_ZOOM_SYNCS_DAYS", default=30)
KEEP_MESSAGES_DAYS = env_days("KEEP_MESSAGES_DAYS", default=90)
KEEP_WEBHOOK_DELIVERIES_DAYS = env_days("KEEP_WEBHOOK_DELIVERIES_DAYS", default=30)
KEEP_IDEMPOTENCY_KEYS_DAYS = env_days("KEEP_IDEMPOTENCY_KEYS_DAYS", default=1)
KEEP_ADMIN_LOG_DAYS = env_days("KEEP_ADMIN_LOG_DAYS", default=365)
KEEP_BOOKING_CHANGES_DAYS = env_days("KEEP_BOOKING_CHANGES_DAYS", default=0)

# Counters that all processes share; absent, each process counts for itself.
REDIS_URL = env_server("REDIS_URL", *REDIS)
THROTTLE_ENABLED = env_bool("THROTTLE_ENABLED", default=True)

# Pages of other origins that may call the API. They send a token and no cookie, so credentials stay off.
CORS_ALLOWED_ORIGINS = env_origins("CORS_ALLOWED_ORIGINS")
CORS_ALLOWED_ORIGIN_REGEXES = [FRONT_ENDS] if DEBUG else []

# Absent: a thread of the web process calls Zoom, and `run_due_jobs` does the rest.
CELERY_BROKER_URL = env_server("CELERY_BROKER_URL", *BROKERS)
# After the answer; the clock of leases is the one that all processes share. Both are for tests to turn off.
OUTBOX_IN_BACKGROUND = True
OUTBOX_USES_DATABASE_CLOCK = True
# By default Celery accepts any certificate (kombu, Connection._init_params). TLS options in the address win, such as
# ?ssl_ca_certs=/path/to/ca.pem for an authority of your own.
CELERY_BROKER_USE_SSL = {"ssl_cert_reqs": ssl.CERT_REQUIRED} if CELERY_BROKER_URL.startswith("rediss:") else False

# `make schema` writes docs/openapi.yaml.
SPECTACULAR_SETTINGS = spectacular_settings(debug=DEBUG)


# --- Operations -------------------------------------------------------------------------------------------------------

LOGGING = logging_config(for_eyes=DEBUG)

# The bearer token of `/metrics`; absent: there is no such page.
METRICS_TOKEN = env_secret("METRICS_TOKEN", debug=DEBUG, development="", required=False)
# A folder in which the processes of one machine add up their counters. prometheus_client reads the variable itself.
PROMETHEUS_MULTIPROC_DIR = env_folder("PROMETHEUS_MULTIPROC_DIR")

# Absent: unexpected errors are only logged.
SENTRY_DSN = env_sentry("SENTRY_DSN")
SENTRY_ENVIRONMENT = env_str("SENTRY_ENVIRONMENT", "production")
SENTRY_RELEASE = env_str("SENTRY_RELEASE")
