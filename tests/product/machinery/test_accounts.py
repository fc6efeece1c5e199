"""What strangers and thieves cannot do with accounts, their mails and their traces."""

import gzip
import json
import re
import tracemalloc
from collections import Counter
from contextlib import nullcontext, suppress
from datetime import timedelta
from functools import partial
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, cast
from unittest import mock

import pytest
from django.contrib.admin.models import CHANGE, LogEntry
from django.contrib.auth.forms import AdminPasswordChangeForm
from django.contrib.auth.hashers import get_hasher
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.core.exceptions import ValidationError
from django.db import DatabaseError, connection, models, transaction
from django.db.models import ProtectedError, QuerySet
from django.db.models.signals import post_delete
from django.test.utils import CaptureQueriesContext, isolate_apps
from django.urls import reverse
from django.utils import timezone
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from procrastinate.contrib.django.models import ProcrastinateJob
from rest_framework.authentication import TokenAuthentication
from rest_framework.exceptions import AuthenticationFailed
from rest_framework.test import APIClient

from apps.core.domain import NotFoundError, TooManyAttemptsError
from apps.users import audit, selectors, services
from apps.users.backends import Backend
from apps.users.domain import (
    InvalidConfirmationLinkError,
    InvalidCredentialsError,
    InvalidResetLinkError,
    WrongPasswordError,
)
from apps.users.models import AuditEntry, Token, User
from apps.users.tasks import (
    clear_traces,
    forget_address,
    send_email_change,
    send_export,
)
from apps.users.tests.factories import (
    OTHER_PASSWORD,
    PASSWORD,
    TokenFactory,
    UserFactory,
)
from apps.users.tokens import email_tokens, new_email_tokens, reset_tokens
from django_strict_asgi.deletion import delete_in_parts
from django_strict_asgi.queue import policies

if TYPE_CHECKING:
    from collections.abc import Callable

    from django.core.mail import EmailMessage
    from django.test import Client
    from pytest_django import (
        DjangoAssertNumQueries,
        Settings,
    )

    from apps.users.tokens import EmailTokenGenerator

pytestmark = pytest.mark.django_db
EMAIL = "ada.lovelace@example.com"


@pytest.mark.parametrize(
    "ask",
    [
        lambda email: services.user_register(email=email, password=PASSWORD),
        lambda email: services.password_reset_request(email=email),
        lambda email: services.confirmation_request(email=email),
    ],
    ids=["register", "reset", "resend"],
)
@pytest.mark.parametrize("email", [EMAIL, "nobody@example.com"])
def test_nobody_is_flooded_with_mails(ask: "Callable[[str], None]", email: str) -> None:
    """Whoever asks, and alike where there is no account."""
    UserFactory.create(email=EMAIL)
    for _ in range(5):
        ask(email)
    with pytest.raises(TooManyAttemptsError):
        ask(email)


@pytest.mark.parametrize("is_required", [True, False])
def test_setting_decides_whether_an_unconfirmed_account_may_log_in(
    *, is_required: bool, settings: "Settings"
) -> None:
    """Nobody learns of it, or who registers would learn who has an account."""
    settings.EMAIL_CONFIRMATION_REQUIRED = is_required
    account = UserFactory.create(email=EMAIL, is_confirmed=False)
    key = TokenFactory.create(user=account).key
    with pytest.raises(InvalidCredentialsError):
        services.user_authenticate(email=EMAIL, password=OTHER_PASSWORD)
    refused = (
        pytest.raises(InvalidCredentialsError),
        pytest.raises(AuthenticationFailed),
    )
    with refused[0] if is_required else nullcontext():
        services.user_authenticate(email=EMAIL, password=PASSWORD)
    with refused[1] if is_required else nullcontext():
        TokenAuthentication().authenticate_credentials(key)
    assert bool(Backend().get_user(account.pk)) is not is_required


def confirmation_of(account: User, tokens: "EmailTokenGenerator") -> dict[str, str]:
    """Make what a confirmation link holds, and the password."""
    account.refresh_from_db()
    uid = urlsafe_base64_encode(force_bytes(account.pk))
    token = tokens.make_token(account)
    return {"uid": uid, "token": token, "current_password": PASSWORD}


def test_confirmation_link_works_once_with_the_password() -> None:
    """Who reads somebody else's mail confirms nothing, and nor does a stranger."""
    account = UserFactory.create(is_confirmed=False)
    link = confirmation_of(account, email_tokens)
    with pytest.raises(WrongPasswordError):
        services.email_confirm(**{**link, "current_password": OTHER_PASSWORD})
    with pytest.raises(InvalidConfirmationLinkError):
        services.email_confirm(**{**link, "token": reset_tokens.make_token(account)})
    services.email_confirm(**link)
    assert User.objects.get().is_confirmed
    with pytest.raises(InvalidConfirmationLinkError):
        services.email_confirm(**link)


def test_link_of_an_account_that_is_deleted_meanwhile_is_refused() -> None:
    """The deletion may come while the password is judged."""
    account = UserFactory.create(is_confirmed=False)
    link = confirmation_of(account, email_tokens)

    def delete_meanwhile(user: User, _password: str) -> bool:
        """Find the password right, of an account that is there no more."""
        User.objects.filter(pk=user.pk).delete()
        return True

    with (
        mock.patch.object(User, "check_password", delete_meanwhile),
        pytest.raises(InvalidConfirmationLinkError),
    ):
        services.email_confirm(**link)


def test_link_of_an_account_whose_password_changes_meanwhile_is_refused() -> None:
    """Whoever gave the former one while it was judged confirms nothing."""
    account = UserFactory.create(is_confirmed=False)
    link = confirmation_of(account, email_tokens)
    judge = User.check_password

    def change_meanwhile(user: User, password: str) -> bool:
        """Find the former password right, which is another by now."""
        right = judge(user, password)
        current = User.objects.get(pk=user.pk)
        current.set_password(OTHER_PASSWORD)
        current.save(update_fields=["password"])
        return right

    with (
        mock.patch.object(User, "check_password", change_meanwhile),
        pytest.raises(InvalidConfirmationLinkError),
    ):
        services.email_confirm(**link)
    account.refresh_from_db()
    assert not account.is_confirmed


@pytest.mark.usefixtures("immediate_tasks")
def test_new_e_mail_is_confirmed_there_and_told_to_the_old_one(
    mailoutbox: "list[EmailMessage]",
) -> None:
    """Until then the account keeps the old one."""
    account = UserFactory.create()
    old, new = account.email, "new@example.com"
    services.email_change(user=account, email=new, current_password=PASSWORD)
    assert User.objects.get().email == old
    link = confirmation_of(account, new_email_tokens)
    services.email_confirm(**link)
    assert (User.objects.get().email, User.objects.get().new_email) == (new, "")
    assert [mail.to for mail in mailoutbox] == [[new], [old]]
    with pytest.raises(InvalidConfirmationLinkError):
        services.email_confirm(**link)


@pytest.mark.parametrize("tokens", [email_tokens, new_email_tokens])
def test_link_to_one_address_does_not_confirm_the_other(
    tokens: "EmailTokenGenerator",
) -> None:
    """Else whoever may read the first would own the second."""
    account = UserFactory.create(is_confirmed=False, new_email="new@example.com")
    address = getattr(account, tokens.field)
    services.email_confirm(**confirmation_of(account, tokens))
    assert (User.objects.get().email, User.objects.get().new_email) == (address, "")


@pytest.mark.usefixtures("immediate_tasks")
def test_change_to_a_taken_e_mail_tells_its_owner_alone(
    mailoutbox: "list[EmailMessage]",
) -> None:
    """The answer is the same; a link that was mailed before has come too late."""
    account = UserFactory.create()
    services.email_change(user=account, email=EMAIL, current_password=PASSWORD)
    link = confirmation_of(account, new_email_tokens)
    UserFactory.create(email=EMAIL)
    services.email_change(user=account, email=EMAIL, current_password=PASSWORD)
    subjects = ["Confirm your e-mail", "You have an account"]
    assert [mail.subject for mail in mailoutbox] == subjects
    with pytest.raises(ValidationError):
        services.email_confirm(**link)


def test_password_change_ends_a_change_of_the_e_mail() -> None:
    """Who had taken the account over does not keep it by mail."""
    account = UserFactory.create(new_email="mallory@example.com")
    link = confirmation_of(account, new_email_tokens)
    services.password_change(
        user=account, current_password=PASSWORD, new_password=OTHER_PASSWORD
    )
    with pytest.raises(InvalidConfirmationLinkError):
        services.email_confirm(**{**link, "current_password": OTHER_PASSWORD})


@pytest.mark.usefixtures("immediate_tasks")
def test_deletion_leaves_nothing_personal_in_any_table() -> None:
    """What happened stays, and names a number that is nobody's."""
    email, new, name = EMAIL, "countess@example.com", "Ada Lovelace"
    services.user_register(email=email, password=PASSWORD, full_name=name)
    account = User.objects.get()
    token = services.token_obtain(email=email, password=PASSWORD, name="Byron")
    services.email_change(user=account, email=new, current_password=PASSWORD)
    services.export_request(user=account, url="https://example.com/")
    APIClient().force_login(account)
    personal = (email, new, name, "Byron", token.digest, account.password)
    copy, number = selectors.EXPORT_KEY.format(account.pk), account.pk
    assert found_in_tables(*personal) == set(personal)
    assert cache.get(copy)
    services.user_delete(user=account)
    assert found_in_tables(*personal) == set()
    assert cache.get(copy) is None
    assert AuditEntry.objects.filter(user_id=number, event="registered").exists()


def test_deletion_forgets_the_tasks_about_an_account() -> None:
    """A mail that waits, or could not be sent, would keep its address for a month."""
    account, other = UserFactory.create_batch(2)
    for user in (account, other):
        services.password_reset_request(email=user.email)
    assert found_in_tables(account.email) == {account.email}
    delete(account)
    assert found_in_tables(account.email) == set()
    assert ProcrastinateJob.objects.get().args["kwargs"] == {"email": other.email}


def delete(account: User) -> None:
    """Delete an account, and let the worker do what that leaves to it."""
    services.user_delete(user=account)
    jobs: QuerySet[ProcrastinateJob] = QuerySet(ProcrastinateJob)
    for job in jobs.filter(task_name__endswith="forget_address"):
        forget_address.call(**job.args["kwargs"])


def found_in_tables(*texts: str) -> set[str]:
    """Search all rows of all tables."""
    with connection.cursor() as cursor:
        rows = []
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f'SELECT t::text FROM "{table}" t')  # noqa: S608
            rows += [str(row) for row in cursor.fetchall()]
    return {text for text in texts if any(text in row for row in rows)}


def test_tokens_of_an_account_stay_few(monkeypatch: pytest.MonkeyPatch) -> None:
    """Expired ones go at the next login, and then those not used for longest."""
    monkeypatch.setattr(services, "TOKENS_PER_ACCOUNT", 2)
    account, other = UserFactory.create(email=EMAIL), UserFactory.create()
    now = timezone.now()
    foreign = TokenFactory.create(user=other, expires_at=now)
    TokenFactory.create(user=account, expires_at=now)
    TokenFactory.create(user=account, last_used_at=now - timedelta(days=1))
    used = TokenFactory.create(user=account)
    new = services.token_obtain(email=EMAIL, password=PASSWORD)
    assert set(Token.objects.all()) == {foreign, used, new}


def test_use_of_a_token_is_written_once_an_hour(
    django_assert_num_queries: "DjangoAssertNumQueries",
) -> None:
    """Other requests read and write nothing."""
    token = TokenFactory.create()
    Token.objects.update(last_used_at=timezone.now() - timedelta(hours=2))
    for queries in (2, 1):
        with django_assert_num_queries(queries):
            TokenAuthentication().authenticate_credentials(token.key)
    token.refresh_from_db()
    assert timezone.now() - token.last_used_at < timedelta(minutes=1)


@pytest.mark.parametrize("statement", ["UPDATE", "DELETE"])
def test_no_entry_is_changed_or_deleted(
    statement: str, user: User, api: APIClient
) -> None:
    """Not even by who may do everything in Django; after a year it may go."""
    api.post(reverse("users:login"), {"email": user.email, "password": PASSWORD})
    entries = AuditEntry.objects.filter(user_id=user.pk, event="login")
    change = (
        entries.delete if statement == "DELETE" else partial(entries.update, event="")
    )
    with pytest.raises(DatabaseError, match="kept"), transaction.atomic():
        change()
    (entry,) = entries
    assert entry.request_id != "-"
    old = timezone.now() - timedelta(days=366)
    AuditEntry(event="old", created_at=old).save()
    AuditEntry.objects.filter(created_at__lte=old).delete()
    assert not AuditEntry.objects.filter(event="old").exists()


def test_the_trail_cannot_be_emptied_at_once() -> None:
    """TRUNCATE asks no trigger of rows."""
    table = AuditEntry._meta.db_table
    with transaction.atomic(), connection.cursor() as cursor:
        # As in production: Django empties the tables of tests itself.
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER ALL")
        with pytest.raises(DatabaseError, match="kept"), transaction.atomic():
            cursor.execute(f"TRUNCATE {table}")
        transaction.set_rollback(True)


def test_guesses_fill_no_table(api: APIClient, user: User) -> None:
    """Anybody may cause them, again and again."""
    api.post(reverse("users:token"), {"email": user.email, "password": "wrong"})
    assert not AuditEntry.objects.exists()


def test_what_is_old_is_cleared_at_night(user: User) -> None:
    """Tokens that open nothing, and entries that PostgreSQL lets go."""
    old = timezone.now() - timedelta(days=400)
    TokenFactory.create(user=user, expires_at=old)
    kept = TokenFactory.create(user=user)
    for created_at in (old, timezone.now()):
        AuditEntry.objects.create(event="login", request_id="-", created_at=created_at)
    clear_traces.call()
    assert user.tokens.get() == kept
    assert AuditEntry.objects.filter(event="login").count() == 1
    assert policies[clear_traces.module_path].schedule


def test_a_clock_that_runs_years_ahead_takes_a_week_of_the_trail(user: User) -> None:
    """Nothing brings entries back; whoever sets the clock right has the other ones."""
    days = (800, 794, 792, 500, 1)
    for day in days:
        created_at = timezone.now() - timedelta(days=day)
        values = {"event": "login", "user_id": user.pk, "request_id": str(day)}
        AuditEntry.objects.create(created_at=created_at, **values)
    left = AuditEntry.objects.filter(event="login", user_id=user.pk)
    for gone in (2, 3, 4, 4):
        clear_traces.call()
        names = left.order_by("created_at").values_list("request_id", flat=True)
        assert [*names] == [str(day) for day in days[gone:]]


def test_a_password_that_an_administrator_sets_ends_all_tokens(user: User) -> None:
    """Whoever stole a token with the account stays outside."""
    TokenFactory.create(user=user)
    form = AdminPasswordChangeForm(
        user, {"password1": OTHER_PASSWORD, "password2": OTHER_PASSWORD}
    )
    assert form.is_valid(), form.errors
    form.save()
    assert not user.tokens.exists()


def test_nobody_is_kept_from_a_reset_by_mails_that_others_ask_for() -> None:
    """Registrations with an address are counted apart; from an export neither."""
    account = UserFactory.create()
    with suppress(TooManyAttemptsError):
        for _ in range(20):
            services.confirmation_request(email=account.email)
    services.password_reset_request(email=account.email)
    services.export_request(user=account, url="https://example.com/")


@pytest.mark.parametrize("error", ["{'%s': (550, b'no')}", "no\n%s", "550 <%s>."])
def test_deletion_forgets_the_error_that_holds_an_address(error: str) -> None:
    """A mail server repeats it when it refuses a mail, and the queue keeps that."""
    account = UserFactory.create(email=EMAIL)
    others = [UserFactory.create(email=like) for like in (f"x-{EMAIL}", f"{EMAIL}.au")]
    for user in (account, *others):
        services.export_request(user=user, url="https://example.com/")
        job = ProcrastinateJob.objects.order_by("id").last()
        assert job
        stored = {**job.args, "traceback": [{"traceback": error % user.email}]}
        jobs: QuerySet[ProcrastinateJob] = QuerySet(ProcrastinateJob)
        jobs.filter(pk=job.pk).update(args=stored)
    delete(account)
    assert {
        job.args["kwargs"]["user_id"] for job in ProcrastinateJob.objects.all()
    } == {user.pk for user in others}


def test_an_account_that_nobody_confirms_goes(settings: "Settings") -> None:
    """Its e-mail is free again; what is in use, new, confirmed or imported stays."""
    settings.EMAIL_CONFIRMATION_REQUIRED = False
    then = timezone.now() - timedelta(days=8)
    used = UserFactory.create(email=EMAIL, is_confirmed=False, date_joined=then)
    services.token_obtain(email=EMAIL, password=PASSWORD)
    seen = UserFactory.create(is_confirmed=False, date_joined=then)
    APIClient().force_login(seen)
    kept = [
        *(used, seen),
        UserFactory.create(is_confirmed=False),
        UserFactory.create(date_joined=then),
    ]
    squatted = UserFactory.create(is_confirmed=False, date_joined=then)
    for user in (*kept, squatted):
        audit.record("registered", user.pk)
    kept.append(UserFactory.create(is_confirmed=False, date_joined=then))
    clear_traces.call()
    assert User.objects.count() == len(kept) + 1
    settings.EMAIL_CONFIRMATION_REQUIRED = True
    clear_traces.call()
    assert {*User.objects.all()} == {*kept}


def test_a_reset_of_a_squatted_account_drops_the_name() -> None:
    """Whoever registered it had not the address; a confirmed one keeps its name."""
    for confirmed, name in ((False, ""), (True, "Mallory")):
        account = UserFactory.create(is_confirmed=confirmed, full_name="Mallory")
        link = confirmation_of(account, reset_tokens)
        del link["current_password"]
        services.password_reset_confirm(**link, new_password=OTHER_PASSWORD)
        account.refresh_from_db()
        assert (account.is_confirmed, account.full_name) == (True, name)


def test_a_hash_that_is_replaced_meanwhile_voids_no_link() -> None:
    """It is the same password, at the cost of today."""
    account = UserFactory.create(is_confirmed=False)
    dearer = type(get_hasher())()
    dearer.time_cost += 1
    account.password = dearer.encode(PASSWORD, dearer.salt())
    account.save()
    services.email_confirm(**confirmation_of(account, email_tokens))
    former = account.password
    account.refresh_from_db()
    assert account.is_confirmed
    assert account.password != former


def test_data_of_a_deleted_account_are_not_collected() -> None:
    """The task waits for the deletion, and the deletion for the task."""
    account = UserFactory.create()
    with CaptureQueriesContext(connection) as queries:
        send_export.call(user_id=account.pk, url="https://example.com/")
    locks = [each["sql"] for each in queries if "FOR UPDATE" in each["sql"]]
    assert len(locks) == 1
    services.user_delete(user=account)
    with pytest.raises(NotFoundError):
        send_export.call(user_id=account.pk, url="https://example.com/")
    assert cache.get(selectors.EXPORT_KEY.format(account.pk)) is None


def test_data_of_an_account_open_nothing(user: User) -> None:
    """What this app keeps is chosen column by column, and nothing comes twice."""
    client = APIClient()
    client.force_login(user)
    TokenFactory.create(user=user)
    LogEntry.objects.log_actions(user.pk, [user], CHANGE)
    text = gzip.decompress(selectors.user_data(user_id=user.pk)).decode()
    data = json.loads(text)
    filled = {name for name, rows in data.items() if rows}
    assert filled == {"account", "devices", "sessions", "history", "admin"}
    for secret in (
        user.password,
        Token.objects.get().digest,
        client.session.session_key,
    ):
        assert secret not in text


def test_a_long_history_is_no_matter_of_memory() -> None:
    """Whoever logs in all day long exports three weeks of it at the cost of some rows."""
    account = UserFactory.create()
    entry = {"user_id": account.pk, "event": "login", "details": {}}
    AuditEntry.objects.bulk_create(AuditEntry(**entry) for _ in range(30_000))
    tracemalloc.start()
    try:
        send_export.call(user_id=account.pk, url="https://example.com/")
        _, most = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert most < 5 * 2**20


def test_a_link_to_data_leads_to_the_public_origin(
    as_user: APIClient,
    user: User,
    settings: "Settings",
    mailoutbox: "list[EmailMessage]",
) -> None:
    """Whatever port or host the request names."""
    settings.PUBLIC_ORIGIN = "https://api.example.com"
    settings.ALLOWED_HOSTS = ["evil.example.com"]
    settings.TASKS = {
        "default": {"BACKEND": "django.tasks.backends.immediate.ImmediateBackend"}
    }
    as_user.post(reverse("users:export"), headers={"host": "evil.example.com:8443"})
    assert "https://api.example.com/api/v1/users/export/?" in str(mailoutbox[0].body)
    assert "evil" not in str(mailoutbox[0].body)


def test_deletion_forgets_no_task_about_somebody_else() -> None:
    """An address that was only asked for is somebody else's, with mails that wait."""
    other, account = UserFactory.create_batch(2)
    services.password_reset_request(email=other.email)
    services.email_change(user=account, email=other.email, current_password=PASSWORD)
    services.user_delete(user=account)
    found = [job.args["kwargs"] for job in ProcrastinateJob.objects.all()]
    assert {"email": other.email} in found


def test_deletion_looks_through_no_tasks_while_it_holds_the_account() -> None:
    """Anybody makes mails fail, and whoever changes the account would wait for it."""
    account = UserFactory.create()
    with CaptureQueriesContext(connection) as queries:
        services.user_delete(user=account)
    asked = [each["sql"] for each in queries if "procrastinate" in each["sql"]]
    assert len(asked) == 1
    assert "forget_address" in asked[0]


def test_deletion_holds_few_rows_at_a_time(monkeypatch: pytest.MonkeyPatch) -> None:
    """An account may have tens of thousands that Django has to look at."""
    monkeypatch.setattr("django_strict_asgi.deletion.PART", 2)
    account, other = UserFactory.create(), TokenFactory.create()
    TokenFactory.create_batch(5, user=account)
    together: Counter[int] = Counter()

    def count(origin: object, **_: object) -> None:
        """Note what is deleted together."""
        together[id(origin)] += 1
        origins.append(origin)

    origins: list[object] = []
    post_delete.connect(count, sender=Token)
    try:
        services.user_delete(user=account)
    finally:
        post_delete.disconnect(count, sender=Token)
    assert sorted(together.values()) == [1, 2, 2]
    assert list(Token.objects.all()) == [other]


@isolate_apps("django.contrib.staticfiles")
def test_deletion_in_parts_keeps_what_is_protected() -> None:
    """Although what protects it would go, too."""

    def model(name: str, **parents: object) -> Any:  # noqa: ANN401 - mypy knows none of them
        """Make one whose rows belong to others."""
        keys = {
            name.lower(): models.ForeignKey(name, cast("Any", action))
            for name, action in parents.items()
        }
        label = {"Meta": type("Meta", (), {"app_label": "staticfiles"})}
        return type(name, (models.Model,), {"__module__": __name__, **label, **keys})

    owner = model("Owner")
    order = model("Order", Owner=models.CASCADE)
    invoice = model("Invoice", Owner=models.CASCADE, Order=models.PROTECT)
    # Makes Django look at the invoices.
    line = model("Line", Invoice=models.CASCADE)
    with connection.schema_editor() as editor:
        for each in (owner, order, invoice, line):
            editor.create_model(each)
    row = owner.objects.create()
    invoice.objects.create(owner=row, order=order.objects.create(owner=row))
    with pytest.raises(ProtectedError):
        delete_in_parts(row)


def test_data_are_collected_before_the_account_is_locked() -> None:
    """They may be many, and whoever changes the account would wait."""
    account = UserFactory.create()
    with CaptureQueriesContext(connection) as queries:
        send_export.call(user_id=account.pk, url="https://example.com/")
    asked = [each["sql"] for each in queries]
    locked = next(n for n, sql in enumerate(asked) if "FOR UPDATE" in sql)
    assert not [sql for sql in asked[locked + 1 :] if AuditEntry._meta.db_table in sql]


def test_an_account_asks_for_few_changes_of_its_address() -> None:
    """Each to another one, of which none is counted often."""
    account = UserFactory.create()
    change = partial(services.email_change, user=account, current_password=PASSWORD)
    for number in range(5):
        change(email=f"{number}@example.com")
    with pytest.raises(TooManyAttemptsError):
        change(email="5@example.com")
    assert account.new_email == "4@example.com"


def test_mails_that_an_address_may_ask_for_are_counted_together() -> None:
    """A slow mail server takes seconds for each, and the mails of others wait."""
    client, answers = APIClient(), []
    client.force_login(UserFactory.create())
    for name in ("password-reset", "email-resend", "email-change"):
        for number in range(4):
            body = {"email": f"{number}@example.com", "current_password": PASSWORD}
            answers.append(client.post(reverse(f"users:{name}"), body).status_code)
    assert answers == [HTTPStatus.ACCEPTED] * 10 + [HTTPStatus.TOO_MANY_REQUESTS] * 2


def test_a_mail_goes_to_the_address_that_was_asked_for(
    mailoutbox: "list[EmailMessage]",
) -> None:
    """Requests for other ones that still wait would all go to the last."""
    account = UserFactory.create(new_email="last@example.com")
    send_email_change.call(user_id=account.pk, email="former@example.com")
    assert not mailoutbox
    send_email_change.call(user_id=account.pk, email="last@example.com")
    send_email_change.call(user_id=account.pk)  # of an earlier release
    assert [mail.to for mail in mailoutbox] == [["last@example.com"]] * 2


def test_link_to_the_former_address_resets_no_password() -> None:
    """Also when the address changes while the new password is hashed."""
    account = UserFactory.create()
    link = confirmation_of(account, reset_tokens)
    del link["current_password"]
    hashed = User.set_password

    def change_meanwhile(user: User, password: str) -> None:
        """Let the address change between the check of the link and the lock."""
        User.objects.filter(pk=user.pk).update(email="new@example.com")
        hashed(user, password)

    with (
        mock.patch.object(User, "set_password", change_meanwhile),
        pytest.raises(InvalidResetLinkError),
    ):
        services.password_reset_confirm(**link, new_password=OTHER_PASSWORD)
    account.refresh_from_db()
    assert account.check_password(PASSWORD)


def test_a_page_of_the_admin_site_undoes_nothing_of_what_was_done_meanwhile(
    client: "Client",
) -> None:
    """It writes what was changed on it, while others wait."""
    client.force_login(UserFactory(is_staff=True, is_superuser=True))
    account = UserFactory(full_name="Before", email="old@example.com")
    page = reverse("admin:users_user_change", args=[account.pk])
    inputs = re.findall(r"<input[^>]*>", client.get(page).text)
    named = [dict(re.findall(r'(name|value|type)="([^"]*)"', it)) for it in inputs]
    shown = {
        it["name"]: it.get("value", "")
        for it in named
        if "name" in it and it.get("type") not in {"checkbox", "submit"}
    }
    meanwhile = {"full_name": "After", "email": "new@example.com"}
    User.objects.filter(pk=account.pk).update(**meanwhile)
    account.groups.add(group := Group.objects.create(name="Blocked"))
    with CaptureQueriesContext(connection) as queries:
        # Boxes that are not ticked are not sent.
        assert client.post(page, shown).status_code == HTTPStatus.FOUND
    assert any("FOR UPDATE" in it["sql"] for it in queries)
    account.refresh_from_db()
    assert {it: getattr(account, it) for it in meanwhile} == meanwhile
    assert list(account.groups.all()) == [group]
    assert not account.is_active
