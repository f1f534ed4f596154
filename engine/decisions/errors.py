"""A decision that has no answer."""

from __future__ import annotations

from storage.errors import BanjieError


class DecisionError(BanjieError):
    """A decision cannot be evaluated.

    Codes: `decision.not_unique`, `.not_any`, `.input_type`, `.output_value`, `.aggregation`, and `.not_single` (a
    mapping wants one result and there are several).
    """

    default_status = 422
