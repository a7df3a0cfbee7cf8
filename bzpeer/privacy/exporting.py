"""A member's copy of everything about them: one ZIP with the whole as JSON, a CSV file for each table, and a page that explains it.

What it gives follows from the rules of `inventory`; of other people it gives what they did to the member and no more:
another member stands as "another member", and what others wrote is theirs. What somebody wrote to the member in an
invitation or as a moderator's question is part of the export, since it was said to the member alone; the other side of a
conversation is not: it can be read in the portal, and its writer can delete it there.
"""

import csv
import io
import json
import logging
import tempfile
import zipfile
from collections.abc import Iterator
from datetime import timedelta
from typing import IO, Any

from django.conf import settings
from django.core.serializers.json import DjangoJSONEncoder
from django.db import IntegrityError, models, transaction
from django.db.models import F
from django.db.models.functions import Now

from bzpeer.accounts.models import User
from bzpeer.accounts.notices import notify
from bzpeer.claims.models import Claim, OwnerProfile
from bzpeer.privacy.inventory import Holding, holdings
from bzpeer.privacy.models import DataExport, DataExportPiece
from researchers.models import Institution, Researcher, TrustSnapshot
from works.models import AuthorshipRuling, Topic, Work

logger = logging.getLogger(__name__)

KEPT_FOR = timedelta(days=7)
PIECE = 256 * 1024
MOST_ATTEMPTS = 3
MOST_KEPT = 3
"""Copies of one member: an older one goes when another is made."""
SMALL = 2_000
"""Rows: up to so many the export is made while the member waits."""
State = DataExport.State
Row = dict[str, Any]

_KINDS: dict[type[models.Model], str] = {Researcher: "researchers", Work: "works", Topic: "topics", Institution: "institutions"}
_RECORD = {"password", "is_superuser", "user_permissions", "groups"}


class ExportRunning(Exception):
    """An export of this member is being made. Trying again later helps."""


def ask_for_export(user: User) -> DataExport:
    """Begin a copy. It is made at once where it is small, otherwise a worker makes it (`tasks.ring`)."""
    try:
        with transaction.atomic():
            return DataExport.objects.create(user=user)
    except IntegrityError as error:
        raise ExportRunning("Your copy is being made; this page shows when it is ready.") from error


def is_small(user: User) -> bool:
    """Tell whether making the copy takes a moment only."""
    total = 0
    for held in holdings():
        total += held.rows_of(user).count() if held.rule.table else 0
        if total > SMALL:
            return False
    return True


def make_export(export_id: int) -> bool:
    """Make the ZIP and keep it; return False if nothing was to do. Harmless when repeated."""
    attempt = _attempt(export_id)
    if attempt is None:
        return False
    with transaction.atomic():
        export = DataExport.objects.select_for_update(skip_locked=True).filter(pk=export_id, state=State.WAITING).first()
        if export is None:
            return False
        with tempfile.TemporaryFile() as file:
            size = write_export(export.user, file)
            file.seek(0)
            DataExportPiece.objects.filter(export=export).delete()
            for number, content in enumerate(iter(lambda: file.read(PIECE), b"")):
                DataExportPiece.objects.create(export=export, number=number, content=content)
        kept = list(exports_of(export.user).values_list("pk", flat=True)[:MOST_KEPT])
        exports_of(export.user).exclude(pk__in=kept).delete()
        DataExport.objects.filter(pk=export.pk).update(state=State.READY, size=size, ready_at=Now(), expires_at=Now() + KEPT_FOR)
        text = "A copy of your data was made. If this was not you, change your password."
        notify(export.user, kind="account", key=f"export:{export.pk}", text=text, url="/settings/export/")
    return True


def _attempt(export_id: int) -> int | None:
    """Count an attempt before it is made, so that a copy that kills its worker is given up in the end."""
    waiting = DataExport.objects.filter(pk=export_id, state=State.WAITING)
    if waiting.filter(attempts__gte=MOST_ATTEMPTS).update(state=State.FAILED) or not waiting.update(attempts=F("attempts") + 1):
        return None
    return waiting.values_list("attempts", flat=True).first()


def forget_expired() -> int:
    """Remove copies whose time is over; return how many rows went."""
    removed, _ = DataExport.objects.filter(expires_at__lt=Now()).delete()
    return removed


def exports_of(user: User) -> models.QuerySet[DataExport]:
    """Return a member's copies, the newest first."""
    return DataExport.objects.filter(user=user).order_by("-pk")


def pieces_of(export: DataExport) -> Iterator[bytes]:
    """Yield the ZIP piece by piece."""
    for content in (
        DataExportPiece.objects.filter(export=export).order_by("number").values_list("content", flat=True).iterator(chunk_size=1)
    ):
        yield bytes(content)


# --- what is in it ----------------------------------------------------------------------------------


def tables_of(user: User) -> Iterator[tuple[str, Iterator[Row]]]:
    """Yield every table of the export with its rows."""
    yield "account", iter([_row(user, user, frozenset(_RECORD))])
    for held in holdings():
        if held.rule.table:
            yield held.rule.table, _rows(held, user)
    owned = Claim.objects.filter(user=user, state=Claim.State.ACCEPTED).order_by().values("researcher")
    profiles = OwnerProfile.objects.filter(researcher__in=owned).exclude(updated_by=user).order_by("pk")
    yield "profiles_of_your_records", (_row(row, user) for row in profiles.iterator())
    yield "trust_history_of_your_records", _of_records(TrustSnapshot, owned, user, "computed_at")
    yield "rulings_on_your_records", _of_records(AuthorshipRuling, owned, user, "pk")


def _of_records(model: type[models.Model], owned: Any, user: User, order: str) -> Iterator[Row]:
    rows = model._base_manager.filter(researcher__in=owned).order_by("researcher", order)
    return (_row(row, user) for row in rows.iterator())


def _rows(held: Holding, user: User) -> Iterator[Row]:
    for row in held.rows_of(user).iterator():
        if held.rule.table == "invitations_received" and row.state in ("review", "refused", "withdrawn"):  # type: ignore[attr-defined]
            continue  # it never reached the member
        yield _row(row, user, held.rule.omitted)


def _row(row: models.Model, user: User, omitted: frozenset[str] = frozenset()) -> Row:
    found: Row = {}
    for field in row._meta.concrete_fields:
        if field.name in omitted or isinstance(field, models.BinaryField):
            continue
        value = field.value_from_object(row)
        if field.related_model is not None and value is not None:
            value = _named(field.related_model, value, user)
        found[field.name] = value
    return found


def _named(model: type[models.Model], key: int, user: User) -> Any:
    """Return what a reference says: members only whether it is oneself, records by their address."""
    if model is User:
        return "you" if key == user.pk else "another member"
    if kind := _KINDS.get(model):
        return f"{settings.PORTAL_URL}/{kind}/{key}/"
    return key


# --- the ZIP ----------------------------------------------------------------------------------------


def write_export(user: User, file: IO[bytes]) -> int:
    """Write the ZIP; return its size in bytes. JSON and CSV hold the same rows."""
    counts: dict[str, int] = {}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive, tempfile.TemporaryFile("w+", encoding="utf-8") as whole:
        whole.write("{")
        for name, rows in tables_of(user):
            whole.write(("," if counts else "") + f"\n{json.dumps(name)}: [")
            counts[name] = _write_table(archive, whole, name, rows)
            whole.write("]")
        whole.write("\n}\n")
        whole.seek(0)
        with archive.open("everything.json", "w") as target:
            for part in iter(lambda: whole.read(PIECE), ""):
                target.write(part.encode("utf-8", "replace"))
        archive.writestr("README.txt", _explained(counts))
    return file.tell()


def _write_table(archive: zipfile.ZipFile, whole: IO[str], name: str, rows: Iterator[Row]) -> int:
    written = 0
    with archive.open(f"{name}.csv", "w") as target:
        for row in rows:
            whole.write((",\n" if written else "\n") + json.dumps(row, cls=DjangoJSONEncoder, ensure_ascii=False))
            if not written:
                target.write(_line(list(row)))
            target.write(_line([_cell(value) for value in row.values()]))
            written += 1
    return written


def _line(cells: list[str]) -> bytes:
    text = io.StringIO()
    csv.writer(text).writerow([safe_cell(cell) for cell in cells])
    return text.getvalue().encode("utf-8", "replace")


def _cell(value: Any) -> str:
    if value is None:
        return ""
    if isinstance(value, str):
        return value
    return json.dumps(value, cls=DjangoJSONEncoder, ensure_ascii=False).strip('"')


def safe_cell(text: str) -> str:
    """Return a cell that no spreadsheet takes for a formula: one that begins like one gets an apostrophe before it."""
    return f"'{text}" if text.startswith(("=", "+", "-", "@", "\t", "\r")) else text


def _explained(counts: dict[str, int]) -> str:
    left_out = sorted({held.rule.why for held in holdings() if not held.rule.table})
    lines = [
        f"Everything {settings.PORTAL_URL} keeps about you and your account.",
        "",
        "everything.json holds all tables; each .csv file holds one. A cell that a spreadsheet could take for a formula",
        "begins with an apostrophe.",
        "Other people stand as “another member”: what is theirs is not ours to give you. The other side of your conversations",
        "can be read in the portal. Records of works and authors are public and not part of your account.",
        "",
        "Tables and rows:",
        *(f"  {name}: {count}" for name, count in counts.items()),
        "",
        "Not given, and why:",
        *(f"  - {why}" for why in left_out),
        "",
    ]
    return "\n".join(lines)


def waiting_exports(limit: int) -> list[int]:
    """Return copies that still have to be made, for the sweeper."""
    rows = DataExport.objects.filter(state=State.WAITING).order_by("pk").values_list("pk", flat=True)
    return list(rows[:limit])
