"""Why a question to a carrier has no answer."""


class Failed(Exception):
    """Nothing whole was answered; `code` (of reasons.py) and `details` say why. What was fetched before that stays fetched."""

    def __init__(self, code: str, **details: str) -> None:
        super().__init__(code, details)
        self.code, self.details = code, details


class NotThere(Exception):
    """The service does not know, or no longer knows, what was asked for."""


class Wait(Exception):
    """The question may be asked again, at the earliest after so many seconds (None: whenever); `code` is what is told of it when it has been in vain."""

    def __init__(self, why: str, seconds: float | None = None, code: str = "carrier_silent") -> None:
        super().__init__(why)
        self.seconds, self.code = seconds, code
