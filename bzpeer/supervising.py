"""Processes kept alive and stopped in order: a dead one is started again with back-off, none outlives its supervisor."""

import json
import os
import signal
import subprocess
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path

from bzpeer.identity import Identity, child_setup

STEADY_SECONDS = 60.0
"""A process that lived this long is healthy again: its earlier deaths are forgotten."""
LONGEST_PAUSE = 30.0
CRASH_LOOP = 5
"""Deaths in a row after which one sentence says that it keeps stopping."""
_LARGEST_LOG = 10_000_000


class ServiceError(Exception):
    """A process did not come up or came down at once. Retrying helps only after what the sentence names is mended."""


@dataclass(frozen=True)
class Program:
    """What to run, as whom, and how it is asked to stop: each signal with the seconds it is given."""

    name: str
    argv: tuple[str, ...]
    log: Path
    stop: tuple[tuple[signal.Signals, float], ...]
    env: Mapping[str, str]
    cwd: Path = Path("/")
    identity: Identity | None = None
    sockets: tuple[int, ...] = ()
    tier: int = 0
    """Higher tiers stop first: the portal before the services it stands on."""


@dataclass
class Child:
    program: Program
    process: "subprocess.Popen[bytes] | None" = None
    started: float = 0.0
    deaths: int = 0
    due: float = 0.0
    said: bool = False


@dataclass
class Supervisor:
    """Starts programs, watches them, and stops them in order. `record` names the running processes for the next start."""

    say: Callable[[str], None]
    record: Path | None = None
    address: str = ""
    children: list[Child] = field(default_factory=list)
    hurry: bool = False

    def start(self, program: Program) -> Child:
        child = Child(program)
        self.children.append(child)
        self._spawn(child)
        return child

    def wait_until(self, child: Child, ready: Callable[[], bool], *, seconds: float) -> None:
        """Return once `ready()`; raise ServiceError when the process ends first or the time is over."""
        deadline = time.monotonic() + seconds
        while not ready():
            if child.process is None or child.process.poll() is not None:
                raise ServiceError(f"{child.program.name} did not start: {last_words(child.program.log)}")
            if time.monotonic() > deadline:
                raise ServiceError(f"{child.program.name} did not answer within {seconds:.0f} seconds; see {child.program.log}")
            time.sleep(0.03)

    def discard(self, child: Child) -> None:
        """Stop one child and forget it."""
        self._stop([child])
        self.children.remove(child)

    def look(self, *, now: float) -> None:
        """Notice the dead and start again those whose pause is over."""
        for child in self.children:
            if child.process is not None and child.process.poll() is not None:
                self._note_death(child, now)
            if child.process is None and now >= child.due:
                self._spawn(child)
            if child.deaths and child.process is not None and now - child.started > STEADY_SECONDS:
                if child.said:
                    self.say(f"{child.program.name} runs steadily again.")
                child.deaths, child.said = 0, False

    def stop(self) -> None:
        """Stop everything, the portal first. Returns when no process is left."""
        for tier in sorted({child.program.tier for child in self.children}, reverse=True):
            self._stop([child for child in self.children if child.program.tier == tier])
        self.children.clear()
        if self.record is not None:
            self.record.unlink(missing_ok=True)

    def _spawn(self, child: Child) -> None:
        program = child.program
        program.log.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        _turn_over(program.log)
        with _signals_held(), program.log.open("ab") as log:
            child.process = subprocess.Popen(  # noqa: S603 - our own programs, as lists
                program.argv,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                cwd=program.cwd,
                env=dict(program.env),
                pass_fds=program.sockets,
                start_new_session=True,  # Ctrl-C reaches the supervisor alone, which stops the others in order
                preexec_fn=child_setup(program.identity, death_signal=program.stop[0][0]),  # noqa: PLW1509 - one thread here
            )
            child.started = time.monotonic()
            self._write_record()

    def _note_death(self, child: Child, now: float) -> None:
        process, program = child.process, child.program
        if process is None:
            return
        _kill_group(process.pid)
        child.process = None
        child.deaths += 1
        pause = 0.0 if child.deaths == 1 else min(LONGEST_PAUSE, 2.0 ** (child.deaths - 2))
        child.due = now + pause
        if child.deaths < CRASH_LOOP:
            self.say(f"{program.name} stopped ({_ending(process.returncode)}); starting it again.")
        elif not child.said:
            child.said = True
            self.say(
                f"{program.name} keeps stopping ({child.deaths} times in a row): {last_words(program.log)} "
                f"It is tried again every {LONGEST_PAUSE:.0f} seconds; Ctrl-C stops everything. Its log is {program.log}"
            )

    def _stop(self, children: list[Child]) -> None:
        """Ask all of them at once, wait for each, and end what does not listen."""
        begun = time.monotonic()
        running = {child.program.name: (child, child.process, iter(child.program.stop)) for child in children if child.process is not None}
        due = dict.fromkeys(running, begun)
        while running:
            for name, (child, process, signals) in list(running.items()):
                if process.poll() is not None:
                    _kill_group(process.pid)
                    child.process = None
                    del running[name]
                elif time.monotonic() >= due[name] or (self.hurry and due[name] - time.monotonic() > 3):
                    number, seconds = next(signals, (signal.SIGKILL, 5.0))
                    with suppress(ProcessLookupError):
                        os.kill(process.pid, number)
                    due[name] = time.monotonic() + (min(seconds, 3.0) if self.hurry else seconds)
            time.sleep(0.02)

    def _write_record(self) -> None:
        if self.record is None:
            return
        running = [child for child in self.children if child.process is not None]
        content = {
            "supervisor": os.getpid(),
            "address": self.address,
            "processes": [
                {
                    "name": child.program.name,
                    "pid": child.process.pid,
                    "born": birth(child.process.pid),
                    "signal": int(child.program.stop[0][0]),
                    "tier": child.program.tier,
                }
                for child in running
                if child.process is not None
            ],
        }
        scratch = self.record.with_suffix(".new")
        scratch.write_text(json.dumps(content))
        scratch.replace(self.record)


def stop_leftovers(record: Path, *, seconds: float = 30.0) -> list[str]:
    """Stop what a killed supervisor left running, by the record it kept; return the names. Recycled process ids are left alone."""
    try:
        processes = json.loads(record.read_text())["processes"]
    except (OSError, ValueError, KeyError):
        return []
    left = [entry for entry in processes if entry["born"] and birth(entry["pid"]) == entry["born"]]
    for tier in sorted({entry["tier"] for entry in left}, reverse=True):
        group = [entry for entry in left if entry["tier"] == tier]
        for entry in group:
            end_process(entry["pid"], first=signal.Signals(entry["signal"]), seconds=seconds)
            _kill_group(entry["pid"])
    record.unlink(missing_ok=True)
    return [entry["name"] for entry in left]


def recorded(record: Path) -> tuple[int, str]:
    """Return the supervisor's process id and address as recorded; (0, "") when there is none."""
    try:
        content = json.loads(record.read_text())
        return int(content["supervisor"]), str(content["address"])
    except (OSError, ValueError, KeyError):
        return 0, ""


def end_process(pid: int, *, first: signal.Signals, seconds: float) -> None:
    """Ask a process that is not our child to end, then end it."""
    born = birth(pid)
    for number, patience in ((first, seconds), (signal.SIGQUIT, 5.0), (signal.SIGKILL, 5.0)):
        with suppress(ProcessLookupError):
            os.kill(pid, number)
        deadline = time.monotonic() + patience
        while time.monotonic() < deadline:
            if not born or birth(pid) != born:
                return
            time.sleep(0.05)


def birth(pid: int) -> str:
    """Return a mark of when process `pid` began ("" when it is gone), so that a recycled id is told from the process we knew."""
    if Path("/proc/self/stat").exists():
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            return ""
        return "" if fields[0] in "ZX" else fields[19]
    answer = subprocess.run(["ps", "-o", "lstart=", "-p", str(pid)], capture_output=True, text=True, check=False)  # noqa: S603, S607
    return answer.stdout.strip()


def last_words(log: Path) -> str:
    """Return one sentence from the end of a log: a cause we know with its way out, else its last line."""
    try:
        lines = log.read_bytes()[-20_000:].decode(errors="replace").splitlines()
    except OSError:
        return f"it left no log ({log})."
    tail = "\n".join(lines[-40:])
    if "No space left on device" in tail:
        return f"the disk that holds {log.parent.parent} is full. Free some space, or set BZPEER_HOME to a folder on another disk."
    spoken = [line.strip() for line in lines if line.strip()]
    return f"{spoken[-1][:300]} (more in {log})." if spoken else f"it said nothing ({log})."


def _ending(code: int) -> str:
    if code >= 0:
        return f"exit code {code}"
    try:
        return f"ended by {signal.Signals(-code).name}"
    except ValueError:
        return f"ended by signal {-code}"


def _kill_group(pid: int) -> None:
    """End what a dead process left of its own group (a worker's pool, say)."""
    with suppress(ProcessLookupError, PermissionError):
        os.killpg(pid, signal.SIGKILL)


def _turn_over(log: Path) -> None:
    with suppress(FileNotFoundError):
        if log.stat().st_size > _LARGEST_LOG:
            log.replace(log.with_suffix(".log.1"))


@contextmanager
def _signals_held(numbers: Iterable[signal.Signals] = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)) -> Iterator[None]:
    """No signal comes between the birth of a process and the note that it exists."""
    before = signal.pthread_sigmask(signal.SIG_BLOCK, numbers)
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_SETMASK, before)
