"""The one error tree of Vestnik.

The core raises these and knows no HTTP; ``vestnik.web.errors`` has the status of each, the
command line turns them into one sentence and an exit status.

    VestnikError
    ├── SettingError          a setting is missing or wrong; the process must not start
    ├── InvalidInput          a field of what somebody typed or posted is wrong        (400)
    ├── LoginEnded            a token is not good, or not any more                     (401)
    ├── Refused               the installation does not offer this                     (403)
    ├── NotFound              there is no such thing, or it was deleted                (404)
    ├── StateForbids          the mailing's state does not allow the action            (409)
    ├── EditedMeanwhile       somebody else changed the row after it was read          (412)
    ├── KeyReused             an idempotency key came with another body before         (422)
    ├── TooManyTries          somebody tries too often; ``wait`` says how long to wait  (429)
    ├── WrongKey              stored secrets need an earlier SECRET_KEY                (409)
    ├── Busy                  too much of this is under way; try again                 (503)
    ├── NotMailed             the mail server did not take a letter; it is tried again
    └── ClusterError          the embedded cluster cannot start or be reached
"""

from collections.abc import Mapping, Sequence


class VestnikError(Exception):
    """Base of all errors that Vestnik raises on purpose. ``code`` is a stable word for machines."""

    code = "error"


class SettingError(VestnikError):
    """A setting is missing or wrong. The message is one sentence that says what to set, with an example."""

    code = "setting"

    def __init__(self, name: str, problem: str) -> None:
        super().__init__(f"{name} {problem}")
        self.name = name


class InvalidInput(VestnikError):
    """Input is wrong. ``fields`` maps a field's name to the messages that say what is right."""

    code = "invalid"

    def __init__(self, fields: Mapping[str, Sequence[str]]) -> None:
        super().__init__("; ".join(f"{name}: {' '.join(texts)}" for name, texts in fields.items()))
        self.fields = fields


class LoginEnded(VestnikError):
    """The token is not good, or not any more: log in again."""

    code = "token_not_valid"


class Refused(VestnikError):
    """The settings or the role of the account do not allow this."""

    code = "permission_denied"


class NotFound(VestnikError):
    """The thing asked for does not exist (any more)."""

    code = "not_found"


class StateForbids(VestnikError):
    """The state of the mailing does not allow this; the message says which states do."""

    code = "state_forbids"


class EditedMeanwhile(VestnikError):
    """Somebody else changed the row after it was read; read it again and repeat the edit."""

    code = "edited_meanwhile"


class KeyReused(VestnikError):
    """The idempotency key came with another body before."""

    code = "idempotency_key_reused"


class TooManyTries(VestnikError):
    """Somebody tries too often. ``wait``: seconds after which the next try is accepted."""

    code = "throttled"

    def __init__(self, *, wait: int) -> None:
        super().__init__(f"Too many tries: wait {wait} seconds.")
        self.wait = wait


class Busy(VestnikError):
    """Too much of this is under way just now; the same is worth trying again in a few seconds."""

    code = "busy"


class WrongKey(VestnikError):
    """Stored secrets were encrypted with a key that the settings no longer name. The message says what to do."""

    code = "wrong_key"


class NotMailed(VestnikError):
    """The mail server did not take a letter. The message is one line without secrets."""

    code = "not_mailed"


class ClusterError(VestnikError):
    """The embedded cluster cannot start, or cannot be reached. The message says what to do."""

    code = "cluster"
