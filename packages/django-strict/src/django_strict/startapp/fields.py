"""The fields of a new app's resource, and the lines that its files hold for them."""

import builtins
import keyword
import re
from dataclasses import dataclass, replace
from importlib import import_module
from typing import TYPE_CHECKING, Final

from django.apps import apps
from django.db.models import AutoField, BigAutoField, IntegerField, Model
from rest_framework.serializers import Serializer

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

DEFAULT: Final = "title:str:unique quantity:int"
EXAMPLE: Final = '--fields "title:str price:decimal customer:fk"'
# The specification's place for accounts.
USER: Final = "users.User"
# More would make the function that looks for them too long.
MOST_UNIQUE: Final = 7
FORM: Final = re.compile(r"[a-z][a-z0-9]*(_[a-z0-9]+)*")
LONGEST: Final = 30
# What stands behind a field's name.
TYPE: Final = re.compile(r"(\w*)(?:\(([^()]*)\))?(\??)(:unique)?")
# Between fields, and not inside of brackets.
SEPARATOR: Final = re.compile(r"[\s,]+(?![^(]*\))")
FEWEST_CHOICES: Final = 2
# PostgreSQL cuts a longer name off.
LONGEST_CONSTRAINT: Final = 63
# What an upload has by itself, and what its body, which is text alone, cannot get wrong.
UPLOADED: Final = frozenset({"file", "name", "size", "url"})
RIGHT_IN_A_FORM: Final = frozenset({"None", "1", '"1"', "1.5", '""', '"yes"'})
# What the files use beside fields, and what every list takes in its query.
TAKEN: Final = frozenset(
    {
        *("admin", "apps", "created_at", "cursor", "dt", "factory", "models", "owner"),
        "updated_at",
        *("ordering", "owner_id", "page", "page_size", "search", "serializers"),
        *("settings", "pk", "id", "objects"),
    }
)


class FieldError(ValueError):
    """A field cannot be written; the message says what can."""


@dataclass(frozen=True, slots=True)
class Kind:
    """What a type of field is in each layer.

    ``{N}`` is the field's name in capitals, ``{E}`` the class of its choices.

    Attributes:
        says: What it is, for ``--help``.
        python: Its type in Python.
        limits: Constants of the model.
        column: Class of the model's field, and its arguments.
        sent: Class of the serializer's field, and its arguments.
        json: What a client sends, as Python source.
        value: The same in Python.
        made: What a factory makes; no two alike.
        wrong: What a client may not send, and the code of the error.
        other: Values that a filter finds and does not find, by its lookup.
    """

    says: str
    python: str
    column: tuple[str, str]
    sent: tuple[str, str]
    json: str
    value: str
    made: str
    limits: str = ""
    wrong: tuple[tuple[str, str], ...] = ()
    other: tuple[tuple[str, str, str], ...] = ()

    @property
    def is_text(self) -> bool:
        """Whether nothing at all is an empty text."""
        return self.python == "str"


def _text(says: str, column: str, sent: str, *, length: str, made: str) -> Kind:
    """Describe a kind of text."""
    validators = ", validators=[MaxLengthValidator({N}_LENGTH)]"
    values = {
        "CharField": '"Books"',
        "TextField": '"Some words."',
        "EmailField": '"somebody@example.com"',
        "URLField": '"https://example.com/page"',
    }
    wrong = '"nowhere"' if sent.startswith("serializers.") else "1"
    return Kind(
        says,
        "str",
        (column, "max_length={N}_LENGTH" + validators * (column == "TextField")),
        (sent, "max_length=models.{N}_LENGTH"),
        values[column],
        values[column],
        f"Sequence(lambda number: f{made})",
        limits=f"{{N}}_LENGTH: Final = {length}",
        wrong=(
            ("None", "null"),
            ('"x" * (models.{N}_LENGTH + 1)', "max_length"),
            (wrong, "invalid"),
        ),
    )


def _range(low: str, equal: str, high: str) -> tuple[tuple[str, str, str], ...]:
    """Say what a filter by a smallest and a largest value finds."""
    return (("__gte", equal, high), ("__lte", equal, low))


KINDS: Final[dict[str, Kind]] = {
    "str": _text(
        "a line of text, up to 120 characters",
        *("CharField", "TextField"),
        length="120",
        made='"{W} {{number}}"',
    ),
    "text": _text(
        "text of several lines, up to 10,000 characters",
        *("TextField", "TextField"),
        length="10_000",
        made='"Word {{number}}."',
    ),
    "int": Kind(
        "a whole number from 0 to 1,000,000",
        "int",
        (
            "PositiveIntegerField",
            "validators=[MinValueValidator(MIN_{N}), MaxValueValidator(MAX_{N})]",
        ),
        ("WholeNumberField", "min_value=models.MIN_{N}, max_value=models.MAX_{N}"),
        "2",
        "2",
        # Small, so that the limits can be narrowed, and never what a test sends.
        "Sequence(lambda number: 10 + number % 40)",
        limits="MIN_{N}: Final = 0\nMAX_{N}: Final = 1_000_000",
        wrong=(
            ("models.MIN_{N} - 1", "min_value"),
            ("models.MAX_{N} + 1", "max_value"),
            ('"1"', "invalid"),
        ),
        other=_range("1", "2", "3"),
    ),
    "decimal": Kind(
        "a decimal number in text, 12 digits, 2 of them behind the point",
        "Decimal",
        ("DecimalField", "max_digits={N}_DIGITS, decimal_places={N}_PLACES"),
        (
            "DecimalField",
            "max_digits=models.{N}_DIGITS, decimal_places=models.{N}_PLACES",
        ),
        '"12.50"',
        'Decimal("12.50")',
        "Sequence(Decimal)",
        limits="{N}_DIGITS: Final = 12\n{N}_PLACES: Final = 2",
        wrong=(
            ("1.5", "invalid"),
            ('"1e2"', "invalid"),
            ('""', "invalid"),
            ('"0.125"', "max_decimal_places"),
        ),
        other=_range("12.49", "12.5", "12.51"),
    ),
    "bool": Kind(
        "true or false",
        "bool",
        ("BooleanField", ""),
        ("BooleanField", ""),
        "True",
        "True",
        "True",
        wrong=(('"yes"', "invalid"), ("1", "invalid")),
        other=(("", "true", "false"),),
    ),
    "date": Kind(
        "a day",
        "dt.date",
        ("DateField", ""),
        ("serializers.DateField", ""),
        '"2026-01-31"',
        "dt.date(2026, 1, 31)",
        "Sequence(lambda number: dt.date(2020, 1, 1) + dt.timedelta(days=number))",
        wrong=(('"tomorrow"', "invalid"),),
        other=_range("2026-01-30", "2026-01-31", "2026-02-01"),
    ),
    "datetime": Kind(
        "a moment",
        "dt.datetime",
        ("DateTimeField", ""),
        ("serializers.DateTimeField", ""),
        '"2026-01-31T12:00:00Z"',
        "dt.datetime(2026, 1, 31, 12, tzinfo=dt.UTC)",
        "Sequence(lambda number: dt.datetime(2020, 1, 1, tzinfo=dt.UTC) + "
        "dt.timedelta(hours=number))",
        wrong=(('"tomorrow"', "invalid"),),
        other=_range(
            "2026-01-31T11:59:59Z", "2026-01-31T12:00:00Z", "2026-01-31T12:00:01Z"
        ),
    ),
    "choice": Kind(
        "one of the words in brackets, such as choice(open,done)",
        "str",
        ("CharField", "choices={E}, max_length={N}_LENGTH"),
        ("serializers.ChoiceField", "choices=models.{E}.choices"),
        '"{first}"',
        '"{first}"',
        '"{first}"',
        limits="{N}_LENGTH: Final = 30",
        wrong=(
            ("None", "null"),
            ('"nowhere"', "invalid_choice"),
            ("1", "invalid_choice"),
        ),
        other=(("", "{first}", "{second}"),),
    ),
    "email": _text(
        "an e-mail address",
        *("EmailField", "serializers.EmailField"),
        length="254",
        made='"{name}{{number}}@example.com"',
    ),
    "url": _text(
        "an address on the web",
        *("URLField", "serializers.URLField"),
        length="2_000",
        made='"https://example.com/{{number}}"',
    ),
    "fk": Kind(
        "the id of an account, or with fk(app.Model) of that; what has an owner\n"
        "            must have the same",
        "int",
        ("ForeignKey", ""),
        (
            "WholeNumberField",
            'source="{name}_id", min_value=1, max_value=BigIntegerField.MAX_BIGINT',
        ),
        "{factory}.create({owned}).pk",
        "{factory}.create({owned}).pk",
        "SubFactory({factory}{same})",
        wrong=(("0", "min_value"), ("2**62", "invalid"), ('"1"', "invalid")),
    ),
}


@dataclass(frozen=True, slots=True)
class Field:
    """A field of the resource.

    Attributes:
        name: Its name.
        type: Key of ``KINDS``.
        optional: Whether it may be left out.
        unique: Whether an owner has each value once.
        model: Label of what a foreign key leads to.
        is_owned: Whether that has an owner, who must be the same.
        choices: What it can be.
        enum: Name of the class of these.
    """

    name: str
    type: str
    optional: bool = False
    unique: bool = False
    model: str = ""
    is_owned: bool = False
    choices: tuple[str, ...] = ()
    enum: str = ""

    @property
    def kind(self) -> Kind:
        """What its type is."""
        return KINDS[self.type]

    @property
    def words(self) -> str:
        """Its name for people."""
        return self.name.replace("_", " ")

    @property
    def camel(self) -> str:
        """Its name as part of a class's."""
        return "".join(part.capitalize() for part in self.name.split("_"))

    @property
    def argument(self) -> str:
        """What services call it."""
        return f"{self.name}_id" if self.type == "fk" else self.name

    @property
    def is_address(self) -> bool:
        """Whether the document gives its text a form, which an empty one has not."""
        return self.type in {"email", "url"}

    @property
    def factory(self) -> str:
        """What makes what a foreign key leads to."""
        return f"{self.model.partition('.')[2]}Factory"

    def fill(self, source: str) -> str:
        """Enter its names.

        Args:
            source: Lines of ``Kind``.

        Returns:
            The lines for this field.
        """
        for mark, text in (
            ("{N}", self.name.upper()),
            ("{W}", self.words.capitalize()),
            ("{name}", self.name),
            ("{factory}", self.factory),
            ("{owned}", "owner=owner" * self.is_owned),
            ("{same}", ', owner=SelfAttribute("..owner")' * self.is_owned),
            ("{E}", self.enum),
            ("{first}", "".join(self.choices[:1])),
            ("{second}", "".join(self.choices[1:2])),
            ("{{", "{"),
            ("}}", "}"),
        ):
            source = source.replace(mark, text)
        return source


def usage() -> str:
    """Explain the option.

    Returns:
        Lines for ``--help`` and for errors.
    """
    lines = [f"  {name:<9} {kind.says}" for name, kind in KINDS.items()]
    return "\n".join(
        [
            "A field is NAME:TYPE. TYPE is one of",
            *lines,
            "A ? behind the type makes the field optional, :unique lets each owner have",
            "a value once. For example:",
            f"  {EXAMPLE}",
            '  --fields "code:str:unique state:choice(open,done) task:fk(tasks.Task)?"',
        ]
    )


def parse(text: str, taken: "Iterable[str]", *, upload: bool = False) -> list[Field]:
    """Read the option.

    Args:
        text: What somebody typed.
        taken: Names that no field can have.
        upload: Whether a file is what they describe.

    Raises:
        FieldError: If a field cannot be made; the message says why and what can.

    Returns:
        The fields.
    """
    found: list[Field] = []
    used = {*taken, *TAKEN, *(UPLOADED if upload else ())}
    problem = ""
    try:
        for each in filter(None, SEPARATOR.split(text)):
            found.append(_field(each, used))
            used.add(found[-1].name)
    except FieldError as error:
        message = f"{error}\n\n{usage()}"
        raise FieldError(message) from None
    unique = [field for field in found if field.unique]
    if not found:
        problem = "There is no field."
    elif len(unique) > MOST_UNIQUE:
        problem = f"At most {MOST_UNIQUE} can be unique."
    elif unique and upload:
        problem = "No field of an upload can be unique."
    if problem:
        message = f"{problem}\n\n{usage()}"
        raise FieldError(message)
    return found


def _field(text: str, taken: set[str]) -> Field:
    """Read one field."""
    name, _, rest = text.partition(":")
    match = TYPE.fullmatch(rest)
    if match is None:
        message = f"{text!r} is no field: nobody knows what {rest!r} means there."
        raise FieldError(message)
    kind, inside, optional, unique = match.groups()
    choices = tuple((inside or "").replace(",", " ").split())
    problems = {
        "its name must consist of lower-case letters, digits and single underscores, "
        f"begin with a letter and have at most {LONGEST} characters": not _is_name(
            name
        ),
        f"the name {name!r} means something else already; choose another": name
        in taken | _unusable(),
        f"there is no type {kind!r}": kind not in KINDS,
        f"the column gets its _id by itself: {name.removesuffix('_id')}:fk": kind
        == "fk"
        and name.endswith("_id"),
        "what is optional, a choice, true or false, or long text cannot be unique": unique
        and (optional or kind in {"bool", "choice", "text"}),
        f"nobody knows what '({inside})' means there": inside is not None
        and kind not in {"choice", "fk"},
        f"its brackets hold {FEWEST_CHOICES} words or more, each once, in lower-case "
        f"letters, as in {name}:choice(open,done)": kind == "choice"
        and not _are_choices(choices),
    }
    for problem, is_there in problems.items():
        if is_there:
            message = f"{text!r} is no field: {problem}."
            raise FieldError(message)
    field = Field(name, kind, bool(optional), bool(unique))
    if kind == "choice":
        return replace(field, choices=choices)
    return _leading(field, text, inside or USER) if kind == "fk" else field


def _is_name(word: str) -> bool:
    """Tell whether a word can be one of Python's, and one in a document."""
    return bool(FORM.fullmatch(word)) and len(word) <= LONGEST


def _are_choices(words: tuple[str, ...]) -> bool:
    """Tell whether a field can be one of these."""
    return all(map(_is_name, words)) and FEWEST_CHOICES <= len(words) == len(set(words))


def _unusable() -> set[str]:
    """List what a field's class, or Python, has already."""
    return {
        *keyword.kwlist,
        *keyword.softkwlist,
        *dir(builtins),
        *dir(Model),
        *dir(Serializer()),
        *dir(import_module("factory.django").DjangoModelFactory),
    }


def _leading(field: Field, text: str, label: str) -> Field:
    """Find what a foreign key leads to."""
    try:
        model = apps.get_model(label)
    except (LookupError, ValueError):
        model = None
    if model is None or not model.__module__.startswith("apps."):
        own = ", ".join(
            each._meta.label
            for each in apps.get_models()
            if each.__module__.startswith("apps.")
        )
        message = f"{text!r} is no field: a foreign key leads to one of {own}."
        raise FieldError(message)
    if not isinstance(model._meta.pk, IntegerField | AutoField | BigAutoField):
        message = f"{text!r} is no field: the ids of {label} are no whole numbers."
        raise FieldError(message)
    owners = [key.related_model for key in model._meta.fields if key.name == "owner"]
    is_owned = owners == [apps.get_model(USER)]
    found = replace(field, model=model._meta.label, is_owned=is_owned)
    factories = f"apps.{model._meta.app_label}.tests.factories"
    try:
        made = hasattr(import_module(factories), found.factory)
    except ImportError:
        made = False
    if not made:
        message = (
            f"{text!r} is no field yet: the tests make {label} with "
            f"{factories}.{found.factory}, which is not there."
        )
        raise FieldError(message)
    return found


class Blocks:
    """The lines that stand in an app's files for ``# >>> NAME``."""

    def __init__(
        self, app: str, resource: str, fields: list[Field], *, upload: bool = False
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

    def _column(self, field: Field) -> str:
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

        def line(field: Field) -> str:
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

        def line(field: Field) -> str:
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

    def python_values(self) -> str:
        """Write what services take."""
        return self._each(
            lambda field: f"{field.argument}={field.fill(field.kind.value)},"
        )

    def json_values(self) -> str:
        """Write what clients send."""
        return self._each(
            lambda field: f'"{field.name}": {field.fill(field.kind.json)},'
        )

    def form_values(self) -> str:
        """Write what a page of the admin site sends."""

        def line(field: Field) -> str:
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

        def line(field: Field) -> str:
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
