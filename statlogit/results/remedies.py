"""Remedies that can be pasted: the call of a finding completed by the formula and arguments of the very fit."""

from __future__ import annotations

import ast
from collections.abc import Iterable
from dataclasses import replace

from statlogit.tables import Finding

FITS = ("logit", "multinomial")


def completed(findings: Iterable[Finding], call: str) -> tuple[Finding, ...]:
    """Findings whose `sl.logit(formula, data, ...)` has the formula and the other arguments of this call."""
    found = tuple(findings)
    return tuple(replace(f, run=again(f.run, call)) if f.run else f for f in found) if call else found


def again(run: str, call: str) -> str:
    """The code of a remedy with the arguments of a call; those that the remedy sets are its own.

    >>> again("sl.logit(formula, data, penalty=sl.Firth())", "sl.logit('y ~ x', data, weights='w')")
    "sl.logit('y ~ x', data, weights='w', penalty=sl.Firth())"
    >>> again("sl.logit(formula + ' - x', data.drop(3))", "sl.logit('y ~ x + z', data)")
    "sl.logit('y ~ x + z - x', data.drop(3))"
    """
    given = ast.parse(call, mode="eval").body
    if not isinstance(given, ast.Call):
        return run
    return ast.unparse(_Completed(given).visit(ast.parse(run, mode="eval")))


class _Completed(ast.NodeTransformer):
    """Puts the formula and the keywords of a call where a remedy fits again."""

    def __init__(self, call: ast.Call) -> None:
        self.call = call

    def visit_Name(self, node: ast.Name) -> ast.AST:
        return self.call.args[0] if node.id == "formula" else node

    def visit_BinOp(self, node: ast.BinOp) -> ast.AST:
        self.generic_visit(node)
        match node:
            case ast.BinOp(ast.Constant(value=str() as left), ast.Add(), ast.Constant(value=str() as right)):
                return ast.Constant(left + right)
        return node

    def visit_Call(self, node: ast.Call) -> ast.AST:
        self.generic_visit(node)
        if isinstance(node.func, ast.Attribute) and node.func.attr in FITS:
            own = {keyword.arg for keyword in node.keywords}
            node.keywords = [k for k in self.call.keywords if k.arg not in own] + node.keywords
        return node
