"""Records for tests, as an import would have left them (derived counts stay 0 until something derives them)."""

import factory
from factory.django import DjangoModelFactory

from graph.models import Collaboration
from researchers.models import Affiliation, Institution, NameForm, Researcher
from researchers.names import fold, name_key
from researchers.searching import searchable
from works.models import Authorship, Category, Reference, Source, Topic, Work, WorkCategory, WorkTopic


class InstitutionFactory(DjangoModelFactory):
    """An institution with an OpenAlex id."""

    class Meta:
        model = Institution

    openalex_id = factory.Sequence(lambda n: f"I{n + 1}")
    display_name = factory.Sequence(lambda n: f"University of Place {n}")
    folded_names = factory.LazyAttribute(lambda o: fold(o.display_name))
    country_code = "JP"


class ResearcherFactory(DjangoModelFactory):
    """An unclaimed author record (L1). Pass openalex_id=None, assembled=True, verification_level=0 for one made of bylines."""

    class Meta:
        model = Researcher

    openalex_id = factory.Sequence(lambda n: f"A{n + 1}")
    display_name = factory.Sequence(lambda n: f"Given{n} Family{n}")
    folded_names = factory.LazyAttribute(lambda o: searchable([o.display_name]))
    name_key = factory.LazyAttribute(lambda o: name_key(o.display_name) if o.assembled else "")
    assembled = False
    verification_level = 1


class SourceFactory(DjangoModelFactory):
    """A venue."""

    class Meta:
        model = Source

    openalex_id = factory.Sequence(lambda n: f"S{n + 1}")
    display_name = factory.Sequence(lambda n: f"Journal of Number {n}")
    type = "journal"


class TopicFactory(DjangoModelFactory):
    """A topic with its path."""

    class Meta:
        model = Topic

    openalex_id = factory.Sequence(lambda n: f"T{n + 1}")
    display_name = factory.Sequence(lambda n: f"Topic {n}")
    folded_names = factory.LazyAttribute(lambda o: fold(o.display_name))
    subfield_id, subfield_name = 1702, "Artificial Intelligence"
    field_id, field_name = 17, "Computer Science"
    domain_id, domain_name = 3, "Physical Sciences"


class CategoryFactory(DjangoModelFactory):
    """An arXiv category."""

    class Meta:
        model = Category
        django_get_or_create = ("code",)

    code = "cs.LG"
    name = "Machine Learning"


class WorkFactory(DjangoModelFactory):
    """A work with ids, date and venue; `authors=[…]` gives it bylines in that order, `topics=[…]` its topics."""

    class Meta:
        model = Work
        skip_postgeneration_save = True

    openalex_id = factory.Sequence(lambda n: f"W{n + 1}")
    title = factory.Sequence(lambda n: f"A study of thing {n}")
    folded_title = factory.LazyAttribute(lambda o: fold(o.title))
    abstract = "We study a thing and find what it does."
    type = "article"
    publication_year = 2022
    publication_date = factory.LazyAttribute(lambda o: f"{o.publication_year}-03-01" if o.publication_year else None)
    source = factory.SubFactory(SourceFactory)

    @factory.post_generation
    def authors(self, create: bool, extracted: list[Researcher] | None, **kwargs: object) -> None:
        for position, researcher in enumerate(extracted or [], start=1):
            AuthorshipFactory(work=self, position=position, researcher=researcher)

    @factory.post_generation
    def topics(self, create: bool, extracted: list[Topic] | None, **kwargs: object) -> None:
        for rank, topic in enumerate(extracted or [], start=1):
            WorkTopic.objects.create(work=self, topic=topic, score=1 - rank / 10, rank=rank)

    @factory.post_generation
    def categories(self, create: bool, extracted: list[str] | None, **kwargs: object) -> None:
        for rank, code in enumerate(extracted or [], start=1):
            WorkCategory.objects.create(work=self, category=CategoryFactory(code=code), rank=rank)


class AuthorshipFactory(DjangoModelFactory):
    """A byline resolved to its researcher by the upstream id."""

    class Meta:
        model = Authorship

    work = factory.SubFactory(WorkFactory)
    position = 1
    researcher = factory.SubFactory(ResearcherFactory)
    byline = factory.LazyAttribute(lambda o: o.researcher.display_name if o.researcher else "Unknown Author")
    resolved_by = factory.LazyAttribute(lambda o: "upstream_id" if o.researcher else "none")


class ReferenceFactory(DjangoModelFactory):
    """`citing` cites `cited`; cited=None with a raw_key is a work outside the portal."""

    class Meta:
        model = Reference

    citing = factory.SubFactory(WorkFactory)
    cited = factory.SubFactory(WorkFactory)
    raw_key = factory.LazyAttribute(lambda o: f"openalex:{o.cited.openalex_id}" if o.cited else "openalex:W999999")


class AffiliationFactory(DjangoModelFactory):
    """A researcher at an institution, by the author record."""

    class Meta:
        model = Affiliation

    researcher = factory.SubFactory(ResearcherFactory)
    institution = factory.SubFactory(InstitutionFactory)
    evidence = "author_record"
    years = [2020, 2021]
    is_last_known = True


class NameFormFactory(DjangoModelFactory):
    """A name form listed upstream."""

    class Meta:
        model = NameForm

    researcher = factory.SubFactory(ResearcherFactory)
    name = "G. Family"
    kind = "upstream"
    source = "openalex"


def collaborate(one: Researcher, other: Researcher, *, works: int = 1, weight: str = "1", years: tuple[int, int] = (2020, 2022)) -> None:
    """Store the derived edge between two researchers in both directions."""
    for researcher, collaborator in ((one, other), (other, one)):
        Collaboration.objects.create(
            researcher=researcher, collaborator=collaborator, works=works, weight=weight, first_year=years[0], last_year=years[1]
        )
