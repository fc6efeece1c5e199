"""Reading a typed environment, and saying all that is wrong with it at once."""

import secrets
from typing import TYPE_CHECKING

from django.core.exceptions import ImproperlyConfigured
from pydantic import ValidationError

if TYPE_CHECKING:
    from collections.abc import Callable

    from pydantic_settings import BaseSettings


def example(model: "type[BaseSettings]", name: str) -> object:
    """Propose a value.

    Args:
        model: The environment.
        name: A field.

    Returns:
        Its last example, or its default.
    """
    field = model.model_fields[name]
    return (field.examples or [field.default])[-1]


def read[Env: BaseSettings](
    model: type[Env], conflicts: "Callable[[Env], dict[str, str]]"
) -> tuple[Env, dict[str, str]]:
    """Read every variable and find all that is wrong at once.

    Args:
        model: The environment; its fields are named like the variables.
        conflicts: Finds what is wrong with a variable only beside others, by field.

    Returns:
        The environment, with defaults in the place of what cannot be read, and a
        sentence for each variable that is wrong, by its name; none holds a value.
    """
    problems: dict[str, str] = {}
    try:
        env = model()
    except ValidationError as error:
        for each in error.errors():
            name, text = str(each["loc"][0]), each["msg"].removeprefix("Value error, ")
            if each["type"] != "value_error":
                text = f"is not valid: {text[0].lower()}{text[1:]}"
            text = "is not set" if each["type"] == "missing" else text
            problems[name] = f"{text}; set it to {example(model, name)}, for instance"
        # What can be read is judged as well.
        defaults = {name: model.model_fields[name].get_default() for name in problems}
        key = {"django_secret_key": secrets.token_hex()}
        env = model(**(defaults | {name: key[name] for name in key.keys() & defaults}))
    # A machine of an unknown kind may be a developer's, which needs little.
    if "django_environment" not in problems:
        problems = conflicts(env) | problems
    order = [name for name in model.model_fields if name in problems]
    return env, {n.upper(): f"{n.upper()} {problems[n]}." for n in order}


def valid[Env: BaseSettings](env: Env, problems: dict[str, str]) -> Env:
    """Stop the start where something is wrong.

    Args:
        env: What was read.
        problems: A sentence for each variable that is wrong.

    Raises:
        ImproperlyConfigured: With all of them.

    Returns:
        The environment.
    """
    if problems:
        lines = "\n".join(f"  - {problem}" for problem in problems.values())
        message = (
            f"The project cannot start with this environment:\n{lines}\n"
            "Variables are read from the environment, from .env and from /run/secrets. "
            "On a developer's machine `uv run poe serve` writes a working .env."
        )
        raise ImproperlyConfigured(message)
    return env
