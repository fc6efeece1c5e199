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
    from collections.abc import Iterable

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
# What an upload has by itself.
UPLOADED: Final = frozenset({"file", "name", "size", "url"})
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
            used |= {found[-1].name, found[-1].argument}
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
    choices = tuple(word.strip() for word in (inside or "").split(",") if word)
    problems: dict[str, object] = {
        "its name must consist of lower-case letters, digits and single underscores, "
        f"begin with a letter and have at most {LONGEST} characters": not _is_name(
            name
        ),
        f"the name {name!r} means something else already; choose another": {
            name,
            *([f"{name}_id"] if kind == "fk" else []),
        }
        & (taken | _unusable()),
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
