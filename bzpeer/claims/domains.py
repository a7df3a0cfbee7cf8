"""Domains: which one an address or a page stands under, and whose it is."""

from collections.abc import Collection
from typing import NamedTuple
from urllib.parse import urlsplit

import tldextract
from django.db.models import Q

from bzpeer.claims.models import ClaimEvidence
from researchers.models import Affiliation, Institution
from works.models import Authorship, AuthorshipInstitution

DomainClass = ClaimEvidence.DomainClass

# The list that came with the package: nothing is fetched. Private suffixes (github.io) part one tenant from the next.
_SUFFIXES = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None, include_psl_private_domains=True)

_ANYBODYS_MAIL = frozenset(
    {
        "126.com", "163.com", "aol.com", "fastmail.com", "foxmail.com", "gmail.com", "gmx.com", "gmx.de", "gmx.net", "googlemail.com",
        "hotmail.com", "icloud.com", "live.com", "mac.com", "mail.com", "mail.ru", "mailbox.org", "me.com", "msn.com", "naver.com",
        "outlook.com", "pm.me", "posteo.de", "proton.me", "protonmail.com", "qq.com", "rediffmail.com", "riseup.net", "sina.com",
        "t-online.de", "tutanota.com",        "web.de", "yahoo.co.jp", "yahoo.com", "yandex.com", "yandex.ru", "ymail.com", "zoho.com",
    }
)  # fmt: skip
_ANYBODYS_PAGES = frozenset(
    {
        "bitbucket.org", "docs.google.com", "drive.google.com", "facebook.com", "gist.github.com", "github.com", "gitlab.com",
        "linkedin.com", "medium.com", "notion.site", "orcid.org", "pastebin.com", "researchgate.net", "sites.google.com", "substack.com",
        "twitter.com", "x.com",
    }
)  # fmt: skip
"""Hosts where whoever comes may publish: standing under an institution's domain says nothing there."""


class Place(NamedTuple):
    """A registrable domain and whose it is."""

    domain: str
    domain_class: DomainClass


def registrable(host: str) -> str:
    """Return the domain somebody registered ("tohoku.ac.jp" for "www.tohoku.ac.jp"); "" where there is none."""
    return str(_SUFFIXES(host.strip().rstrip(".").lower()).top_domain_under_public_suffix)


def domain_of_address(address: str) -> str:
    """Return the registrable domain of a mail address."""
    return registrable(address.rpartition("@")[2])


def host_of_page(url: str) -> str:
    """Return the host a page's address names; "" where it names none."""
    try:
        return (urlsplit(url if "//" in url else f"//{url}").hostname or "").lower()
    except ValueError:
        return ""


def domains_of_record(researcher_id: int) -> frozenset[str]:
    """Return the domains of the institutions on a record.

    What an owner said of themselves is left out: nobody proves a claim by their own word.
    """
    told = Affiliation.objects.filter(researcher=researcher_id).exclude(evidence=Affiliation.Evidence.OWNER)
    printed = AuthorshipInstitution.objects.filter(authorship__researcher=researcher_id).exclude(
        authorship__resolved_by=Authorship.ResolvedBy.OWNER
    )
    places = Institution.objects.filter(Q(pk__in=told.values("institution")) | Q(pk__in=printed.values("institution")))
    pages = places.exclude(homepage_url="").order_by("pk").values_list("homepage_url", flat=True)
    return _domains(pages)


def _domains(pages: Collection[str]) -> frozenset[str]:
    found = {registrable(host) for page in pages if (host := host_of_page(page)) and host not in _ANYBODYS_PAGES}
    return frozenset(found - {""} - _ANYBODYS_MAIL)


def place_of_address(address: str, *, researcher_id: int) -> Place:
    """Return whose domain a mail address is under, seen from a record."""
    domain = domain_of_address(address)
    if not domain:
        return Place("", DomainClass.UNKNOWN)
    if domain in _ANYBODYS_MAIL:
        return Place(domain, DomainClass.FREE)
    return Place(domain, _class_of(domain, researcher_id))


def place_of_page(url: str, *, researcher_id: int) -> Place:
    """Return whose domain a page is under, seen from a record."""
    host = host_of_page(url)
    domain = registrable(host)
    if not domain:
        return Place("", DomainClass.UNKNOWN)
    if host.removeprefix("www.") in _ANYBODYS_PAGES or domain in _ANYBODYS_PAGES:
        return Place(domain, DomainClass.FREE)
    return Place(domain, _class_of(domain, researcher_id))


def _class_of(domain: str, researcher_id: int) -> DomainClass:
    if domain in domains_of_record(researcher_id):
        return DomainClass.RECORD
    # The text narrows it down to a few rows; their hosts decide.
    alike = Institution.objects.filter(homepage_url__icontains=domain).order_by("pk").values_list("homepage_url", flat=True)[:50]
    return DomainClass.OTHER if domain in _domains(alike) else DomainClass.UNKNOWN
