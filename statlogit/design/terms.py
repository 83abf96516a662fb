"""Terms to columns: which factors are coded in full and which without one level, the names, and the column blocks.

The rule is that of R and patsy: a factor of a term is reduced exactly where the terms before it already span what its
dropped column would add, so the columns are linearly independent by construction.
Source: Chambers and Hastie (1992), section 2.4.1; patsy, "The coding algorithm".
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from statlogit.design.contrasts import TREATMENT, Contrast, column_labels
from statlogit.design.values import Level
from statlogit.errors import FormulaError

MAX_COLUMNS = 65_536


@dataclass(frozen=True, slots=True)
class NumericFactor:
    """What a numeric factor gives: one column per label; a complete basis drops its first next to an intercept."""

    labels: tuple[str, ...]
    boolean: bool = False
    spans_intercept: bool = False


@dataclass(frozen=True, slots=True)
class LevelFactor:
    """The levels of a factor and their coding."""

    levels: tuple[Level, ...]
    contrast: Contrast = TREATMENT
    spans_intercept: bool = True
    fixed: bool = False  # the formula names the levels


FactorFacts = NumericFactor | LevelFactor
Scoped = tuple[tuple[str, bool], ...]  # factor text and whether it is reduced


@dataclass(frozen=True, slots=True)
class Term:
    """One term of a design: columns start..stop."""

    name: str
    start: int
    stop: int
    variables: tuple[str, ...]  # the data columns it reads
    is_intercept: bool
    factors: tuple[str, ...]
    scoped: tuple[Scoped, ...]

    @property
    def columns(self) -> range:
        return range(self.start, self.stop)


def scoped_terms(
    terms: Sequence[tuple[str, ...]], spans: Mapping[str, bool], has_intercept: bool
) -> list[tuple[Scoped, ...]]:
    """For each term the products of reduced and full factors that add what earlier terms do not span.

    spans: whether a factor's full coding spans the constant.
    """
    spanned: set[frozenset[tuple[str, bool]]] = {frozenset()} if has_intercept else set()
    out = []
    for term in terms:
        options = [((text, True), None) if spans[text] else ((text, False),) for text in term]
        every = [tuple(part for part in parts if part is not None) for parts in itertools.product(*options)]
        new = [scoped for scoped in dict.fromkeys(every) if frozenset(scoped) not in spanned]
        out.append(_simplified(new))
        spanned |= {frozenset(scoped) for scoped in every}
    return out


def _simplified(products: Sequence[Scoped]) -> tuple[Scoped, ...]:
    """Join a product and the same product with one reduced factor more: together they code that factor in full."""
    kept: list[Scoped] = []
    for product in sorted(products, key=len):
        for known in kept:
            extra = set(product) - set(known)
            if len(product) == len(known) + 1 and len(extra) == 1 and next(iter(extra))[1]:
                ((text, _),) = extra
                joined = tuple((t, False) if t == text else (t, reduced) for t, reduced in product)
                kept = list(_simplified([*(k for k in kept if k != known), joined]))
                break
        else:
            if product not in kept:
                kept.append(product)
    return tuple(kept)


def factor_labels(text: str, facts: FactorFacts, reduced: bool) -> list[str]:
    """What stands behind a factor's text in its column names."""
    if isinstance(facts, NumericFactor):
        return list(facts.labels[1:] if reduced else facts.labels)
    if len(facts.levels) == 1 and reduced and facts.contrast.kind != "custom":
        return []
    return column_labels(facts.contrast, facts.levels, reduced, text)


def width(scoped: Scoped, facts: Mapping[str, FactorFacts]) -> int:
    """The number of columns of one product."""
    return math.prod(_n_labels(text, facts[text], reduced) for text, reduced in scoped)


def _n_labels(text: str, facts: FactorFacts, reduced: bool) -> int:
    """How many labels factor_labels() gives, without making them."""
    if isinstance(facts, NumericFactor):
        return len(facts.labels) - reduced
    custom = facts.contrast.kind == "custom"
    return len(factor_labels(text, facts, reduced)) if custom else len(facts.levels) - reduced


def column_names(scoped: Scoped, facts: Mapping[str, FactorFacts]) -> list[str]:
    """The names of the columns of one product, the first factor varying fastest."""
    parts = [[text + label for label in factor_labels(text, facts[text], reduced)] for text, reduced in scoped]
    return [":".join(reversed(names)) for names in itertools.product(*reversed(parts))]


def _spans_intercept(factor: FactorFacts) -> bool:
    custom = isinstance(factor, LevelFactor) and factor.contrast.kind == "custom"
    return factor.spans_intercept and not custom


def build_terms(
    factors: Sequence[tuple[str, ...]],
    facts: Mapping[str, FactorFacts],
    variables: Mapping[str, tuple[str, ...]],
    has_intercept: bool,
) -> tuple[tuple[Term, ...], tuple[str, ...]]:
    """All terms, the intercept first, and the names of all columns."""
    spans = {text: _spans_intercept(factor) for text, factor in facts.items()}
    terms: list[Term] = []
    names: list[str] = []
    if has_intercept:
        names.append("Intercept")
        terms.append(Term("Intercept", 0, 1, (), True, (), ((),)))
    for texts, scoped in zip(factors, scoped_terms(factors, spans, has_intercept), strict=True):
        start, name = len(names), ":".join(texts)
        n_new = sum(width(product, facts) for product in scoped)
        if start + n_new > MAX_COLUMNS:
            raise FormulaError(
                f"the term {name} brings the design to {start + n_new:,} columns; the limit is {MAX_COLUMNS:,}",
                hint="merge rare levels, or use numeric summaries of these factors",
            )
        for product in scoped:
            names += column_names(product, facts)
        read = tuple(dict.fromkeys(v for text in texts for v in variables[text]))
        terms.append(Term(name, start, len(names), read, False, texts, scoped))
    if len(set(names)) < len(names):
        seen: set[str] = set()
        twice = next(n for n in names if n in seen or seen.add(n))  # type: ignore[func-returns-value]
        raise FormulaError(f"two columns of the design would be named {twice!r}", hint="rename a column or a level")
    return tuple(terms), tuple(names)
