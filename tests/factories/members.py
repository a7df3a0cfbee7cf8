"""Members for tests: with a confirmed address unless said otherwise."""

import factory
from allauth.account.models import EmailAddress
from django.contrib.auth.models import Group, Permission

from bzpeer.accounts.models import User

PASSWORD = "correct horse battery"


class MemberFactory(factory.django.DjangoModelFactory):
    """A member whose address is confirmed."""

    class Meta:
        model = User
        skip_postgeneration_save = True

    email = factory.Sequence(lambda n: f"member{n}@example.org")
    password = factory.django.Password(PASSWORD)

    @factory.post_generation
    def confirmed(self, create: bool, extracted: bool | None, **kwargs: object) -> None:
        if create and extracted is not False:
            EmailAddress.objects.create(user=self, email=self.email, verified=True, primary=True)


def moderator(**fields: object) -> User:
    """Return a member of the group "Moderators", which is not staff."""
    made: User = MemberFactory(**fields)
    group, _ = Group.objects.get_or_create(name="Moderators")  # a test that empties tables takes the migration's row along
    group.permissions.add(Permission.objects.get(codename="moderate", content_type__app_label="curation"))
    made.groups.add(group)
    return made
