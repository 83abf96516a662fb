"""What headers say of a covariance."""

from __future__ import annotations

from statlogit.inference.covariance import Covariance
from statlogit.report import text

PLAIN = {
    "model": "Inverse information (model-based)",
    "HC0": "Robust (HC0: squared scores)",
    "HC1": "Robust (HC1: HC0 times n / (n - k))",
    "HC2": "Robust (HC2: squared scores over 1 - leverage)",
    "HC3": "Robust (HC3: squared scores over squared 1 - leverage)",
}
FACTORS = {"CR1": "; factor G / (G - 1) (n - 1) / (n - k)"}


def covariance_heading(found: Covariance) -> str:
    """The covariance in a line, such as "Cluster-robust (CR1, 42 clusters of id)"."""
    if found.refused:
        return f"None ({found.kind} was asked for)"
    if found.kind in PLAIN:
        return PLAIN[found.kind]
    if found.kind == "quasi":
        return f"Model-based times the dispersion {text.number(found.factor)} (quasi-binomial)"
    clusters = " and ".join(f"{text.count(n)} clusters of {name}" for name, n in found.clusters)
    if found.plan is not None:
        return (
            f"Bootstrap of {clusters or 'rows'} ({text.count(found.plan.replications)} replications, seed "
            f"{found.plan.seed})"
        )
    how = "Two-way cluster-robust" if len(found.clusters) > 1 else "Cluster-robust"
    return f"{how} ({found.kind}, {clusters}{FACTORS.get(found.kind, '')})"


def interval_name(found: Covariance, method: str) -> str:
    """What stands before "intervals": "Wald", "HC3 Wald", "CR1 cluster-robust Wald"."""
    if found.kind == "model" or found.refused:
        return method
    words = {"quasi": "quasi-binomial", "bootstrap": "bootstrap-covariance"}
    return f"{words.get(found.kind, f'{found.kind} robust')} {method}"
