"""What stands in a new app's files for ``# >>> NAME``, its tests above all."""

import re
from typing import TYPE_CHECKING, Final

from django_strict.startapp.layers import Layers

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_strict.startapp.fields import Field

# What a body of a form, which is text alone, cannot get wrong.
RIGHT_IN_A_FORM: Final = frozenset({"None", "1", '"1"', "1.5", '""', '"yes"'})


class Blocks(Layers):
    """The lines of an app's files: those of its layers, and those of its tests."""

    def fill(self, source: str) -> str:
        """Write an app's file.

        Args:
            source: A file of the layout, with the app's names.

        Returns:
            The file with its fields.
        """

        def lines(found: re.Match[str]) -> str:
            """Indent a block like the line that it stands for."""
            make: Callable[[], str] = getattr(self, found[2].replace(" ", "_"))
            block = make().strip("\n").splitlines()
            return "".join(f"{found[1] if line else ''}{line}\n" for line in block)

        source = re.sub(
            r"^( *)# >>> ([a-z ]+)(?::.*)?\n", lines, source, flags=re.MULTILINE
        )
        if not self._fields:
            source = re.sub(r"^ *\*\*\w*values\b.*\n", "", source, flags=re.MULTILINE)
        return self._with_owner(source) if self._owned else source

    def _with_owner(self, source: str) -> str:
        """Tell the makers of values for whom: what these lead to has the same owner."""
        makers = rf"(\b(?:{self._resource}_(?:json|values)|upload)\()"
        source = re.sub(rf"(?<=def ){makers}", r'\1owner: "User", ', source)
        source = source.replace('owner: "User", )', 'owner: "User")')
        source = re.sub(rf"(?<!def ){makers}(?=\))", r"\1user", source)
        source = re.sub(rf"(?<!def ){makers}(?!user\))", r"\1user, ", source)

        def asking(found: re.Match[str]) -> str:
            """Let a test ask for the account that it names."""
            head, arguments, body = found.groups()
            if "(user" not in body or re.search(r"\buser:", arguments):
                return found[0]
            return f'{head}user: "User", {arguments}{body}'

        test = r"^(def test_\w+\(\s*)([^)]*)(\) -> None:\n(?:(?: .*)?\n)*)"
        return re.sub(test, asking, source, flags=re.MULTILINE)

    def factory_imports(self) -> str:
        """Write where the factories of foreign keys are."""
        return "\n".join(
            f"from apps.{field.model.partition('.')[0]}.tests.factories "
            f"import {field.factory}"
            for field in self._fields
            if field.type == "fk"
        )

    def factory(self) -> str:
        """Write what a factory makes."""
        return self._each(lambda field: f"{field.name} = {field.fill(field.kind.made)}")

    def json_values(self) -> str:
        """Write what clients send."""
        return self._each(
            lambda field: f'"{field.name}": {field.fill(field.kind.json)},'
        )

    def form_values(self) -> str:
        """Write what a page of the admin site sends."""

        def line(field: "Field") -> str:
            """Write one; the site has two inputs for a moment."""
            if field.type == "datetime":
                name = field.name
                return f'"{name}_0": "2026-01-31",\n"{name}_1": "12:00:00",'
            return f'"{field.name}": {field.fill(field.kind.json)},'

        return self._each(line)

    def admin_tests(self) -> str:
        """Write the tests of what a page refuses."""
        found = []
        if self._unique:
            found.append(f'''def test_what_is_taken_is_told_on_the_page(admin: Client) -> None:
    """An owner has each {self._unique[0].words} once."""
    values = form()
    add = reverse("admin:{self._table}_add")
    assert admin.post(add, values).status_code == HTTPStatus.FOUND
    assert "errorlist" in admin.post(add, values).text
    assert {self._class}.objects.count() == 1''')
        if self._owned:
            found.append(f'''def test_what_another_account_has_is_refused_on_the_page(admin: Client) -> None:
    """Whoever enters it."""
    values = {{**form(), "owner": UserFactory.create().pk}}
    answer = admin.post(reverse("admin:{self._table}_add"), values)
    assert "There is no such {self._owned[0].words}." in answer.text
    assert not {self._class}.objects.exists()''')
        return "\n\n\n".join(found)

    def model_tests(self) -> str:
        """Write the tests of the constraints."""
        one, kind = self._resource, self._class
        found = [
            f'''def test_{field.name}_is_taken_once_for_each_owner() -> None:
    """Whatever code writes it."""
    first = {kind}Factory.create()
    {kind}Factory.create({field.name}=first.{field.name})
    again = {kind}Factory.create(owner=first.owner)
    again.{field.name} = first.{field.name}
    with pytest.raises(IntegrityError, match="{self._table}_owner_{field.name}_unique"):
        again.save()'''
            for field in self._unique
        ]
        found += [
            f'''def test_{field.name}_is_never_empty() -> None:
    """Whatever code writes it."""
    {one} = {kind}Factory.create()
    with pytest.raises(IntegrityError, match="{self._table}_{field.name}_not_empty"):
        {kind}.objects.filter(pk={one}.pk).update({field.name}="")'''
            for field in self._filled
        ]
        found += [
            field.fill(f'''def test_{field.name}_stays_in_range() -> None:
    """Whatever code writes it."""
    {one} = {kind}Factory.create()
    with pytest.raises(IntegrityError, match="{self._table}_{field.name}_in_range"):
        {kind}.objects.filter(pk={one}.pk).update({{name}}=models.MAX_{{N}} + 1)''')
            for field in self._ranged
        ]
        found += [
            f'''def test_{field.name}_is_one_of_its_choices() -> None:
    """Whatever code writes it."""
    {one} = {kind}Factory.create()
    with pytest.raises(IntegrityError, match="{self._table}_{field.name}_known"):
        {kind}.objects.filter(pk={one}.pk).update({field.name}="nowhere")'''
            for field in self._chosen
        ]
        return "\n\n\n".join(found)

    def selector_tests(self) -> str:
        """Write the tests of the selectors of unique fields."""
        one, kind = self._resource, self._class
        return "\n\n\n".join(
            f'''def test_{field.name}_does_not_stand_in_its_own_way() -> None:
    """It may be stored again, unchanged."""
    {one} = {kind}Factory.create()
    other = {kind}Factory.create(owner={one}.owner)
    other.{field.name} = {one}.{field.name}
    assert not selectors.{field.name}_is_taken({one}={one})
    assert selectors.{field.name}_is_taken({one}=other)'''
            for field in self._unique
        )

    def service_test_imports(self) -> str:
        """Write what the tests of services need for unique fields."""
        return "\n".join(
            f"from apps.{self._app}.domain import {field.camel}TakenError"
            for field in self._unique
        )

    def service_tests(self) -> str:
        """Write the tests of what services refuse."""
        one = self._resource
        return "\n\n\n".join(
            f'''def test_{field.name}_that_is_taken_is_refused(user: "User") -> None:
    """Nothing is stored."""
    {one}, values = {self._class}Factory.create(owner=user), {one}_values()
    values["{field.argument}"] = {one}.{field.argument}
    with pytest.raises({field.camel}TakenError):
        services.{one}_create(owner_id=user.pk, **values)
    assert {self._class}.objects.count() == 1'''
            for field in self._unique
        )

    def matching_queries(self) -> str:
        """Write queries that find what was sent."""
        return self._queries(1, '__gte": "2001-01-01T00:00:00Z"')

    def other_queries(self) -> str:
        """Write queries that do not."""
        return self._queries(2, '__lte": "2001-01-01T00:00:00Z"')

    def _queries(self, place: int, moment: str) -> str:
        """Write a query for each filter."""
        found = [f'"{name}{moment}' for name in ("created_at", "updated_at")]
        if self._named:
            found.append(f'"search": "{("oOk", "ook-")[place - 1]}"')
        found += [
            field.fill(f'"{field.name}{values[0]}": "{values[place]}"')
            for field in self._fields
            for values in field.kind.other
        ]
        if place > 1:
            found += [f'"{f.name}": "0"' for f in self._fields if f.type == "fk"]
        return "\n".join(f"{{{each}}}," for each in found)

    def wrong_queries(self) -> str:
        """Write values that no filter takes."""
        return "\n".join(
            f'("{field.name}{lookup}", "many"),'
            for field in self._fields
            for lookup, *_ in field.kind.other or [("",)] * (field.type == "fk")
        )

    def wrong_values(self) -> str:
        """Write what no client may send."""

        def line(field: "Field") -> str:
            """Write what one field refuses."""
            wrong = [*field.kind.wrong]
            if field.is_owned:
                wrong[1] = (wrong[1][0], "does_not_exist")
            if self._upload:
                wrong = [it for it in wrong if it[0] not in RIGHT_IN_A_FORM]
            elif field.choices:
                wrong += [('""', "invalid_choice")] * (not field.optional)
            elif field.kind.is_text and (field.is_address or not field.optional):
                wrong.append(('""', "blank"))
            elif not field.kind.is_text and not field.optional:
                wrong.append(("None", "null"))
            return field.fill(
                "\n".join(f'("{{name}}", {value}, "{code}"),' for value, code in wrong)
            )

        return self._each(line)

    def wrong_test(self) -> str:
        """Write the test of a form, whose file is judged by another one."""
        if not (wrong := self.wrong_values()):
            return ""
        lines = "\n".join(f"        {line}" for line in wrong.splitlines())
        return f'''@pytest.mark.parametrize(
    ("field", "value", "code"),
    [
{lines}
    ],
)
def test_a_wrong_value_is_named(
    as_user: "APIClient", field: str, value: object, code: str
) -> None:
    """The error names its field."""
    sent = {{**upload("page.html"), field: value}}
    answer = as_user.post(LIST, sent, format="multipart")
    assert_error(answer, HTTPStatus.BAD_REQUEST, code, field)'''

    def view_tests(self) -> str:
        """Write the tests of conflicts, owners and of what may be left out."""
        one = self._resource
        make = 'upload("page.html")' if self._upload else f"{one}_json()"
        sent = 'sent, format="multipart"' if self._upload else "sent"
        found = [
            f'''@pytest.mark.parametrize("exists", [True, False])
def test_a_{field.name}_of_another_account_is_answered_as_none(
    as_user: "APIClient", *, exists: bool
) -> None:
    """Nobody learns what others have."""
    other = {field.factory}.create()
    sent = {make}
    sent["{field.name}"] = other.pk if exists else 2**40
    answer = as_user.post(LIST, {sent})
    assert_error(answer, HTTPStatus.BAD_REQUEST, "does_not_exist", "{field.name}")
    assert answer.json()["errors"][0]["detail"] == "There is no such {field.words}."
    assert not {self._class}.objects.exists()'''
            for field in self._owned
        ]
        found += [
            f'''def test_{field.name}_that_is_taken_is_a_conflict(
    as_user: "APIClient", user: "User"
) -> None:
    """The client may choose another one."""
    there = as_user.get(detail({self._class}Factory.create(owner=user))).json()
    answer = as_user.post(LIST, {one}_json({field.name}=there["{field.name}"]))
    assert_error(answer, HTTPStatus.CONFLICT, "{field.name}_taken", "{field.name}")'''
            for field in self._unique
        ]
        found += [
            f'''def test_{field.name}_may_be_left_out(as_user: "APIClient") -> None:
    """Then there is none."""
    sent = {make}
    del sent["{field.name}"]
    answer = as_user.post(LIST, {sent})
    assert answer.status_code == HTTPStatus.CREATED, answer.content
    assert not answer.json()["{field.name}"]'''
            for field in self._fields
            if field.optional
        ]
        return "\n\n\n".join(found)
