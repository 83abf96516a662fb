"""The facts of `low ~ age + lwt + C(race) + smoke` on birthwt, and of fits with nasty names and numbers.

Coefficients, errors, tests and fit statistics were computed once from the data in double precision by Newton's method.
"""

from __future__ import annotations

import math
from dataclasses import replace

from statlogit.figures import RocFigure
from statlogit.report.facts import Auc, OverallTest, ReportFacts
from statlogit.report.outline import CoefficientRow, Fact
from statlogit.tables import Finding, Kind, table

Z975 = 1.959963984540054
NAN = math.nan
INF = math.inf

COEFFICIENTS = {
    "Intercept": (0.33245157195695735, 1.1076730517970153, 0.30013510883704353, 0.7640740999825626),
    "age": (-0.022478279874642806, 0.034170494583627566, -0.6578271736638263, 0.5106491911723383),
    "lwt": (-0.012525664016438384, 0.006385834306808776, -1.961476514209448, 0.04982346206610823),
    "C(race)[T.2]": (1.2316713730715136, 0.5171517877358297, 2.381643846701103, 0.017235557809168068),
    "C(race)[T.3]": (0.9432626532839826, 0.41623215257545587, 2.266193631240405, 0.02343953041528328),
    "smoke": (1.0544386478185295, 0.379999873510566, 2.774839470543167, 0.005522896131116245),
}

TRACE = (
    (0, -131.00481712582967, 5061.5, 42.679493168325, 1.0, 0),
    (1, -108.07515406528135, 597.2171837573538, 1.4546710643458076, 1.0, 0),
    (2, -107.29806418372561, 57.129295925079575, 0.01871145789440728, 1.0, 0),
    (3, -107.2886192301691, 0.8016477978060124, 3.9257086347511625e-06, 1.0, 0),
    (4, -107.28861726703687, 0.00016932130222357955, 1.7710046140194165e-13, 1.0, 0),
    (5, -107.2886172670368, 6.565414878423326e-12, 6.041114555428074e-28, 1.0, 0),
)

TESTS = (
    ("age", 0.4374229033407744, 1, 0.5083689400317494),
    ("lwt", 4.2849628612863455, 1, 0.038450922583520605),
    ("C(race)", 8.3021184414211, 2, 0.01574772732873426),
    ("smoke", 8.083402921057655, 1, 0.004467248201553083),
)

# Corners of the ROC curve, (non-events, events) at or above each threshold.
ROC = (
    (0, 0),
    (0, 2),
    (1, 2),
    (1, 5),
    (2, 5),
    (2, 7),
    (5, 7),
    (5, 8),
    (6, 8),
    (6, 9),
    (12, 9),
    (12, 10),
    (15, 10),
    (15, 11),
    (20, 11),
    (20, 14),
    (21, 14),
    (21, 15),
    (23, 15),
    (23, 16),
    (25, 16),
    (25, 17),
    (26, 17),
    (26, 18),
    (27, 18),
    (27, 21),
    (31, 21),
    (31, 27),
    (32, 27),
    (32, 28),
    (34, 28),
    (34, 29),
    (36, 29),
    (36, 31),
    (37, 31),
    (37, 32),
    (38, 32),
    (38, 33),
    (40, 33),
    (40, 35),
    (44, 35),
    (44, 36),
    (45, 36),
    (45, 37),
    (47, 37),
    (47, 38),
    (50, 38),
    (50, 40),
    (51, 40),
    (51, 41),
    (52, 41),
    (53, 43),
    (54, 43),
    (54, 45),
    (71, 45),
    (71, 46),
    (72, 46),
    (72, 47),
    (74, 47),
    (74, 48),
    (78, 48),
    (78, 50),
    (79, 50),
    (79, 51),
    (80, 51),
    (80, 53),
    (84, 53),
    (84, 55),
    (85, 55),
    (85, 56),
    (87, 56),
    (87, 57),
    (107, 57),
    (107, 59),
    (130, 59),
)


def finite_row(term: str, estimate: float, std_error: float, z: float, p: float, **more: object) -> CoefficientRow:
    """A row with Wald limits."""
    low, high = estimate - Z975 * std_error, estimate + Z975 * std_error
    row = CoefficientRow(
        term=term,
        estimate=estimate,
        std_error=std_error,
        z=z,
        p_value=p,
        conf_low=low,
        conf_high=high,
        odds_ratio=_exp(estimate),
        or_low=_exp(low),
        or_high=_exp(high),
    )
    return replace(row, **more)  # type: ignore[arg-type]


def _exp(x: float) -> float:
    return INF if x > 709 else math.exp(x)


def reference_row(variable: str, level: str, n: float, n_events: float, outcome: str = "") -> CoefficientRow:
    return CoefficientRow(
        term="",
        estimate=0.0,
        std_error=NAN,
        z=NAN,
        p_value=NAN,
        conf_low=0.0,
        conf_high=0.0,
        odds_ratio=1.0,
        or_low=1.0,
        or_high=1.0,
        variable=variable,
        level=level,
        is_reference=True,
        n=n,
        n_events=n_events,
        outcome=outcome,
    )


def infinite_row(term: str, sign: float, **more: object) -> CoefficientRow:
    row = CoefficientRow(
        term=term,
        estimate=sign * INF,
        std_error=NAN,
        z=NAN,
        p_value=NAN,
        conf_low=NAN,
        conf_high=NAN,
        odds_ratio=INF if sign > 0 else 0.0,
        or_low=NAN,
        or_high=NAN,
    )
    return replace(row, **more)  # type: ignore[arg-type]


def aliased_row(term: str) -> CoefficientRow:
    return finite_row(term, NAN, NAN, NAN, NAN, is_aliased=True)


def birthwt_rows(
    variable: str = "race", levels: tuple[str, str, str] = ("white", "black", "other")
) -> tuple[CoefficientRow, ...]:
    c = {name: finite_row(name, *values) for name, values in COEFFICIENTS.items()}
    return (
        c["Intercept"],
        c["age"],
        c["lwt"],
        reference_row(variable, levels[0], 96, 23),
        replace(c["C(race)[T.2]"], variable=variable, level=levels[1], n=26, n_events=11),
        replace(c["C(race)[T.3]"], variable=variable, level=levels[2], n=67, n_events=25),
        c["smoke"],
    )


def birthwt() -> ReportFacts:
    """The facts of the example report."""
    false_positive = tuple(a / 130 for a, _ in ROC)
    true_positive = tuple(b / 59 for _, b in ROC)
    auc = Auc(estimate=0.6837027379400261, low=0.6067663162721879, high=0.7606391596078643)
    return ReportFacts(
        version="0.1.0",
        formula="low ~ age + lwt + C(race) + smoke",
        response="P(low = 1)",
        profile=table(
            "profile", "Response profile", ["level", "n", "share"], [("0", 130, 130 / 189), ("1 (event)", 59, 59 / 189)]
        ),
        method="Maximum likelihood, IRLS (Newton)",
        covariance="Model-based (inverse information)",
        n_read=191,
        n_used=189,
        dropped=(("lwt", 2),),
        n_events=59,
        status="Converged in 5 iterations.",
        converged=True,
        n_iter=5,
        digits=14.27,
        certificate="Every coefficient is within 5.4e-15 standard errors of the true maximum.",
        findings=(
            Finding("precision", "note", "11.8 events per slope: intervals are wide.", "59 events, 5 slopes."),
            Finding(
                "dropped_rows",
                "warning",
                "2 of 191 rows have no value in lwt and were left out.",
                "If being missing depends on the outcome, the estimates are biased.",
                'sl.logit(..., missing="raise")',
            ),
        ),
        coefficients=birthwt_rows(),
        tests=table(
            "tests",
            "Likelihood-ratio tests (type II)",
            ["term", "statistic", "df", "p_value"],
            TESTS,
            "Each term dropped in turn from the full model.",
        ),
        overall=OverallTest(
            name="likelihood-ratio test against the null model",
            statistic=20.094761659144865,
            df=5,
            p_value=0.0011995768303821345,
        ),
        fit=(
            Fact("Log-likelihood", -107.2886172670368, Kind.LOGLIK),
            Fact("Null log-likelihood", -117.33599809660923, Kind.LOGLIK),
            Fact("Deviance", 214.5772345340736, Kind.LOGLIK),
            Fact("AIC", 226.5772345340736, Kind.LOGLIK),
            Fact("BIC", 246.02771662443146, Kind.LOGLIK),
            Fact("McFadden R2", 0.08562914188789583, Kind.SCORE),
            Fact("Nagelkerke R2", 0.14184424277277405, Kind.SCORE),
            Fact("Tjur R2", 0.09623106692272326, Kind.SCORE),
            Fact("Brier score", 0.19524531356779193, Kind.SCORE),
        ),
        auc=auc,
        roc=RocFigure("roc", "ROC curve", false_positive, true_positive, auc.estimate, auc.low, auc.high),
        trace=table("trace", "Iterations", ["iteration", "loglik", "gradient", "decrement", "step", "halvings"], TRACE),
        reproducibility=(
            Fact("Call", 'logit("low ~ age + lwt + C(race) + smoke", data)', Kind.CODE),
            Fact("Formula", "low ~ age + lwt + C(race) + smoke", Kind.CODE),
            Fact("Data fingerprint", "sha256:603437810b2b887ae68ebe2810de932a5c1f3fb0", Kind.CODE),
            Fact("statlogit", "0.1.0"),
            Fact("numpy", "2.4.6"),
            Fact("scipy", "1.17.1"),
        ),
    )


SCRIPT = "<script>alert(1)</script>"
QUOTED = 'a"b&c'


def hostile() -> ReportFacts:
    """Names that try to leave their place: markup, quotes, table marks, terminal codes, direction marks, newlines."""
    rows = (
        *birthwt_rows(QUOTED, (SCRIPT, "a|b`c*d_e[f](javascript:x)", "x\x1b[31mred\nnew\u202eline")),
        finite_row("'; DROP TABLE {{ 7*7 }} {% raw %} ${x}", 0.5, 0.25, 2.0, 0.0455),
        finite_row("</style><img src=x onerror=alert(1)>", 0.5, 0.25, 2.0, 0.0455),
    )
    return replace(
        birthwt(),
        formula=f"low ~ `{QUOTED}` + lwt",
        response=f"P({SCRIPT} = 1)",
        coefficients=rows,
        findings=(
            Finding("dropped_rows", "warning", f"2 rows have no value in {SCRIPT}.", QUOTED, f"drop({QUOTED!r})"),
        ),
        dropped=((SCRIPT, 2),),
        tests=table(
            "tests",
            "Likelihood-ratio tests (type II)",
            ["term", "statistic", "df", "p_value"],
            [(SCRIPT, 1.0, 1, 0.3), ("a|b", 2.0, 1, 0.1)],
        ),
        reproducibility=(Fact("Call", f"logit('''{SCRIPT}''', data)", Kind.CODE),),
    )


def separated() -> ReportFacts:
    """Infinite, aliased, tiny and huge numbers side by side."""
    rows = (
        finite_row("Intercept", -1.0, 0.5, -2.0, 0.0455),
        infinite_row("age", 1.0),
        infinite_row("dose", -1.0),
        aliased_row("age_months"),
        finite_row("strong", 4.0, 0.1, 40.0, 0.0, log_p=-803.6),
        finite_row("income", 1e-7, 2e-8, 5.0, 5.733031437583869e-07),
        finite_row("scaled", 123456.7, 4321.0, 28.57, 1.5e-179),
        finite_row("wide", 2.0, 30.0, 0.0667, 0.9468),
    )
    return replace(
        birthwt(),
        coefficients=rows,
        converged=False,
        digits=None,
        certificate="",
        status="No finite maximum: age and dose separate the outcomes.",
        findings=(
            Finding(
                "separation",
                "error",
                "age above 61.5 predicts low = 1 in all 48 rows, so its coefficient has no finite maximum.",
                "48 of 189 rows.",
                'sl.logit(..., penalty=sl.Ridge(1.0)) or drop "age"',
            ),
        ),
    )


def multinomial() -> ReportFacts:
    """Two outcomes against a reference."""
    rows = tuple(
        replace(r, outcome=outcome, estimate=r.estimate * scale, odds_ratio=_exp(r.estimate * scale))
        for outcome, scale in (("low", 1.0), ("very low", 1.1))
        for r in birthwt_rows()
    )
    return replace(
        birthwt(),
        title="Multinomial logistic regression",
        coefficients=rows,
        response="log odds of each weight class against normal",
        roc=None,
        auc=None,
    )
