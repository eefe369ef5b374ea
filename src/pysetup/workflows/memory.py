"""What may be remembered of one command: collected while it runs, kept at its end."""

from pysetup.replay.question import Question

# How long the answer to exact versions is trusted, in seconds.
TRUSTED = 600.0


class Memory:
    """Takes up what a command decides; ``installing.keeping`` makes an answer of it.

    ``expires`` is until when the decision holds, in seconds since 1970; ``decision``
    is what was decided and carried out, and ``told`` what the user was told meanwhile.
    """

    def __init__(self, question: Question) -> None:
        self.question = question
        self.expires = 0.0
        self.decision: object = None
        self.told: list[str] = []
        self._spoilt = False

    @property
    def is_worth_keeping(self) -> bool:
        """Whether the command decided once, on nothing but its question."""
        return not self._spoilt and self.decision is not None and self.expires > 0

    def note(self, decision: object) -> None:
        """Take up what was decided; a second decision spoils the first."""
        if self.decision is not None:
            self._spoilt = True
        self.decision = decision

    def spoil(self) -> None:
        """Say that this command's answer depends on more than its question."""
        self._spoilt = True
