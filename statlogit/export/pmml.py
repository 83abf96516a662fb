"""A model as PMML 4.4: the linear predictors as derived fields, the probabilities by a regression model."""

from __future__ import annotations

from xml.etree.ElementTree import Element, SubElement, indent, tostring

from statlogit._version import __version__
from statlogit.design.values import Level
from statlogit.export.score import Column, Function, Lookup, Node, Operation, Score, Value, refuse

Fields = dict[str, str]  # data type by name, in the order of first use
SPACE = "http://www.dmg.org/PMML-4_4"
OPERATORS = {
    "+": "+", "-": "-", "*": "*", "/": "/", "**": "pow", "==": "equal", "!=": "notEqual", "<": "lessThan",
    "<=": "lessOrEqual", ">": "greaterThan", ">=": "greaterOrEqual",
}  # fmt: skip
FUNCTIONS = {
    "log": "ln",
    "exp": "exp",
    "sqrt": "sqrt",
    "abs": "abs",
    "log10": "log10",
    "log1p": "ln1p",
    "expm1": "expm1",
}
EVENT, OTHER = "event", "other"


def to_pmml(score: Score) -> bytes:
    """The document, UTF-8. Outputs: probability(event) and probability(other), or probability(<class>) for each.

    A missing value, or a level that the model never saw, gives no probability.
    """
    root = Element("PMML", xmlns=SPACE, version="4.4")
    header = SubElement(root, "Header", description=_clean(f"{score.response}: {score.formula}"))
    SubElement(header, "Application", name="statlogit", version=__version__)
    fields: Fields = {}
    derived = Element("TransformationDictionary")
    for k, predictor in enumerate(score.predictors):
        eta = SubElement(derived, "DerivedField", name=_eta(k), optype="continuous", dataType="double")
        _node(eta, predictor, fields, score)
    dictionary = SubElement(root, "DataDictionary")
    for name, kind in fields.items():
        optype = "continuous" if kind == "double" else "categorical"
        SubElement(dictionary, "DataField", name=name, optype=optype, dataType=kind)
    root.append(derived)
    _model(root, score, list(fields))
    indent(root, " ")
    return bytes(tostring(root, encoding="utf-8", xml_declaration=True)) + b"\n"


def _model(root: Element, score: Score, fields: list[str]) -> None:
    two = score.classes is None
    method = "logit" if two else "softmax"
    model = SubElement(root, "RegressionModel", functionName="classification", normalizationMethod=method)
    schema = SubElement(model, "MiningSchema")
    for name in fields:
        SubElement(schema, "MiningField", name=name, invalidValueTreatment="asIs")
    labels = [EVENT, OTHER] if score.classes is None else [_clean(str(level)) for level in score.classes]
    output = SubElement(model, "Output")
    for label in labels:
        SubElement(
            output, "OutputField", name=f"probability({label})", optype="continuous", dataType="double",
            feature="probability", value=label,
        )  # fmt: skip
    base, k = 1 if two else score.base, 0
    for place, label in enumerate(labels):
        table = SubElement(model, "RegressionTable", intercept="0", targetCategory=label)
        if place != base:
            SubElement(table, "NumericPredictor", name=_eta(k), coefficient="1")
            k += 1


def _eta(k: int) -> str:
    return f"statlogit_eta_{k + 1}"


def _node(parent: Element, node: Node, fields: Fields, score: Score) -> None:
    match node:
        case Value(number):
            _constant(parent, number)
        case Column(name, truth):
            field = _field(name, "boolean" if truth else "double", fields, score)
            if truth:
                _choice(parent, field, (True, False), (Value(1.0), Value(0.0)), fields, score)
            else:
                SubElement(parent, "FieldRef", field=field)
        case Function("log2", argument):
            _node(parent, Operation("/", Function("log", argument), Function("log", Value(2.0))), fields, score)
        case Function("square", argument):
            _node(parent, Operation("*", argument, argument), fields, score)
        case Function(name, argument):
            _node(SubElement(parent, "Apply", function=FUNCTIONS[name]), argument, fields, score)
        case Operation(operator, left, right):
            truth = operator not in ("+", "-", "*", "/", "**")
            place = SubElement(parent, "Apply", function="if") if truth else parent
            apply = SubElement(place, "Apply", function=OPERATORS[operator])
            _node(apply, left, fields, score)
            _node(apply, right, fields, score)
            if truth:
                _constant(place, 1.0)
                _constant(place, 0.0)
        case Lookup(column, levels, nodes):
            field = _field(column, _kind(levels), fields, score)
            _choice(parent, field, levels, nodes, fields, score)


def _choice(
    parent: Element,
    field: str,
    levels: tuple[Level, ...],
    nodes: tuple[Node, ...],
    fields: dict[str, str],
    score: Score,
) -> None:
    """if level 1 then ... else if level 2 ...; missing at the end."""
    for level, node in zip(levels, nodes, strict=True):
        parent = SubElement(parent, "Apply", function="if")
        equal = SubElement(parent, "Apply", function="equal")
        SubElement(equal, "FieldRef", field=field)
        text = str(level).lower() if isinstance(level, bool) else _clean(str(level))
        SubElement(equal, "Constant", dataType=fields[field]).text = text
        _node(parent, node, fields, score)


def _constant(parent: Element, number: float) -> None:
    SubElement(parent, "Constant", dataType="double").text = repr(float(number))


def _field(name: str, kind: str, fields: Fields, score: Score) -> str:
    if name.startswith("statlogit_") or _clean(name) != name:
        refuse(score.formula, f"PMML cannot have a field named {name!r}", "rename the column")
    if fields.setdefault(name, kind) != kind:
        refuse(score.formula, f"{name} is used both as a number and as levels of another kind")
    return name


def _kind(levels: tuple[Level, ...]) -> str:
    if any(isinstance(level, bool) for level in levels):
        return "boolean"
    return "string" if any(isinstance(level, str) for level in levels) else "double"


def _clean(text: str) -> str:
    """Without the characters that no XML document can hold."""
    return "".join(c if c >= " " and not "\ud800" <= c <= "\udfff" and c not in "\ufffe\uffff" else "?" for c in text)
