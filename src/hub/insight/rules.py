"""The law of published counts: nothing so small that it points at somebody, and nothing that gives it away."""

SMALLEST = 5
"""Counts below five are not published (UK Statistics Authority and NHS England practice on disclosure control)."""


def rounded(count: int) -> str:
    """A count as it may be published: to the nearest five, and none that is smaller than five.

    Totals and parts are rounded each by itself, so that what is held back cannot be found by taking one from another:
    a difference of published counts may be out by five either way.
    """
    if count < SMALLEST:
        return f"fewer than {SMALLEST}"
    return f"about {SMALLEST * ((count + SMALLEST // 2) // SMALLEST):,}"
