"""Preparing a checkout: sentences for what goes wrong, stamps that notice change, pip without ensurepip."""

import hashlib
import os
import subprocess
import sys
import threading
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path

import pytest

from bzpeer import bootstrap

ROOT = Path(__file__).resolve().parents[2]


@pytest.fixture
def checkout(tmp_path, monkeypatch):
    (tmp_path / "requirements").mkdir()
    (tmp_path / ".venv").mkdir()
    (tmp_path / "static" / "dist").mkdir(parents=True)
    for name, content in {
        "requirements/base.txt": "a==1",
        "package-lock.json": "{}",
        "static/site.ts": "1",
        "static/dist/manifest.json": "{}",
    }.items():
        (tmp_path / name).write_text(content)
    monkeypatch.setattr(bootstrap, "ROOT", tmp_path)
    monkeypatch.setattr(bootstrap, "VENV", tmp_path / ".venv")
    monkeypatch.setattr(bootstrap, "LOG", tmp_path / ".venv" / "install.log")
    return tmp_path


@pytest.mark.parametrize(
    ("output", "sentence"),
    [
        ("OSError: [Errno 28] No space left on device", "the disk is full. Free about 1.5 GB"),
        ("npm error code ENOSPC", "the disk is full."),
        (
            "NewConnectionError: Failed to establish a new connection: [Errno -3] Temporary failure in name resolution",
            "the package index does not answer.",
        ),
        ("npm error code EAI_AGAIN", "the package index does not answer."),
        ("ERROR: THESE PACKAGES DO NOT MATCH THE HASHES FROM THE REQUIREMENTS FILE.", "a package differs from the locked one."),
        ("Permission denied: '/x/.venv'", "a file may not be written."),
        ("SSLCertVerificationError: CERTIFICATE_VERIFY_FAILED", "the index's certificate is not trusted here."),
    ],
)
def test_a_known_failure_is_told_with_its_way_out(checkout, output, sentence):
    with pytest.raises(bootstrap.Trouble, match=r"^It failed: ") as caught:
        bootstrap._run(["sh", "-c", f'echo "{output}"; exit 1'], "It failed")

    assert sentence in str(caught.value)
    assert (checkout / ".venv" / "install.log").read_text().strip() == output


def test_an_unknown_failure_is_told_by_its_error_line(checkout):
    with pytest.raises(bootstrap.Trouble, match="It failed: ERROR: no wheel for you"):
        bootstrap._run(["sh", "-c", "echo start; echo ERROR: no wheel for you; echo WARNING: mind pip; exit 1"], "It failed")


def test_packages_are_fresh_until_a_lock_changes(checkout):
    (checkout / ".venv" / "installed-base").write_text(bootstrap._mark("base"))

    before = bootstrap._fresh("base")
    (checkout / "requirements" / "base.txt").write_text("a==2")

    assert (before, bootstrap._fresh("base")) == (True, False)


def test_the_front_end_is_built_once_and_again_after_a_change(checkout, monkeypatch):
    calls = []
    monkeypatch.setattr(bootstrap, "_npm", lambda arguments, failed: calls.append(arguments[0]))
    (checkout / "node_modules").mkdir()

    bootstrap.front()
    bootstrap.front()
    (checkout / "static" / "site.ts").write_text("2")
    bootstrap.front()
    (checkout / "package-lock.json").write_text('{"a": 1}')
    bootstrap.front()
    (checkout / "static" / "dist" / "manifest.json").unlink()
    bootstrap.front()

    assert calls == ["ci", "run", "run", "ci", "run", "run"]


def test_a_folder_that_cannot_be_written_is_one_sentence(checkout, monkeypatch, capsys):
    (checkout / "Makefile").touch()
    monkeypatch.setattr(bootstrap.os, "access", lambda *_: False)

    assert bootstrap.main(["base"]) == 1
    assert capsys.readouterr().err == (
        f"bzpeer: {checkout} cannot be written by this user. "
        "Clone the project into a folder of your own, or give yourself this one with chown.\n"
    )


@pytest.fixture
def index(checkout, monkeypatch):
    """A package index that offers one wheel of pip; returns the wheel's bytes as a list to change them."""
    wheel = [b"not really a wheel"]

    class Index(BaseHTTPRequestHandler):
        def do_GET(self):
            page = b'<a href="../files/pip-99.1-py3-none-any.whl#sha256=00">pip</a>'
            body = wheel[0] if self.path.endswith(".whl") else page
            self.send_response(200)
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_):
            pass

    server = HTTPServer(("127.0.0.1", 0), Index)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}/simple")
    monkeypatch.setattr(bootstrap, "_runs", lambda *_: False)
    locked = hashlib.sha256(wheel[0]).hexdigest()
    (checkout / "requirements" / "tools.txt").write_text(f"pip==99.1 \\\n    --hash=sha256:{locked}\n    # via x\nsetuptools==1\n")
    yield wheel
    server.shutdown()
    server.server_close()


def test_pip_is_fetched_by_its_locked_hash_when_python_has_none(index, checkout, monkeypatch):
    ran = []
    monkeypatch.setattr(bootstrap, "_run", lambda command, failed, **_: ran.append((Path(command[1]).parent.name, command[2:4])))

    bootstrap._fetch_pip()

    assert ran == [("pip-99.1-py3-none-any.whl", ["install", "--quiet"])]


def test_a_pip_that_is_not_the_locked_one_is_refused(index):
    index[0] = b"somebody else's"

    with pytest.raises(bootstrap.Trouble, match="is not the locked one"):
        bootstrap._fetch_pip()


def test_no_pip_and_no_network_names_the_package_to_install(index, monkeypatch):
    monkeypatch.setenv("PIP_INDEX_URL", "http://127.0.0.1:9/simple")

    with pytest.raises(bootstrap.Trouble, match="apt install python3-venv"):
        bootstrap._fetch_pip()


def test_no_pip_and_no_named_index_asks_nobody_and_names_the_package_to_install(index, monkeypatch):
    monkeypatch.delenv("PIP_INDEX_URL")
    monkeypatch.setattr(bootstrap, "_download", lambda address: pytest.fail(f"asked {address}"))

    with pytest.raises(bootstrap.Trouble, match="apt install python3-venv"):
        bootstrap._fetch_pip()


def test_the_locks_carry_hashes_and_no_index_address():
    for path in (ROOT / "requirements").glob("*.txt"):
        text = path.read_text()
        assert "--hash=sha256:" in text, path.name
        assert "://" not in text, path.name
    assert '"resolved"' not in (ROOT / "package-lock.json").read_text()


def test_make_alone_lists_its_targets_and_a_python_too_old_is_one_sentence():
    outside = {name: value for name, value in os.environ.items() if not name.startswith(("MAKE", "MFLAGS"))}  # the tests run under make
    listed = subprocess.run(["make"], cwd=ROOT, env=outside, capture_output=True, text=True, check=True).stdout
    old = subprocess.run(["make", "run", "PYTHON=false"], cwd=ROOT, env=outside, capture_output=True, text=True, check=False)

    assert [line.split()[1] for line in listed.splitlines()] == ["run", "test", "check", "bench", "doctor", "lock", "clean"]
    assert old.returncode != 0
    assert old.stderr.splitlines()[0].startswith("bzpeer: Python 3.11 or newer is needed.")


def test_bootstrap_needs_the_standard_library_alone():
    answer = subprocess.run(
        [sys.executable, "-I", "-S", str(ROOT / "bzpeer" / "bootstrap.py")], capture_output=True, text=True, check=False, cwd="/"
    )

    assert (answer.returncode, answer.stderr) == (0, "")
