"""An interrupted fit says how far it has come, and nothing stays at work."""

import signal
import subprocess
import sys
import threading
import time

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import statlogit as sl
from statlogit.core.threads import in_order

LONGEST = 1.0  # seconds from the signal to the end


def stops(k):
    def progress(_):
        seen.append(1)
        if len(seen) > k:
            raise KeyboardInterrupt

    seen = []
    return progress


@pytest.mark.parametrize(
    ("k", "says"),
    [(0, "iteration 0: log-likelihood"), (2, r"iteration 2: .*largest change of a coefficient [\d.e-]+ per")],
)
def test_an_interrupt_says_iteration_loglik_and_change(k, says):
    rng = np.random.default_rng(1)
    data = pd.DataFrame({"x": rng.standard_normal(300), "y": rng.integers(0, 2, 300)})
    before = threading.active_count()
    with pytest.raises(KeyboardInterrupt) as caught:
        sl.logit("y ~ x", data, progress=stops(k))
    assert pd.Series(caught.value.__notes__).str.contains(says).all()
    assert threading.active_count() == before


def test_the_settings_of_a_fit_keep_the_callers_progress():
    data = pd.DataFrame({"x": [1, 2, 3, 4, 5, 6], "y": [0, 0, 1, 0, 1, 1]})
    assert sl.logit("y ~ x", data).fit.settings.progress is None


def test_what_is_under_way_is_told_to_end():
    stop = threading.Event()

    def waits(k):
        if k == 0:
            raise KeyboardInterrupt
        stop.wait(30.0)

    start = time.monotonic()
    with pytest.raises(KeyboardInterrupt):
        list(in_order(waits, range(4), 2, stop.set))
    assert time.monotonic() - start < LONGEST


@pytest.mark.slow
def test_the_command_stops_within_a_second_with_its_exit_code(tmp_path):
    rng = np.random.default_rng(2)
    x = {f"x{j}": rng.standard_normal(2_000_000) for j in range(6)}
    pq.write_table(pa.table({"y": rng.integers(0, 2, 2_000_000), **x}), tmp_path / "rows.parquet")
    code = f"from statlogit.cli import main; print('on', flush=True); main(['fit', 'y ~ .', {str(tmp_path)!r}])"
    ran = subprocess.Popen([sys.executable, "-c", code], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    assert ran.stdout.readline() == "on\n"
    time.sleep(1.5)
    start = time.monotonic()
    ran.send_signal(signal.SIGINT)
    _, said = ran.communicate(timeout=30)
    taken = time.monotonic() - start
    assert (ran.returncode, "interrupted" in said) == (130, True)
    assert taken < LONGEST
