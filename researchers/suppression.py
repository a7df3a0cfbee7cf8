"""The do-not-list: what somebody asked not to be shown, remembered so that no import brings it back.

The list holds no names and no ids, only keyed digests (HMAC-SHA-256) of them:
- "openalex:A…", "orcid:…", "id:12" of a removed record, as a record's keys are written elsewhere;
- "work:<key of a work>" of works with a byline to leave alone, and "byline:<key of a work>:<name key>" of the byline;
- "name:<own key of a record>:<folded name>" of a former name, and "alias:<key of a work>:<name key>" of a byline that printed
  it; the keys of such a record are on the list with its own key beside them.

Ids are few enough to be tried one by one by whoever holds the whole database with the secret; the digests keep the list
from being read in passing, from being matched with another portal's, and from being a register of who asked. It is a
table like others, so it comes with every backup; `bzpeer suppressions` writes it to a file of its own, to be applied after
an older backup was restored.
"""

import hmac
import secrets
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass

from django.db import connection

from researchers.models import Suppression, SuppressionKey

Kind = Suppression.Kind


@dataclass(frozen=True, kw_only=True)
class Listed:
    """What the list says about a key."""

    kind: str
    hides_name: bool
    record_id: int | None


def is_anything_suppressed() -> bool:
    """Tell whether the list has an entry at all: one cheap question spares the rest."""
    return Suppression.objects.exists()


def listed(keys: Collection[str]) -> dict[str, Listed]:
    """Return what the list says about those of `keys` that are on it, with one query."""
    secret = _secret(make=False)
    if not keys or secret is None:
        return {}
    by_digest = {_digest(secret, key): key for key in keys}
    with connection.cursor() as cursor:
        # One array, where a filter would write thousands of parameters into the statement.
        cursor.execute(
            "SELECT digest, kind, hides_name, record_id FROM researchers_suppression WHERE digest = ANY(%s) ORDER BY id", [list(by_digest)]
        )
        return {
            by_digest[bytes(digest)]: Listed(kind=kind, hides_name=hides_name, record_id=record_id)
            for digest, kind, hides_name, record_id in cursor.fetchall()
        }


def is_suppressed(key: str) -> bool:
    """Tell whether the record with this key was removed."""
    found = listed([key]).get(key)
    return found is not None and found.kind == Kind.RECORD


def suppress(keys: Mapping[str, str], *, hides_name: bool = False, record_id: int | None = None) -> None:
    """Put keys, each with its kind, on the list; what is there already says from now on what is given here."""
    secret = _secret(make=True)
    if secret is None:
        raise RuntimeError("The secret of the do-not-list could not be made.")
    Suppression.objects.bulk_create(
        (
            Suppression(digest=_digest(secret, key), kind=kind, hides_name=hides_name, record_id=record_id)
            for key, kind in sorted(keys.items())
        ),
        update_conflicts=True,
        unique_fields=["digest"],
        update_fields=["kind", "hides_name", "record_id"],
    )


def lift(keys: Iterable[str]) -> int:
    """Take keys off the list; return how many were on it. What they name comes back with the next import of it."""
    secret = _secret(make=False)
    if secret is None:
        return 0
    removed, _ = Suppression.objects.filter(digest__in=[_digest(secret, key) for key in keys]).delete()
    return removed


def dumped() -> dict[str, object]:
    """Return the list with its secret, for a file."""
    secret = _secret(make=True) or b""
    rows = Suppression.objects.order_by("pk").values_list("digest", "kind", "hides_name", "record_id")
    return {"secret": secret.hex(), "entries": [[bytes(digest).hex(), kind, hides, record] for digest, kind, hides, record in rows]}


class AnotherList(ValueError):
    """The file was made with another secret than the list here, which is not empty: they cannot be one list."""


def restored(dump: Mapping[str, object]) -> int:
    """Add what a dumped list holds to the one here; return how many entries are new. Raises AnotherList, ValueError or KeyError."""
    secret = bytes.fromhex(str(dump["secret"]))
    held = _secret(make=False)
    if held != secret:
        if Suppression.objects.exists():
            raise AnotherList("The list here was made with another secret.")
        SuppressionKey.objects.all().delete()
        SuppressionKey.objects.create(secret=secret)
    before = Suppression.objects.count()
    entries = dump["entries"]
    if not isinstance(entries, list):
        raise ValueError("The file holds no list.")
    Suppression.objects.bulk_create(
        (
            Suppression(digest=bytes.fromhex(digest), kind=Kind(kind), hides_name=hides, record_id=record)
            for digest, kind, hides, record in entries
        ),
        ignore_conflicts=True,
    )
    return Suppression.objects.count() - before


def _digest(secret: bytes, key: str) -> bytes:
    return hmac.digest(secret, key.encode("utf-8", "surrogatepass"), "sha256")


def _secret(*, make: bool) -> bytes | None:
    held = SuppressionKey.objects.order_by("pk").first()
    if held is None and make:
        held = SuppressionKey.objects.create(secret=secrets.token_bytes(32))
    return bytes(held.secret) if held else None
