"""Every kind of fit: the JSON report keeps the published schema, pages are the same bytes twice, text is 80 wide."""

import json

import jsonschema
import pytest

from statlogit.report.export import to_json
from statlogit.report.render import render_html, render_text
from statlogit.report.schema import report_schema
from tests.report import fits

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore::statlogit.errors.SeparationWarning")]


@pytest.mark.parametrize("name", ["twelve", "separated", "classes"])
def test_a_report_of_each_kind_keeps_the_schema_and_its_width(name):
    made = fits.KINDS[name]()
    jsonschema.validate(json.loads(to_json(made)), report_schema())
    assert max(map(len, render_text(made).splitlines())) <= 80


@pytest.mark.parametrize("name", ["separated", "classes"])
def test_two_reports_of_one_fit_are_the_same_bytes(name):
    first, second = (render_html(fits.KINDS[name]()) for _ in range(2))
    assert first == second
