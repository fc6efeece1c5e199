"""A file that is not Python, written another way: what a rule must see through.

A rewriting takes a file and its text before the breach, and returns the files that say the
same, or None where it has nothing to change. None of them knows a rule. A file that a tool
reads as data is compared with what it was: where both are not equal, the rewriting is wrong.
"""

import functools
import json
import re
from collections.abc import Callable
from copy import deepcopy
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import TYPE_CHECKING, Any, Final

import yaml

if TYPE_CHECKING:
    from collections.abc import Iterator

# A file that is deleted is None.
type Files = dict[str, str | None]
type Step = Callable[[str, str, str], Files | None]

MAIN: Final = "docker-compose.yml"
COMPOSE: Final = (MAIN, "*compose*.y*ml", "ops/*.y*ml")
WORKFLOWS: Final = (".github/workflows/*", ".github/actions/*")
MANIFESTS: Final = ("deploy/*.y*ml",)
YAML: Final = ("*.yml", "*.yaml")
MERGED: Final = (*COMPOSE, *MANIFESTS, ".pre-commit-config.yaml")
DOCKERFILES: Final = ("*Dockerfile",)
LOADER: Final = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
DUMPER: Final = getattr(yaml, "CSafeDumper", yaml.SafeDumper)
# Merges one mapping into another: the key's name is the format's.
MERGE: Final = yaml.ScalarNode("tag:yaml.org,2002:merge", "<<")
TEXT: Final = "tag:yaml.org,2002:str"


@dataclass(frozen=True, slots=True)
class Rewriting:
    """One way to write the same file.

    Attributes:
        name: What it does, in a few words.
        patterns: The files it is for.
        step: How.
    """

    name: str
    patterns: tuple[str, ...]
    step: Step

    def apply(self, path: str, text: str, before: str = "") -> Files | None:
        """Write a file another way.

        Args:
            path: Where it lies.
            text: Its content.
            before: Its content without the breach, empty when it was not there.

        Returns:
            The files that take its place; None where nothing would change.
        """
        if not any(fnmatchcase(path, pattern) for pattern in self.patterns):
            return None
        after = self.step(path, text, before)
        return None if after is None or after == {path: text} else after


REWRITINGS: Final[list[Rewriting]] = []


def rewriting(*patterns: str) -> Callable[[Step], Step]:
    """Register a function as a rewriting that is called by its name.

    Args:
        *patterns: The files it is for.

    Returns:
        A decorator.
    """

    def registered(step: Step) -> Step:
        """Keep the function."""
        name = step.__name__.strip("_").replace("_", " ")
        REWRITINGS.append(Rewriting(name, patterns, step))
        return step

    return registered


@functools.lru_cache(maxsize=8)
def loaded(text: str) -> list[Any] | None:
    """Read YAML without tags of Compose's, None where that is not possible."""
    try:
        return list(yaml.load_all(text, LOADER))
    except yaml.YAMLError:
        return None


def _dumped(*data: object) -> str:
    """Write data."""
    text: str = yaml.dump_all(data, Dumper=DUMPER, sort_keys=False, width=10_000)
    return text


def _is_data(text: str, before: str) -> bool:
    """Tell whether the breach is in the data; comments are lost by writing them again."""
    data = loaded(text)
    return data is not None and data != loaded(before)


# ---- YAML ------------------------------------------------------------------------------


def _nodes(text: str) -> list[yaml.Node]:
    """Read YAML into nodes, which keep tags and the way values are written."""
    return list(yaml.compose_all(text, LOADER))


def _all(nodes: list[yaml.Node]) -> "Iterator[yaml.Node]":
    """List the nodes below others, each once."""
    queue, seen = list(nodes), set()
    for node in queue:
        if id(node) in seen:
            continue
        seen.add(id(node))
        yield node
        if isinstance(node, yaml.MappingNode):
            queue += [part for pair in node.value for part in pair]
        elif isinstance(node, yaml.SequenceNode):
            queue += node.value


def _serialized(nodes: list[yaml.Node], *, indent: int = 2) -> str:
    """Write nodes."""
    text: str = yaml.serialize_all(
        nodes,
        Dumper=DUMPER,
        allow_unicode=True,
        width=10_000,
        indent=indent,
        explicit_start=len(nodes) > 1 or None,
    )
    return text


def _rewritten(
    path: str, text: str, before: str, change: Callable[[yaml.Node], None], indent: int
) -> Files | None:
    """Change every node, and make sure that the file says the same."""
    if not _is_data(text, before):
        return None
    nodes = _nodes(text)
    for node in list(_all(nodes)):
        change(node)
    after = _serialized(nodes, indent=indent)
    assert loaded(after) == loaded(text), after
    return {path: after}


@rewriting(*YAML)
def flow_style(path: str, text: str, before: str) -> Files | None:
    """Write all mappings and lists between brackets."""

    def change(node: yaml.Node) -> None:
        """Set the style."""
        if isinstance(node, yaml.CollectionNode):
            node.flow_style = True

    return _rewritten(path, text, before, change, 2)


@rewriting(*YAML)
def block_style(path: str, text: str, before: str) -> Files | None:
    """Write each key and each item on a line of its own."""

    def change(node: yaml.Node) -> None:
        """Set the style."""
        if isinstance(node, yaml.CollectionNode):
            node.flow_style = False

    return _rewritten(path, text, before, change, 4)


@rewriting(*YAML)
def quotes(path: str, text: str, before: str) -> Files | None:
    """Quote all keys and texts."""

    def change(node: yaml.Node) -> None:
        """Set the style."""
        if isinstance(node, yaml.ScalarNode) and node.tag == TEXT:
            node.style = '"'

    return _rewritten(path, text, before, change, 2)


@rewriting(*YAML)
def texts_of_several_lines(path: str, text: str, before: str) -> Files | None:
    """Write texts of several words as texts of several lines."""

    def change(node: yaml.Node) -> None:
        """Set the style."""
        if isinstance(node, yaml.ScalarNode) and node.tag == TEXT and " " in node.value:
            node.style = "|"

    return _rewritten(path, text, before, change, 2)


@rewriting(*YAML)
def keys_in_another_order(path: str, text: str, before: str) -> Files | None:
    """Turn the order of keys round."""

    def change(node: yaml.Node) -> None:
        """Turn it round."""
        if isinstance(node, yaml.MappingNode):
            node.value.reverse()

    return _rewritten(path, text, before, change, 2)


@rewriting(*MERGED)
def merge_keys(path: str, text: str, before: str) -> Files | None:
    """Merge every mapping into an empty one."""
    if not _is_data(text, before):
        return None
    nodes = _nodes(text)
    for node in list(_all(nodes)):
        # What is merged already holds the key itself.
        if isinstance(node, yaml.MappingNode) and node not in nodes and node.value:
            inner = yaml.MappingNode(node.tag, node.value, flow_style=False)
            node.value, node.flow_style = [(MERGE, inner)], False
    after = _serialized(nodes)
    assert loaded(after) == loaded(text), after
    return {path: after}


@rewriting(*COMPOSE)
def anchors(path: str, text: str, before: str) -> Files | None:
    """Write all values once at the top, and names for them where they stand."""
    if not _is_data(text, before):
        return None
    (root,) = _nodes(text)
    assert isinstance(root, yaml.MappingNode)
    used = [value for key, value in root.value if key.value == "services"]
    parts = [one for one in _all(used) if one is not MERGE]
    keys = {
        id(key)
        for one in parts
        if isinstance(one, yaml.MappingNode)
        for key, _ in one.value
    }
    held = [one for one in parts if id(one) not in keys]
    # Inner ones first: a name stands behind what it names.
    values = yaml.SequenceNode("tag:yaml.org,2002:seq", held[::-1], flow_style=False)
    root.value.insert(0, (yaml.ScalarNode(TEXT, "x-values"), values))
    after = _serialized([root])
    (data,) = loaded(after) or [{}]
    del data["x-values"]
    assert [data] == loaded(text), after
    return {path: after}


def _between(text: str) -> set[int]:
    """List the lines inside of texts of several lines, where no comment may stand."""
    return {
        line
        for token in yaml.scan(text)
        if isinstance(token, yaml.ScalarToken)
        for line in range(token.start_mark.line + 1, token.end_mark.line + 1)
    }


@rewriting(*YAML)
def comments_between(path: str, text: str, before: str) -> Files | None:
    """Write a comment and a blank line in front of every line."""
    inside = _between(text)
    lines = text.splitlines()
    after = "".join(
        f"{line}\n" if number in inside else f"\n# See the documentation.\n{line}\n"
        for number, line in enumerate(lines)
    )
    assert loaded(after) == loaded(text), after
    return {path: after}


@rewriting(*WORKFLOWS, *MANIFESTS, "ops/*.y*ml")
def other_suffix(path: str, text: str, before: str) -> Files | None:
    """Call the file .yaml instead of .yml, or the other way round."""
    stem, _, suffix = path.rpartition(".")
    return {path: None, f"{stem}.{'yml' if suffix == 'yaml' else 'yaml'}": text}


@rewriting(*MANIFESTS)
def behind_another_document(path: str, text: str, before: str) -> Files | None:
    """Write another document in front."""
    return {path: f"kind: ConfigMap\ndata: {{LEVEL: INFO}}\n---\n{text}"}


@rewriting(*MANIFESTS)
def items_of_a_list(path: str, text: str, before: str) -> Files | None:
    """Wrap all documents in one of the kind List."""
    items = loaded(text)
    if not items or any(one.get("kind") == "Kustomization" for one in items):
        return None
    whole = {"apiVersion": "v1", "kind": "List", "items": items}
    return {path: _dumped(whole)}


@rewriting(*MANIFESTS, "ops/*.y*ml")
def json_file(path: str, text: str, before: str) -> Files | None:
    """Write a file of one document as JSON, with tabs."""
    data = loaded(text)
    if data is None or len(data) > 1:
        return None
    name = f"{path.rpartition('.')[0]}.json"
    return {path: None, name: json.dumps(data[0], indent="\t")}


@rewriting(".github/workflows/*")
def steps_of_an_action(path: str, text: str, before: str) -> Files | None:
    """Move the steps of every job into an action of the repository."""
    data = deepcopy(loaded(text))
    if data is None or not _is_data(text, before):
        return None
    files: Files = {}
    for name, job in data[0]["jobs"].items():
        steps = [
            step | ({"shell": "bash"} if "run" in step and "shell" not in step else {})
            for step in job.get("steps") or []
        ]
        folder = f".github/actions/{name}"
        job["steps"] = [{"uses": f"./{folder}"}]
        runs = {"using": "composite", "steps": steps}
        files[f"{folder}/action.yml"] = _dumped({"name": name, "runs": runs})
    # YAML takes the key for a yes.
    content = re.sub(r"^true:", "on:", _dumped(data[0]), flags=re.MULTILINE)
    return {path: content, **files}


# ---- Compose ---------------------------------------------------------------------------

type Service = dict[str, Any]


def _each_service(
    path: str, text: str, before: str, change: Callable[[Service], None]
) -> Files | None:
    """Change the services of a Compose file, in what it says."""
    data = deepcopy(loaded(text))
    if data is None or not _is_data(text, before):
        return None
    for service in (data[0].get("services") or {}).values():
        change(service)
    return {path: _dumped(data[0])}


@rewriting(*COMPOSE)
def long_syntax(path: str, text: str, before: str) -> Files | None:
    """Write mappings in the place of texts and lists."""

    def change(service: Service) -> None:
        """Write one service so."""
        if isinstance(service.get("depends_on"), list):
            started = {"condition": "service_started"}
            service["depends_on"] = dict.fromkeys(service["depends_on"], started)
        for key in ("networks", "labels", "environment"):
            if isinstance(service.get(key), list):
                pairs = (str(one).partition("=") for one in service[key])
                service[key] = {
                    name: value if sign else None for name, sign, value in pairs
                }
        service |= {
            key: [
                _port(one) if key == "ports" else _volume(one) for one in service[key]
            ]
            for key in ("ports", "volumes")
            if service.get(key)
        }

    return _each_service(path, text, before, change)


def _port(port: object) -> object:
    """Write a port as a mapping."""
    if not isinstance(port, str) or "${" in port:
        return port
    *host, published, target = port.split(":")
    return {"target": int(target), "published": published} | (
        {"host_ip": host[0]} if host else {}
    )


def _volume(volume: object) -> object:
    """Write a volume as a mapping."""
    if not isinstance(volume, str) or "${" in volume:
        return volume
    source, target, *mode = volume.split(":")
    kind = "bind" if source.startswith(("/", ".")) else "volume"
    return {
        "type": kind,
        "source": source,
        "target": target,
        "read_only": mode == ["ro"],
    }


@rewriting(*COMPOSE)
def short_syntax(path: str, text: str, before: str) -> Files | None:
    """Write texts and lists in the place of mappings."""

    def change(service: Service) -> None:
        """Write one service so."""
        for key in ("environment", "labels"):
            if isinstance(service.get(key), dict):
                service[key] = _assigned(service[key])
        build = service.get("build")
        if isinstance(build, dict) and isinstance(build.get("args"), dict):
            build["args"] = _assigned(build["args"])
        service |= {
            key: [_short(one) for one in service[key]]
            for key in ("ports", "volumes")
            if service.get(key)
        }
        test = (service.get("healthcheck") or {}).get("test")
        if isinstance(test, list) and test[0] == "CMD-SHELL":
            service["healthcheck"]["test"] = test[1]

    return _each_service(path, text, before, change)


def _assigned(given: dict[str, Any]) -> list[str]:
    """Write a mapping as a list of assignments."""
    return [
        name if value is None else f"{name}={value}" for name, value in given.items()
    ]


def _short(entry: object) -> object:
    """Write a port or a volume as a text."""
    if not isinstance(entry, dict):
        return entry
    parts = (
        [entry["source"], entry["target"]]
        if "source" in entry
        else [entry.get("host_ip"), entry.get("published"), entry["target"]]
    )
    return ":".join(str(one) for one in parts if one)


@rewriting(*COMPOSE)
def defaults_of_variables(path: str, text: str, before: str) -> Files | None:
    """Write each value of a service as the default of a variable."""

    def written(value: object) -> object:
        """Write a value so; Compose makes a number or a yes of it again."""
        if isinstance(value, dict):
            return {key: written(one) for key, one in value.items()}
        if isinstance(value, list):
            return [written(one) for one in value]
        said = str(value).lower() if isinstance(value, bool) else str(value)
        return value if "$" in said or value is None else f"${{UNSET:-{said}}}"

    def change(service: Service) -> None:
        """Write one service so."""
        service |= {
            key: written(value)
            for key, value in service.items()
            # Their names are the file's own, or none of Compose's.
            if key not in {"extends", "profiles"}
        }

    return _each_service(path, text, before, change)


def _moved(text: str, before: str) -> tuple[dict[str, Any], dict[str, Any]] | None:
    """Split a Compose file into what it says of services, and the rest."""
    data = loaded(text)
    if data is None or not _is_data(text, before) or not data[0].get("services"):
        return None
    rest = {key: one for key, one in data[0].items() if not str(key).startswith("x-")}
    return rest, rest.pop("services")


@rewriting(MAIN)
def override_file(path: str, text: str, before: str) -> Files | None:
    """Move all that is said of services into the file that Compose adds."""
    parts = _moved(text, before)
    if parts is None:
        return None
    rest, services = parts
    first: Service = {name: {"labels": {}} for name in services}
    return {
        path: _dumped({**rest, "services": first}),
        "compose.override.yaml": _dumped({"services": services}),
    }


@rewriting(*COMPOSE)
def two_documents(path: str, text: str, before: str) -> Files | None:
    """Move all that is said of services into a second document."""
    parts = _moved(text, before)
    if parts is None:
        return None
    rest, services = parts
    first: Service = {name: {"labels": {}} for name in services}
    both = [{**rest, "services": first}, {"services": services}]
    return {path: _dumped(*both)}


@rewriting(MAIN)
def included_file(path: str, text: str, before: str) -> Files | None:
    """Move everything into a file that is included."""
    if not _is_data(text, before):
        return None
    return {path: "include: [stack/all.yml]\n", "stack/all.yml": text}


@rewriting(MAIN)
def extended_file(path: str, text: str, before: str) -> Files | None:
    """Let every service extend one of another file."""
    parts = _moved(text, before)
    if parts is None:
        return None
    rest, services = parts
    heirs = {
        name: {"extends": {"file": "./stack/bases.yml", "service": name}}
        for name in services
    }
    return {
        path: _dumped({**rest, "services": heirs}),
        "stack/bases.yml": _dumped({"services": services}),
    }


# ---- Dockerfiles -----------------------------------------------------------------------

# One instruction with the lines it goes on over, or a line that is none.
CONTINUED: Final = re.compile(r"(?:[^\n]*\\\n(?:[ \t]*#[^\n]*\n)*)*[^\n]*\n?")
INSTRUCTION: Final = re.compile(r"[ \t]*([A-Za-z]+)([ \t]+)")
HEREDOC: Final = re.compile(r"<<-?[\"']?(\w+)")
FLAGS: Final = re.compile(r"(?:\s*--\S+\s+(?:\\\n\s*)*)*")


def _instructions(text: str) -> "Iterator[tuple[str, str, str]]":
    """Split a Dockerfile into instructions: word, what follows, and the whole text.

    Comments and blank lines have no word.
    """
    position = 0
    while position < len(text):
        line = text[position:].partition("\n")[0]
        if not line.strip() or line.lstrip().startswith("#"):
            whole = f"{line}\n"
        else:
            found = CONTINUED.match(text, position)
            assert found
            whole = found[0]
            document = HEREDOC.search(whole)
            if document:
                end = re.compile(rf"^{document[1]}\n?", re.MULTILINE)
                stop = end.search(text, found.end())
                assert stop
                whole = text[position : stop.end()]
        position += len(whole)
        head = INSTRUCTION.match(whole)
        is_one = head and not whole.lstrip().startswith("#")
        yield (
            (head[1], whole[head.end() :], whole)
            if head and is_one
            else ("", "", whole)
        )


def _each_instruction(
    path: str, text: str, change: Callable[[str, str], str | None]
) -> Files | None:
    """Change instructions: word and what follows to a text, None to leave it."""
    parts = []
    for word, rest, whole in _instructions(text):
        new = change(word.upper(), rest) if word else None
        parts.append(whole if new is None else new)
    return {path: "".join(parts)}


@rewriting(*DOCKERFILES)
def small_letters(path: str, text: str, before: str) -> Files | None:
    """Write instructions in small letters, and names of stages in capitals."""
    stages = re.findall(r"\bAS (\S+)", text)

    def change(word: str, rest: str) -> str:
        """Write one so."""
        if word == "FROM":
            rest = re.sub(r" AS (\S+)", lambda name: f" as {name[1].upper()}", rest)
            head = rest.split()[0]
            rest = rest.replace(head, head.upper(), 1) if head in stages else rest
        return f"{word.lower()} {rest}"

    return _each_instruction(path, text, change)


@rewriting(*DOCKERFILES)
def tabs_and_blanks(path: str, text: str, before: str) -> Files | None:
    """Write other white space between an instruction and its words."""
    return _each_instruction(path, text, lambda word, rest: f"  {word}\t  {rest}")


@rewriting(*DOCKERFILES)
def a_line_for_each_word(path: str, text: str, before: str) -> Files | None:
    """Go on in the next line behind every word, with comments between."""

    def change(word: str, rest: str) -> str | None:
        """Write one so."""
        if "<<" in rest or re.search(r"['\"]|\\\n", rest):
            return f"{word} \\\n# See the documentation.\n  {rest}"
        return (
            f"{word} \\\n  "
            + " \\\n# See the documentation.\n  ".join(rest.split())
            + "\n"
        )

    return _each_instruction(path, text, change)


@rewriting(*DOCKERFILES)
def another_sign_for_lines(path: str, text: str, before: str) -> Files | None:
    """Let lines go on behind another sign than a backslash."""
    split = a_line_for_each_word(path, text, before) or {}
    body = re.sub(r"\\\n", "`\n", split[path] or "")
    return {path: f"# escape=`\n{body}"}


@rewriting(*DOCKERFILES)
def arguments(path: str, text: str, before: str) -> Files | None:
    """Write users and what is copied as arguments."""
    names: list[str] = []

    def change(word: str, rest: str) -> str | None:
        """Write one so."""
        if (
            word not in {"USER", "COPY", "ADD", "WORKDIR"}
            or "[" in rest
            or "\\\n" in rest
        ):
            return None
        lines, words = [], []
        for one in rest.split():
            if one.startswith("--") or "$" in one:
                words.append(one)
                continue
            names.append(f"PART_{len(names)}")
            lines.append(f"ARG {names[-1]}={one}\n")
            words.append(f"${{{names[-1]}}}")
        return f"{''.join(lines)}{word} {' '.join(words)}\n"

    return _each_instruction(path, text, change)


@rewriting(*DOCKERFILES)
def variables(path: str, text: str, before: str) -> Files | None:
    """Write users and the images behind FROM as variables."""
    images: list[str] = []

    def change(word: str, rest: str) -> str | None:
        """Write one so."""
        if word == "USER":
            return f"ENV WHO={rest.strip()}\nUSER $WHO\n"
        if word == "FROM" and "$" not in rest:
            image, _, name = rest.partition(" ")
            images.append(f"ARG FROM_{len(images)}={image}\n")
            return f"FROM ${{FROM_{len(images) - 1}}} {name}"
        return None

    files = _each_instruction(path, text, change) or {}
    return {path: "".join(images) + (files[path] or "")}


@rewriting(*DOCKERFILES)
def heredocs(path: str, text: str, before: str) -> Files | None:
    """Write every RUN as a document."""

    def change(word: str, rest: str) -> str | None:
        """Write one so."""
        if word != "RUN" or "<<" in rest or rest.startswith("["):
            return None
        flags = FLAGS.match(rest)
        assert flags
        options = re.sub(r"\\\n\s*", "", flags[0])
        return f"RUN {options}<<END\n{rest[flags.end() :].rstrip()}\nEND\n"

    return _each_instruction(path, text, change)


@rewriting(*DOCKERFILES)
def arrays(path: str, text: str, before: str) -> Files | None:
    """Write every RUN and COPY as an array."""

    def array(words: list[str]) -> str:
        """Write words so."""
        return json.dumps(words)

    def change(word: str, rest: str) -> str | None:
        """Write one so."""
        if word not in {"RUN", "COPY", "ADD"} or "<<" in rest or rest.startswith("["):
            return None
        flags = FLAGS.match(rest)
        assert flags
        options = re.sub(r"\\\n\s*", "", flags[0])
        said = re.sub(r"\\\n\s*", "", rest[flags.end() :]).strip()
        words = ["/bin/sh", "-c", said] if word == "RUN" else said.split()
        return f"{word} {options}{array(words)}\n"

    return _each_instruction(path, text, change)


@rewriting(*DOCKERFILES)
def numbers_of_stages(path: str, text: str, before: str) -> Files | None:
    """Copy from stages by their number."""
    stages = re.findall(r"^FROM \S+ AS (\S+)", text, re.MULTILINE)

    def number(found: re.Match[str]) -> str:
        """Write one so."""
        return f"--from={stages.index(found[1])}" if found[1] in stages else found[0]

    return {path: re.sub(r"--from=(\S+)", number, text)}


@rewriting(*DOCKERFILES)
def a_stage_below(path: str, text: str, before: str) -> Files | None:
    """Do everything in a stage that the named one starts from."""
    below: list[str] = []
    parts = []
    for word, rest, whole in _instructions(text):
        named = re.fullmatch(r"(.* )?AS (\S+)\s*", rest) if word == "FROM" else None
        if word == "FROM":
            parts += below
            below = []
        if named:
            parts.append(f"FROM {named[1]}AS below-{named[2]}\n")
            below = [f"FROM below-{named[2]} AS {named[2]}\n"]
        else:
            parts.append(whole)
    return {path: "".join([*parts, *below])}


# ---- All texts -------------------------------------------------------------------------


@rewriting(
    "*.yml", "*.yaml", "*.toml", "*.md", "*.conf", "*Dockerfile", "*.env", "*ignore"
)
def line_ends_of_windows(path: str, text: str, before: str) -> Files | None:
    """End lines as Windows does."""
    return {path: text.replace("\n", "\r\n")}
