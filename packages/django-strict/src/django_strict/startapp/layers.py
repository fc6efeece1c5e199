"""The lines of a new app's layers, made of the fields of its resource."""

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from django_strict.startapp.fields import USER, FieldError

if TYPE_CHECKING:
    from collections.abc import Callable

    from django_strict.startapp.fields import Field

# PostgreSQL cuts a longer name off.
LONGEST_CONSTRAINT: Final = 63


class Layers:
    """The lines of an app's layers."""

    def __init__(
        self, app: str, resource: str, fields: "list[Field]", *, upload: bool = False
    ) -> None:
        """Take what the app holds.

        Args:
            app: Name of the app.
            resource: One of what it holds.
            fields: Its fields.
            upload: Whether these describe a file.

        Raises:
            FieldError: If a constraint would have a name that PostgreSQL cuts off.
        """
        self._app, self._resource, self._upload = app, resource, upload
        self._class = "".join(part.capitalize() for part in resource.split("_"))
        fields = [replace(it, enum=f"{self._class}{it.camel}") for it in fields]
        self._fields = fields
        self._table = f"{app}_{resource.replace('_', '')}"
        self._unique = [field for field in fields if field.unique]
        text = [field for field in fields if field.type == "str"]
        # What people know one by.
        self._named = "name" if upload else text[0].name if text else ""
        self._chosen = [field for field in fields if field.choices]
        self._owned = [field for field in fields if field.is_owned]
        self._filled = [
            field
            for field in fields
            if field.kind.is_text and not field.optional and not field.choices
        ]
        self._ranged = [field for field in fields if field.type == "int"]
        for name in re.findall(r'name="(\w+)"', self.constraints()):
            if len(name) > LONGEST_CONSTRAINT:
                message = (
                    f"The constraint {name} would have more than {LONGEST_CONSTRAINT} "
                    "characters, which is all that PostgreSQL keeps; choose shorter "
                    "names for the app, its resource (--resource) or the field."
                )
                raise FieldError(message)

    def _each(self, write: "Callable[[Field], str]") -> str:
        """Write a line or more for each field."""
        return "\n".join(write(field) for field in self._fields)

    def constants(self) -> str:
        """Write the limits and the choices of a model."""
        limits = [f.fill(f.kind.limits) for f in self._fields if f.kind.limits]
        for field in self._chosen:
            words = "\n".join(f'    {it.upper()} = "{it}"' for it in field.choices)
            limits.append(
                f"\n\nclass {field.enum}(models.TextChoices):\n"
                f'    """What the {field.words} can be."""\n\n{words}'
            )
        return "\n".join(limits)

    def columns(self) -> str:
        """Write the fields of a model."""
        return self._each(self._column)

    def _column(self, field: "Field") -> str:
        """Write a field of a model."""
        kind, options = field.kind.column
        arguments = [field.fill(options)] if options else []
        if field.type == "fk":
            is_user = field.model == USER
            arguments = [
                "settings.AUTH_USER_MODEL" if is_user else f'"{field.model}"',
                f"on_delete=models.{'SET_NULL' if field.optional else 'CASCADE'}",
                f'related_name="{self._app}_as_{field.name}"',
            ]
        if field.optional:
            arguments.append("blank=True")
            arguments.append('default=""' if field.kind.is_text else "null=True")
        return f"{field.name} = models.{kind}({', '.join(arguments)})"

    def constraints(self) -> str:
        """Write the constraints of a table."""
        found = [
            f'models.UniqueConstraint(fields=["owner", "{field.name}"], '
            f'name="{self._table}_owner_{field.name}_unique"),'
            for field in self._unique
        ]
        found += [
            f'models.CheckConstraint(condition=~models.Q({field.name}=""), '
            f'name="{self._table}_{field.name}_not_empty"),'
            for field in self._filled
        ]
        found += [
            field.fill(
                "models.CheckConstraint(condition=models.Q({name}__gte=MIN_{N}, "
                '{name}__lte=MAX_{N}), name="'
            )
            + f'{self._table}_{field.name}_in_range"),'
            for field in self._ranged
        ]
        found += [
            f"models.CheckConstraint(condition=models.Q({field.name}__in="
            f"{f'["", *{field.enum}.values]' if field.optional else f'{field.enum}.values'}"
            f'), name="{self._table}_{field.name}_known"),'
            for field in self._chosen
        ]
        if self._upload:
            found.insert(
                0,
                'models.CheckConstraint(condition=~models.Q(name=""), '
                f'name="{self._table}_name_not_empty"),',
            )
        if not found:
            return ""
        listed = "\n".join(f"    {each}" for each in found)
        return f'constraints: ClassVar[list["BaseConstraint"]] = [\n{listed}\n]'

    def clean(self) -> str:
        """Write how a model refuses what its owner has not."""
        if not self._owned:
            return ""
        checks = "\n".join(
            f"""    {field.name} = {self._class}.{field.name}.get_queryset(instance=self).filter(
        pk=self.{field.argument}, owner_id=self.owner_id
    )
    if {f"self.{field.argument} is not None and " if field.optional else ""}not {field.name}.exists():
        message = _("There is no such {field.words}.")
        raise ValidationError({{"{field.name}": ValidationError(message, "does_not_exist")}})"""
            for field in self._owned
        )
        words = " or ".join(field.words for field in self._owned)
        return f'''@override
def clean(self) -> None:
    """Answer what is somebody else's as what does not exist.

    Raises:
        ValidationError: If the owner has no such {words}.
    """
{checks}'''

    def full_clean(self) -> str:
        """Write how services check a row."""
        names = ", ".join(f'"{field.name}"' for field in self._owned)
        why = "Who asks is the owner, and needs no query"
        if names:
            why += "; clean() judges the rest"
        excluded = f'{{"owner", {names}}}' if names else '{"owner"}'
        return f"# {why}.\n{self._resource}.full_clean(exclude={excluded})"

    def value_class(self) -> str:
        """Write the class of what is known of a file."""
        if not self._fields:
            return ""
        lines = "\n".join(f"    {line}" for line in self.values().splitlines())
        return (
            f"class {self._class}Values(TypedDict):\n"
            f'    """What its owner says of it."""\n\n{lines}'
        )

    def value_maker(self) -> str:
        """Write what makes these in tests."""
        if not self._fields:
            return ""
        lines = "\n".join(f"        {it}" for it in self.python_values().splitlines())
        return (
            f"def {self._resource}_values() -> {self._class}Values:\n"
            '    """Return what the services take."""\n'
            f"    return {self._class}Values(\n{lines}\n    )"
        )

    def name(self) -> str:
        """Write what names a row."""
        words = self._resource.replace("_", " ").capitalize()
        return (
            f"return self.{self._named}"
            if self._named
            else f'return f"{words} {{self.pk}}"'
        )

    def name_test(self) -> str:
        """Write the test of that."""
        expected = self._named or "pk"
        return f"assert str({self._resource}.{expected}) in str({self._resource})"

    def values(self) -> str:
        """Write the types of all values."""

        def line(field: "Field") -> str:
            """Write the type of one."""
            kind = field.kind.python
            if field.optional and not field.kind.is_text:
                kind += " | None"
            quoted = f'"{kind}"' if kind.startswith(("dt.", "Decimal")) else kind
            return f"{field.argument}: {quoted}"

        return self._each(line)

    def errors(self) -> str:
        """Write the errors of values that are taken."""
        return "\n\n\n".join(
            f'''class {field.camel}TakenError(ConflictError):
    """The owner uses this {field.words} already."""

    code = "{field.name}_taken"
    message = _("There is one with this {field.words} already.")
    attr = "{field.name}"'''
            for field in self._unique
        )

    def raises(self) -> str:
        """Write the section on those errors."""
        return "\n".join(
            f"{field.camel}TakenError: If the owner uses the {field.words} already."
            for field in self._unique
        )

    def service_imports(self) -> str:
        """Write what services need for unique fields."""
        return "\n".join(
            f"from apps.{self._app}.domain import {field.camel}TakenError\n"
            f"from apps.{self._app}.selectors import {field.name}_is_taken"
            for field in self._unique
        )

    def checks(self) -> str:
        """Write how services look for a value that is taken."""
        one = self._resource
        return "\n".join(
            f"if {field.name}_is_taken({one}={one}):\n    raise {field.camel}TakenError"
            for field in self._unique
        )

    def selectors(self) -> str:
        """Write how a value that is taken is found."""
        one, words = self._resource, self._resource.replace("_", " ")
        return "\n\n\n".join(
            f'''def {field.name}_is_taken(*, {one}: {self._class}) -> bool:
    """Tell whether the owner uses a {field.words} elsewhere.

    Args:
        {one}: Stored or new.

    Returns:
        True if another {words} of the same owner has it.
    """
    others = {self._class}.objects.filter(
        owner_id={one}.owner_id, {field.argument}={one}.{field.argument}
    )
    return others.exclude(pk={one}.pk).exists()'''
            for field in self._unique
        )

    def filters(self) -> str:
        """Write the filters that say more than a field and a lookup."""
        ordered = ["created_at", "updated_at"]
        ordered += [
            field.name
            for field in self._fields
            if field.name == self._named or len(field.kind.other) > 1
        ]
        if self._upload:
            ordered += ["name", "size"]
        found = []
        if self._named:
            found.append(
                f'search = CharFilter(field_name="{self._named}", '
                'lookup_expr="icontains")'
            )
        found += [
            f'{field.name} = WholeNumberFilter(field_name="{field.name}__id")'
            for field in self._fields
            if field.type == "fk"
        ]
        listed = ", ".join(f'"{name}"' for name in ordered)
        return "\n".join([*found, f"ordering = OrderingFilter({listed})"])

    def lookups(self) -> str:
        """Write the filters that are a field and a lookup."""
        found = {name: ["gte", "lte"] for name in ("created_at", "updated_at")}
        for field in self._fields:
            if field.kind.other:
                found[field.name] = [
                    lookup.removeprefix("__") or "exact"
                    for lookup, *_ in field.kind.other
                ]
        return f"fields: ClassVar[dict[str, list[str]]] = {found}".replace("'", '"')

    def shown(self) -> str:
        """Write the fields of an answer."""
        names = ["id", *(["name", "size", "url"] if self._upload else [])]
        names += [*(it.name for it in self._fields), "created_at", "updated_at"]
        return f"fields: ClassVar[list[str]] = {names}".replace("'", '"')

    def plain(self) -> str:
        """Write the fields of an answer that are not as DRF would describe them."""
        return "\n".join(
            f"{field.name} = serializers.{kind}read_only=True)  # may be empty"
            for field in self._fields
            for kind in [
                f"ChoiceField(choices=models.{field.enum}.choices, allow_blank=True, "
                if field.choices
                else "CharField("
            ]
            if (field.is_address or field.choices) and field.optional
        )

    def inputs(self) -> str:
        """Write the fields of a body."""

        def line(field: "Field") -> str:
            """Write one."""
            kind, options = field.kind.sent
            if self._upload and kind in {"WholeNumberField", "BooleanField"}:
                # A form has text alone, where JSON has types.
                kind = f"serializers.{kind.replace('WholeNumber', 'Integer')}"
            arguments = [field.fill(options)] if options else []
            if field.optional and field.kind.is_text:
                blank = "" if field.is_address else "allow_blank=True, "
                arguments.append(f'{blank}default=""')
            elif field.optional:
                arguments += ["allow_null=True, default=None"]
            return f"{field.name} = {kind}({', '.join(arguments)})"

        return self._each(line)

    def admin(self) -> str:
        """Write what the admin site shows."""
        names = [*(["name", "size"] if self._upload else [])]
        names += [field.name for field in self._fields]
        keys = [field.name for field in self._fields if field.type == "fk"]
        long = [field.name for field in self._fields if field.type == "text"]
        listed = [name for name in names if name not in long]
        lines = [
            f"list_display = {(*(listed or ['id']), 'owner', 'created_at')}",
            f"list_select_related = {('owner', *keys)}",
            f"search_fields = {(self._named or 'owner__email',)}",
            f"fields = {('owner', *names, 'created_at', 'updated_at')}",
        ]
        if self._chosen:
            lines.append(f"list_filter = {tuple(it.name for it in self._chosen)}")
        if keys and not self._upload:
            lines.append(f"raw_id_fields = {tuple(keys)}")
        return "\n".join(lines).replace("'", '"')

    def python_values(self) -> str:
        """Write what services take."""
        return self._each(
            lambda field: f"{field.argument}={field.fill(field.kind.value)},"
        )
