"""What breaks clients is found, and nothing else is."""

from typing import TYPE_CHECKING, Any, Final

import pytest

from django_strict.openapi.comparison import breaking_changes, is_major_step
from tests.openapi.history import DOCUMENT, edited
from tests.openapi.places import LIST, ONE, field, get, post, schema

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.openapi.history import Document


def renamed(document: "Document") -> None:
    """Give a path parameter and all schemas other names.

    Args:
        document: The document.
    """
    item = document["paths"].pop(ONE)
    item["parameters"][0]["name"] = "number"
    document["paths"]["/api/v1/orders/{number}/"] = item
    document["components"]["schemas"]["Entry"] = schema(document, "Order")
    page = schema(document, "Page")
    page["properties"]["results"]["items"]["$ref"] = "#/components/schemas/Entry"


def with_a_new_demand(document: "Document") -> None:
    """Demand a property that there was not.

    Args:
        document: The document.
    """
    schema(document, "NewOrder")["properties"]["day"] = {"type": "string"}
    schema(document, "NewOrder")["required"].append("day")


BREAKING: Final[list[tuple["Callable[[Any], object]", str]]] = [
    (lambda d: d["paths"].pop(ONE), f"GET {ONE} is gone"),
    (lambda d: d["paths"][LIST].pop("post"), f"POST {LIST} is gone"),
    (
        lambda d: get(d)["responses"].pop("429"),
        f"GET {LIST}: answer 429 is gone",
    ),
    (
        lambda d: get(d)["responses"]["200"]["headers"].clear(),
        f"GET {LIST}: answer 200: header X-Count is gone",
    ),
    (
        lambda d: get(d)["responses"]["200"].update(content={"text/csv": {}}),
        f"GET {LIST}: answer 200: application/json is gone",
    ),
    (
        lambda d: schema(d, "Order")["properties"].pop("note"),
        f"GET {ONE}: answer 200: note is gone",
    ),
    (
        lambda d: schema(d, "Order")["properties"].pop("note"),
        f"GET {LIST}: answer 200: results[]: note is gone",
    ),
    (
        lambda d: schema(d, "Order")["required"].remove("id"),
        f"GET {ONE}: answer 200: id may now be missing",
    ),
    (
        lambda d: field(d, "Order", "id").update(type="string"),
        f"GET {ONE}: answer 200: id was integer, is string",
    ),
    (
        lambda d: field(d, "Order", "id").update(type="number"),
        f"GET {ONE}: answer 200: id was integer, is number",
    ),
    (
        lambda d: field(d, "Order", "id").update(nullable=True),
        f"GET {ONE}: answer 200: id may now be null",
    ),
    (
        lambda d: field(d, "Order", "made_at").update(format="date"),
        f"GET {ONE}: answer 200: made_at: format was date-time, is date",
    ),
    (
        lambda d: field(d, "Order", "made_at").pop("format"),
        f"GET {ONE}: answer 200: made_at: format was date-time, is open",
    ),
    (
        lambda d: schema(d, "State")["enum"].append("lost"),
        f"GET {ONE}: answer 200: state may now be lost",
    ),
    (
        lambda d: schema(d, "State").pop("enum"),
        f"GET {ONE}: answer 200: state is no longer one of done, open",
    ),
    (
        lambda d: field(d, "Order", "mark")["oneOf"].append({"type": "boolean"}),
        f"GET {ONE}: answer 200: mark gained the alternative boolean",
    ),
    (
        lambda d: field(d, "Order", "labels")["additionalProperties"].update(
            type="integer"
        ),
        f"GET {ONE}: answer 200: labels{{}} was string, is integer",
    ),
    (
        lambda d: schema(d, "NewOrder")["required"].append("amount"),
        f"POST {LIST}: request: amount is required now",
    ),
    (
        with_a_new_demand,
        f"POST {LIST}: request: day is required now",
    ),
    (
        lambda d: schema(d, "NewOrder")["properties"].pop("amount"),
        f"POST {LIST}: request: amount is gone",
    ),
    (
        lambda d: field(d, "NewOrder", "amount").update(type="string"),
        f"POST {LIST}: request: amount was integer, is string",
    ),
    (
        lambda d: field(d, "NewOrder", "price").update(type="integer"),
        f"POST {LIST}: request: price was number, is integer",
    ),
    (
        lambda d: field(d, "NewOrder", "note").update(nullable=False),
        f"POST {LIST}: request: note no longer accepts null",
    ),
    (
        lambda d: field(d, "NewOrder", "note").update(format="uuid"),
        f"POST {LIST}: request: note: format was open, is uuid",
    ),
    (
        lambda d: field(d, "NewOrder", "note").update(pattern="^a"),
        f"POST {LIST}: request: note: pattern was open, is ^a",
    ),
    (
        lambda d: field(d, "NewOrder", "note").update(enum=["a", "b"]),
        f"POST {LIST}: request: note accepts only a, b",
    ),
    (
        lambda d: schema(d, "State")["enum"].remove("done"),
        f"POST {LIST}: request: state no longer accepts done",
    ),
    (
        lambda d: field(d, "NewOrder", "title").update(maxLength=100),
        f"POST {LIST}: request: title: maxLength was 120, is 100",
    ),
    (
        lambda d: field(d, "NewOrder", "title").update(minLength=1),
        f"POST {LIST}: request: title: minLength was open, is 1",
    ),
    (
        lambda d: field(d, "NewOrder", "amount").update(minimum=2),
        f"POST {LIST}: request: amount: minimum was 1, is 2",
    ),
    (
        lambda d: field(d, "NewOrder", "mark")["oneOf"].pop(),
        f"POST {LIST}: request: mark lost the alternative integer",
    ),
    (
        lambda d: schema(d, "NewOrder").update(additionalProperties=False),
        f"POST {LIST}: request no longer accepts further properties",
    ),
    (
        lambda d: post(d)["requestBody"].update(required=True),
        f"POST {LIST}: a body is required now",
    ),
    (
        lambda d: post(d).pop("requestBody"),
        f"POST {LIST}: the body of requests is gone",
    ),
    (
        lambda d: post(d)["requestBody"].update(content={"text/csv": {}}),
        f"POST {LIST}: request: application/json is gone",
    ),
    (
        lambda d: get(d)["parameters"].pop(0),
        f"GET {LIST}: query parameter search is gone",
    ),
    (
        lambda d: get(d)["parameters"][0].update(required=True),
        f"GET {LIST}: query parameter search is required now",
    ),
    (
        lambda d: get(d)["parameters"][0]["schema"].update(maxLength=10),
        f"GET {LIST}: query parameter search: maxLength was 50, is 10",
    ),
    (
        lambda d: get(d)["parameters"][1]["schema"].update(enum=["day"]),
        f"GET {LIST}: query parameter order no longer accepts size",
    ),
    (
        lambda d: get(d)["parameters"].append(
            {"in": "header", "name": "X-Shop", "required": True, "schema": {}}
        ),
        f"GET {LIST}: header parameter x-shop is required now",
    ),
    (
        lambda d: (
            d["paths"][ONE]["parameters"][0]["schema"].update(type="string")
            or d["paths"][ONE]["parameters"][0]["schema"].update(format="uuid")
        ),
        f"GET {ONE}: path parameter number 1 was integer, is string",
    ),
    (
        lambda d: d["paths"][ONE]["get"].update(security=[{"token": []}]),
        f"GET {ONE}: needs credentials now",
    ),
    (
        lambda d: get(d).update(security=[{"token": []}]),
        f"GET {LIST}: no longer works with cookie",
    ),
    (
        lambda d: post(d).update(security=[{"token": [], "cookie": []}]),
        f"POST {LIST}: no longer works with token",
    ),
]
HARMLESS: Final[list[tuple[str, "Callable[[Any], object]"]]] = [
    ("nothing", lambda _: None),
    ("a new path", lambda d: d["paths"].update({"/api/v1/more/": {"get": get(d)}})),
    ("a new method", lambda d: d["paths"][LIST].update(put=post(d))),
    ("a new status", lambda d: get(d)["responses"].update({"403": {}})),
    (
        "a new property of an answer",
        lambda d: schema(d, "Order")["properties"].update(day={"type": "string"}),
    ),
    (
        "a property that is always there",
        lambda d: (
            schema(d, "Page").pop("required")
            and schema(d, "Page").update(required=["results", "next"])
        ),
    ),
    ("never null again", lambda d: field(d, "Page", "next").update(nullable=False)),
    ("a narrower answer", lambda d: field(d, "Order", "note").update(maxLength=9)),
    (
        "a format of an answer",
        lambda d: field(d, "Order", "note").update(format="uuid"),
    ),
    (
        "an optional property of a request",
        lambda d: schema(d, "NewOrder")["properties"].update(day={"type": "string"}),
    ),
    ("an optional one", lambda d: schema(d, "NewOrder").update(required=[])),
    ("more numbers", lambda d: field(d, "NewOrder", "amount").update(type="number")),
    ("longer text", lambda d: field(d, "NewOrder", "title").update(maxLength=200)),
    ("no limit", lambda d: field(d, "NewOrder", "title").pop("maxLength")),
    ("any state", lambda d: field(d, "NewOrder", "state").clear()),
    (
        "another alternative of a request",
        lambda d: field(d, "NewOrder", "mark")["oneOf"].append({"type": "boolean"}),
    ),
    (
        "an optional parameter",
        lambda d: get(d)["parameters"].append({"in": "query", "name": "x"}),
    ),
    ("one more way in", lambda d: post(d)["security"].append({"cookie": []})),
    ("no credentials needed", lambda d: post(d).update(security=[])),
    ("other names for the same", renamed),
    ("another description", lambda d: get(d).update(description="Other words.")),
    ("another operation id", lambda d: get(d).update(operationId="everything")),
]


@pytest.mark.parametrize(("change", "sentence"), BREAKING, ids=[s for _, s in BREAKING])
def test_what_breaks_clients_is_named(
    change: "Callable[[Any], object]", sentence: str
) -> None:
    """With the operation and the place."""
    assert sentence in breaking_changes(DOCUMENT, edited(change))


@pytest.mark.parametrize(
    "change", [change for _, change in HARMLESS], ids=[name for name, _ in HARMLESS]
)
def test_what_clients_can_live_with_is_no_finding(
    change: "Callable[[Any], object]",
) -> None:
    """Adding is free, and so is every promise that becomes firmer."""
    assert breaking_changes(DOCUMENT, edited(change)) == []


@pytest.mark.parametrize(
    ("version", "is_major"),
    [
        ("2.0.0", True),
        ("10.0.0", True),
        ("1.5.0", False),
        ("0.9.0", False),
        ("x", False),
    ],
)
def test_a_major_step_is_a_greater_first_number(
    version: str, *, is_major: bool
) -> None:
    """A minor version promises that nothing breaks."""
    new = edited(lambda document: document["info"].update(version=version))
    assert is_major_step(DOCUMENT, new) is is_major
