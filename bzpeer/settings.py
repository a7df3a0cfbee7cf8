"""Settings, all from the environment (docs/configuration.md lists every variable).

BZPEER_MODE=embedded (the default) runs on a laptop with the services of `bzpeer.embedded`;
BZPEER_MODE=production refuses to start with a default secret, with DEBUG, or without BZPEER_HOSTS.
"""

from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured
from environs import Env

from bzpeer import embedded

BASE_DIR = Path(__file__).resolve().parent.parent
env = Env()

MODE = env.str("BZPEER_MODE", "embedded")
if MODE not in {"embedded", "production"}:
    raise ImproperlyConfigured(f"BZPEER_MODE is {MODE!r}; it must be 'embedded' or 'production'.")
PRODUCTION = MODE == "production"

HOME = Path(env.str("BZPEER_HOME", str(BASE_DIR / "var"))).expanduser().resolve()
SERVICES = embedded.locate(HOME)

DEBUG = env.bool("DEBUG", False)
SECRET_KEY = env.str("SECRET_KEY", "") or ("" if PRODUCTION else embedded.secret_key(HOME))
SECRET_KEY_FALLBACKS: list[str] = env.list("SECRET_KEY_FALLBACKS", [])  # former keys: what they signed and sealed stays good
HOST = env.str("BZPEER_HOST", "127.0.0.1")
PORT = env.int("BZPEER_PORT", 8000)
ALLOWED_HOSTS = env.list("BZPEER_HOSTS", [] if PRODUCTION else ["localhost", "127.0.0.1", "[::1]", HOST])
# Links in mail begin with it: a request's Host header is anybody's to choose.
PORTAL_URL = env.str("BZPEER_URL", f"https://{next(iter(ALLOWED_HOSTS), HOST)}" if PRODUCTION else f"http://{HOST}:{PORT}").rstrip("/")
CSRF_TRUSTED_ORIGINS = env.list("BZPEER_ORIGINS", [f"https://{host}" for host in ALLOWED_HOSTS] if PRODUCTION else [])

if PRODUCTION:
    if len(SECRET_KEY) < 50 or SECRET_KEY.lower().startswith(("django-insecure", "change", "secret")):
        raise ImproperlyConfigured("SECRET_KEY must be set to at least 50 random characters in production mode.")
    if DEBUG:
        raise ImproperlyConfigured("DEBUG must be off in production mode.")
    if not ALLOWED_HOSTS or "*" in ALLOWED_HOSTS:
        raise ImproperlyConfigured("BZPEER_HOSTS must name the portal's hosts in production mode, e.g. portal.example.org.")
    if not env.str("DATABASE_URL", ""):
        raise ImproperlyConfigured("DATABASE_URL must be set in production mode.")
    if not env.str("REDIS_URL", ""):
        raise ImproperlyConfigured("REDIS_URL must be set in production mode.")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "django.contrib.humanize",
    "csp",
    "django_htmx",
    "django_vite",
    "django_filters",
    "rest_framework",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "pgtrigger",
    "pghistory",
    "allauth",
    "allauth.account",
    "allauth.socialaccount",
    "allauth.mfa",
    "allauth.usersessions",
    "bzpeer",
    "researchers",
    "works",
    "graph",
    "bzpeer.accounts",
    "bzpeer.accounts.orcid",
    "bzpeer.claims",
    "bzpeer.curation",
    "bzpeer.collaboration",
    "bzpeer.feeds",
    "bzpeer.comments",
    "bzpeer.collections",
    "bzpeer.savedviews",
    "bzpeer.reports",
    "bzpeer.bibliographies",
    "bzpeer.privacy",
    "bzpeer.moderation",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.middleware.gzip.GZipMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "allauth.account.middleware.AccountMiddleware",
    "pghistory.middleware.HistoryMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "bzpeer.pages.waiting.PatienceMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "bzpeer.urls"
WSGI_APPLICATION = "bzpeer.wsgi.application"
APPEND_SLASH = True

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
                "bzpeer.pages.notifications.unread_notices",
            ],
        },
    }
]

# --- data -----------------------------------------------------------------------------------------

DATABASES = {
    "default": {
        **env.dj_db_url("DATABASE_URL", SERVICES.database_url),
        "OPTIONS": {"pool": {"min_size": 1, "max_size": 8, "timeout": 10}},
        "CONN_HEALTH_CHECKS": True,
    }
}
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

# Imports wait while less of a disk is free, and less than 10 GB (works/room.py).
IMPORT_LEAST_FREE = env.float("IMPORT_LEAST_FREE", 0.1)
# Who imports has this many seconds for a batch, waiting for other writers included; then another worker may go on instead.
IMPORT_LEASE = env.float("IMPORT_LEASE", 30)
# The sweeper picks up within this many seconds whatever a lost message left behind.
SWEEP_EVERY = env.float("SWEEP_EVERY", 20)
if IMPORT_LEASE < 10 or SWEEP_EVERY < 1:  # a lease is renewed every 8 seconds (works/parts.py)
    raise ImproperlyConfigured("IMPORT_LEASE must be 10 seconds or more, and SWEEP_EVERY 1 or more.")

REDIS_URL = env.str("REDIS_URL", SERVICES.redis_url)
CACHE_URL = env.str("CACHE_URL", embedded.redis_database(REDIS_URL, 1))
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": CACHE_URL,
        "KEY_PREFIX": "bzpeer",
    }
}

CELERY_BROKER_URL = embedded.celery_url(REDIS_URL)
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_TASK_TIME_LIMIT = 120
CELERY_TASK_SOFT_TIME_LIMIT = 90
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_PUBLISH_RETRY = False
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULE_FILENAME = str(HOME / "celerybeat-schedule")
CELERY_BEAT_SCHEDULE = {
    "imports": {"task": "works.tasks.sweep_imports", "schedule": SWEEP_EVERY, "options": {"expires": SWEEP_EVERY}},
    # Once a day by the database's clock; asking more often only makes good for a day without (works.refreshing).
    "refresh": {"task": "bzpeer.refreshing.refresh_due", "schedule": 900.0, "options": {"expires": 900}},
    "derive-pending": {"task": "bzpeer.pipeline.derive_pending", "schedule": SWEEP_EVERY, "options": {"expires": SWEEP_EVERY}},
    "bibliographies": {
        "task": "bzpeer.bibliographies.tasks.sweep_bibliographies",
        "schedule": SWEEP_EVERY,
        "options": {"expires": SWEEP_EVERY},
    },
    "proof-pages": {"task": "bzpeer.claims.tasks.sweep_proof_pages", "schedule": SWEEP_EVERY, "options": {"expires": SWEEP_EVERY}},
    "claims": {"task": "bzpeer.claims.tasks.look_over_claims", "schedule": 86_400.0, "options": {"expires": 3_600}},
    "invitations": {"task": "bzpeer.collaboration.tasks.expire", "schedule": 3_600.0, "options": {"expires": 3_600}},
    # Daily ones from 06:00 UTC on, weekly ones on Mondays; asking more often only goes on where the last call stopped.
    "digests": {"task": "bzpeer.feeds.tasks.write_digests", "schedule": 300.0, "options": {"expires": 300}},
    "privacy": {"task": "bzpeer.privacy.tasks.sweep", "schedule": 300.0, "options": {"expires": 300}},
    "mail": {"task": "bzpeer.accounts.tasks.send_mail", "schedule": SWEEP_EVERY, "options": {"expires": SWEEP_EVERY}},
    "coverage": {"task": "bzpeer.pipeline.count_coverage", "schedule": 60.0, "options": {"expires": 60}},
    "key-terms": {"task": "bzpeer.pipeline.refresh_key_terms", "schedule": 30.0, "options": {"expires": 30}},
    "summaries": {"task": "works.tasks.generate_summaries", "schedule": 30.0, "options": {"expires": 30}},
    "reports": {"task": "bzpeer.reports.tasks.sweep_reports", "schedule": SWEEP_EVERY, "options": {"expires": SWEEP_EVERY}},
    "reports-anew": {"task": "bzpeer.reports.tasks.recount_reports", "schedule": 300.0, "options": {"expires": 300}},
    "identity": {"task": "bzpeer.curation.identity.look_for_proposals", "schedule": 86_400.0, "options": {"expires": 3_600}},
    "names": {"task": "researchers.tasks.mend_names", "schedule": 3_600.0, "options": {"expires": 600}},
    "coverage-anew": {"task": "bzpeer.pipeline.recount_coverage", "schedule": 86_400.0, "options": {"expires": 3_600}},
}

# What the audit keeps is neither changed nor deleted. Erasing a person's rows lifts that for its own transaction
# with `pgtrigger.ignore()`: bzpeer/privacy alone does so.
PGHISTORY_APPEND_ONLY = True

# --- people ---------------------------------------------------------------------------------------

AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "django.contrib.auth.backends.ModelBackend",
    "allauth.account.auth_backends.AuthenticationBackend",
]
PASSWORD_HASHERS = [
    "django.contrib.auth.hashers.Argon2PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator", "NumericPasswordValidator")
]
LOGIN_REDIRECT_URL = "/"
ACCOUNT_LOGOUT_REDIRECT_URL = "/"
ACCOUNT_LOGIN_METHODS = {"email"}
ACCOUNT_SIGNUP_FIELDS = ["email*", "password1*", "password2*"]
ACCOUNT_USER_MODEL_USERNAME_FIELD = None
ACCOUNT_EMAIL_VERIFICATION = "mandatory"
ACCOUNT_PREVENT_ENUMERATION = True
ACCOUNT_SESSION_REMEMBER = True
ACCOUNT_EMAIL_SUBJECT_PREFIX = ""
ACCOUNT_EMAIL_NOTIFICATIONS = True
ACCOUNT_REAUTHENTICATION_REQUIRED = True
ACCOUNT_LOGOUT_ON_PASSWORD_CHANGE = False  # the other sessions end, this one stays
ACCOUNT_CONFIRM_EMAIL_ON_GET = False  # mail scanners follow links
# Failed logins: by network and address, by browsers one has logged in from, and over everybody (bzpeer/accounts/adapters.py).
ACCOUNT_RATE_LIMITS = {
    "login_failed": "10/m/ip,5/300s/key",
    "login_failed_known": "10/300s/key",
    "login_failed_everywhere": "600/300s/key",
}
ACCOUNT_LOGIN_ON_PASSWORD_RESET = True  # a second factor is asked for all the same
ACCOUNT_ADAPTER = "bzpeer.accounts.adapters.AccountAdapter"
ACCOUNT_FORMS = {
    "signup": "bzpeer.accounts.forms.JoinForm",
    "change_password": "bzpeer.accounts.forms.NewPasswordForm",
    "set_password": "bzpeer.accounts.forms.FirstPasswordForm",
    "reset_password_from_key": "bzpeer.accounts.forms.ForgottenPasswordForm",
}
# X-Forwarded-For is believed only from as many proxies as there are, else anybody could reset their limits.
ALLAUTH_TRUSTED_PROXY_COUNT = env.int("BZPEER_PROXIES", 0)

ORCID_URL = env.str("ORCID_URL", "https://orcid.org").rstrip("/")
ORCID_CLIENT_ID = env.str("ORCID_CLIENT_ID", "")
SOCIALACCOUNT_ADAPTER = "bzpeer.accounts.adapters.SocialAccountAdapter"
SOCIALACCOUNT_EMAIL_REQUIRED = True
SOCIALACCOUNT_EMAIL_VERIFICATION = "mandatory"
SOCIALACCOUNT_EMAIL_AUTHENTICATION = False  # an address ORCID tells is not one we confirmed
SOCIALACCOUNT_QUERY_EMAIL = True
SOCIALACCOUNT_STORE_TOKENS = False
SOCIALACCOUNT_PROVIDERS = {
    "orcid": {
        "OAUTH_PKCE_ENABLED": True,
        "APPS": [{"client_id": ORCID_CLIENT_ID, "secret": env.str("ORCID_CLIENT_SECRET", "")}] if ORCID_CLIENT_ID else [],
    }
}

MFA_ADAPTER = "bzpeer.accounts.adapters.MFAAdapter"
MFA_FORMS = {"activate_totp": "bzpeer.accounts.forms.AppForm", "add_webauthn": "bzpeer.accounts.forms.KeyForm"}
MFA_SUPPORTED_TYPES = ["totp", "webauthn", "recovery_codes"]
MFA_PASSKEY_LOGIN_ENABLED = True
MFA_RECOVERY_CODES_SHOW_ONCE = True
MFA_TOTP_ISSUER = "bzpeer"
# Browsers give passkeys to https and to localhost; the library must agree for the latter.
MFA_WEBAUTHN_ALLOW_INSECURE_ORIGIN = not PRODUCTION

DEFAULT_FROM_EMAIL = env.str("DEFAULT_FROM_EMAIL", f"bzpeer <bzpeer@{ALLOWED_HOSTS[0]}>")
if env.str("EMAIL_URL", ""):
    _mail = env.dj_email_url("EMAIL_URL")
    EMAIL_BACKEND = "bzpeer.accounts.outbox.OutboxEmailBackend"
    MAIL_TRANSPORT = _mail["EMAIL_BACKEND"]  # what the outbox hands messages to
    EMAIL_HOST = _mail["EMAIL_HOST"]
    EMAIL_PORT = _mail["EMAIL_PORT"]
    EMAIL_HOST_USER = _mail["EMAIL_HOST_USER"]
    EMAIL_HOST_PASSWORD = _mail["EMAIL_HOST_PASSWORD"]
    EMAIL_USE_TLS = _mail["EMAIL_USE_TLS"]
    EMAIL_USE_SSL = _mail["EMAIL_USE_SSL"]
    EMAIL_TIMEOUT = 10
else:
    # No mail server: messages are kept as files under BZPEER_HOME/mail and shown in the terminal.
    EMAIL_BACKEND = "bzpeer.accounts.mail.KeepingEmailBackend"
EMAIL_FILE_PATH = HOME / "mail"

# --- web ------------------------------------------------------------------------------------------

LANGUAGE_CODE = "en"
TIME_ZONE = "UTC"
USE_I18N = True
USE_TZ = True

STATIC_URL = "/static/"
STATIC_ROOT = Path(env.str("BZPEER_STATIC_ROOT", str(HOME / "staticfiles")))
STATICFILES_DIRS = [BASE_DIR / "static"]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "bzpeer.staticfiles.PortalStaticFilesStorage"},
}
WHITENOISE_MAX_AGE = 3600
DJANGO_VITE = {
    "default": {
        "dev_mode": False,
        "static_url_prefix": "dist",
        "manifest_path": BASE_DIR / "static" / "dist" / "manifest.json",
    }
}

CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "worker-src": [SELF, "blob:"],
        "object-src": [NONE],
        "base-uri": [SELF],
        "form-action": [SELF, ORCID_URL] if ORCID_CLIENT_ID else [SELF],  # browsers follow redirects of forms with this rule
        "frame-ancestors": [NONE],
    }
}
SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "strict-origin-when-cross-origin"
X_FRAME_OPTIONS = "DENY"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = PRODUCTION
CSRF_COOKIE_SECURE = PRODUCTION
CSRF_FAILURE_VIEW = "bzpeer.pages.errors.form_refused"
SECURE_SSL_REDIRECT = PRODUCTION and env.bool("BZPEER_SSL_REDIRECT", True)
SECURE_HSTS_SECONDS = 31_536_000 if PRODUCTION else 0
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if PRODUCTION else None
SECURE_REDIRECT_EXEMPT = [r"^healthz$", r"^readyz$"]

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.AllowAny"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "EXCEPTION_HANDLER": "bzpeer.api.problems.problem_details",
    "UNAUTHENTICATED_USER": "django.contrib.auth.models.AnonymousUser",
}
SPECTACULAR_SETTINGS = {
    "TITLE": "bzpeer API",
    "DESCRIPTION": "Researchers, works, topics and institutions of this portal, and slices of the graph between them.",
    "VERSION": "1",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "ENUM_NAME_OVERRIDES": {
        "RecordKindEnum": "bzpeer.addresses.KINDS",
        "EdgeKindEnum": "graph.relations.EDGE_KINDS",
        "NameFormKindEnum": "researchers.models.NameForm.Kind",
        "LevelEnum": "researchers.models.VerificationLevel",
    },
}

# --- language model (optional; any endpoint with OpenAI's manners) --------------------------------

LLM_BASE_URL = env.str("LLM_BASE_URL", "").rstrip("/")  # unset: no text leaves this machine
LLM_MODEL = env.str("LLM_MODEL", "")
LLM_API_KEY = env.str("LLM_API_KEY", "")
LLM_TIMEOUT = env.float("LLM_TIMEOUT", 180.0)  # seconds for one answer
LLM_LONGEST_TEXT = env.int("LLM_LONGEST_TEXT", 240_000)  # characters of a paper that are sent; the rest is cut at sections
LLM_PRICE_IN = env.decimal("LLM_PRICE_IN", None)  # US dollars for a million tokens read; unset: costs are not known
LLM_PRICE_OUT = env.decimal("LLM_PRICE_OUT", None)
LLM_DAILY_BUDGET = env.int("LLM_DAILY_BUDGET", 500)  # papers a day the language model is asked about; 0 switches it off

# Few steps: every address and method has its own row a step at /metrics.
PROMETHEUS_LATENCY_BUCKETS = (0.05, 0.1, 0.25, 0.5, 1.0, 2.5, 10.0, float("inf"))

# --- upstream -------------------------------------------------------------------------------------

OPENALEX_URL = env.str("OPENALEX_URL", "https://api.openalex.org")
ORCID_API_URL = env.str("ORCID_API_URL", "https://pub.orcid.org")  # the public API; works lists of ORCID records
OPENALEX_API_KEY = env.str("OPENALEX_API_KEY", "")
OPENALEX_DAILY_BUDGET = env.int("OPENALEX_DAILY_BUDGET", 50)  # requests a day for keeping records fresh; 0 switches it off
ARXIV_URL = env.str("ARXIV_URL", "https://export.arxiv.org/api/query")
ARXIV_OAI_URL = env.str("ARXIV_OAI_URL", "https://oaipmh.arxiv.org/oai")
ARXIV_TEXT_URL = env.str("ARXIV_TEXT_URL", "https://export.arxiv.org").rstrip("/")  # full texts for reproducibility reports
ARXIV_INTERVAL = 3.0  # seconds between requests to arXiv, over all workers: its terms. Tests alone set less
UPSTREAM_FIRST_REST, UPSTREAM_LONGEST_REST = 60.0, 600.0  # seconds for which an upstream that does not answer is left in peace

# --- figures of the design ------------------------------------------------------------------------

COLLABORATION_MAX_AUTHORS = env.int("COLLABORATION_MAX_AUTHORS", 50)
CLOSE_COLLABORATOR_WORKS = 2
SLICE_MAX_NODES = 300

# --- logs -----------------------------------------------------------------------------------------

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"plain": {"()": "bzpeer.logs.LineFormatter", "format": "{asctime} {levelname} {name}: {message}", "style": "{"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": "plain"}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", "INFO")},
}
