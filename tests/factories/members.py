"""Members for tests: with a confirmed address unless said otherwise."""

import factory
from allauth.account.models import EmailAddress

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
