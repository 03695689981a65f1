"""Asking another agency for information, and its answer: supplied, in part, nothing held, or refused with a reason."""
