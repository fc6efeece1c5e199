"""The admin site works with accounts that have no user name."""

import io
from http import HTTPStatus

import pytest
from django.contrib.admin.helpers import ACTION_CHECKBOX_NAME
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.models import Group, Permission
from django.contrib.contenttypes.models import ContentType
from django.core.management import call_command
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from rest_framework.test import APIClient

from apps.users.admin import SEARCH_WORDS, UserAdmin
from apps.users.models import Session, Token, User
from apps.users.tests.factories import (
    OTHER_PASSWORD,
    PASSWORD,
    TokenFactory,
    UserFactory,
)

pytestmark = pytest.mark.django_db
FORBIDDEN = HTTPStatus.FORBIDDEN


@pytest.fixture
def admin_site() -> Client:
    """Return a browser in which an admin is logged in."""
    client = Client()
    admin = UserFactory.create(is_staff=True, is_superuser=True)
    client.force_login(admin)
    return client


@pytest.mark.parametrize(
    "url",
    [
        reverse("admin:index"),
        reverse("admin:users_user_changelist"),
        f"{reverse('admin:users_user_changelist')}?q=ada&is_staff__exact=1",
        reverse("admin:users_user_add"),
    ],
)
def test_page_loads(url: str, admin_site: Client) -> None:
    """Each page of the site is there."""
    assert admin_site.get(url).status_code == HTTPStatus.OK


def test_search_takes_a_few_words_of_many(admin_site: Client) -> None:
    """Each is a condition: a long line of them would keep the database busy."""
    account = UserFactory.create(full_name="Ada of Lovelace")
    url = reverse("admin:users_user_changelist")
    with CaptureQueriesContext(connection) as captured:
        answer = admin_site.get(url, {"q": f"ada lovelace {'a ' * 2000}"})
    assert account.email in answer.text
    conditions = max(query["sql"].count(" LIKE ") for query in captured)
    assert conditions <= SEARCH_WORDS * len(UserAdmin.search_fields)


@pytest.mark.parametrize("page", ["change", "history", "delete"])
def test_page_of_an_account_loads(page: str, admin_site: Client) -> None:
    """Each page of an account is there."""
    account = UserFactory.create()
    answer = admin_site.get(reverse(f"admin:users_user_{page}", args=[account.pk]))
    assert answer.status_code == HTTPStatus.OK
    assert account.email in answer.text


def test_admin_adds_an_account(admin_site: Client) -> None:
    """The form stores the e-mail in lower case and hashes the password."""
    answer = admin_site.post(
        reverse("admin:users_user_add"),
        {
            "email": "Ada@Example.com",
            "full_name": "Ada",
            "password1": OTHER_PASSWORD,
            "password2": OTHER_PASSWORD,
        },
    )
    assert answer.status_code == HTTPStatus.FOUND, answer.text
    account = User.objects.get(email="ada@example.com")
    assert account.check_password(OTHER_PASSWORD)


def test_admin_is_told_about_a_taken_email(admin_site: Client) -> None:
    """The form shows an error, not a page for a failed request."""
    account = UserFactory.create()
    answer = admin_site.post(
        reverse("admin:users_user_add"),
        {
            "email": account.email.upper(),
            "password1": OTHER_PASSWORD,
            "password2": OTHER_PASSWORD,
        },
    )
    assert answer.status_code == HTTPStatus.OK
    assert "already exists" in answer.text


def test_admin_changes_an_account(admin_site: Client) -> None:
    """Rights and groups can be given."""
    account = UserFactory.create()
    group = Group.objects.create(name="Editors")
    answer = admin_site.post(
        reverse("admin:users_user_change", args=[account.pk]),
        {
            "email": account.email,
            "full_name": "Countess",
            "is_active": "on",
            "is_staff": "on",
            "groups": [str(group.pk)],
        },
    )
    assert answer.status_code == HTTPStatus.FOUND, answer.text
    account.refresh_from_db()
    assert account.is_staff
    assert account.full_name == "Countess"
    assert list(account.groups.all()) == [group]
    assert account.check_password(PASSWORD)


@pytest.mark.parametrize("is_staff", [True, False])
def test_only_staff_enter(*, is_staff: bool, client: Client) -> None:
    """The login page takes the e-mail, and lets nobody else in."""
    account = UserFactory.create(is_staff=is_staff)
    answer = client.post(
        reverse("admin:login"), {"username": account.email, "password": PASSWORD}
    )
    expected = HTTPStatus.FOUND if is_staff else HTTPStatus.OK
    assert answer.status_code == expected


@pytest.fixture
def editor() -> Client:
    """Return a browser of somebody who may change accounts, and no more."""
    client = Client()
    account = UserFactory.create(is_staff=True)
    names = ("view_user", "change_user", "delete_user")
    account.user_permissions.set(Permission.objects.filter(codename__in=names))
    client.force_login(account)
    return client


def test_editor_gives_nobody_more_than_the_editor_has(editor: Client) -> None:
    """Neither to others nor to the own account."""
    for account in User.objects.all():
        url = reverse("admin:users_user_change", args=[account.pk])
        rights = {"is_staff": "on", "is_superuser": "on", "groups": []}
        editor.post(url, {"email": account.email, "is_active": "on", **rights})
    assert not User.objects.filter(is_superuser=True).exists()


@pytest.mark.parametrize("page", ["change", "delete", "password"])
@pytest.mark.parametrize("is_superuser", [True, False])
def test_editor_reaches_nobody_of_the_staff(
    page: str, editor: Client, *, is_superuser: bool
) -> None:
    """Not the account, and not the form for its password."""
    root = UserFactory.create(is_staff=True, is_superuser=is_superuser)
    name = "auth_user_password_change" if page == "password" else f"users_user_{page}"
    answer = editor.post(reverse(f"admin:{name}", args=[root.pk]), {"post": "yes"})
    assert answer.status_code == HTTPStatus.FORBIDDEN
    assert User.objects.filter(pk=root.pk).exists()


def test_only_superusers_give_rights_to_groups(admin_site: Client) -> None:
    """Whoever may change a group could give it, and so itself, anything."""
    account = UserFactory.create(is_staff=True)
    account.user_permissions.set(Permission.objects.all())
    browser = Client()
    browser.force_login(account)
    url = reverse("admin:auth_group_changelist")
    assert browser.get(url).status_code == HTTPStatus.FORBIDDEN
    assert admin_site.get(url).status_code == HTTPStatus.OK


def test_nobody_makes_tokens_for_others(admin_site: Client) -> None:
    """A token is its account, and who made one would be that account."""
    token = TokenFactory.create(name="Ada's phone")
    assert admin_site.get(reverse("admin:users_token_add")).status_code == FORBIDDEN
    page = admin_site.get(reverse("admin:users_token_changelist"))
    assert "Ada&#x27;s phone" in page.text
    assert token.digest not in page.text
    url = reverse("admin:users_token_delete", args=[token.pk])
    admin_site.post(url, {"post": "yes"})
    assert not Token.objects.exists()
    assert token.name not in str(LogEntry.objects.values())


@pytest.mark.usefixtures("immediate_tasks")
@pytest.mark.parametrize("how", ["page", "action"])
def test_deleted_account_leaves_no_email_and_its_trail(
    how: str, admin_site: Client
) -> None:
    """The log goes on saying what was done, and by which number of an account."""
    account = UserFactory.create(is_staff=True, full_name="Ada Lovelace")
    kind = ContentType.objects.get_for_model(User)
    entry = LogEntry.objects.create(
        user=account, content_type=kind, object_id="7", action_flag=CHANGE
    )
    APIClient().force_login(account)
    if how == "page":
        url = reverse("admin:users_user_delete", args=[account.pk])
        answer = admin_site.post(url, {"post": "yes"})
    else:
        answer = admin_site.post(
            reverse("admin:users_user_changelist"),
            {
                "action": "delete_selected",
                ACTION_CHECKBOX_NAME: account.pk,
                "post": "yes",
            },
        )
    assert answer.status_code == HTTPStatus.FOUND, answer.text
    assert not User.objects.filter(pk=account.pk).exists()
    assert not Session.objects.filter(account_id=account.pk).exists()
    entry.refresh_from_db()
    assert str(entry.user) == f"deleted-{account.pk}@invalid"
    assert (entry.user.is_active, entry.user.has_usable_password()) == (False, False)
    everything = io.StringIO()
    call_command("dumpdata", stdout=everything)
    assert entry.user.email in everything.getvalue()
    assert account.email not in everything.getvalue()
    assert account.full_name not in everything.getvalue()
