"""The system user the embedded services run as.

PostgreSQL refuses to run as root. Started as root, the services give up root for the owner of their data, or for `nobody`: no user is
added to the system. Where that user cannot enter the folders on the way (a project under /root, say), the one Linux capability that
passes folder permissions is kept, and nothing else.
"""

import ctypes
import os
import pwd
import signal
import sys
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

_LINUX = sys.platform.startswith("linux")
_LIBC = ctypes.CDLL(None, use_errno=True) if _LINUX else None

# From linux/prctl.h and linux/capability.h.
_PR_SET_PDEATHSIG = 1
_PR_SET_KEEPCAPS = 8
_PR_CAP_AMBIENT = 47
_PR_CAP_AMBIENT_RAISE = 2
_CAPABILITY_VERSION_3 = 0x20080522
_CAP_DAC_OVERRIDE = 1
_CAP_DAC_READ_SEARCH = 2


class CannotDropRootError(Exception):
    """Root cannot be given up for a user that reaches the folders. Retrying does not help; moving the folders does."""


@dataclass(frozen=True)
class Identity:
    """A system user, and the capability it keeps to enter the folders on its way (None: it needs none)."""

    uid: int
    gid: int
    capability: int | None = None

    def own(self, folder: Path) -> None:
        """Hand `folder` and everything in it to this user."""
        for path in (folder, *folder.rglob("*")):
            if path.lstat().st_uid != self.uid:
                os.chown(path, self.uid, self.gid, follow_symlinks=False)


def service_identity(*, data: Path, folders: Iterable[Path]) -> Identity | None:
    """Return the user to run services as, or None when the current user will do (it is not root).

    `data` is a service's own folder, whose owner is preferred; every one of `folders` must exist and will be enterable.
    """
    if os.geteuid() != 0:
        return None
    owner = data.stat().st_uid if data.exists() else 0
    uid, gid = _ids(owner) if owner else _nobody()
    for capability in (None, _CAP_DAC_READ_SEARCH, _CAP_DAC_OVERRIDE):
        identity = Identity(uid, gid, capability)
        if _reaches(identity, folders):
            return identity
    blocked = next((folder for folder in folders if not _reaches(Identity(uid, gid), [folder])), data)
    raise CannotDropRootError(
        f"PostgreSQL does not run as root, and the user it would run as (number {uid}) cannot enter {blocked}. "
        "Move the project and BZPEER_HOME to a folder that other users can enter, such as /srv, or start as an ordinary user."
    )


def child_setup(identity: Identity | None, *, death_signal: signal.Signals) -> Callable[[], None]:
    """Return what a new process does before it becomes a service: give up root, unblock signals, and not outlive its parent."""
    parent = os.getpid()

    def prepare() -> None:
        if identity is not None:
            _become(identity)
        os.umask(0o077)
        signal.pthread_sigmask(signal.SIG_SETMASK, [])
        if _LIBC is not None:
            # After the change of user, which clears it. A supervisor that is killed takes its services with it.
            _LIBC.prctl(_PR_SET_PDEATHSIG, int(death_signal), 0, 0, 0)
            if os.getppid() != parent:
                os._exit(1)

    return prepare


def _nobody() -> tuple[int, int]:
    with suppress(KeyError):
        record = pwd.getpwnam("nobody")
        return record.pw_uid, record.pw_gid
    return 65534, 65534


def _ids(uid: int) -> tuple[int, int]:
    with suppress(KeyError):
        return uid, pwd.getpwuid(uid).pw_gid
    return uid, uid


def _become(identity: Identity) -> None:
    if identity.capability is not None and _LIBC is not None:
        _LIBC.prctl(_PR_SET_KEEPCAPS, 1, 0, 0, 0)
    os.setgroups([])
    os.setgid(identity.gid)
    os.setuid(identity.uid)
    if identity.capability is not None and _LIBC is not None:
        bit = 1 << identity.capability
        header = (ctypes.c_uint32 * 2)(_CAPABILITY_VERSION_3, 0)
        sets = (ctypes.c_uint32 * 6)(bit, bit, bit, 0, 0, 0)  # effective, permitted, inheritable; low words, then high words
        if _LIBC.capset(header, sets) != 0 or _LIBC.prctl(_PR_CAP_AMBIENT, _PR_CAP_AMBIENT_RAISE, identity.capability, 0, 0) != 0:
            raise PermissionError(ctypes.get_errno(), "cannot keep the capability to enter folders")


def _reaches(identity: Identity, folders: Iterable[Path]) -> bool:
    """Try it: a forked child becomes the user and enters each folder (permissions, ACLs and capabilities all count)."""
    pid = os.fork()
    if pid == 0:
        try:
            _become(identity)
            for folder in folders:
                os.chdir(folder)
        except BaseException:
            os._exit(1)
        os._exit(0)
    return os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]) == 0
