"""What the portal holds, told without own keys and times, so that two ways to the same state can be compared whole."""

from collections import defaultdict
from typing import Any

from researchers.models import Researcher, ResearcherRedirect
from works.models import Authorship, Work, WorkRedirect

_TIMES_AND_KEYS = ("id", "created_at", "provenance", "source_id", "search")


def everything() -> dict[str, Any]:
    """Return every work with its parts and every researcher with names and keys."""
    return {"works": _works(), "researchers": _researchers()}


def _works() -> list[dict[str, Any]]:
    rows = Work.objects.order_by("openalex_id", "arxiv_id", "doi", "title").prefetch_related(
        "authorships__researcher", "funder_links__funder",
        "authorships__institution_links__institution", "topic_links__topic", "category_links__category",
        "versions", "references__cited", "redirects",
    ).select_related("source")  # fmt: skip
    return [
        {field.attname: getattr(work, field.attname) for field in Work._meta.concrete_fields if field.attname not in _TIMES_AND_KEYS}
        | {
            "source": work.source and work.source.display_name,
            "origins": {name: origin["fields"] for name, origin in sorted(work.provenance.items())},
            "authorships": [_authorship(each) for each in sorted(work.authorships.all(), key=lambda each: each.position)],
            "topics": sorted((each.rank, each.topic.openalex_id, each.score) for each in work.topic_links.all()),
            "funders": sorted((each.funder.display_name, each.award_ids) for each in work.funder_links.all()),
            "categories": [each.category.code for each in sorted(work.category_links.all(), key=lambda each: each.rank)],
            "versions": sorted((each.number, str(each.submitted_at)) for each in work.versions.all()),
            "references": sorted((each.raw_key, each.cited and _name(each.cited)) for each in work.references.all()),
            "redirects": sorted(each.key for each in work.redirects.all() if not each.key.startswith("id:")),
        }
        for work in rows
    ]


def _authorship(each: Authorship) -> dict[str, Any]:
    return {
        "byline": each.byline,
        "researcher": each.researcher and _identity(each.researcher),
        "resolved_by": each.resolved_by,
        "grounds": each.grounds,
        "affiliations": each.raw_affiliations,
        "institutions": sorted(link.institution.display_name for link in each.institution_links.all()),
    }


def _name(work: Work) -> str:
    return work.openalex_id or work.arxiv_id or work.doi or work.title


def _identity(researcher: Researcher) -> str:
    return researcher.openalex_id or f"assembled {researcher.name_key}"


def _researchers() -> list[dict[str, Any]]:
    bylines = defaultdict(list)
    for authorship in Authorship.objects.select_related("work").order_by("work__title", "position"):
        bylines[authorship.researcher_id].append((authorship.work.title, authorship.position))
    rows = [
        {
            "identity": _identity(each),
            "orcid": each.orcid,
            "name": each.display_name,
            "folded": each.folded_names,
            "level": each.verification_level,
            "forms": sorted(form.name for form in each.name_forms.all()),
            "bylines": bylines[each.pk],
        }
        for each in Researcher.objects.prefetch_related("name_forms")
    ]
    return sorted(rows, key=lambda row: (row["identity"], row["bylines"]))


def redirects() -> dict[str, str]:
    """Return where old own keys of researchers lead."""
    found = ResearcherRedirect.objects.select_related("researcher").order_by("key")
    return {each.key: _identity(each.researcher) for each in found}


def work_redirects() -> dict[str, str]:
    """Return where further keys of works lead."""
    return {each.key: _name(each.work) for each in WorkRedirect.objects.select_related("work").order_by("key")}
