"""StreamedFrame: the facts of a model frame whose rows stay in their files."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, NoReturn

from statlogit.core.blocks import RowBlocks
from statlogit.design.model import Design
from statlogit.design.prepare import Dropped, LevelCount, ModelFrame
from statlogit.design.recipe import Recipe
from statlogit.design.response import Response
from statlogit.design.survey import Tally
from statlogit.design.terms import LevelFactor
from statlogit.errors import RowsNeededError


@dataclass(frozen=True, slots=True)
class StreamedFrame:
    """What is known of the used rows together; the rows themselves come by `rows.fold`.

    What would need them in memory (x, y, index, ...) raises RowsNeededError, so whatever asks for it is refused with
    the reason.
    """

    recipe: Recipe
    rows: RowBlocks
    tally: Tally
    n_read: int
    dropped: tuple[Dropped, ...]
    n_missing: int
    n_zero_weight: int
    has_weights: bool  # some case weight is not 1
    origin: str  # "12 files (sales/)"
    fingerprint: str  # of the names and sizes of the files

    @property
    def in_memory(self) -> bool:
        return False

    @property
    def design(self) -> Design:
        return self.recipe.design

    @property
    def response(self) -> Response:
        return self.recipe.response

    @property
    def weights_name(self) -> str | None:
        return self.recipe.weights_name

    @property
    def trials_name(self) -> str | None:
        return self.recipe.trials_name

    @property
    def n_rows(self) -> int:
        return self.tally.n_rows

    @property
    def n_predictors(self) -> int:
        return len(self.tally.class_weights) - 1

    @property
    def class_weights(self) -> Any:
        """(K,) weights of the classes, the reference last."""
        return self.tally.class_weights

    @property
    def total_weight(self) -> float:
        return float(self.tally.class_weights.sum())

    @property
    def total_case_weight(self) -> float:
        return self.tally.case_weight

    @property
    def n_units(self) -> float:
        """Rows, counted as often as whole case weights say."""
        return self.tally.case_weight if self.recipe.whole_weights else float(self.tally.n_rows)

    @property
    def offsets(self) -> tuple[float, float]:
        """The least and the largest offset."""
        return self.tally.offsets

    @property
    def cluster_name(self) -> str | tuple[str, str] | None:
        names = self.recipe.given.cluster
        return None if not names else names[0] if len(names) == 1 else (names[0], names[1])

    @property
    def n_clusters(self) -> int | tuple[int, int] | None:
        sizes = [len(c.levels) for c in self.recipe.clusters]
        return None if not sizes else sizes[0] if len(sizes) == 1 else (sizes[0], sizes[1])

    @property
    def factors(self) -> Iterable[str]:
        return tuple(self.tally.cells)

    def level_counts(self, factor: str) -> tuple[LevelCount, ...]:
        """n and events of every level of one factor of the formula, the reference level included."""
        facts = self.design.facts[factor]
        if not isinstance(facts, LevelFactor):
            raise RowsNeededError(f"{factor} has no levels")
        pairs = zip(facts.levels, self.tally.cells[factor].tolist(), strict=True)
        return tuple(LevelCount(level, cell[0], tuple(cell[1:])) for level, cell in pairs)

    def refuse(self) -> NoReturn:
        """Raise RowsNeededError."""
        raise RowsNeededError(
            f"this needs rows in memory, and those of {self.origin} were read from files block by block; give new rows "
            "(newdata=...) where that is possible, or fit a sample in memory"
        )

    def refuse_predictions(self) -> NoReturn:
        """Raise RowsNeededError that says how to predict the rows of files."""
        raise RowsNeededError(
            f"this fit holds no rows in memory to predict: those of {self.origin} stay in their files. Save the model "
            "with r.save('model.json') and run `statlogit predict model.json DATA -o out.parquet`, which predicts any "
            "number of rows batch by batch, or give rows that fit in memory, r.predict(newdata)"
        )

    @property
    def x(self) -> Any:
        return self.refuse()

    @property
    def y(self) -> Any:
        return self.refuse()

    @property
    def weight(self) -> Any:
        return self.refuse()

    @property
    def case_weight(self) -> Any:
        return self.refuse()

    @property
    def trials(self) -> Any:
        return self.refuse()

    @property
    def offset(self) -> Any:
        return self.refuse()

    @property
    def cluster(self) -> Any:
        return self.refuse()

    @property
    def index(self) -> Any:
        return self.refuse()

    @property
    def positions(self) -> Any:
        return self.refuse()

    @property
    def raw(self) -> Any:
        return self.refuse()


Frame = ModelFrame | StreamedFrame
