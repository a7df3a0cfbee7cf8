"""Runs a reader in a process of its own, with bounded time, memory and files, so that a hostile paper harms nobody.

The child gets the file on its standard input and answers with JSON on its standard output. It sees no secret: its environment
is empty, and it can neither write files nor begin processes.
"""

import json
import resource
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from bzpeer.reports.texts.extracted import Extracted, Unreadable
from bzpeer.reports.texts.html import read_html
from bzpeer.reports.texts.latex import read_latex
from bzpeer.reports.texts.pdf import read_pdf
from bzpeer.reports.texts.plain import read_plain

MOST_BYTES = 50_000_000
SECONDS = 60
MEMORY = 1_500_000_000
"""Bytes of address space; a paper of 100 pages takes a tenth of it."""
_GRACE = 10
"""Seconds by which the clock on the wall may exceed the processor's."""
MOST_ANSWERED = 40_000_000

READERS: dict[str, Callable[[bytes], Extracted]] = {"pdf": read_pdf, "latex": read_latex, "html": read_html, "text": read_plain}
_ROOT = Path(__file__).resolve().parents[3]


def kind_of(data: bytes, name: str = "") -> str:
    """Tell which reader a file needs by its first bytes, and by its name where those are text."""
    head = data[:1024].lstrip().lower()
    if b"%pdf-" in head:
        return "pdf"
    if data[:2] == b"\x1f\x8b" or data[257:262] == b"ustar":
        return "latex"
    if head.startswith((b"<!doctype html", b"<html")) or name.lower().endswith((".html", ".htm")):
        return "html"
    if name.lower().endswith((".tex", ".ltx")) or b"\\documentclass" in data[:20_000] or b"\\begin{document}" in data[:200_000]:
        return "latex"
    return "text"


def read_apart(data: bytes, *, kind: str, seconds: int = SECONDS) -> Extracted:
    """Read a file in a child process. Raises Unreadable in plain words, also when the child runs out of time or memory."""
    if len(data) > MOST_BYTES:
        raise Unreadable(f"The file is larger than {MOST_BYTES // 1_000_000} MB.")
    try:
        done = subprocess.run(  # noqa: S603  # our own interpreter and program; the file is only its input
            [sys.executable, "-I", "-c", _CHILD, str(_ROOT), kind, str(seconds)],
            input=data,
            capture_output=True,
            timeout=seconds + _GRACE,
            env={"PATH": "/usr/bin:/bin", "LANG": "C.UTF-8"},
            cwd="/",
            check=False,
        )
    except subprocess.TimeoutExpired as error:
        raise Unreadable(f"Reading this file took longer than {seconds} seconds; it was stopped.") from error
    return _answer(done, seconds)


def _answer(done: "subprocess.CompletedProcess[bytes]", seconds: int) -> Extracted:
    if done.returncode in (-9, -24):  # killed, or out of processor time
        raise Unreadable(f"Reading this file took longer than {seconds} seconds or too much memory; it was stopped.")
    try:
        said = json.loads(done.stdout[:MOST_ANSWERED])
    except ValueError as error:
        raise Unreadable("This file stopped the reader; it is damaged or made to do harm.") from error
    if "refused" in said:
        raise Unreadable(str(said["refused"]))
    return Extracted(text=said["text"], lines=tuple(said["lines"]), pages=said["pages"], notes=tuple(said["notes"]))


# The package's own __init__ is left out: it would bring Celery and the settings along.
_CHILD = """
import sys, types
package = types.ModuleType("bzpeer")
package.__path__ = [sys.argv[1] + "/bzpeer"]
sys.modules["bzpeer"] = package
sys.path.insert(0, sys.argv[1])
from bzpeer.reports.texts.sandbox import child
child(sys.argv[2], int(sys.argv[3]))
"""


def child(kind: str, seconds: int) -> None:
    """Read standard input within limits and answer. Runs in the child only."""
    data = sys.stdin.buffer.read(MOST_BYTES + 1)
    resource.setrlimit(resource.RLIMIT_CPU, (seconds, seconds))
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_NPROC, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    try:
        found = READERS[kind](data)
        answer = {"text": found.text, "lines": found.lines, "pages": found.pages, "notes": found.notes}
    except Unreadable as refusal:
        answer = {"refused": str(refusal)}
    except MemoryError:
        answer = {"refused": "Reading this file takes too much memory; it was stopped."}
    except RecursionError:
        answer = {"refused": "This file is nested too deeply to be read."}
    sys.stdout.write(json.dumps(answer))
    sys.stdout.flush()
