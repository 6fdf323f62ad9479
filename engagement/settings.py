"""All settings. What differs between installations comes from the environment, see docs/operations.md."""

import os
from pathlib import Path
from urllib.parse import urlsplit

from django.utils.translation import gettext_lazy as _
from psycopg.conninfo import conninfo_to_dict

from engagement.environment import (
    celery_broker,
    email_settings,
    flag,
    secret_key,
    static_build,
    whole_number,
)
from engagement.http.requests import static_headers
from engagement.logs import logging_settings

BASE_DIR = Path(__file__).resolve().parent.parent
DATA_DIR = Path(os.environ.get("DATA_DIR", BASE_DIR / "var")).resolve()

DEBUG = False
DEMO = flag("DEMO", default=False)
TESTING = flag("VAFFEL_TESTING", default=False)
PORT = whole_number("PORT", default=8000)
BASE_URL = os.environ.get("BASE_URL", f"http://127.0.0.1:{PORT}").rstrip("/")
ALLOWED_HOSTS = [
    host.strip() for host in os.environ.get("ALLOWED_HOSTS", "").split(",") if host.strip()
] or [urlsplit(BASE_URL).hostname or "127.0.0.1", "127.0.0.1", "localhost", "[::1]"]
# The ballot box: another host name, and the channel through which it learns of surveys.
BALLOT_URL = os.environ.get("BALLOT_URL", f"http://localhost:{PORT + 1}").rstrip("/")
BALLOT_CONTROL_URL = os.environ.get("BALLOT_CONTROL_URL", BALLOT_URL).rstrip("/")
BALLOT_CONTROL_TOKEN = os.environ.get("BALLOT_CONTROL_TOKEN", "")
SECRET_KEY = secret_key(DATA_DIR)
IS_SECURE_ORIGIN = BASE_URL.startswith("https://")
TRUSTED_PROXIES = [p.strip() for p in os.environ.get("TRUSTED_PROXIES", "").split(",") if p.strip()]

# How long a thank-you can be undone before anybody else is told of it.
SHOUTOUT_HOLD_SECONDS = whole_number("SHOUTOUT_HOLD_SECONDS", default=8)
DEMO_SCALE = whole_number("DEMO_SCALE", default=650)
DEMO_AUTOPLAY = flag("DEMO_AUTOPLAY", default=True)
DEMO_SURVEYS = flag("DEMO_SURVEYS", default=True)

INSTALLED_APPS = [
    "engagement",
    "engagement.people",
    "engagement.clock",
    "engagement.live",
    "engagement.notices",
    "engagement.themes",
    "engagement.api",
    "kudos",
    "surveys",
    "events",
    "engagement.wallboards",
    "engagement.http",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.forms",
    "allauth",
    "allauth.account",
    "channels",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "template_partials",
]

MIDDLEWARE = [
    "servestatic.middleware.ServeStaticMiddleware",
    "engagement.http.turns.TurnsMiddleware",
    "engagement.http.requests.RequestMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "engagement.http.csp.ContentSecurityPolicyMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "engagement.http.language.PersonLanguageMiddleware",
    "engagement.context.DressMiddleware",
    "engagement.http.doors.LoginRequiredMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "allauth.account.middleware.AccountMiddleware",
]

ROOT_URLCONF = "engagement.urls"
ASGI_APPLICATION = "engagement.asgi.application"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "engagement.context.page",
            ],
            "builtins": ["engagement.http.templatetags.vaffel", "django.templatetags.i18n"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

# --- Database: the truth -------------------------------------------------------------------------
DATABASE_URL = os.environ.get("DATABASE_URL", "postgresql:///vaffel")
_conninfo = {key: str(value) for key, value in conninfo_to_dict(DATABASE_URL).items()}
DATABASE_POOL = {
    "min_size": 1,
    "max_size": 16,
    # Longest wait for a connection, in seconds; then the page is a 503.
    "timeout": 4,
    "max_idle": 120,
    # Retries double their distance. After this many seconds the pool gives up, and the next
    # request tries at once: so nobody waits for a database that is back.
    "reconnect_timeout": 2,
}
DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "NAME": _conninfo.pop("dbname", "vaffel"),
        "USER": _conninfo.pop("user", ""),
        "PASSWORD": _conninfo.pop("password", ""),
        "HOST": _conninfo.pop("host", ""),
        "PORT": _conninfo.pop("port", ""),
        "CONN_MAX_AGE": 0,
        "CONN_HEALTH_CHECKS": True,
        "OPTIONS": {
            # A server that vanished is noticed in seconds; over a Unix socket these mean nothing.
            "connect_timeout": "5",
            "tcp_user_timeout": "15000",
            **_conninfo,
            "application_name": os.environ.get("VAFFEL_PROCESS", "vaffel"),
            # A pool serves the threads of one web process; tests and one-off commands need none.
            **({"pool": DATABASE_POOL} if flag("DATABASE_POOL", default=False) else {}),
        },
    }
}
AUTH_USER_MODEL = "people.Person"

# --- Valkey: wakes people up, forgets everything --------------------------------------------------
REDIS_URL = os.environ.get("REDIS_URL", "redis://127.0.0.1:6379/0")

# Kept in the database: sign-in limits must hold across processes and survive a dead Valkey.
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.db.DatabaseCache",
        "LOCATION": "django_cache",
        "OPTIONS": {"MAX_ENTRIES": 20000},
    }
}

CELERY = {
    "broker_url": celery_broker(REDIS_URL),
    "broker_connection_retry_on_startup": True,
    "broker_transport_options": {
        "visibility_timeout": 900,
        "socket_connect_timeout": 1,
        "socket_timeout": 10,
        "retry_policy": {"max_retries": 0},
    },
    "task_publish_retry": False,
    "task_acks_late": True,
    "task_reject_on_worker_lost": True,
    "task_ignore_result": True,
    "task_time_limit": 300,
    "task_soft_time_limit": 270,
    "worker_prefetch_multiplier": 1,
    "worker_cancel_long_running_tasks_on_connection_loss": True,
    "worker_soft_shutdown_timeout": 5,
    "worker_hijack_root_logger": False,
    "timezone": "Europe/Oslo",
    "beat_schedule_filename": str(DATA_DIR / "beat-schedule"),
}

# What people's leaving and returning wakes, so that walls do not wait for the sweep.
RUNG_WHEN_PEOPLE_LEAVE = (
    "kudos.tasks.withdraw_leavers_cards",
    "kudos.tasks.apply_leavers_policy",
    "events.tasks.leave_for_leavers",
    "events.tasks.take_down_leavers_photos",
)

# --- Language and time ----------------------------------------------------------------------------
LANGUAGE_CODE = "nb"
LANGUAGES = [("nb", _("Norwegian")), ("en", _("English"))]
# The second is where translations are compiled to when the checkout is read-only.
LOCALE_PATHS = [BASE_DIR / "engagement" / "locale", DATA_DIR / "locale"]
LANGUAGE_COOKIE_SAMESITE = "Lax"
TIME_ZONE = "Europe/Oslo"
USE_TZ = True

# --- Static files ---------------------------------------------------------------------------------
STATIC_URL = "/static/"
STATIC_ROOT = DATA_DIR / "static"
# The witness counts with the voter's own modules.
STATICFILES_DIRS = [
    BASE_DIR / "engagement" / "static",
    ("ballot", BASE_DIR / "surveys" / "ballots" / "page"),
]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {
        "BACKEND": "django.contrib.staticfiles.storage.StaticFilesStorage"
        if TESTING
        else "servestatic.storage.CompressedManifestStaticFilesStorage"
    },
}
SERVESTATIC_USE_FINDERS = TESTING
SERVESTATIC_AUTOREFRESH = False
SERVESTATIC_KEEP_ONLY_HASHED_FILES = False
SERVESTATIC_ADD_HEADERS_FUNCTION = static_headers
# Names what browsers have loaded; a wall that runs another build loads itself anew.
BUILD = static_build(STATIC_ROOT)

# --- Sign-in --------------------------------------------------------------------------------------
AUTHENTICATION_BACKENDS = ["allauth.account.auth_backends.AuthenticationBackend"]
PASSWORD_HASHERS = ["django.contrib.auth.hashers.Argon2PasswordHasher"]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
     "OPTIONS": {"user_attributes": ("given_name", "family_name", "email", "employee_number")}},
    {"NAME": "engagement.accounts.PasswordLength",
     "OPTIONS": {"min_length": 10}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]  # fmt: skip
LOGIN_URL = "account_login"
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/accounts/login/"
ACCOUNT_ADAPTER = "engagement.accounts.AccountAdapter"
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*"]
ACCOUNT_EMAIL_VERIFICATION = "none"
ACCOUNT_LOGIN_BY_CODE_ENABLED = True
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
# Wrong codes from paper, by address; a shop's whole team may share one.
ACCOUNT_RATE_LIMITS = {"activation_code": "30/10m/ip"}

SESSION_COOKIE_AGE = 60 * 60 * 24 * 30
SESSION_COOKIE_SECURE = IS_SECURE_ORIGIN
# Ports share a cookie jar: instances side by side on one host need names of their own.
SESSION_COOKIE_NAME = f"vaffel_session_{PORT}"
CSRF_COOKIE_NAME = f"vaffel_csrf_{PORT}"
LANGUAGE_COOKIE_NAME = "vaffel_language"
CSRF_COOKIE_SECURE = IS_SECURE_ORIGIN
CSRF_FAILURE_VIEW = "engagement.http.errors.csrf_failure"
CSRF_TRUSTED_ORIGINS = [BASE_URL]

# --- Security -------------------------------------------------------------------------------------
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365 if IS_SECURE_ORIGIN else 0
SECURE_SSL_REDIRECT = False  # the proxy in front does it; behind it we only see plain HTTP
# The server sets the scheme, from trusted proxies only; a header by itself proves nothing.
SECURE_PROXY_SSL_HEADER = None
X_FRAME_OPTIONS = "DENY"
SECURE_CSP = {
    "default-src": ["'none'"],
    "script-src": ["'self'"],
    "style-src": ["'self'"],
    "img-src": ["'self'", "data:"],
    "font-src": ["'self'"],
    "connect-src": ["'self'"],
    "manifest-src": ["'self'"],
    "worker-src": ["'self'"],
    "form-action": ["'self'"],
    "base-uri": ["'none'"],
    "frame-ancestors": ["'none'"],
}
DATA_UPLOAD_MAX_MEMORY_SIZE = 1024 * 1024
# Larger ones lie on the disk while they are read; `engagement.http.bodies` says how large at most.
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
FILE_UPLOAD_HANDLERS = ["django.core.files.uploadhandler.MemoryFileUploadHandler",
                        "django.core.files.uploadhandler.TemporaryFileUploadHandler"]  # fmt: skip

# --- API ------------------------------------------------------------------------------------------
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "engagement.api.authentication.BearerAuthentication",
        "engagement.api.authentication.BrowserSession",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["engagement.api.permissions.HasScope"],
    "DEFAULT_THROTTLE_CLASSES": ["engagement.api.throttling.PerCaller"],
    "DEFAULT_PARSER_CLASSES": ["engagement.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "engagement.api.pagination.NewestFirst",
    "PAGE_SIZE": 50,
    "DEFAULT_SCHEMA_CLASS": "engagement.api.schema.ProblemSchema",
    "EXCEPTION_HANDLER": "engagement.api.problems.problem_response",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
    "COERCE_DECIMAL_TO_STRING": True,
}
SPECTACULAR_SETTINGS = {
    "TITLE": "Vaffel",
    "DESCRIPTION": "Kudos, people, surveys and walls. Errors are problem details (RFC 9457).",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "SCHEMA_PATH_PREFIX": "/api/v1",
    # The committed document must not depend on anybody's language.
    "ENUM_GENERATE_CHOICE_DESCRIPTION": False,
    # Where two resources use one word for different lists.
    "ENUM_NAME_OVERRIDES": {
        "LookEnum": "kudos.looks.CHOICES",
        "DayLookEnum": "engagement.themes.looks.CHOICES",
        "AnnouncementKindEnum": "events.models.Announcement.Kind",
        "AnnouncementStateEnum": "events.models.Announcement.State",
        # A unit, a site or an employer: whom surveys ask and events invite.
        "PlaceKindEnum": "events.api.event_shapes.AUDIENCE_KINDS",
        "CompetitionEmblemEnum": "events.models.CompetitionEmblem",
        "CompetitionKindEnum": "events.models.GroupKind",
        "CompetitionStateEnum": "events.api.competition_shapes.STATES",
        "EmblemEnum": "events.models.Emblem",
        "EntryWayEnum": "events.models.Entry.Way",
        "GroupStateEnum": "events.models.Result.State",
        "PraiseStateEnum": "kudos.api.praise.STATES",
        "SignUpStateEnum": "events.models.SignUp.State",
        "StateEnum": "surveys.models.Survey.State",
        "WayEnum": "engagement.notices.kinds.Way",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "engagement.api.schema.one_spelling",
    ],
}
# Calls of one token (or one person in a browser): over time, and at once.
API_REQUESTS_PER_MINUTE = whole_number("API_REQUESTS_PER_MINUTE", default=600)
API_BURST = whole_number("API_BURST", default=100)
API_KUDOS_PER_MINUTE = whole_number("API_KUDOS_PER_MINUTE", default=60)

# --- Mail -----------------------------------------------------------------------------------------
globals().update(email_settings(os.environ.get("EMAIL_URL", ""), DATA_DIR))
DEFAULT_FROM_EMAIL = os.environ.get(
    "DEFAULT_FROM_EMAIL", f"Vaffel <vaffel@{urlsplit(BASE_URL).hostname or 'localhost'}>"
)

# --- Logs -----------------------------------------------------------------------------------------
LOGGING = logging_settings()
SILENCED_SYSTEM_CHECKS = [
    "security.W008",  # SSL redirect: done by the proxy, see above
    "security.W005", "security.W021",  # HSTS for sub-domains is the organisation's decision
    "account.W001",
]  # fmt: skip
