"""Production refuses what would make a portal unsafe, each in one sentence. Settings are read once per process, so each case is one."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
SOUND = {
    "BZPEER_MODE": "production",
    "SECRET_KEY": "9f3c" * 16,
    "BZPEER_HOSTS": "portal.example.org",
    "DATABASE_URL": "postgres://bzpeer@db.example.org/bzpeer",
    "REDIS_URL": "redis://broker.example.org/0",
    "DEBUG": "off",
}


def settings_with(home: Path, changed: dict[str, str | None]) -> subprocess.CompletedProcess[str]:
    kept = {name: value for name, value in os.environ.items() if name in {"PATH", "HOME", "LANG"}}
    chosen = {name: value for name, value in {**SOUND, **changed}.items() if value is not None}
    return subprocess.run(
        [sys.executable, "manage.py", "diffsettings", "--output", "unified"],
        cwd=ROOT,
        env={**kept, "BZPEER_HOME": str(home), **chosen},
        capture_output=True,
        text=True,
        check=False,
    )


def test_production_with_everything_set_starts_and_is_safe(tmp_path):
    answer = settings_with(tmp_path, {})

    assert answer.returncode == 0, answer.stderr
    for line in (
        "SECURE_SSL_REDIRECT = True",
        "SESSION_COOKIE_SECURE = True",
        "CSRF_COOKIE_SECURE = True",
        "ALLOWED_HOSTS = ['portal.example.org']",
    ):
        assert f"+ {line}" in answer.stdout.splitlines()
    assert list(tmp_path.iterdir()) == []  # no secret is made up on a server


@pytest.mark.parametrize(
    ("changed", "sentence"),
    [
        ({"SECRET_KEY": None}, "SECRET_KEY must be set to at least 50 random characters in production mode."),
        ({"SECRET_KEY": "short"}, "SECRET_KEY must be set to at least 50 random characters in production mode."),
        ({"SECRET_KEY": "django-insecure-" + "x" * 50}, "SECRET_KEY must be set to at least 50 random characters in production mode."),
        ({"SECRET_KEY": "change-me" * 10}, "SECRET_KEY must be set to at least 50 random characters in production mode."),
        ({"DEBUG": "on"}, "DEBUG must be off in production mode."),
        ({"BZPEER_HOSTS": None}, "BZPEER_HOSTS must name the portal's hosts in production mode, e.g. portal.example.org."),
        ({"BZPEER_HOSTS": ""}, "BZPEER_HOSTS must name the portal's hosts in production mode, e.g. portal.example.org."),
        ({"BZPEER_HOSTS": "*"}, "BZPEER_HOSTS must name the portal's hosts in production mode, e.g. portal.example.org."),
        ({"DATABASE_URL": None}, "DATABASE_URL must be set in production mode."),
        ({"REDIS_URL": None}, "REDIS_URL must be set in production mode."),
        ({"BZPEER_MODE": "prod"}, "BZPEER_MODE is 'prod'; it must be 'embedded' or 'production'."),
        ({"IMPORT_LEASE": "8"}, "IMPORT_LEASE must be 10 seconds or more, and SWEEP_EVERY 1 or more."),
    ],
)
def test_production_with_something_unsafe_refuses_in_one_sentence(tmp_path, changed, sentence):
    answer = settings_with(tmp_path, changed)

    assert (answer.returncode, answer.stderr) == (1, f"bzpeer: {sentence}\n")


def test_what_a_killed_worker_left_is_taken_over_within_a_minute_unless_said_otherwise(settings):
    assert settings.IMPORT_LEASE + settings.SWEEP_EVERY <= 50
    assert settings.CELERY_BEAT_SCHEDULE["imports"]["schedule"] == settings.SWEEP_EVERY


def test_a_value_of_the_wrong_kind_is_named(tmp_path):
    answer = settings_with(tmp_path, {"BZPEER_MODE": "embedded", "BZPEER_PORT": "eighty"})

    assert answer.returncode == 1
    assert answer.stderr.startswith("bzpeer: Environment variable ")
    assert '"BZPEER_PORT" invalid' in answer.stderr
    assert "Traceback" not in answer.stderr


def test_a_home_that_cannot_be_written_is_one_sentence(tmp_path):
    (tmp_path / "file").write_text("in the way")

    answer = settings_with(tmp_path / "file" / "home", {"BZPEER_MODE": "embedded", "SECRET_KEY": None})

    assert answer.returncode == 1
    assert answer.stderr.startswith("bzpeer: ")
    assert "Not a directory" in answer.stderr
    assert answer.stderr.count("\n") == 1
