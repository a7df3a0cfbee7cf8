"""A record corrected by its owner: name, further names, affiliations, which works are theirs; each step can be taken back."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.models import AnonymousUser
from django.core.exceptions import PermissionDenied
from django.db import connection, transaction
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_http_methods

from bzpeer.accounts.models import User
from bzpeer.addresses import record_address
from bzpeer.addresses import slug as slug_of
from bzpeer.claims.queries import owns_record
from bzpeer.curation.assertions import (
    FIRST_YEAR,
    LONGEST_NAME,
    LONGEST_NOTE,
    AssertionRefused,
    add_name,
    confirm_authorship,
    correct_affiliation,
    correct_researcher,
    deny_affiliation,
    deny_authorship,
    withdraw,
    withdraw_authorships,
)
from bzpeer.curation.models import Assertion
from bzpeer.curation.queries import assertions_on, may_correct
from bzpeer.pages.members import member
from bzpeer.pages.paging import numbered, page_number, whole_number
from bzpeer.pages.profile import year_ranges
from bzpeer.privacy.removing import RemovalRefused, erase_former_name
from researchers.models import Affiliation, Institution, NameForm, Researcher, VerificationLevel
from researchers.names import fold
from researchers.queries import affiliations_of, institutions_named
from works.locking import hold_imports
from works.models import Authorship

WORKS_A_PAGE = 100
SAID_SHOWN = 200
INSTITUTIONS_FOUND = 12
_MOST_AT_ONCE = 300
"""Works that one press may concern: longer lists are narrowed first."""
SHOWN = {"": "All", "open": "Not yet said", "mine": "Confirmed"}


class ShownNameForm(forms.Form):
    """The name the record shows."""

    value = forms.CharField(label="Name shown", max_length=LONGEST_NAME)
    note = forms.CharField(label="How is this known? (optional)", max_length=LONGEST_NOTE, required=False)


class FurtherNameForm(forms.Form):
    """One more form of the name."""

    name = forms.CharField(label="Form of the name", max_length=LONGEST_NAME)
    role = forms.ChoiceField(
        label="It is",
        required=False,
        choices=[("", "another form"), ("native", "the name in its original script"), ("former", "a former name")],
    )


class AffiliationForm(forms.Form):
    """Years at an institution."""

    institution = forms.ModelChoiceField(queryset=Institution.objects.all(), widget=forms.HiddenInput)
    since = forms.IntegerField(label="From", min_value=FIRST_YEAR, max_value=2200, required=False)
    until = forms.IntegerField(label="To", min_value=FIRST_YEAR, max_value=2200, required=False)
    is_current = forms.BooleanField(label="I am there now", required=False)

    def years(self) -> list[int]:
        since, until = self.cleaned_data["since"], self.cleaned_data["until"]
        first, last = since or until, until or since
        return list(range(min(first, last), max(first, last) + 1)) if first and last else []


@dataclass(frozen=True, kw_only=True)
class Place:
    """An institution on the record: what each kind of evidence says of it."""

    institution: Institution
    address: str
    said: str
    is_own: bool


@dataclass(frozen=True, kw_only=True)
class Printed:
    """A work on the record by its byline."""

    key: int
    title: str
    address: str
    year: int | None
    byline: str
    is_confirmed: bool
    is_missing: bool


@dataclass(frozen=True, kw_only=True)
class Chosen:
    """What narrows the list of works: words of the title, and what was said of them."""

    words: str
    show: str

    def bylines(self, person: Researcher) -> QuerySet[Authorship]:
        """Return the bylines on the record that fit."""
        found = Authorship.objects.filter(researcher=person)
        for word in fold(self.words).split()[:8]:
            found = found.filter(work__folded_title__contains=word)
        said = Q(resolved_by=Authorship.ResolvedBy.OWNER, grounds__verdict="mine")
        return found.filter(said) if self.show == "mine" else found.exclude(said) if self.show == "open" else found

    @property
    def query(self) -> dict[str, str]:
        return {name: value for name, value in (("q", self.words), ("show", self.show)) if value}


def _chosen_by(values: QueryDict) -> Chosen:
    show = values.get("show", "")
    return Chosen(words=values.get("q", "").replace("\x00", " ").strip()[:LONGEST_NAME], show=show if show in SHOWN else "")


@never_cache
@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def correct(request: HttpRequest, key: int, slug: str) -> HttpResponse:
    """Show what can be corrected, and take a correction in. Others than the owner and staff are refused."""
    person = get_object_or_404(Researcher, pk=key)
    if not may_correct(request.user, person.pk):
        raise PermissionDenied("Only the owner of this record and staff can correct it.")
    if request.method == "POST":
        return _take(request, person)
    return render(request, "correcting/correct.html", _context(request, person))


def _take(request: HttpRequest, person: Researcher) -> HttpResponse:
    step = _STEPS.get(request.POST.get("step", ""))
    done: _Done | None = None
    try:
        if step is None:
            raise AssertionRefused("Nothing was chosen.")
        answer = step(request, person)
        done = answer if isinstance(answer, _Done) else None
        messages.success(request, answer.words if isinstance(answer, _Done) else answer)
    except AssertionRefused as refusal:
        messages.error(request, str(refusal))
    back = request.POST.get("back", "")
    anchor = f"#{back}" if back in {"names", "affiliations", "works", "said"} else ""
    page = whole_number(request.POST.get("page", ""))
    person.refresh_from_db()
    address = reverse("correct_researcher", kwargs={"key": person.pk, "slug": slug_of(person.display_name)})
    kept: dict[str, object] = {**_chosen_by(request.POST).query}
    if page and page > 1:
        kept["page"] = page
    if done:
        kept["done"] = f"{done.first}-{done.last}"
    return redirect(address + (f"?{urlencode(kept)}" if kept else "") + anchor)


def _context(request: HttpRequest, person: Researcher) -> dict[str, Any]:
    chosen = _chosen_by(request.GET)
    bylines = chosen.bylines(person).select_related("work").order_by("-work__publication_year", "work__title", "pk")
    total = bylines.count()
    page = page_number(request, total=total, size=WORKS_A_PAGE)
    asked = request.GET.get("institution", "").replace("\x00", " ")[:LONGEST_NAME].strip()
    return {
        "researcher": person,
        "address": record_address("researcher", person.pk, person.display_name),
        "name_form": ShownNameForm(initial={"value": person.display_name}),
        "further_form": FurtherNameForm(),
        "affiliation_form": AffiliationForm(auto_id="years_%s"),
        "names": list(NameForm.objects.filter(researcher=person).order_by("kind", "name", "pk")),
        "places": _places(person),
        "asked": asked,
        "found": list(institutions_named(asked)[:INSTITUTIONS_FOUND]) if asked else [],
        "works": [_printed(row) for row in bylines[(page - 1) * WORKS_A_PAGE : page * WORKS_A_PAGE]],
        "works_total": total,
        "works_on_record": Authorship.objects.filter(researcher=person).count() if chosen.query else total,
        "most_at_once": _MOST_AT_ONCE,
        "chosen": chosen,
        "shown": SHOWN,
        "undo": _undoable(request, person),
        "here": "correct",
        "is_owner": owns_record(request.user, person.pk),
        "may_erase": may_erase_names(request.user, person),
        "pager": numbered(request, page=page, total=total, size=WORKS_A_PAGE, anchor="#works"),
        "page": page,
        "said": in_words(list(assertions_on(person.pk)[:SAID_SHOWN])),
    }


def _places(person: Researcher) -> list[Place]:
    together: dict[int, list[Affiliation]] = {}
    for row in affiliations_of(person.pk):
        together.setdefault(row.institution_id, []).append(row)
    return [
        Place(
            institution=rows[0].institution,
            address=record_address("institution", rows[0].institution_id, rows[0].institution.display_name),
            said="; ".join(f"{year_ranges(row.years) or 'no years'}, from {row.get_evidence_display()}" for row in rows),
            is_own=any(row.evidence == Affiliation.Evidence.OWNER for row in rows),
        )
        for rows in together.values()
    ]


def _printed(row: Authorship) -> Printed:
    return Printed(
        key=row.pk,
        title=row.work.title,
        address=record_address("work", row.work_id, row.work.title),
        year=row.work.publication_year,
        byline=row.byline,
        is_confirmed=row.resolved_by == Authorship.ResolvedBy.OWNER and row.grounds.get("verdict") == "mine",
        is_missing=bool(row.grounds.get("missing")),
    )


@dataclass(frozen=True, kw_only=True)
class Told:
    """An assertion in words."""

    assertion: Assertion
    words: str
    was: str


def in_words(rows: Sequence[Assertion]) -> list[Told]:
    """Return what people said of a record, and what it held before, in words."""
    keys = [int(row.subject.partition(":")[2]) for row in rows if row.kind == Assertion.Kind.AFFILIATION]
    places = Institution.objects.in_bulk(keys) if keys else {}
    return [_told(row, places) for row in rows]


def _told(said: Assertion, places: Mapping[int, Institution]) -> Told:
    new = said.new_value if isinstance(said.new_value, dict) else {}
    match said.kind:
        case Assertion.Kind.FIELD:
            words = f"{_FIELDS.get(said.subject, said.subject)}: “{said.new_value if not new else new.get(said.subject, '')}”"
            old = said.old_value.get(said.subject) if isinstance(said.old_value, dict) else said.old_value
            return Told(assertion=said, words=words, was=f"The source said “{old}”." if old else "")
        case Assertion.Kind.NAME:
            role = {"native": "the name in its original script", "former": "a former name"}.get(
                str(new.get("role", "")), "a form of the name"
            )
            return Told(assertion=said, words=f"“{said.subject}” is {role}", was="")
        case Assertion.Kind.AFFILIATION:
            place = places.get(int(said.subject.partition(":")[2]))
            name = place.display_name if place else "an institution"
            if said.new_value is None:
                return Told(assertion=said, words=f"Never at {name}", was="")
            return Told(assertion=said, words=f"At {name}, {year_ranges(new.get('years', [])) or 'years not said'}", was="")
        case _:
            title = said.work.title if said.work else "a work"
            byline = said.subject.split(":", 2)[-1]
            verdict = "is mine" if new.get("verdict") == "mine" else "is not mine"
            return Told(assertion=said, words=f"“{title}” (byline “{byline}”) {verdict}", was="")


_FIELDS = {"display_name": "Name", "biography": "Biography", "title": "Title", "type": "Type", "publication_date": "Date"}


# --- steps ------------------------------------------------------------------------------------------


def _checked(form: forms.Form) -> dict[str, Any]:
    if not form.is_valid():
        raise AssertionRefused(" ".join(str(error) for errors in form.errors.values() for error in errors))
    return form.cleaned_data


def _name(request: HttpRequest, person: Researcher) -> str:
    said = _checked(ShownNameForm(request.POST))
    correct_researcher(by=member(request), researcher=person, field="display_name", value=said["value"], note=said["note"])
    return "The record shows this name from now on."


def _further_name(request: HttpRequest, person: Researcher) -> str:
    said = _checked(FurtherNameForm(request.POST))
    add_name(by=member(request), researcher=person, name=said["name"], role=said["role"])
    return f"“{said['name']}” is on the record, and searches find it."


def may_erase_names(user: User | AnonymousUser, person: Researcher) -> bool:
    """Tell whether the viewer erases a former name by themselves: only a proved owner, since it reaches every paper's byline."""
    return owns_record(user, person.pk) and person.verification_level >= VerificationLevel.PROVED


def _erase_name(request: HttpRequest, person: Researcher) -> str:
    if not may_erase_names(request.user, person):
        raise AssertionRefused("Only the proved owner of a record erases a name at once. Ask for it on the page about removal.")
    form = NameForm.objects.filter(pk=whole_number(request.POST.get("form", ""), digits=18) or 0, researcher=person).first()
    if form is None or form.role != NameForm.Role.FORMER:
        raise AssertionRefused("Mark the form as a former name first.")
    if request.POST.get("sure") != "on":
        raise AssertionRefused("Tick that you are sure: this cannot be undone.")
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            hold_imports(cursor)
            changed = erase_former_name(person, name=form.name)
    except RemovalRefused as refusal:
        raise AssertionRefused(str(refusal)) from refusal
    return f"The former name is erased. {changed} byline{'s show' if changed != 1 else ' shows'} your present name instead."


def _affiliation(request: HttpRequest, person: Researcher) -> str:
    form = AffiliationForm(request.POST)
    said = _checked(form)
    place = said["institution"]
    correct_affiliation(by=member(request), researcher=person, institution=place, years=form.years(), is_current=said["is_current"])
    return f"{place} is on the record as you said."


def _no_affiliation(request: HttpRequest, person: Researcher) -> str:
    place = Institution.objects.filter(pk=whole_number(request.POST.get("institution", ""), digits=18) or 0).first()
    if place is None:
        raise AssertionRefused("This institution is here no more.")
    deny_affiliation(by=member(request), researcher=person, institution=place)
    return f"{place} is taken off the record, and stays off whatever sources say."


def _chosen(request: HttpRequest, person: Researcher) -> list[Authorship]:
    """Return the ticked works, or every one that fits the filter where that was pressed."""
    if request.POST.get("every"):
        found = list(_chosen_by(request.POST).bylines(person).order_by("pk")[: _MOST_AT_ONCE + 1])
        if len(found) > _MOST_AT_ONCE:
            raise AssertionRefused(f"At most {_MOST_AT_ONCE:,} works at once. Narrow the list first.")
    else:
        keys = [key for text in request.POST.getlist("byline")[:_MOST_AT_ONCE] if (key := whole_number(text, digits=18))]
        found = list(Authorship.objects.filter(pk__in=keys, researcher=person).order_by("pk"))
    if not found:
        raise AssertionRefused("Choose at least one work.")
    return found


@dataclass(frozen=True, kw_only=True)
class _Done:
    """What a press on many works did: in words, and the range of assertions by which it is undone."""

    words: str
    first: int
    last: int


def _mine(request: HttpRequest, person: Researcher) -> _Done:
    chosen = _chosen(request, person)
    with transaction.atomic():  # all of them or none
        said = [confirm_authorship(by=member(request), researcher=person, authorship=byline).pk for byline in chosen]
    return _Done(words=f"{len(chosen)} work{'s are' if len(chosen) > 1 else ' is'} confirmed.", first=min(said), last=max(said))


def _not_mine(request: HttpRequest, person: Researcher) -> _Done:
    chosen = _chosen(request, person)
    with transaction.atomic():
        said = [deny_authorship(by=member(request), researcher=person, authorship=byline).pk for byline in chosen]
    words = f"{len(chosen)} work{'s are' if len(chosen) > 1 else ' is'} on the record no more."
    return _Done(words=words, first=min(said), last=max(said))


def _undoable(request: HttpRequest, person: Researcher) -> list[Assertion]:
    """Return what the last press said, of those words of the member's own that still stand."""
    first, _, last = (request.POST.get("done") or request.GET.get("done", "")).partition("-")
    begin, end = whole_number(first, digits=18), whole_number(last, digits=18)
    if begin is None or end is None:
        return []
    said = Assertion.objects.filter(pk__range=(begin, end), researcher=person, user=member(request), kind=Assertion.Kind.AUTHORSHIP)
    return list(said.filter(withdrawn_at__isnull=True).order_by("-pk")[:_MOST_AT_ONCE])


def _undo(request: HttpRequest, person: Researcher) -> str:
    found = _undoable(request, person)
    if not found:
        raise AssertionRefused("This is taken back already.")
    withdraw_authorships(by=member(request), assertions=found)
    return f"Undone: {len(found)} work{'s stand' if len(found) > 1 else ' stands'} as before."


def _take_back(request: HttpRequest, person: Researcher) -> str:
    keys = [key for text in request.POST.getlist("assertion")[:_MOST_AT_ONCE] if (key := whole_number(text, digits=18))]
    found = list(Assertion.objects.filter(pk__in=keys, researcher=person, withdrawn_at__isnull=True).order_by("-pk"))
    if not found:
        raise AssertionRefused("This is taken back already.")
    bylines = [said for said in found if said.kind == Assertion.Kind.AUTHORSHIP]
    with transaction.atomic():
        if bylines:
            withdraw_authorships(by=member(request), assertions=bylines)
        for said in found:
            if said not in bylines:
                withdraw(by=member(request), assertion=said)
    return "Taken back. The record holds again what the sources say."


_STEPS: dict[str, Callable[[HttpRequest, Researcher], str | _Done]] = {
    "name": _name,
    "further-name": _further_name,
    "affiliation": _affiliation,
    "no-affiliation": _no_affiliation,
    "mine": _mine,
    "not-mine": _not_mine,
    "take-back": _take_back,
    "undo": _undo,
    "erase-name": _erase_name,
}
