"""Data that the design tests share."""

import numpy as np
import pandas as pd


def mixed_frame(n: int = 60, seed: int = 0) -> pd.DataFrame:
    """Numbers, text, categories, truth values and small integers, without missing values."""
    rng = np.random.default_rng(seed)
    return pd.DataFrame(
        {
            "y": rng.integers(0, 2, n),
            "x": rng.normal(size=n),
            "z": rng.uniform(1.0, 3.0, n),
            "b": rng.integers(0, 2, n) == 1,
            "g": rng.choice(list("abc"), n),
            "h": rng.choice(["u", "v"], n),
            "r": rng.integers(1, 5, n),
            "s": rng.integers(100, 256, n).astype("uint8"),
            "a b": rng.normal(size=n),
            "city": pd.Categorical(rng.choice(["rural", "town", "city"], n), ["rural", "town", "city"]),
        }
    )
