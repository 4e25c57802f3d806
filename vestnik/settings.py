"""Django's settings, made from :mod:`vestnik.environment`."""

from datetime import timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from vestnik import __version__
from vestnik.console import look
from vestnik.console.sso import setup as sso
from vestnik.db.address import read_address
from vestnik.environment import read_environment
from vestnik.logs import logging_config

_HERE = Path(__file__).parent
ENVIRONMENT = read_environment()

SECRET_KEY = ENVIRONMENT.secret_key
SECRET_KEY_FALLBACKS = ENVIRONMENT.secret_key_fallbacks
DEBUG = False
# Health checks ask from inside the machine or the container, whatever names people use.
ALLOWED_HOSTS = [*ENVIRONMENT.allowed_hosts, "localhost", "127.0.0.1", "[::1]"]
ROOT_URLCONF = "vestnik.urls"
WSGI_APPLICATION = "vestnik.wsgi.application"
AUTH_USER_MODEL = "vestnik.User"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

INSTALLED_APPS = [
    "vestnik",
    # Its look only: the site is our own, vestnik.console.site.
    "unfold.apps.BasicAppConfig",
    "django.contrib.admin.apps.SimpleAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.postgres",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
]

MIDDLEWARE = [
    "vestnik.web.middleware.RequestIdMiddleware",
    # Providers' calls go no further.
    "vestnik.api.receipts.CallbackMiddleware",
    "vestnik.web.middleware.LanguageMiddleware",
    "vestnik.web.middleware.SafetyHeadersMiddleware",
    "vestnik.web.cors.CorsMiddleware",
    "vestnik.web.middleware.ForwardedProtoMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "vestnik.web.middleware.BodyLimitMiddleware",
    "vestnik.web.middleware.ReaderMiddleware",
    "django.middleware.common.CommonMiddleware",
    # The console's: no other page touches a session.
    "vestnik.console.middleware.ConsoleSessionMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "vestnik.console.middleware.ConsoleAuthenticationMiddleware",
    "vestnik.console.middleware.ConsoleMessageMiddleware",
    "vestnik.console.middleware.ConsoleMiddleware",
]

TEMPLATES: list[dict[str, Any]] = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [_HERE / "console" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "libraries": {"console": "vestnik.console.tags"},
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "vestnik.console.context.of_every_page",
            ],
        },
    },
]

_address = read_address(ENVIRONMENT.database_url)
_libpq = dict(_address.libpq)
DATABASES: dict[str, dict[str, Any]] = {
    "default": {
        "ENGINE": "vestnik.db",
        # None but where a service of libpq names it.
        "NAME": _libpq.pop("dbname", ""),
        "USER": _libpq.pop("user", ""),
        "PASSWORD": _libpq.pop("password", ""),
        "HOST": _libpq.pop("host", ""),
        "PORT": _libpq.pop("port", ""),
        "OPTIONS": {**_libpq, "application_name": "vestnik"},
        # Ours: what is set in each session once it is connected (vestnik.db.base).
        "SESSION": _address.session,
        # One connection a process or thread, kept: a new one costs more than most requests.
        "CONN_MAX_AGE": None,
        "CONN_HEALTH_CHECKS": True,
    }
}

PASSWORD_HASHERS = [
    "vestnik.accounts.hashing.Argon2Hasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator"},
    {"NAME": "django.contrib.auth.password_validation.MinimumLengthValidator"},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    {"NAME": "django.contrib.auth.password_validation.NumericPasswordValidator"},
]

USE_TZ = True
TIME_ZONE = ENVIRONMENT.time_zone
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("ru", "русский")]
LOCALE_PATHS = [_HERE / "locale", _HERE / "console" / "locale", _HERE / "console" / "unfold_locale"]
STATIC_URL = "/static/"
STATICFILES_DIRS = [_HERE / "console" / "static"]
# Static files are served from where they are installed: nobody has to collect them first.
WHITENOISE_USE_FINDERS = True
WHITENOISE_AUTOREFRESH = False
APPEND_SLASH = False
X_FRAME_OPTIONS = "DENY"
# The form of a mailing posts a field for each tag and code that is picked: at most 1,000 of either, and the rest.
DATA_UPLOAD_MAX_NUMBER_FIELDS = 3_000
SECURE_REFERRER_POLICY = "same-origin"

# Vestnik speaks HTTP; HTTPS is spoken by a proxy before it, which says so in X-Forwarded-Proto. Like X-Forwarded-For
# that header is believed only where NUM_PROXIES says that there is a proxy.
_HTTPS = ENVIRONMENT.public_url.startswith("https://")
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if ENVIRONMENT.num_proxies else None
SECURE_SSL_REDIRECT = _HTTPS and ENVIRONMENT.num_proxies > 0
SECURE_SSL_HOST = urlsplit(ENVIRONMENT.public_url).netloc
# Who watches asks the process itself, not through the proxy.
SECURE_REDIRECT_EXEMPT = [r"^health/", r"^metrics/?$"]
SECURE_HSTS_SECONDS = 365 * 24 * 3600 if _HTTPS else 0
# Whether hosts below this one speak HTTPS, too, and browsers should know it beforehand, is for its owner to say.
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]

# The console's logins: a cookie of this host alone, for two weeks; secure where the console is reached by HTTPS.
UNFOLD = look.UNFOLD
SESSION_COOKIE_NAME = "vestnik_session"
SESSION_COOKIE_PATH = CSRF_COOKIE_PATH = "/console/"
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = _HTTPS
SESSION_COOKIE_HTTPONLY = CSRF_COOKIE_HTTPONLY = True
CSRF_COOKIE_NAME = "vestnik_csrf"
CSRF_TRUSTED_ORIGINS = [ENVIRONMENT.public_url]
CSRF_FAILURE_VIEW = "vestnik.console.problems.csrf_failure"
LOGIN_URL = "/console/login/"

if ENVIRONMENT.openid_connect is not None:
    INSTALLED_APPS += sso.APPS
    MIDDLEWARE += sso.MIDDLEWARE
    globals().update(sso.settings_of(ENVIRONMENT.openid_connect, https=_HTTPS))

LOGGING = logging_config(ENVIRONMENT.log_format, level=ENVIRONMENT.log_level, messages=ENVIRONMENT.log_messages)

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["vestnik.api.authentication.HeaderAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated", "vestnik.api.account.MayWrite"],
    "DEFAULT_PARSER_CLASSES": ["vestnik.api.parsers.StrictJSONParser"],
    "DEFAULT_RENDERER_CLASSES": ["vestnik.api.json_answers.QuickJSONRenderer"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "vestnik.api.json_answers.PlainNegotiation",
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_METADATA_CLASS": "vestnik.api.metadata.MethodsMetadata",
    "EXCEPTION_HANDLER": "vestnik.api.errors.answer",
    "URL_FORMAT_OVERRIDE": None,
    "NUM_PROXIES": ENVIRONMENT.num_proxies,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
}
# Only its serializer of an account is used: no cookies, no sessions, none of its own tokens.
REST_AUTH = {"USE_JWT": True, "SESSION_LOGIN": False, "TOKEN_MODEL": None}

SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=30),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=14),
    "AUTH_TOKEN_CLASSES": ("vestnik.accounts.tokens.LoginAccessToken",),
}

SPECTACULAR_SETTINGS = {
    "TITLE": "Vestnik",
    "DESCRIPTION": (
        "Sends one text to every client of the directory that matches a filter, and accounts for every message.\n\n"
        "Register or log in under *accounts*, then paste the `access` token into **Authorize**."
    ),
    "VERSION": __version__,
    "LICENSE": {"name": "MIT", "identifier": "MIT"},
    "OAS_VERSION": "3.1.0",
    # Bodies have schemas of their own, without the fields that are only read: generated clients need not fill those.
    "COMPONENT_SPLIT_REQUEST": True,
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": "",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "SWAGGER_UI_SETTINGS": {
        "deepLinking": True,
        "persistAuthorization": True,
        "tryItOutEnabled": True,
        "validatorUrl": None,
    },
    "PATH_CONVERTER_OVERRIDES": {
        "id": {"type": "integer", "format": "int64", "minimum": 1, "maximum": 2**63 - 1},
    },
    "ENUM_NAME_OVERRIDES": {
        "MailingState": "vestnik.models.MailingState",
        "WebhookEventType": "vestnik.models.WebhookEventType",
        "MessageState": "vestnik.models.MESSAGE_STATES",
        "MessageStatus": "vestnik.models.MESSAGE_STATUSES",
        "Role": "vestnik.models.Role",
        "Language": "vestnik.models.Language",
        "ImportMode": "vestnik.models.ImportMode",
        "ImportOnError": "vestnik.models.OnError",
        "ImportState": "vestnik.models.ImportState",
        "UnknownDecision": "vestnik.api.mailings.DECISIONS",
        "SmsEncoding": "vestnik.api.preview.ENCODINGS",
        "TextRefusal": "vestnik.api.preview_texts.REFUSALS",
        "ReadyStatus": "vestnik.api.health.STATUSES",
        "UnfitReason": "vestnik.api.preview.REASONS",
        "SegmentTest": "vestnik.api.segment_body.TESTS",
        "SegmentWhen": "vestnik.api.segment_body.WHENS",
    },
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "vestnik.api.schema_shapes.suit_generators",
        "vestnik.api.schema.document_errors",
        "vestnik.api.answer_examples.show_examples",
        "vestnik.api.examples.fresh_dates",
    ],
    "TAGS": [
        {"name": "accounts", "description": "Registration, logins, your own account."},
        {"name": "clients", "description": "The directory."},
        {"name": "mailings", "description": "One text for everybody who matches a filter."},
        {"name": "segments", "description": "Filters over clients that are kept under a name and used again."},
        {"name": "templates", "description": "Texts that are kept under a name and used again."},
        {"name": "messages", "description": "Single messages, sent at once."},
        {"name": "statistics", "description": "The totals of mailings, and what became of each message."},
        {"name": "gateways", "description": "Connections to providers, and the rules that choose among them."},
        {"name": "webhooks", "description": "Addresses of yours that events are posted to."},
        {"name": "health", "description": "For the machines that watch this one."},
    ],
}
