"""`bzpeer doctor`: what this installation needs, each point ok or with a way out. Exit code 1 when something is wrong."""

import platform
import shutil
import socket
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import redis
from django.conf import settings
from django.core import mail
from django.core.checks import ERROR, run_checks
from django.core.management.base import BaseCommand
from django.db import DatabaseError, connection
from django.db.migrations.executor import MigrationExecutor
from requests.utils import get_environ_proxies, select_proxy

from bzpeer import embedded
from bzpeer.celery import app
from bzpeer.supervising import birth, recorded
from researchers.queries import are_names_stale
from works.budget import spent_today
from works.upstreams import ARXIV, OPENALEX, are_turns_known, conditions

OLDEST_PYTHON = (3, 11)
OLDEST_DATABASE = 15
WORKER_SECONDS = 3.0
UPSTREAM_SECONDS = 3.0


@dataclass(frozen=True)
class Finding:
    """One point: what was found, and the way out when it is a problem."""

    subject: str
    found: str
    way_out: str = ""


class Command(BaseCommand):
    help = "Check this installation point by point and say what to do about each problem."
    requires_system_checks: list[str] = []  # they are one of the points

    def handle(self, *args: Any, **options: Any) -> None:
        # One plain connection that says at once what is wrong, instead of a pool that waits and tries again.
        connection.settings_dict["OPTIONS"] = {"connect_timeout": 5}
        problems = 0
        for finding in findings():
            problems += bool(finding.way_out)
            self.stdout.write(f"{'PROBLEM' if finding.way_out else 'ok':<8} {finding.subject:<10} {finding.found}")
            if finding.way_out:
                self.stdout.write(f"{'':<19} {finding.way_out}")
        self.stdout.write("Everything is well." if not problems else f"{problems} problem{'s' if problems > 1 else ''}.")
        if problems:
            sys.exit(1)


def findings() -> Iterator[Finding]:
    """Look at every point in turn; a point that cannot be looked at is a problem, not a crash."""
    services = embedded.locate(settings.HOME)
    points: tuple[Callable[[embedded.Services], Finding], ...] = (
        _python, _configuration, _front_end, _disk, _portal, _address, _database, _migrations, _names, _broker, _worker, _mail,
        _openalex, _allowance, _refreshing, _arxiv, _turns,
    )  # fmt: skip
    for point in points:
        yield point(services)


def _python(services: embedded.Services) -> Finding:
    version = platform.python_version()
    if sys.version_info < OLDEST_PYTHON:
        return Finding("Python", version, "Use 3.11 or newer: make PYTHON=python3.12 run")
    return Finding("Python", f"{version} ({sys.executable})")


def _configuration(services: embedded.Services) -> Finding:
    errors = [message for message in run_checks() if message.level >= ERROR]
    if errors:
        return Finding("settings", f"{errors[0].id}: {errors[0].msg}", str(errors[0].hint or "See docs/configuration.md."))
    return Finding("settings", f"mode {settings.MODE}")


def _front_end(services: embedded.Services) -> Finding:
    manifest = Path(str(settings.DJANGO_VITE["default"]["manifest_path"]))
    if not manifest.exists():
        return Finding("front end", f"not built ({manifest} is missing)", "Run `make front`.")
    return Finding("front end", "built")


def _disk(services: embedded.Services) -> Finding:
    if problem := embedded.free_space_problem(services.home):
        return Finding("disk", *problem.split(". ", 1))
    return Finding("disk", f"{shutil.disk_usage(services.home).free / 1e9:.1f} GB free at {services.home}")


def _portal(services: embedded.Services) -> Finding:
    pid, address = recorded(services.record)
    if pid and birth(pid):
        return Finding("portal", f"runs at {address} (process {pid})")
    return Finding("portal", "not running")


def _address(services: embedded.Services) -> Finding:
    pid, _ = recorded(services.record)
    place = f"{settings.HOST} port {settings.PORT}"
    if pid and birth(pid):
        return Finding("address", f"{place} is the portal's")
    try:
        with socket.create_server((settings.HOST, settings.PORT), family=socket.AF_INET6 if ":" in settings.HOST else socket.AF_INET):
            return Finding("address", f"{place} is free")
    except OSError as problem:
        return Finding("address", f"{place}: {problem.strerror}", f"Choose another one, e.g. BZPEER_PORT={settings.PORT + 1}")


def _database(services: embedded.Services) -> Finding:
    try:
        with connection.cursor() as cursor:
            cursor.execute("SELECT current_setting('server_version'), current_setting('server_version_num')::int / 10000")
            version, major = cursor.fetchone()
            cursor.execute("SELECT count(*) FROM pg_available_extensions WHERE name = 'vector'")
            (vectors,) = cursor.fetchone()
    except DatabaseError as problem:
        return Finding("database", " ".join(str(problem).split()), _start_it("DATABASE_URL"))
    if major < OLDEST_DATABASE:
        return Finding("database", f"PostgreSQL {version}", f"Use PostgreSQL {OLDEST_DATABASE} or newer.")
    if not vectors:
        return Finding("database", f"PostgreSQL {version} without pgvector", "Install the extension pgvector on the database server.")
    return Finding("database", f"PostgreSQL {version} with pgvector")


def _migrations(services: embedded.Services) -> Finding:
    try:
        executor = MigrationExecutor(connection)
        missing = executor.migration_plan(executor.loader.graph.leaf_nodes())
    except DatabaseError as problem:
        return Finding("tables", f"could not be looked at ({' '.join(str(problem).split())[:80]})", "Mend the database first.")
    if missing:
        return Finding("tables", f"{len(missing)} migrations are missing", "Run `bzpeer migrate` (or `bzpeer up`, which does it too).")
    return Finding("tables", "up to date")


def _names(services: embedded.Services) -> Finding:
    try:
        stale = are_names_stale()
    except DatabaseError as problem:
        return Finding("names", f"could not be looked at ({' '.join(str(problem).split())[:80]})", "Mend the database first.")
    if stale:
        return Finding(
            "names", "searched as an earlier version spelled them", "Run `bzpeer derive --names`, or let a worker do it within the hour."
        )
    return Finding("names", "spelled out for search")


def _broker(services: embedded.Services) -> Finding:
    try:
        with redis.Redis.from_url(settings.REDIS_URL, socket_timeout=3) as client:
            version = client.info("server")["redis_version"]
    except (redis.RedisError, OSError) as problem:
        return Finding("Redis", str(problem), _start_it("REDIS_URL"))
    return Finding("Redis", str(version))


def _worker(services: embedded.Services) -> Finding:
    try:
        answers = app.control.ping(timeout=WORKER_SECONDS)
    except Exception as problem:
        return Finding("worker", f"cannot be asked: {problem}", "Mend Redis first.")
    if not answers:
        return Finding(
            "worker",
            f"no answer within {WORKER_SECONDS:.0f} seconds",
            f"Start the portal with `make run`; see {services.logs / 'worker.log'}",
        )
    return Finding("worker", "one answers" if len(answers) == 1 else f"{len(answers)} answer")


def _mail(services: embedded.Services) -> Finding:
    if not getattr(settings, "EMAIL_HOST", "") or "Keeping" in settings.EMAIL_BACKEND:
        return Finding("mail", f"kept in {settings.EMAIL_FILE_PATH}, not sent (EMAIL_URL sends it)")
    try:
        backend = mail.get_connection()
        backend.open()
        backend.close()
    except OSError as problem:
        return Finding(
            "mail", f"{settings.EMAIL_HOST} port {settings.EMAIL_PORT}: {problem}", "Correct EMAIL_URL, or start the mail server."
        )
    return Finding("mail", f"sent by {settings.EMAIL_HOST}")


def _openalex(services: embedded.Services) -> Finding:
    return Finding("OpenAlex", _reached(settings.OPENALEX_URL) + _resting(OPENALEX))


def _allowance(services: embedded.Services) -> Finding:
    condition = next(each for each in conditions() if each.service == OPENALEX)
    if condition.heard_at is None:
        return Finding("allowance", "OpenAlex has not yet said what it grants" + ("" if settings.OPENALEX_API_KEY else " (no key is set)"))
    if condition.remaining is None:
        return Finding("allowance", f"OpenAlex has renewed it since it was last asked ({condition.heard_at:%d %b %H:%M} UTC)")
    of = f" of {condition.limit:,g}" if condition.limit else ""
    until = f" until {condition.resets_at:%d %b %H:%M} UTC" if condition.resets_at else ""
    return Finding("allowance", f"{condition.remaining:,g}{of} left at OpenAlex{until}")


def _refreshing(services: embedded.Services) -> Finding:
    if settings.OPENALEX_DAILY_BUDGET <= 0:
        return Finding("refreshing", "switched off (OPENALEX_DAILY_BUDGET is 0)")
    try:
        spent = spent_today()
    except DatabaseError as problem:
        return Finding("refreshing", f"could not be looked at ({' '.join(str(problem).split())[:80]})", "Mend the database first.")
    return Finding("refreshing", f"{spent:,} of today's {settings.OPENALEX_DAILY_BUDGET:,} requests spent on keeping records fresh")


def _arxiv(services: embedded.Services) -> Finding:
    return Finding("arXiv", f"API {_reached(settings.ARXIV_URL)}, OAI-PMH {_reached(settings.ARXIV_OAI_URL)}{_resting(ARXIV)}")


def _turns(services: embedded.Services) -> Finding:
    if not are_turns_known():
        return Finding("turns", "Redis cannot say whose turn it is to ask arXiv, so nobody asks", "Mend Redis first.")
    return Finding("turns", f"all workers together ask arXiv once in {settings.ARXIV_INTERVAL:g} seconds")


def _resting(service: str) -> str:
    """Return a clause about a service that is left in peace."""
    resting = next(each.resting for each in conditions() if each.service == service)
    return f"; {resting}" if resting else ""


def _reached(url: str) -> str:
    """Say whether a connection to an upstream opens, directly or to the proxy that leads there. Not reaching it is no fault of ours."""
    proxy = select_proxy(url, get_environ_proxies(url))
    parts = urlsplit(url if not proxy else proxy if "://" in proxy else f"http://{proxy}")
    name = parts.hostname or url
    failures: list[str] = ["no answer"]

    def connect() -> None:
        try:
            socket.create_connection((name, parts.port or (443 if parts.scheme == "https" else 80)), timeout=UPSTREAM_SECONDS).close()
            failures.clear()
        except OSError as problem:
            failures[:] = [problem.strerror or str(problem)]

    # Looking up a name knows no time limit of its own.
    attempt = threading.Thread(target=connect, daemon=True)
    attempt.start()
    attempt.join(UPSTREAM_SECONDS + 0.5)
    shown = f"{name} (proxy)" if proxy else name
    return f"{shown} cannot be reached from here ({failures[0]})" if failures else f"{shown} can be reached"


def _start_it(variable: str) -> str:
    return f"Start the portal with `make run` in another terminal, or correct {variable}."
