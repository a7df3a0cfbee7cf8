"""Processes are started again with growing pauses, stopped in order, and told from strangers with a recycled number."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from bzpeer.supervising import Program, ServiceError, Supervisor, birth, last_words, recorded, stop_leftovers

SLEEP = "import time; time.sleep(60)"


def program(tmp_path: Path, code: str, *, name: str = "The worker", tier: int = 0, patience: float = 5.0) -> Program:
    return Program(
        name=name,
        argv=(sys.executable, "-c", code),
        log=tmp_path / "log" / f"{name}.log",
        stop=((signal.SIGTERM, patience),),
        env=dict(os.environ),
        tier=tier,
    )


@pytest.fixture
def said():
    return []


@pytest.fixture
def supervisor(said, tmp_path):
    supervisor = Supervisor(say=said.append, record=tmp_path / "processes.json", address="http://127.0.0.1:8000/")
    yield supervisor
    supervisor.hurry = True
    supervisor.stop()


def die(child) -> None:
    assert child.process is not None
    child.process.wait(10)


def test_a_dead_process_starts_again_at_once_and_then_with_growing_pauses(supervisor, said, tmp_path):
    child = supervisor.start(program(tmp_path, "import sys; sys.exit('no broker here')"))
    pauses = []
    for _ in range(8):
        die(child)
        supervisor.look(now=1000.0)
        pauses.append(child.due - 1000.0)
        if child.process is None:
            supervisor.look(now=1000.0 + pauses[-1])

    assert pauses == [0.0, 1.0, 2.0, 4.0, 8.0, 16.0, 30.0, 30.0]
    log = tmp_path / "log" / "The worker.log"
    assert said == ["The worker stopped (exit code 1); starting it again."] * 4 + [
        f"The worker keeps stopping (5 times in a row): no broker here (more in {log}). "
        f"It is tried again every 30 seconds; Ctrl-C stops everything. Its log is {log}"
    ]


def test_a_process_that_ran_steadily_is_forgiven_its_deaths(supervisor, tmp_path):
    child = supervisor.start(program(tmp_path, SLEEP))
    child.deaths = 3

    supervisor.look(now=child.started + 59)
    before = child.deaths
    supervisor.look(now=child.started + 61)

    assert (before, child.deaths) == (3, 0)


def test_waiting_for_a_process_that_ends_tells_its_last_words(supervisor, tmp_path):
    child = supervisor.start(program(tmp_path, "import sys; sys.exit('the port is taken')"))

    with pytest.raises(ServiceError, match=r"^The worker did not start: the port is taken \(more in "):
        supervisor.wait_until(child, lambda: False, seconds=10)


def test_waiting_ends_with_a_sentence_when_nothing_answers(supervisor, tmp_path):
    child = supervisor.start(program(tmp_path, SLEEP))

    with pytest.raises(ServiceError, match="did not answer within 0 seconds"):
        supervisor.wait_until(child, lambda: False, seconds=0.1)


def test_the_portal_stops_before_the_services_it_stands_on(supervisor, tmp_path):
    note = tmp_path / "order"
    code = (
        "import signal, sys, time\n"
        "def stop(*_):\n    time.sleep(0.2)\n    open({note!r}, 'a').write({name!r} + ' ')\n    sys.exit()\n"
        "signal.signal(signal.SIGTERM, stop)\nopen({ready!r}, 'w')\ntime.sleep(60)"
    )
    for name, tier in (("database", 0), ("web", 1)):
        ready = tmp_path / f"{name}.ready"
        child = supervisor.start(program(tmp_path, code.format(note=str(note), name=name, ready=str(ready)), name=name, tier=tier))
        supervisor.wait_until(child, ready.exists, seconds=10)

    supervisor.stop()

    assert note.read_text() == "web database "
    assert not (tmp_path / "processes.json").exists()


def test_what_does_not_listen_is_ended_with_everything_it_started(supervisor, tmp_path):
    ready = tmp_path / "ready"
    code = (
        "import signal, subprocess, sys, time\nsignal.signal(signal.SIGTERM, signal.SIG_IGN)\n"
        f"child = subprocess.Popen([sys.executable, '-c', {SLEEP!r}])\nopen({str(ready)!r}, 'w').write(str(child.pid))\ntime.sleep(60)"
    )
    child = supervisor.start(program(tmp_path, code, patience=0.2))
    supervisor.wait_until(child, lambda: ready.exists() and ready.read_text() != "", seconds=10)
    grandchild = int(ready.read_text())

    supervisor.stop()

    deadline = time.monotonic() + 5
    while birth(grandchild) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert birth(grandchild) == ""


def test_leftovers_of_a_killed_supervisor_are_stopped_by_the_record(supervisor, tmp_path):
    child = supervisor.start(program(tmp_path, SLEEP))
    record = tmp_path / "processes.json"

    assert recorded(record) == (os.getpid(), "http://127.0.0.1:8000/")
    assert stop_leftovers(record, seconds=5) == ["The worker"]
    assert child.process.wait(5) == -signal.SIGTERM
    assert not record.exists()


def test_a_recycled_number_in_the_record_is_left_alone(tmp_path):
    stranger = subprocess.Popen([sys.executable, "-c", SLEEP])
    record = tmp_path / "processes.json"
    entry = {"name": "PostgreSQL", "pid": stranger.pid, "born": "1", "signal": 2, "tier": 0}
    record.write_text(json.dumps({"supervisor": 1, "address": "", "processes": [entry]}))

    assert stop_leftovers(record) == []
    assert stranger.poll() is None
    stranger.kill()
    stranger.wait()


@pytest.mark.parametrize("content", [None, "", "{", "{}"])
def test_a_missing_or_torn_record_names_nobody(tmp_path, content):
    record = tmp_path / "processes.json"
    if content is not None:
        record.write_text(content)

    assert (stop_leftovers(record), recorded(record)) == ([], (0, ""))


def test_the_last_words_of_a_full_disk_are_its_way_out(tmp_path):
    log = tmp_path / "home" / "log" / "postgres.log"
    log.parent.mkdir(parents=True)
    log.write_text("LOG: starting\nPANIC: could not write to file: No space left on device\nLOG: shut down\n")

    assert (
        last_words(log) == f"the disk that holds {tmp_path}/home is full. Free some space, or set BZPEER_HOME to a folder on another disk."
    )


@pytest.mark.skipif(not Path("/proc/self/stat").exists(), reason="only Linux ends children with their parent")
def test_a_killed_supervisor_takes_its_processes_with_it(tmp_path):
    code = (
        "import sys, time, signal, os\nfrom pathlib import Path\nfrom bzpeer.supervising import Program, Supervisor\n"
        f"p = Program(name='x', argv=(sys.executable, '-c', {SLEEP!r}), log=Path({str(tmp_path / 'x.log')!r}),"
        " stop=((signal.SIGTERM, 1.0),), env={})\n"
        "print(Supervisor(say=print).start(p).process.pid, flush=True)\ntime.sleep(60)"
    )
    parent = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True)
    assert parent.stdout is not None
    child = int(parent.stdout.readline())
    parent.kill()
    parent.wait()

    deadline = time.monotonic() + 5
    while birth(child) and time.monotonic() < deadline:
        time.sleep(0.02)
    assert birth(child) == ""
