"""What no rule sees, and why: each is tried, so that the list stays true."""

from typing import TYPE_CHECKING, Final

from tests.rules.attacks import SELECTOR, SERVICES, Attack, declared, in_view, waits
from tests.rules.breaks import edit, new

if TYPE_CHECKING:
    from tests.rules.breaks import Break

COMPOSE: Final = "docker-compose.yml"
SCRIPT: Final = "container/self-signed.sh"
APP: Final = "  app:\n    <<: *hardened\n"

ESCAPES: Final[list[tuple[Attack, str]]] = [
    (
        in_view(
            "DS020",
            "a name that is known at run time alone",
            "order = selectors.order_get(order_id=1)\n"
            "getattr(order, request.data['method'])()",
            SELECTOR,
        ),
        "nothing says which method it is; a reviewer sees `getattr` with a client's word",
    ),
    (
        in_view("DS020", "code in a string", "eval('request' + '.user.delete()')"),
        "the string is not read; ruff S307 and S102 forbid `eval` and `exec`",
    ),
    (
        in_view(
            "DS020",
            "a row's dictionary",
            "order = selectors.order_get(order_id=1)\nvars(order)['amount'] = 3",
            SELECTOR,
        ),
        "no attribute is set; nothing is stored until a service saves the row",
    ),
    (
        in_view(
            "DS020",
            "a row in an untyped container",
            "box = {'order': selectors.order_get(order_id=1)}\nbox['order'].close()",
            SELECTOR,
        ),
        "what lies in dictionaries and lists is not followed; `save()` on it is found",
    ),
    (
        in_view(
            "DS020",
            "a helper in a table of another module",
            "helpers.ACTIONS['close'](request.user)",
            "from apps.orders import helpers",
            helpers="from apps.orders import services\n\n\n"
            "def close(order: object) -> None:\n"
            "    services.order_close(order=order)\n    order.close()\n\n\n"
            "ACTIONS = {'close': close}\n",
        ),
        "what lies in dictionaries is not followed; DS022 finds a write in the helper "
        "that is one by itself",
    ),
    (
        declared(
            "a permission that computes its yes",
            "permission_classes = (Members,)",
            "from apps.orders.permissions import Members\n",
            permissions="from rest_framework.permissions import BasePermission\n\n\n"
            "class Members(BasePermission):\n"
            "    def has_permission(self, request: object, view: object) -> bool:\n"
            "        return request is not view\n",
        ),
        "nothing is computed; a constant answer is found",
    ),
    (
        Attack(
            "DS065",
            "a lazy relation",
            {
                SERVICES: "from apps.orders.models import Order\n\n\n"
                "async def order_mail() -> str:\n"
                "    order = await Order.objects.aget(pk=1)\n"
                "    return order.owner.email\n"
            },
        ),
        "reading a relation may or may not query; Django raises SynchronousOnlyOperation",
    ),
    (
        Attack(
            "DS002",
            "a method that only deletes its arguments",
            {
                SERVICES: "class Shipping:\n"
                "    def ship(self, order: object) -> None:\n        del order\n"
            },
        ),
        "an interface may demand arguments that nothing needs",
    ),
    (
        Attack(
            "DS055",
            "a value in what is called an example",
            {SERVICES: "EXAMPLE = {'api_token': 'a1b2c3d4e5'}\n"},
        ),
        "examples are shown to readers; published forms of keys are found in them, too",
    ),
    (
        Attack(
            "DS034",
            "a test that asserts something irrelevant",
            {
                "apps/orders/tests/test_services.py": "def test_an_order() -> None:\n"
                "    value = len([1])\n    assert value == 1\n"
            },
        ),
        "what a test should ask is not known; a constant assertion is found",
    ),
    (
        waits(
            "DS066",
            "a library that is not known to block",
            "return client.fetch()",
            "import unknown\n\nclient = unknown.Client()",
        ),
        "the list of blocking libraries is a list; ruff's ASYNC family adds its own",
    ),
]

# The same in files that are not Python.
FILE_ESCAPES: Final[list[tuple["Break", str]]] = [
    (
        new(
            "DS055",
            "a password of plain words under a name that tells nothing",
            "deploy/config.env",
            "GREETING=letmein\n",
        ),
        "it looks like any other value",
    ),
    (
        new(
            "DS055",
            "a value that prose shows",
            "docs/more.md",
            "API_TOKEN=a1b2c3d4e5\n",
        ),
        "pages show examples; the published forms of keys and tokens are found there, too",
    ),
    (
        edit(
            "DS101",
            "a user that a variable of the machine names",
            COMPOSE,
            APP,
            f"{APP}    user: ${{APP_USER:-65532}}\n",
        ),
        "the files say the default alone; what a machine sets is not there to be read",
    ),
    (
        edit(
            "DS101",
            "a program whose name a script puts together",
            SCRIPT,
            "set -eu\n",
            "set -eu\n$(printf chmod) 4755 /bin/sh\n",
        ),
        "nothing is run; variables that stand for one word are followed",
    ),
    (
        edit(
            "DS053",
            "a gate that was replaced before it ran",
            ".github/workflows/ci.yml",
            "run: uv run poe check",
            "run: |\n          printf 'exit 0' > .venv/bin/poe\n"
            "          uv run poe check",
        ),
        "any step may write any file; a reviewer sees it in the workflow",
    ),
    (
        edit(
            "DS088",
            "a failure that only a condition sees",
            "container/publish.sh",
            "ln -sfn current/static static",
            "if ln -sfn current/static static; then done=1; fi",
        ),
        "asking whether something worked is what conditions are for",
    ),
    (
        new(
            "DS104",
            "a template of Helm's",
            "chart/templates/app.yaml",
            "kind: Pod\nspec:\n  hostNetwork: {{ .Values.host }}\n",
        ),
        "it is no YAML before Helm has filled it in; the cluster of this template is "
        "written with kustomize",
    ),
    (
        new(
            "DS104",
            "a value that kustomize copies",
            "deploy/kustomization.yaml",
            "kind: Kustomization\nreplacements:\n"
            "  - source: {kind: ConfigMap, name: a, fieldPath: data.host}\n"
            "    targets:\n      - select: {kind: Deployment}\n"
            "        fieldPaths: [spec.template.spec.hostNetwork]\n",
        ),
        "kustomize is not run by the checker; `poe check` renders and judges deploy/ "
        "where the cluster was chosen",
    ),
    (
        new(
            "DS004",
            "a sentence that announces in words of its own",
            "docs/more.md",
            "We shall write the rest when we know more.\n",
        ),
        "phrases are a list; a model that reads intent cries wolf",
    ),
    (
        new(
            "DS042",
            "one or two names of another language",
            "deploy/more.yml",
            "kunde: {name: Rechnung}\n",
        ),
        "too short to tell a language, and often a proper name",
    ),
]

# Rewritings that hide a breach: rule, its shape, the rewriting, and the reason.
VARIANT_ESCAPES: Final = {
    ("DS042", "a Dockerfile", "over two lines"): (
        "three words and three, inside of an English comment: too short to tell a language"
    ),
    ("DS042", "a script", "over two lines"): (
        "three words and two: too short to tell a language"
    ),
}

# Contracts about imports, and the import that none of them sees.
UNSEEN: Final = "a module that is imported by its name"
IMPORT_ESCAPES: Final = ("DS026", "DS027", "DS028", "DS029", "DS030")

# Rules of which there is nothing to write in another way, and why.
THERE: Final = "the file is there or not"
ONE_SHAPE: Final = {
    "DS010": THERE,
    "DS011": THERE,
    "DS017": "where a file lies is judged, not what it says",
    "DS018": "the SQL that Django makes of a migration is judged, however that is written",
    "DS039": THERE,
    "DS041": "a number, which is reached or not",
    "DS086": "the answers of the running view are judged, however it is written",
    "DS106": "any warning fails, whatever it is about",
}


def listed() -> list[tuple[str, str, str]]:
    """List all that escapes.

    Returns:
        Rule, breach and reason of each.
    """
    found = [(one.rule, one.shape, reason) for one, reason in ESCAPES]
    found += [(one.rule, one.shape, reason) for one, reason in FILE_ESCAPES]
    found += [
        (rule, f"{shape}, {rewriting}", reason)
        for (rule, shape, rewriting), reason in VARIANT_ESCAPES.items()
    ]
    found += [
        (
            rule,
            UNSEEN,
            "import-linter reads statements, not what `import_module` is given",
        )
        for rule in IMPORT_ESCAPES
    ]
    return sorted(found)
