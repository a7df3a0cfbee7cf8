"""The whole portal as an operator meets it: started, asked, killed, started again, stopped. Real processes throughout."""

import json
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from bzpeer.supervising import birth

ROOT = Path(__file__).resolve().parents[3]
pytestmark = [
    pytest.mark.services,
    pytest.mark.skipif(not (ROOT / "static" / "dist" / "manifest.json").exists(), reason="the front end is not built (make front)"),
]


class Portal:
    """One `bzpeer up` in a home of its own."""

    def __init__(self, home: Path, port: int) -> None:
        self.home, self.port = home, port
        self.out = home.parent / "terminal"
        with self.out.open("wb") as file:
            self.process = subprocess.Popen(
                [sys.executable, "manage.py", "up", "--no-demo"], cwd=ROOT, env=environment(home, port), stdin=subprocess.DEVNULL,
                stdout=file, stderr=file,
            )  # fmt: skip

    def wait(self) -> "Portal":
        deadline = time.monotonic() + 120
        while "bzpeer is running" not in self.said:
            assert self.process.poll() is None, self.said
            assert time.monotonic() < deadline, self.said
            time.sleep(0.1)
        return self

    @property
    def said(self) -> str:
        return self.out.read_text()

    def processes(self) -> dict[str, int]:
        return {entry["name"]: entry["pid"] for entry in json.loads((self.home / "processes.json").read_text())["processes"]}

    def answer(self) -> int:
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{self.port}/api/v1/nothing-here/", timeout=30) as answer:
                return answer.status
        except urllib.error.HTTPError as refusal:
            return refusal.code


def environment(home: Path, port: int) -> dict[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in {"DATABASE_URL", "REDIS_URL", "CACHE_URL"}}
    return {**kept, "BZPEER_HOME": str(home), "BZPEER_PORT": str(port)}


def free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        return probe.getsockname()[1]


@pytest.fixture
def start():
    """A function that starts a portal in a home whose path has spaces and letters beyond ASCII."""
    portals: list[Portal] = []
    with tempfile.TemporaryDirectory(prefix="bzpeer-up-", dir="/tmp") as folder:
        Path(folder).chmod(0o755)

        def begin(name: str = "my Köln portal", port: int | None = None) -> Portal:
            (Path(folder) / name).mkdir(exist_ok=True)
            portals.append(Portal(Path(folder) / name / "var", port or free_port()))
            return portals[-1]

        yield begin
        for portal in portals:
            if portal.process.poll() is None:
                portal.process.terminate()
                portal.process.wait(60)


def left_of(home: Path) -> list[str]:
    return sorted(path.name for path in (*(home / "run").iterdir(), *home.glob("*.pid"), *home.glob("processes*")))


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_portal_asked_to_stop_leaves_no_process_and_no_socket(start, number):
    portal = start().wait()
    pids = portal.processes()
    assert sorted(pids) == ["PostgreSQL", "Redis", "The scheduler", "The web server", "The worker"]
    assert portal.answer() == 404

    portal.process.send_signal(number)

    assert portal.process.wait(60) == 0
    assert portal.said.endswith("Stopping …\nbzpeer has stopped.\n")
    assert [name for name, pid in pids.items() if birth(pid)] == []
    assert left_of(portal.home) == []


def test_after_everything_was_killed_the_next_start_recovers_within_its_time(start):
    portal = start().wait()
    for pid in (portal.process.pid, *portal.processes().values()):
        os.kill(pid, signal.SIGKILL)
    portal.process.wait()

    begun = time.monotonic()
    again = start(port=portal.port).wait()
    seconds = time.monotonic() - begun

    assert again.answer() == 404
    assert "Making a database" not in again.said
    assert seconds < 60, f"{seconds:.1f} s"  # about 2 s on an idle machine; tests share theirs


def test_what_dies_is_started_again_and_the_page_is_back(start):
    portal = start().wait()
    before = portal.processes()
    for name in ("PostgreSQL", "The web server"):
        os.kill(before[name], signal.SIGKILL)

    deadline = time.monotonic() + 30
    while [name for name in before if portal.processes()[name] == before[name]] != ["Redis", "The worker", "The scheduler"]:
        assert time.monotonic() < deadline, portal.said
        time.sleep(0.2)

    assert portal.answer() == 404
    assert "PostgreSQL stopped (ended by SIGKILL); starting it again." in portal.said
    assert "The web server stopped (ended by SIGKILL); starting it again." in portal.said


def test_a_second_portal_on_the_same_home_and_on_a_busy_port_are_refused_in_one_sentence(start):
    portal = start().wait()

    same_home = start()
    assert same_home.process.wait(30) == 1
    busy_port = start(name="other", port=portal.port)
    assert busy_port.process.wait(30) == 1

    assert same_home.said.startswith(
        f"bzpeer: A portal already runs on {portal.home} at http://127.0.0.1:{portal.port}/ (process {portal.process.pid})."
    )
    assert busy_port.said == (
        f"bzpeer: Port {portal.port} on 127.0.0.1 is busy: another program listens there. "
        f"Choose another one, e.g. BZPEER_PORT={portal.port + 1} make run\n"
    )
    assert same_home.said.count("\n") == 1
    assert portal.answer() == 404


def test_two_portals_with_homes_of_their_own_run_side_by_side_and_a_doctor_finds_each_well(start):
    portals = [start(name=name).wait() for name in ("one", "two")]

    assert [portal.answer() for portal in portals] == [404, 404]
    for portal in portals:
        doctor = subprocess.run(
            [sys.executable, "manage.py", "doctor"], cwd=ROOT, env=environment(portal.home, portal.port), capture_output=True, text=True,
            check=False,
        )  # fmt: skip
        assert (doctor.returncode, doctor.stdout.splitlines()[-1]) == (0, "Everything is well."), doctor.stdout


def test_a_doctor_without_a_running_portal_names_each_problem_and_its_way_out(start, tmp_path):
    home = tmp_path / "var"
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = taken.getsockname()[1]
        doctor = subprocess.run(
            [sys.executable, "manage.py", "doctor"], cwd=ROOT, env=environment(home, port), capture_output=True, text=True, check=False
        )

    problems = [line.split()[1] for line in doctor.stdout.splitlines() if line.startswith("PROBLEM")]
    assert problems == ["address", "database", "tables", "names", "Redis", "worker", "refreshing", "turns"]
    assert f"e.g. BZPEER_PORT={port + 1}" in doctor.stdout
    assert "Start the portal with `make run` in another terminal" in doctor.stdout
    assert (doctor.returncode, doctor.stderr) == (1, "")
