"""The embedded services: PostgreSQL and Redis from Python wheels, under BZPEER_HOME."""

import hashlib
import os
import secrets
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote, urlsplit, urlunsplit

LONGEST_SOCKET_FOLDER = 80
"""Unix socket paths end at about 104 bytes on macOS and 108 on Linux; PostgreSQL adds `/.s.PGSQL.5432.lock`."""


@dataclass(frozen=True)
class Services:
    """Where the embedded services of one BZPEER_HOME keep their data and sockets."""

    home: Path
    run: Path

    @property
    def database_url(self) -> str:
        return f"postgres://bzpeer@{quote(str(self.run), safe='')}/bzpeer"

    @property
    def redis_url(self) -> str:
        return f"unix://{quote(str(self.run / 'redis.sock'))}"


def locate(home: Path) -> Services:
    """Return the services of `home`; sockets move to a short folder when its path is too long."""
    run = home / "run"
    if len(os.fsencode(run)) > LONGEST_SOCKET_FOLDER:
        mark = hashlib.sha256(os.fsencode(home)).hexdigest()[:12]
        run = Path(tempfile.gettempdir()) / f"bzpeer-{os.getuid()}-{mark}"
    return Services(home=home, run=run)


def secret_key(home: Path) -> str:
    """Return the secret of an embedded portal, made at the first start and kept in `home/secret-key` (mode 600)."""
    path = home / "secret-key"
    home.mkdir(parents=True, exist_ok=True)
    try:
        with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
            file.write(secrets.token_urlsafe(60))
    except FileExistsError:
        pass
    return path.read_text()


def redis_database(url: str, number: int) -> str:
    """Return `url` pointing at another numbered database of the same server."""
    parts = urlsplit(url)
    if parts.scheme == "unix":
        return urlunsplit(parts._replace(query=f"db={number}"))
    return urlunsplit(parts._replace(path=f"/{number}"))


def celery_url(url: str) -> str:
    """Return a Redis address the way Celery spells it (unix sockets are `redis+socket://`)."""
    parts = urlsplit(url)
    if parts.scheme != "unix":
        return url
    number = parts.query.removeprefix("db=") or "0"
    return f"redis+socket://{parts.path}?virtual_host={number}"
