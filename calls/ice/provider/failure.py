"""Why a provider gave nothing."""


class Failure(Exception):
    """``reason`` is for the log: a few words without anything secret, of a small set.

    ``refused``: the provider does not know the address or the token.
    """

    def __init__(self, reason: str, *, refused: bool = False) -> None:
        self.reason = reason
        self.refused = refused
        super().__init__(reason)
