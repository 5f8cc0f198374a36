"""What a reader of one record raises when that record cannot become an event; the file goes on."""


class Unfit(Exception):
    """One record cannot be used; `code` (of reasons.py) and `details` say which column, what stood there and what was expected.

    Whoever raises it redacts what it quotes: details are stored and shown.
    """

    def __init__(self, code: str, **details: str) -> None:
        super().__init__(code, details)
        self.code = code
        self.details = details
