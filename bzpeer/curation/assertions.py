"""What people say about records, and taking it back. Each step is one transaction; pghistory's triggers write its audit row.

Whoever calls has made sure that the person may speak for the record: its accepted claim, or staff. What records hold
follows from the assertion in the same transaction, with the `RecordChange` that derives anew what hangs on it, and every
import leaves it alone from then on. Steps that write works wait for the turn of imports first.
"""

import re
import unicodedata
from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Iterable, Sequence
from datetime import date, datetime
from typing import Any

from django.db import connection, transaction
from django.utils import timezone

from bzpeer.accounts.models import User
from bzpeer.curation.models import Assertion
from researchers.domain import spell_out_names
from researchers.models import Affiliation, AffiliationDenial, Institution, InstitutionRedirect, NameForm, Researcher
from researchers.names import fold, name_key
from works.locking import hold_imports
from works.models import Authorship, AuthorshipRuling, RecordChange, UpstreamRecord, Work
from works.recomposing import recompose_works
from works.resolving import remove_emptied
from works.rulings import can_be_same

LONGEST_NAME = 300
LONGEST_TITLE = 2_000
LONGEST_BIOGRAPHY = 4_000
LONGEST_NOTE = 2_000
FIRST_YEAR = 1900
_TYPE = re.compile(r"[a-z][a-z-]{1,39}")

Kind = Assertion.Kind
Verdict = AuthorshipRuling.Verdict
By = Authorship.ResolvedBy


class AssertionRefused(Exception):
    """What was said cannot be taken in. The message is a plain sentence for the person; repeating does not help."""


class SaidMeanwhile(AssertionRefused):
    """Somebody said something else of the same fact since the page was opened; looking again and repeating helps."""

    def __init__(self) -> None:
        super().__init__("Somebody changed this meanwhile. The page shows how it stands now; make your change again if it is still needed.")


# --- values -----------------------------------------------------------------------------------------

RESEARCHER_FIELDS = {"display_name": LONGEST_NAME, "biography": LONGEST_BIOGRAPHY}
"""Fields of a researcher that can be corrected, with the most characters each takes."""


def standing_word(researcher: Researcher, field: str) -> int:
    """Return the key of the assertion that stands for a field, 0 for none: what a page saw when it was opened."""
    held = Assertion.objects.filter(kind=Kind.FIELD, subject=field, researcher=researcher, work=None, withdrawn_at__isnull=True)
    return held.values_list("pk", flat=True).first() or 0


@transaction.atomic
def correct_researcher(*, by: User, researcher: Researcher, field: str, value: str, note: str = "", seen: int | None = None) -> Assertion:
    """Say what a field of a researcher record shall hold. `seen` is what `standing_word` was; raises SaidMeanwhile if it is another."""
    if field not in RESEARCHER_FIELDS:
        raise AssertionRefused(f"“{field}” cannot be corrected here.")
    value = _text(value, most=RESEARCHER_FIELDS[field], lines=field == "biography")
    if field == "display_name":
        _check_name(value)
    person = _taken(researcher)
    held = _live(Kind.FIELD, field, researcher=person)
    if seen is not None and seen != (held.pk if held else 0):
        raise SaidMeanwhile
    made = _said(
        by=by, kind=Kind.FIELD, subject=field, researcher=person, old=getattr(person, field), new=value, note=note, instead_of=held
    )
    setattr(person, field, value)
    person.asserted = person.asserted | {field: _stamp(made)}
    person.save(update_fields=[field, "asserted"])
    if field == "display_name":
        # Searches find by forms; a form that nobody else gives goes when the name is taken back.
        NameForm.objects.get_or_create(researcher=person, name=value, defaults={"kind": NameForm.Kind.OWNER, "source": "owner"})
    _respell(person)
    return made


def _take_back_researcher_field(assertion: Assertion, person: Researcher) -> None:
    field = assertion.subject
    told = person.provenance.get("openalex", {}).get("withheld", {}) if isinstance(person.provenance, dict) else {}
    setattr(person, field, told.get(field, assertion.old_value))
    person.asserted = {name: said for name, said in person.asserted.items() if name != field}
    person.save(update_fields=[field, "asserted"])
    if field == "display_name" and not _live(Kind.NAME, str(assertion.new_value), researcher=person):
        NameForm.objects.filter(researcher=person, name=assertion.new_value, kind=NameForm.Kind.OWNER).delete()
    _ask_again(person)
    _respell(person)


WORK_FIELDS = ("title", "type", "publication_date")
"""Fields of a work that can be corrected."""


@transaction.atomic
def correct_work(*, by: User, work: Work, field: str, value: str, note: str = "") -> Assertion:
    """Say what a field of a work shall hold; a date is ISO 8601 and sets the year too."""
    values = _work_values(field, value)
    _take_turn()
    work = Work.objects.select_for_update(no_key=True).get(pk=work.pk)
    held = _live(Kind.FIELD, field, work=work)
    old = {name: _plain(getattr(work, name)) for name in values}
    made = _said(by=by, kind=Kind.FIELD, subject=field, work=work, old=old, new=values, note=note, instead_of=held)
    work.asserted = work.asserted | {name: _stamp(made, one) for name, one in values.items()}
    work.save(update_fields=["asserted"])
    _compose(work, values)
    return made


def _take_back_work_field(assertion: Assertion, work: Work) -> None:
    gone = set(assertion.new_value or ())
    work.asserted = {name: said for name, said in work.asserted.items() if name not in gone}
    work.save(update_fields=["asserted"])
    _compose(work, assertion.old_value or {})


def _compose(work: Work, otherwise: dict[str, Any]) -> None:
    """Let the work's row follow from its records; one that no source describes takes `otherwise`."""
    with connection.cursor() as cursor:
        if not recompose_works(cursor, [work.pk]):
            titled = {"folded_title": fold(otherwise["title"])} if "title" in otherwise else {}
            Work.objects.filter(pk=work.pk).update(**otherwise, **titled)
    RecordChange.objects.create(kind="work", record_id=work.pk)


def _work_values(field: str, value: str) -> dict[str, Any]:
    if field == "title":
        title = _text(value, most=LONGEST_TITLE)
        if not title:
            raise AssertionRefused("A title cannot be empty.")
        return {"title": title}
    if field == "type":
        if not _TYPE.fullmatch(value):
            raise AssertionRefused("A type is one of the words in the list.")
        return {"type": value}
    if field == "publication_date":
        try:
            day = date.fromisoformat(value)
        except ValueError:
            raise AssertionRefused("A date has the form 2024-06-30.") from None
        if not 1000 <= day.year <= 2200:
            raise AssertionRefused("The year lies outside 1000–2200.")
        return {"publication_date": day.isoformat(), "publication_year": day.year}
    raise AssertionRefused(f"“{field}” cannot be corrected here.")


# --- names ------------------------------------------------------------------------------------------


@transaction.atomic
def add_name(*, by: User, researcher: Researcher, name: str, role: str = NameForm.Role.PLAIN, note: str = "") -> Assertion:
    """Add a form of the name, or say what a known one is: in the original script, or a former name."""
    name = _text(name, most=LONGEST_NAME)
    _check_name(name)
    if role not in NameForm.Role.values:
        raise AssertionRefused("A form of a name is another form, one in the original script, or a former one.")
    person = _taken(researcher)
    held = _live(Kind.NAME, name, researcher=person)
    known = NameForm.objects.filter(researcher=person, name=name).first()
    old = {"kind": known.kind, "source": known.source, "role": known.role} if known else None
    made = _said(by=by, kind=Kind.NAME, subject=name, researcher=person, old=old, new={"role": role}, note=note, instead_of=held)
    given = (
        {"role": role} if known and known.kind != NameForm.Kind.OWNER else {"kind": NameForm.Kind.OWNER, "source": "owner", "role": role}
    )
    NameForm.objects.update_or_create(researcher=person, name=name, defaults=given)
    _respell(person)
    return made


def _take_back_name(assertion: Assertion, person: Researcher) -> None:
    forms = NameForm.objects.filter(researcher=person, name=assertion.subject)
    if assertion.old_value:
        forms.update(role=assertion.old_value["role"])
    else:
        # A source may list the form by now; then it stays as the source's.
        forms.filter(kind=NameForm.Kind.OWNER).delete()
        forms.update(role=NameForm.Role.PLAIN)
    _ask_again(person)
    _respell(person)


# --- affiliations -----------------------------------------------------------------------------------


@transaction.atomic
def correct_affiliation(
    *, by: User, researcher: Researcher, institution: Institution, years: Collection[int], is_current: bool = False, note: str = ""
) -> Assertion:
    """Add an affiliation, or say which years one has."""
    this_year = timezone.now().year
    if any(not FIRST_YEAR <= year <= this_year + 1 for year in years):
        raise AssertionRefused(f"Years lie between {FIRST_YEAR} and {this_year + 1}.")
    person = _taken(researcher)
    subject = f"institution:{institution.pk}"
    held = _live(Kind.AFFILIATION, subject, researcher=person)
    if held and held.new_value is None:
        _undo_denial(person, institution, held)
    own = Affiliation.objects.filter(researcher=person, institution=institution, evidence=Affiliation.Evidence.OWNER)
    own.delete()
    new = {"years": sorted(set(years)), "is_last_known": is_current}
    made = _said(by=by, kind=Kind.AFFILIATION, subject=subject, researcher=person, old=None, new=new, note=note, instead_of=held)
    Affiliation.objects.create(researcher=person, institution=institution, evidence=Affiliation.Evidence.OWNER, **new)
    _changed(person, institution)
    return made


@transaction.atomic
def deny_affiliation(*, by: User, researcher: Researcher, institution: Institution, note: str = "") -> Assertion:
    """Say that the person was never at an institution: what sources tell of it is left out."""
    person = _taken(researcher)
    subject = f"institution:{institution.pk}"
    held = _live(Kind.AFFILIATION, subject, researcher=person)
    if held and held.new_value is None:
        return held
    rows = Affiliation.objects.filter(researcher=person, institution=institution)
    listed = rows.filter(evidence=Affiliation.Evidence.AUTHOR_RECORD).first()
    old = {"years": listed.years, "is_last_known": listed.is_last_known} if listed else None
    made = _said(
        by=by, kind=Kind.AFFILIATION, subject=subject, researcher=person, old=old, new=None, note=note, instead_of=held, keep_old=True
    )
    AffiliationDenial.objects.get_or_create(researcher=person, institution=institution)
    rows.delete()
    _changed(person, institution)
    return made


def _take_back_affiliation(assertion: Assertion, person: Researcher) -> None:
    institution = _institution(assertion.subject)
    if institution is None:
        return
    if assertion.new_value is None:
        _undo_denial(person, institution, assertion)
    else:
        Affiliation.objects.filter(researcher=person, institution=institution, evidence=Affiliation.Evidence.OWNER).delete()
    _changed(person, institution)


def _undo_denial(person: Researcher, institution: Institution, assertion: Assertion) -> None:
    """Let sources speak again: what the author record listed comes back at once, what bylines show when it is derived."""
    AffiliationDenial.objects.filter(researcher=person, institution=institution).delete()
    if assertion.old_value:
        Affiliation.objects.get_or_create(
            researcher=person, institution=institution, evidence=Affiliation.Evidence.AUTHOR_RECORD, defaults=assertion.old_value
        )
    _ask_again(person)


def _institution(subject: str) -> Institution | None:
    """Return the institution a subject names, also after it was merged."""
    key = subject.removeprefix("institution:")
    moved = InstitutionRedirect.objects.filter(key=f"id:{key}").select_related("institution").first()
    return Institution.objects.filter(pk=int(key)).first() or (moved.institution if moved else None)


# --- authorships ------------------------------------------------------------------------------------


@transaction.atomic
def confirm_authorship(*, by: User, researcher: Researcher, authorship: Authorship, note: str = "") -> Assertion:
    """Say that a byline is the researcher's. Raises AssertionRefused when it is somebody else's who claimed their record."""
    _take_turn()
    person = _locked(researcher)
    byline = _byline(authorship)
    _check_free(byline, person, by)
    return _rule(by=by, person=person, byline=byline, verdict=Verdict.MINE, note=note)


@transaction.atomic
def deny_authorship(*, by: User, researcher: Researcher, authorship: Authorship, note: str = "") -> Assertion:
    """Say that a byline on the record is not the researcher's: it goes to a new record of its own, nothing is deleted."""
    _take_turn()
    person = _locked(researcher)
    byline = _byline(authorship)
    if byline.researcher_id != person.pk:
        raise AssertionRefused("This work is not on the record any more.")
    return _rule(by=by, person=person, byline=byline, verdict=Verdict.NOT_MINE, note=note)


def rule_bylines(*, by: User, to: Researcher, bylines: Iterable[Authorship], note: str) -> list[Assertion]:
    """Give bylines to a record by a moderator's decision, in the caller's transaction, which has the turn of imports."""
    return [_rule(by=by, person=to, byline=byline, verdict=Verdict.MINE, note=note) for byline in bylines]


def _check_free(byline: Authorship, person: Researcher, by: User) -> None:
    holder = byline.researcher
    if holder is None or holder.pk == person.pk or by.is_staff:
        return
    if holder.is_claimed:
        raise AssertionRefused("This byline is on a record that somebody else claimed. Propose it, and a moderator decides.")
    forms = [person.display_name, *NameForm.objects.filter(researcher=person).values_list("name", flat=True)]
    if not any(can_be_same(name_key(form), byline.name_key or name_key(byline.byline)) for form in forms):
        raise AssertionRefused(f"“{byline.byline}” is none of the names on your record. Add the name first, or propose the work.")


def _rule(*, by: User, person: Researcher, byline: Authorship, verdict: Verdict, note: str) -> Assertion:
    was = byline.researcher_id
    old = {"researcher": was, "resolved_by": byline.resolved_by, "grounds": byline.grounds}
    subject = f"byline:{byline.position}:{byline.byline}"
    held = Assertion.objects.filter(
        kind=Kind.AUTHORSHIP, researcher=person, work=byline.work_id, subject=subject, withdrawn_at__isnull=True
    ).first()
    told = held.new_value or {} if held else {}
    if held and told["verdict"] == verdict:
        return held
    if held:
        AuthorshipRuling.objects.filter(pk=told["ruling"]).delete()
    stub = _stub(byline) if verdict == Verdict.NOT_MINE else None
    ruling = AuthorshipRuling.objects.create(
        work_id=byline.work_id,
        researcher=person,
        verdict=verdict,
        byline=byline.byline,
        name_key=byline.name_key or name_key(byline.byline),
        position=byline.position,
        author_id=str(byline.grounds.get("author_id", "")),
        stub=stub,
    )
    new = {"verdict": str(verdict), "ruling": ruling.pk}
    made = _said(
        by=by,
        kind=Kind.AUTHORSHIP,
        subject=subject,
        researcher=person,
        work_id=byline.work_id,
        old=old,
        new=new,
        note=note,
        instead_of=held,
    )
    byline.researcher = stub or person
    byline.resolved_by = By.OWNER
    byline.grounds = _grounds(ruling)
    byline.save(update_fields=["researcher", "resolved_by", "grounds"])
    _authorships_changed([byline.work_id], [was, byline.researcher_id])
    return made


def _grounds(ruling: AuthorshipRuling) -> dict[str, Any]:
    said = {"ruling": ruling.pk, "verdict": ruling.verdict, "said": ruling.created_at.date().isoformat()}
    return said | ({"author_id": ruling.author_id} if ruling.author_id else {})


def _stub(byline: Authorship) -> Researcher:
    """Make a record for one byline of which only is known whose it is not."""
    stub = Researcher.objects.create(
        display_name=byline.byline or "Unknown author",
        folded_names="",
        assembled=True,
        name_key=byline.name_key or name_key(byline.byline),
    )
    NameForm.objects.create(researcher=stub, name=stub.display_name, kind=NameForm.Kind.BYLINE, source="arxiv")
    spell_out_names([stub.pk])
    return stub


def _take_back_authorships(assertions: Collection[Assertion]) -> None:
    """Let sources and grounds say again whose bylines are, all works at once. Records made for them go when nothing else is on them."""
    rulings = AuthorshipRuling.objects.in_bulk([(said.new_value or {}).get("ruling", 0) for said in assertions])
    told = [(said, rulings.get((said.new_value or {}).get("ruling", 0))) for said in assertions]
    works = {work for said, ruling in told if (work := ruling.work_id if ruling else said.work_id)}
    ruled = Authorship.objects.filter(work__in=works, grounds__ruling__in=list(rulings)).order_by("pk")
    bylines = {byline.grounds["ruling"]: byline for byline in ruled}
    AuthorshipRuling.objects.filter(pk__in=rulings).delete()
    if not works:
        return
    Authorship.objects.filter(pk__in=[byline.pk for byline in bylines.values()]).update(researcher=None, resolved_by=By.NONE, grounds={})
    with connection.cursor() as cursor:
        recompose_works(cursor, sorted(works))
        leaving = _back_where_they_were(
            [(bylines[ruling.pk], said.old_value or {}) for said, ruling in told if ruling and ruling.pk in bylines]
        )
        now = dict(Authorship.objects.filter(pk__in=[byline.pk for byline in bylines.values()]).values_list("pk", "researcher_id"))
        left: dict[int, Counter[int]] = defaultdict(Counter)
        for byline in bylines.values():
            stays = now.get(byline.pk)
            for key in (byline.researcher_id, leaving.get(byline.pk)):
                if key and stays and key != stays:
                    left[key][stays] += 1
        remove_emptied(cursor, left)
    people = {byline.researcher_id for byline in bylines.values()} | set(now.values()) | {said.researcher_id for said in assertions}
    _authorships_changed(works, people)


def _back_where_they_were(bylines: Sequence[tuple[Authorship, dict[str, Any]]]) -> dict[int, int | None]:
    """Give bylines to which no source gives an author id back to the record they were on; return the ones they leave for that."""
    present = Authorship.objects.in_bulk([byline.pk for byline, _ in bylines])
    known = set(
        Researcher.objects.filter(pk__in=[old.get("researcher") or 0 for _, old in bylines]).order_by("pk").values_list("pk", flat=True)
    )
    leaving: dict[int, int | None] = {}
    for byline, old in bylines:
        current, back = present.get(byline.pk), old.get("researcher")
        if current and back in known and current.resolved_by not in (By.UPSTREAM_ID, By.OWNER) and current.researcher_id != back:
            leaving[current.pk] = current.researcher_id
            current.researcher_id, current.resolved_by, current.grounds = back, old["resolved_by"], old["grounds"]
    Authorship.objects.bulk_update([present[key] for key in leaving], ["researcher", "resolved_by", "grounds"], batch_size=500)
    return leaving


def _authorships_changed(work_ids: Collection[int], researcher_ids: Collection[int | None]) -> None:
    there = Researcher.objects.filter(pk__in=[key for key in researcher_ids if key]).order_by("pk").values_list("pk", flat=True)
    works = [RecordChange(kind="work", record_id=key) for key in sorted(work_ids)]
    RecordChange.objects.bulk_create([*works, *(RecordChange(kind="researcher", record_id=key) for key in there)])


def _byline(authorship: Authorship) -> Authorship:
    return Authorship.objects.select_for_update(of=("self",)).select_related("researcher").get(pk=authorship.pk)


# --- taking back ------------------------------------------------------------------------------------


@transaction.atomic
def withdraw(*, by: User, assertion: Assertion) -> Assertion:
    """Take an assertion back: the record holds again what sources say. The row stays, with who took it back and when."""
    _take_turn()
    current = Assertion.objects.select_for_update().get(pk=assertion.pk)
    if current.withdrawn_at:
        raise AssertionRefused("This is taken back already.")
    _close(current, by=by)
    if current.kind == Kind.FIELD and current.work_id:
        _take_back_work_field(current, Work.objects.select_for_update(no_key=True).get(pk=current.work_id))
    elif current.researcher_id and current.kind == Kind.AUTHORSHIP:
        _locked_key(current.researcher_id)
        _take_back_authorships([current])
    elif current.researcher_id:
        _TAKE_BACK[Kind(current.kind)](current, _locked_key(current.researcher_id))
    return current


@transaction.atomic
def withdraw_authorships(*, by: User, assertions: Collection[Assertion]) -> int:
    """Take back what was said of many bylines, all or none; return how many. Their works are composed anew together."""
    _take_turn()
    found = Assertion.objects.filter(pk__in=[said.pk for said in assertions], kind=Kind.AUTHORSHIP, researcher__isnull=False)
    current = list(found.select_for_update().order_by("pk"))
    if not current or any(said.withdrawn_at for said in current):
        raise AssertionRefused("This is taken back already.")
    for key in sorted({said.researcher_id for said in current if said.researcher_id}):
        _locked_key(key)
    found.update(withdrawn_at=timezone.now(), withdrawn_by=by)
    _take_back_authorships(current)
    return len(current)


_TAKE_BACK: dict[Assertion.Kind, Callable[[Assertion, Researcher], None]] = {
    Kind.FIELD: _take_back_researcher_field,
    Kind.NAME: _take_back_name,
    Kind.AFFILIATION: _take_back_affiliation,
}


# --- together ---------------------------------------------------------------------------------------


def _said(
    *,
    by: User,
    kind: Assertion.Kind,
    subject: str,
    old: Any,
    new: Any,
    note: str,
    researcher: Researcher | None = None,
    work: Work | None = None,
    work_id: int | None = None,
    instead_of: Assertion | None,
    keep_old: bool = False,
) -> Assertion:
    """Add the row. One that takes the place of another keeps what the record held before both, unless `keep_old`."""
    note = _text(note, most=LONGEST_NOTE, lines=True)
    if instead_of:
        _close(instead_of, by=by)
        old = old if keep_old and old is not None else instead_of.old_value
    work_id = work.pk if work else work_id
    return Assertion.objects.create(
        user=by, kind=kind, researcher=researcher, work_id=work_id, subject=subject, old_value=old, new_value=new, note=note
    )


def _close(assertion: Assertion, *, by: User) -> None:
    assertion.withdrawn_at, assertion.withdrawn_by = timezone.now(), by
    assertion.save(update_fields=["withdrawn_at", "withdrawn_by"])


def _live(kind: Assertion.Kind, subject: str, *, researcher: Researcher | None = None, work: Work | None = None) -> Assertion | None:
    found = Assertion.objects.filter(kind=kind, subject=subject, researcher=researcher, work=work, withdrawn_at__isnull=True)
    return found.select_for_update().first()


def _stamp(assertion: Assertion, value: Any = None) -> dict[str, Any]:
    said = assertion.new_value if value is None else value
    return {"value": said, "at": assertion.created_at.isoformat(), "by": assertion.user_id}


def _take_turn() -> None:
    with connection.cursor() as cursor:
        hold_imports(cursor)


def _taken(researcher: Researcher) -> Researcher:
    """Take the turn of imports and return the record as it stands, locked."""
    _take_turn()
    return _locked(researcher)


def _locked(researcher: Researcher) -> Researcher:
    return _locked_key(researcher.pk)


def _locked_key(key: int) -> Researcher:
    return Researcher.objects.select_for_update(no_key=True).get(pk=key)


def _respell(person: Researcher) -> None:
    """Make the name searchable and derive what hangs on the record."""
    spell_out_names([person.pk])
    RecordChange.objects.create(kind="researcher", record_id=person.pk)


def _changed(person: Researcher, institution: Institution) -> None:
    RecordChange.objects.bulk_create(
        [RecordChange(kind="researcher", record_id=person.pk), RecordChange(kind="institution", record_id=institution.pk)]
    )


def _ask_again(person: Researcher) -> None:
    """Let the source's own record be read whole at the next import, although it did not change."""
    if person.openalex_id:
        UpstreamRecord.objects.filter(key=f"openalex:{person.openalex_id}").update(digest=b"", upstream_updated="")


def _text(text: str, *, most: int, lines: bool = False) -> str:
    """Return text without surrounding space. Raises AssertionRefused if it is too long or holds what no name or title does."""
    text = text.strip().replace("\r\n", "\n")
    if len(text) > most:
        raise AssertionRefused(f"That is longer than {most:,} characters.")
    odd = {character for character in text if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co", "Cn")}
    if odd - ({"\n", "\t"} if lines else set()) - _JOINERS:
        raise AssertionRefused("It holds invisible characters; type it in plain text.")
    return text


_JOINERS = {"\u200c", "\u200d"}
"""Several scripts spell with them."""


def _check_name(name: str) -> None:
    if not fold(name):
        raise AssertionRefused("A name needs at least one letter.")


def _plain(value: Any) -> Any:
    return value.isoformat() if isinstance(value, date | datetime) else value
