"""The published schema is that of the records, and every report keeps it."""

import json
from pathlib import Path

import jsonschema
import pytest

from statlogit.report.build import build
from statlogit.report.export import to_json
from statlogit.report.schema import report_schema
from tests.report import facts

PUBLISHED = Path(__file__).parents[2] / "docs" / "report.schema.json"


def test_the_published_schema_is_up_to_date() -> None:
    assert PUBLISHED.read_text("utf-8") == json.dumps(report_schema(), indent=1) + "\n"
    jsonschema.Draft202012Validator.check_schema(report_schema())


@pytest.mark.parametrize("name", ["birthwt", "hostile", "separated", "multinomial"])
def test_reports_validate(name: str) -> None:
    jsonschema.validate(json.loads(to_json(build(getattr(facts, name)()))), report_schema())


@pytest.mark.parametrize(
    ("place", "value"),
    [("title", 3), ("unknown", "x"), ("schema", "statlogit-report-0"), ("sections", [{"type": "Section"}])],
)
def test_what_is_no_report_fails(place: str, value: object) -> None:
    tree = json.loads(to_json(build(facts.birthwt()))) | {place: value}
    with pytest.raises(jsonschema.ValidationError):
        jsonschema.validate(tree, report_schema())
