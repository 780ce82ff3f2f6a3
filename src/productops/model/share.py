"""A share that never hides its numbers: so many of so many, and no percentage of nothing."""

from typing import Self

from pydantic import Field, model_validator

from productops.model.base import Value


class Share(Value):
    """`part` of `whole`; `value` is a fraction from 0 to 1, or None when there is no whole to have a share of.

    >>> str(Share(part=7, whole=10)), Share(part=0, whole=0).value
    ('7 of 10 (70 %)', None)
    """

    part: int = Field(ge=0)
    whole: int = Field(ge=0)

    @model_validator(mode="after")
    def part_fits(self) -> Self:
        """Refuse more than everything."""
        if self.part > self.whole:
            raise ValueError(f"{self.part} of {self.whole} is more than everything")
        return self

    @property
    def value(self) -> float | None:
        """The fraction, or None of nothing."""
        return self.part / self.whole if self.whole else None

    def __str__(self) -> str:
        share = self.value
        return f"{self.part} of {self.whole} ({'no share' if share is None else f'{share * 100:.3g} %'})"


class ItemShare(Share):
    """A share of things that can be named: `ids` are those counted, `missing_ids` those outside it.

    `pending` ones are in neither, because their time is not over.
    """

    ids: tuple[str, ...] = ()
    missing_ids: tuple[str, ...] = ()
    pending: int = Field(default=0, ge=0)
