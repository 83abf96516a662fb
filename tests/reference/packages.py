"""The fits that R's rms, pROC and car answered too, and their stored answers (validation/, with the generators)."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pandas as pd

import statlogit as sl

ROOT = Path(__file__).parents[2]
FOLDER = ROOT / "tests" / "reference" / "validation"
PACKAGES: dict[str, Any] = json.loads((FOLDER / "packages.json").read_text(encoding="utf-8"))
RMS: dict[str, Any] = json.loads((FOLDER / "rms.json").read_text(encoding="utf-8"))
MODELS = {
    "birthwt": ("low ~ age + lwt + C(race) + smoke + ptl + ht + ui", "low ~ age + lwt + C(race)"),
    "interaction": ("low ~ age + lwt + C(race) * smoke", "low ~ age + lwt"),
    "pima": ("event ~ npreg + glu + bp + skin + bmi + ped + age", "event ~ glu + age"),
}
MEASURES = {
    "Dxy": "Somers' Dxy",
    "Intercept": "Calibration intercept",
    "Slope": "Calibration slope",
    "B": "Brier score",
}


def fitted(name: str) -> list[sl.LogitResult]:
    """The full and the small model of a case."""
    pima = name == "pima"
    data = pd.read_csv(ROOT / ("tests/reference/data/pima_tr.csv" if pima else "examples/birthwt.csv"))
    if pima:
        data["event"] = (data["type"] == "Yes").astype(int)
    return [sl.logit(formula, data) for formula in MODELS[name]]


def corrected(name: str) -> dict[str, tuple[float, float]]:
    """rms's optimism-corrected measures under our names: mean over its seeds, and the standard error of that mean."""
    stored = RMS[name]
    found = {ours: (stored["boot"]["mean"][theirs], stored["boot"]["se"][theirs]) for theirs, ours in MEASURES.items()}
    dxy, error = found["Somers' Dxy"]
    return {"C": (0.5 * (1.0 + dxy), 0.5 * error), **found, "Nagelkerke R2": (stored["r2"]["mean"], stored["r2"]["se"])}
