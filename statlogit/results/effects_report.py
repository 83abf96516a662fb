"""The effects section of a report: changes of each column on both scales, and curves of the strongest numbers."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from statlogit.effects.curves import effect_curve
from statlogit.effects.present import errors_of
from statlogit.effects.streamed import StreamedPopulation
from statlogit.effects.subject import Subject
from statlogit.effects.two_scales import on_two_scales, thinned, work
from statlogit.errors import StatlogitError
from statlogit.figures import EffectFigure
from statlogit.report import text
from statlogit.report.effect_words import class_effects_table, effect_sentences, effects_table
from statlogit.report.outline import Block, Paragraph, Section
from statlogit.tables import Table

if TYPE_CHECKING:
    from statlogit.results.logit import LogitResult
    from statlogit.results.multinomial import MultinomialResult

MOST_WORK = 1_000_000  # rows times changes: beyond it every k-th row is averaged over, and the note says so
CURVE_WORK = 300_000  # rows times points of one curve
POINTS = 30
MOST_CURVES = 4
MOST_READ = 200_000_000  # rows in files times changes: some passes, each of some seconds
MOST_LEVELS = 60  # of a factor that is compared level by level
MOST_CELLS = 120  # rows of a table of effects on classes
MANY_READ = "Not computed here, for each change of a column reads all rows from their files: r.effects() gives them."
NOT_DRAWN = "Curves are not drawn here, for each reads all rows from their files: r.effect_curve('...') gives any."
AVERAGED = (
    "Where an effect depends on other columns or on the value itself, the odds ratio is that of the mean log-odds."
)


def effects_sections(result: LogitResult, level: float) -> tuple[Section, ...]:
    """Average effects beside odds ratios; none where no finite maximum was certified."""
    if not result.converged:
        return ()
    try:
        subject = result._subject(None)
        many = [v.name for v in subject.variables if len(v.levels) > MOST_LEVELS]
        few = replace(subject, variables=tuple(v for v in subject.variables if v.name not in many))
        streamed = isinstance(subject.population, StreamedPopulation)
        if streamed and work(few.variables) * subject.population.n_rows > MOST_READ:
            return (Section("effects", "Effects", (Paragraph(MANY_READ),)),)
        fewer = few if streamed else thinned(few, MOST_WORK // max(1, work(few.variables)))
        found = on_two_scales(fewer, level)
    except StatlogitError as error:
        return (Section("effects", "Effects", (Paragraph(f"No effects: {error}."),)),)
    if not found:
        return ()
    title = f"Odds ratios and average changes of {subject.sentence}"
    note = f"{_averages(fewer, subject)} {errors_of(subject, level)}{_curved(subject)}{_many(many)}"
    blocks = (effects_table(found, title, note), effect_sentences(found, level), *_curves(result, subject, level))
    return (Section("effects", "Effects", blocks),)


def class_effects_sections(result: MultinomialResult, level: float) -> tuple[Section, ...]:
    """Average effects on every class, where they are not too many to read."""
    if not result.converged:
        return ()
    try:
        subject = result._subject(None)
        wanted = work(subject.variables) * len(subject.classes)
        if wanted > MOST_CELLS or wanted * subject.population.n_rows > MOST_WORK:
            return (Section("effects", "Effects", (Paragraph("Not computed here, for they are many: r.effects()."),)),)
        blocks: tuple[Block, ...] = (class_effects_table(result.effects(level=level)), *_curves(result, subject, level))
    except StatlogitError as error:
        return (Section("effects", "Effects", (Paragraph(f"No effects: {error}."),)),)
    return (Section("effects", "Effects", blocks),)


def _averages(fewer: Subject, subject: Subject) -> str:
    n, used = subject.population.n_rows, fewer.population.n_rows
    if used == n:
        return f"Averages over {text.count(n)} rows."
    every = -(-n // used)
    return (
        f"Averages over {text.count(used)} rows, one in {text.count(every)} of {text.count(n)}; r.effects() takes all."
    )


def _many(names: Sequence[str]) -> str:
    if not names:
        return ""
    more = f" and {text.count(len(names) - 3)} more" if len(names) > 3 else ""
    return f" Too many levels to compare here: {', '.join(names[:3])}{more}; r.effects() takes all."


def _curved(subject: Subject) -> str:
    plain = {t.name for t in subject.design.terms if t.variables == (t.name,)}
    read = [v for t in subject.design.terms for v in t.variables]
    curved = any(v.name not in plain or read.count(v.name) > 1 for v in subject.variables if v.kind == "numeric")
    together = any(len(t.variables) > 1 for t in subject.design.terms)
    return f" {AVERAGED}" if curved or together else ""


def _curves(result: LogitResult | MultinomialResult, subject: Subject, level: float) -> tuple[Block, ...]:
    """The curves of a few numeric columns, those with the largest test statistics."""
    if isinstance(subject.population, StreamedPopulation):
        return (Paragraph(NOT_DRAWN),)
    names = [v.name for v in subject.variables if v.kind == "numeric" and _drawable(subject, v.name)]
    strength, how = _strengths(result, subject)
    chosen = sorted(names, key=lambda name: -strength.get(name, 0.0))[:MOST_CURVES]
    fewer = thinned(subject, CURVE_WORK // POINTS)
    figures = [effect_curve(fewer, name, None, None, "average", POINTS, level) for name in chosen]
    averaged = _averages(fewer, subject).replace("r.effects()", "r.effect_curve()")
    note = f"Everyone set to each value in turn. {averaged} Band: pointwise {text.confidence(level)}."
    blocks: list[Block] = [_noted(figure, note) for figure in figures]
    if len(names) > len(chosen):
        words = f"Curves of {len(chosen)} of {len(names)} numeric columns, {how}; r.effect_curve('...') gives any."
        blocks.append(Paragraph(words))
    return tuple(blocks)


def _noted(figure: EffectFigure, note: str) -> EffectFigure:
    return replace(figure, note=f"{figure.note} {note}".strip())


def _drawable(subject: Subject, name: str) -> bool:
    return subject.population.seen.is_number(name)


def _strengths(result: LogitResult | MultinomialResult, subject: Subject) -> tuple[dict[str, float], str]:
    """The largest statistic of a term that reads each column."""
    try:
        tests: Table = result._anova
    except StatlogitError:
        return {}, "the first of the formula"
    found = dict(zip(tests.column("term"), tests.column("statistic"), strict=True))
    strength: dict[str, float] = {}
    for term in subject.design.terms:
        statistic = found.get(term.name)
        for name in term.variables:
            size = statistic if isinstance(statistic, float) and statistic == statistic else 0.0
            strength[name] = max(strength.get(name, 0.0), size)
    return strength, f"those with the largest statistics ({tests.title[0].lower()}{tests.title[1:]})"
