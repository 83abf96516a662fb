"""Findings about the covariance in use."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from scipy.special import stdtrit

from statlogit.diagnostics.findings import ORDER
from statlogit.fit import Fit
from statlogit.inference.covariance import Covariance
from statlogit.tables import Finding

VERY_FEW, FEW_CLUSTERS = 10, 40  # below, cluster-robust tests reject too often (Cameron and Miller 2015, section VI)


def ranked(found: Iterable[Finding]) -> tuple[Finding, ...]:
    """Worst first, in their given order within one severity."""
    return tuple(sorted(found, key=lambda f: ORDER[f.severity]))


def covariance_findings(fit: Fit, found: Covariance) -> Iterator[Finding]:
    """What a reader must know of the standard errors."""
    if found.refused:
        yield Finding("covariance_withheld", "warning", found.refused)
        return
    yield from _clusters(fit, found)
    yield from _bootstrap(found)
    if found.is_repaired:
        yield Finding(
            "covariance_repaired",
            "warning",
            "The two-way covariance V1 + V2 - V12 has negative eigenvalues, which were set to zero; joint tests are "
            "not given.",
            remedy="Compare with one-way clusters by the variable with fewer clusters.",
        )
    if found.n_alone:
        units = "clusters" if found.clusters else "rows"
        yield Finding(
            "leverage_one",
            "warning",
            f"{found.n_alone:,} {units} alone determine a coefficient or a combination of some: their scores are zero "
            "there, and a robust standard error that rests on them is too small.",
            remedy="Read the model-based standard errors of these coefficients: with_covariance('model').",
            run="r.with_covariance('model')",
        )
    if found.kind != "model":
        yield Finding(
            "likelihood_model_based",
            "note",
            "Deviance, information criteria and profile intervals rest on the model's likelihood and do not follow "
            f"the {found.kind} covariance.",
        )


def _clusters(fit: Fit, found: Covariance) -> Iterator[Finding]:
    name = fit.frame.cluster_name
    if name is not None and not found.clusters:
        shown = name if isinstance(name, str) else " and ".join(name)
        yield Finding(
            "cluster_unused",
            "warning" if found.kind == "model" else "note",
            f"Clusters of {shown} were given, but these standard errors take all rows for independent.",
            remedy="covariance='cluster' makes them cluster-robust.",
            run="r.with_covariance('cluster')",
        )
    fewest = min(found.clusters, key=lambda c: c[1], default=None)
    if fewest is not None and fewest[1] < FEW_CLUSTERS:
        df = fewest[1] - 1
        has_better = found.kind in ("CR0", "CR1") and len(found.clusters) == 1
        better = "Compare with covariance='CR3', and with " if has_better else "Compare with "
        joint = f", and no Wald test of {fewest[1]} or more coefficients at once exists"
        singular = joint if len(fit.estimate.root) >= fewest[1] else ""
        yield Finding(
            "few_clusters",
            "warning" if fewest[1] < VERY_FEW else "note",
            f"Only {fewest[1]} clusters of {fewest[0]}: cluster-robust standard errors tend to be too small and normal "
            f"intervals too short{singular}.",
            evidence=f"t with {df} df asks for {float(stdtrit(df, 0.975)):.2f} standard errors where the normal "
            "takes 1.96",
            remedy=f"{better}limits of estimate +- that many standard errors.",
            run="r.with_covariance('CR3')" if has_better else "",
        )


def _bootstrap(found: Covariance) -> Iterator[Finding]:
    if found.plan is None or not found.n_failed:
        return
    total = found.plan.replications
    yield Finding(
        "bootstrap_failed",
        "warning",
        f"{found.n_failed:,} of {total:,} bootstrap samples ({100 * found.n_failed / total:.1f}%) have no finite "
        "maximum and are left out: the standard errors are those of the others, and too small.",
        remedy="Use covariance='HC3', or fewer terms.",
        run="r.with_covariance('HC3')",
    )
