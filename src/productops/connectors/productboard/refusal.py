"""Why a value does not go into a field, before any request is sent."""


class RefusalError(ValueError):
    """Why a value does not go into a field."""
