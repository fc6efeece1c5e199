"""Section 6: security baseline."""

from __future__ import annotations

import ast
import math
import re
from collections import Counter
from fnmatch import fnmatchcase
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from django_strict.rules.files import PYPROJECT
from django_strict.rules.model import Problem, rule
from django_strict.rules.module import FUNCTIONS
from django_strict.rules.values import UNKNOWN, origin, pairs, text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from django_strict.rules.files import Project
    from django_strict.rules.module import Module

# Shapes that the services which hand them out have published.
SHAPES: Final = re.compile(
    r"(?P<key>-----BEGIN (?:[A-Z0-9]+ )*PRIVATE KEY-----)"
    r"|\b(?P<aws>(?:AKIA|ASIA)[0-9A-Z]{16})\b"
    r"|\b(?P<github>gh[pousr]_[A-Za-z0-9]{36,}|github_pat_\w{22,})"
    r"|\b(?P<gitlab>glpat-[\w-]{20,})"
    r"|\b(?P<slack>xox[abprs]-[\w-]{10,}|hooks\.slack\.com/services/T\w+/B\w+/\w+)"
    r"|\b(?P<stripe>[rs]k_(?:live|test)_[A-Za-z0-9]{16,})"
    r"|\b(?P<google>AIza[\w-]{35})"
    r"|\b(?P<sendgrid>SG\.[\w-]{16,}\.[\w-]{16,})"
    r"|\b(?P<registry>npm_[A-Za-z0-9]{36}|pypi-[\w-]{50,})"
    r"|\b(?P<token>sk-[\w-]{32,}|eyJ[\w-]{10,}\.eyJ[\w-]{10,}\.[\w-]{10,})"
)
URL: Final = re.compile(
    r"\b[a-z][a-z0-9+.-]*://[^\s:/@'\"`<>]*:(?P<password>[^\s/@'\"`]+)@[^\s'\"`]",
    re.IGNORECASE,
)
# Says of itself that it is none: a name, a hole to fill in, or words such as these.
PLACEHOLDER: Final = re.compile(
    r"\$|\{|<|\*{3}|\[|%\(|%s|…|\.\.\.|throw-?away|only-for|placeholder|example|your[-_]"
    r"|^(password|secret|token|pass|pwd|none|null|true|false|unset|empty)$",
    re.IGNORECASE,
)
# Words of a secret's name; the last word tells when it is about one only.
SECRET: Final = re.compile(
    r"pass(word|wd|phrase|code)?|pwd|secrets?|tokens?|api_?keys?|credentials?|dsn"
    r"|requirepass|auth_?key|(access|private|secret|signing|encryption|master|account"
    r"|shared|license|deploy|ssh)_?keys?|webhook"
)
ABOUT: Final = re.compile(
    r"urls?|paths?|fields?|names?|headers?|types?|ids?|length|age|ttl|timeout|files?|dir"
    r"|hash(er)?s?|validators?|class(es)?|prefix|scopes?|min|max|hint|help|text|label"
    r"|errors?|messages?|codes?|patterns?|regex|format|lifetime|param(eter)?s?|template"
    r"|title|views?|serializer|generator|model|kind|mode|count|limit|days|hours|rate"
    r"|required|enabled|digest|purpose|salt|column|table|index|topic|event|action|status"
)
WORDS: Final = re.compile(r"[A-Z]+(?![a-z])|[A-Z]?[a-z]+|\d+")
# Words with signs between them, a constant's name, a dotted name: no secret looks like it.
PLAIN: Final = re.compile(
    r"[A-Z]?[a-z]+([-_. /:][A-Z]?[a-z]+)*|[A-Z]+(_[A-Z]+)*|[A-Za-z_]\w*(\.[A-Za-z_]\w*)+"
)
SHORTEST: Final = 5
# Random letters: bits for each of them, and how many there must be.
RANDOM: Final = re.compile(r"[A-Za-z0-9+/_-]{32,}={0,2}")
BITS: Final = 4.3
ASSIGNED: Final = re.compile(
    r"""^\s*(?:-\s+|export\s+)?["']?(?P<name>[A-Za-z][\w.-]*)["']?\s*[:=]\s*"""
    r"""(?P<quote>["']?)(?P<value>[^\s"'#,;]+)(?P=quote)\s*(?:[#,;].*)?$"""
)
OPTION: Final = re.compile(
    r"--?(?P<name>[a-z][\w-]*)(?:[ =]|[\"']?, *[\"']?)(?P<value>(?!-)[^\s\"',\]]+)"
)
DEFAULT: Final = re.compile(r"\$\{(?P<name>\w+):?-(?P<value>[^}$]+)\}")
LOOKUPS: Final = {"get", "getenv", "setdefault", "pop", "getattr", "config", "env"}
DEFAULTS: Final = {"default", "db_default", "initial", "value"}
# What a document shows its readers.
EXAMPLE: Final = re.compile("example", re.IGNORECASE)
PROSE: Final = (".md", ".rst", ".html", ".txt")
KEY_FILES: Final = (
    *("*.key", "*.p12", "*.pfx", "*.jks", "*.keystore", "*.ppk", "*.kdbx", "*.pem"),
    *("id_rsa*", "id_dsa*", "id_ecdsa*", "id_ed25519*", ".netrc", "_netrc", ".pgpass"),
    *(
        ".my.cnf",
        ".htpasswd",
        ".pypirc",
        ".git-credentials",
        ".dockercfg",
        ".vault_pass",
    ),
    *("kubeconfig", "*.kubeconfig", "credentials.json", "service-account*.json"),
    *("*.tfstate", "secrets.y*ml", "secrets.json", "secrets.toml", "secrets.env"),
    *(".env", ".env.*", "secret*.env", "prod*.env", ".envrc", ".env-*"),
)
# What is handed out, and what shows names alone.
OPEN_FILES: Final = ("*.pub", "*.example", "*.sample", "*.template", "example.env")
OPEN_BLOCKS: Final = re.compile(r"-----BEGIN ((TRUSTED )?CERTIFICATE|PUBLIC KEY)-----")


def is_secret_name(name: str) -> bool:
    """Tell whether a name promises a secret.

    Args:
        name: A name in any spelling, such as ``apiKey`` or ``API-KEY``.

    Returns:
        False for what is about a secret only, such as ``TOKEN_URL``.
    """
    words = [word.lower() for word in WORDS.findall(name) if not word.isdigit()]
    if not words or ABOUT.fullmatch(words[-1]):
        return False
    joined = ["_".join(pair) for pair in pairwise(words)]
    return any(SECRET.fullmatch(one) for one in (*words, *joined))


def is_literal(value: str) -> bool:
    """Tell whether a value is written out, and does not say of itself that it is none."""
    return bool(value) and UNKNOWN not in value and not PLACEHOLDER.search(value)


def is_secret(value: str) -> bool:
    """Tell whether a value beside a secret's name may be one.

    Args:
        value: A text.

    Returns:
        False for placeholders, sentences, words, paths and names.
    """
    if len(value) < SHORTEST or not is_literal(value) or value.startswith(("/", "^")):
        return False
    if re.search(r"\s|://|\\", value) or re.fullmatch(r"\d+/\w+", value):
        return False
    if PLAIN.fullmatch(value):
        return False
    return any(character.isdigit() for character in value) or not value.isalnum()


def is_random(value: str) -> bool:
    """Tell whether a text is random, which no name, path or hash in hexadecimal is."""
    if not RANDOM.fullmatch(value) or re.fullmatch(r"[0-9a-f]+|[0-9A-F]+", value):
        return False
    kinds = (str.islower, str.isupper, str.isdigit)
    if not all(any(map(kind, value)) for kind in kinds):
        return False
    counts = Counter(value).values()
    bits = -sum(n / len(value) * math.log2(n / len(value)) for n in counts)
    return bits > BITS


def exposed(text: str) -> str:
    """Find what is a secret wherever it stands.

    Args:
        text: A line, or a text that was put together.

    Returns:
        What was found, in words; empty when nothing was.
    """
    if found := SHAPES.search(text):
        if found.lastgroup == "key":
            return "a private key"
        return f"a secret of the kind `{found.lastgroup}`"
    for url in URL.finditer(text) if "://" in text else ():
        if is_literal(url["password"]) and UNKNOWN not in url["password"]:
            return "a password inside a URL"
    return ""


no_secrets = rule(
    "DS055",
    title="No secret stands in the code, in an image, or in any other file.",
    why="Whoever reads the repository or pulls the image can use it, for ever.",
    fix="Declare a SecretStr in config/env.py and read the setting; hand it to containers as `${NAME?}` or as a file below /run/secrets. What was committed must be changed at its service.",
    enforced_by=("ruff S105", "ruff S106", "ruff S107"),
    where="apps/orders/services.py",
    bad='API_PASSWORD = "hunter2"',
    good="""
from django.conf import settings

API_PASSWORD = settings.API_PASSWORD
""",
)


@no_secrets
def code_holds_no_secret(module: Module) -> Iterator[Problem]:
    """Follow names, dictionaries, tuples, arguments and texts that are put together."""
    seen: set[int] = set()
    for problem in (*_in_lines(module), *_given_to_names(module), *_in_texts(module)):
        if problem.line not in seen:
            seen.add(problem.line)
            yield problem


def _in_lines(module: Module) -> Iterator[Problem]:
    """Find what is a secret by its shape; in tests a URL may be any text."""
    for number, line in enumerate(module.text.splitlines(), 1):
        found = exposed(line)
        if found and not (module.is_test and "URL" in found):
            yield Problem(module.path, number, 1, f"the line holds {found}")


def _given_to_names(module: Module) -> Iterator[Problem]:
    """Find what is a secret by the name that it is given to."""
    for name, value, node in () if module.is_test else _named(module):
        if not is_secret_name(name):
            continue
        is_given = any(is_secret(text) for text in _texts(module, value))
        if is_given and not _is_example(module, node):
            yield module.at(node, f"`{name}` is given a secret that is written out")


def _in_texts(module: Module) -> Iterator[Problem]:
    """Find what is a secret once its parts are put together."""
    kinds = (ast.Constant, ast.BinOp, ast.JoinedStr, ast.Call)
    for node in () if module.is_test else module.nodes:
        text = text_of(module, node) if isinstance(node, kinds) else ""
        if len(text) <= SHORTEST:
            continue
        found = exposed(text)
        if not found and is_random(text) and not _is_example(module, node):
            found = "random letters, as a key has them"
        if found:
            yield module.at(node, f"the text holds {found}")


def _is_example(module: Module, node: ast.AST) -> bool:
    """Tell whether a value stands in what is called an example, as in a document."""
    for above in module.up(node):
        names = [ast.unparse(target) for target, _ in pairs(above)]
        if isinstance(above, ast.Call):
            names.append(origin(module, above.func))
        if any(EXAMPLE.search(name) for name in names):
            return True
    return False


# One branch for each kind of node.
def _named(  # noqa: C901, PLR0912
    module: Module,
) -> Iterator[tuple[str, ast.expr, ast.AST]]:
    """List every name with the value that it is given, and where."""
    for node in module.nodes:
        for target, value in pairs(node):
            yield _name(target), value, value
        match node:
            case ast.Dict(keys=keys, values=values):
                for key, value in zip(keys, values, strict=True):
                    yield _name(key), value, value
            case ast.Call(args=arguments, keywords=keywords):
                for word in keywords:
                    yield word.arg or "", word.value, word.value
                for first, second in pairwise(arguments):
                    yield _name(first, texts=True), second, second
            case ast.Tuple(elts=[first, second]) | ast.List(elts=[first, second]):
                yield _name(first, texts=True), second, second
            case ast.Compare(left=left, comparators=[right]):
                yield _name(left), right, right
                yield _name(right), left, left
            case ast.Return(value=ast.expr() as value):
                above = next(
                    (n for n in module.up(node) if isinstance(n, FUNCTIONS)), None
                )
                if not isinstance(value, ast.Call):
                    yield above.name if above else "", value, value
            case ast.arguments():
                named = [*node.posonlyargs, *node.args]
                defaults = [
                    *zip(reversed(named), reversed(node.defaults), strict=False)
                ]
                defaults += [*zip(node.kwonlyargs, node.kw_defaults, strict=True)]  # type: ignore[list-item]
                for argument, default in defaults:
                    if default is not None:
                        yield argument.arg, default, default


def _name(node: ast.AST | None, *, texts: bool = False) -> str:
    """Name what a value is given to: a variable, an attribute, a key."""
    match node:
        case ast.Name(id=name) if not texts:
            return name
        case ast.Attribute(attr=name) if not texts:
            return name
        case ast.Subscript(slice=ast.Constant(value=str(name))) if not texts:
            return name
        case ast.Constant(value=str(name)):
            return name
    return ""


def _texts(module: Module, value: ast.expr) -> list[str]:
    """List the texts that an expression may come to, those inside of calls as well."""
    match value:
        case ast.Tuple() | ast.List() | ast.Set() | ast.BoolOp() | ast.Lambda():
            parts = ast.iter_child_nodes(value)
            inner = [part for part in parts if isinstance(part, ast.expr)]
            return [text for part in inner for text in _texts(module, part)]
        case ast.IfExp(body=body, orelse=other):
            return [*_texts(module, body), *_texts(module, other)]
        case ast.Call(args=arguments, keywords=keywords):
            known = text_of(module, value)
            if known and UNKNOWN not in known:
                return [known]
            # Of a look-up, the default alone.
            name = origin(module, value.func).rpartition(".")[2]
            inside = arguments[1:] if name in LOOKUPS else []
            inside += arguments[:1] if name.endswith(("Str", "Secret", "Field")) else []
            inside += [word.value for word in keywords if word.arg in DEFAULTS]
            return [text_of(module, one) for one in inside]
        case ast.Name():
            return []  # told where that name gets its value
    return [text_of(module, value)]


@no_secrets
def files_hold_no_secret(project: Project) -> Iterator[Problem]:
    """Read every text that is committed; tests may hold data of any kind."""
    for path in project.texts:
        is_data = "tests" in path.split("/") or path == PYPROJECT
        for number, line in enumerate(project.lines(path), 1):
            found = exposed(line)
            if not found and not is_data and not path.endswith(PROSE):
                found = given(line)
            if found:
                yield project.at(path, f"the line holds {found}", number)


def given(line: str) -> str:
    """Find a secret beside its name in a line of configuration or of a script."""
    places = [ASSIGNED.match(line), *OPTION.finditer(line), *DEFAULT.finditer(line)]
    for found in filter(None, places):
        # Without quotes, YAML reads a name there, whose value stands elsewhere.
        value = re.sub(r"^[*&]\w+$", "", found["value"]).strip("\"'")
        if is_secret_name(found["name"]) and is_secret(value):
            return f"a value of `{found['name']}` that is written out"
    return ""


def is_key_file(path: str) -> bool:
    """Tell whether a file is one that holds secrets, by its name alone."""
    name = path.rpartition("/")[2].lower()
    is_open = any(fnmatchcase(name, pattern) for pattern in OPEN_FILES)
    return not is_open and any(fnmatchcase(name, pattern) for pattern in KEY_FILES)


def key_files(project: Project) -> Iterator[str]:
    """List the files that hold secrets and are committed, or would be with the next.

    Args:
        project: The project.

    Yields:
        Their paths; certificates and public keys are none.
    """
    for path in project.files:
        if is_key_file(path):
            text = "\n".join(project.lines(path)) if path.endswith(".pem") else ""
            if not OPEN_BLOCKS.search(text) or "PRIVATE KEY" in text:
                yield path
