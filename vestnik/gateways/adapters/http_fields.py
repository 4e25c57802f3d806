"""The form of the kind ``http``."""

from vestnik.gateways.fields import Field, Wanted
from vestnik.gateways.words import gettext_noop

_PLACE = gettext_noop("A JSON pointer such as /message/id, or a regular expression whose first group counts.")
_POINTER_OR_NAME = gettext_noop("The name of a field of the query or form, or a JSON pointer such as /status.")
_CODES = gettext_noop("Codes or statuses separated by commas, such as 17, http_429, http_4xx.")

FIELDS: tuple[Field, ...] = (
    Field(
        name="url", label=gettext_noop("Address"), required=True,
        help=gettext_noop(
            "Where a message goes, with {{placeholders}} in path or query: id, phone, phone_plus, text, sender, login, "
            "secret, expires_at (2030-01-31T12:00:00Z), expires_at_unix, expires_in (seconds), expires_in_minutes."
        ),
        example="https://api.example.org/v1/messages",
    ),
    Field(
        name="method", label=gettext_noop("Method"), wanted=Wanted.CHOICE, choices=("POST", "GET", "PUT"),
        default="POST", help=gettext_noop("As the provider's documentation has it. GET has no body."),
    ),
    Field(
        name="headers", label=gettext_noop("Headers"), wanted=Wanted.LONG_TEXT,
        help=gettext_noop("One a line. {{basic}} is login and secret as HTTP's Basic wants them."),
        example="Authorization: Bearer {{secret}}",
    ),
    Field(
        name="format", label=gettext_noop("Format of the body"), wanted=Wanted.CHOICE, choices=("json", "form", "xml"),
        default="json", help=gettext_noop("How values are escaped in the body, and its content type."),
    ),
    Field(
        name="body", label=gettext_noop("Body"), wanted=Wanted.LONG_TEXT,
        help=gettext_noop("With the same placeholders. Texts in JSON need quotes."),
        example='{"to": "{{phone}}", "text": "{{text}}", "id": "{{id}}"}',
    ),
    Field(
        name="login", label=gettext_noop("Login"),
        help=gettext_noop("The value of {{login}}."),
    ),
    Field(
        name="secret", label=gettext_noop("Secret"), wanted=Wanted.SECRET,
        help=gettext_noop("A key, token or password: the value of {{secret}}. Write it nowhere else."),
    ),
    Field(
        name="sender", label=gettext_noop("Sender"),
        help=gettext_noop("The value of {{sender}}: a name or number that the provider has approved."),
        example="VESTNIK",
    ),
    Field(
        name="success_statuses", label=gettext_noop("Statuses of a success"), default="2xx",
        help=gettext_noop("Separated by commas, such as 200, 201 or 2xx."),
    ),
    Field(
        name="success_at", label=gettext_noop("Path to the sign of success"), example="/status",
        help=gettext_noop(
            "A JSON pointer such as /status, or a regular expression. Empty: only the status and the codes below "
            "count. Many providers refuse with a 200, so name a place wherever there is one."
        ),
    ),
    Field(
        name="success_values", label=gettext_noop("Its value after a success"), example="OK, accepted",
        help=gettext_noop("Separated by commas. Empty: anything."),
    ),
    Field(name="id_at", label=gettext_noop("Path to the provider's id"), help=_PLACE, example="/message/id"),
    Field(
        name="code_at", label=gettext_noop("Path to the error code"), example="/error/code",
        help=gettext_noop(
            "A JSON pointer such as /error/code, or a regular expression whose first group counts. A code that a list "
            "below names counts before the status and the sign of success."
        ),
    ),
    Field(name="words_at", label=gettext_noop("Path to the error text"), help=_PLACE, example="/error/message"),
    Field(
        name="throttled_codes", label=gettext_noop("Codes that ask to wait"), default="http_429", help=_CODES,
    ),
    Field(
        name="account_codes", label=gettext_noop("Codes about our account"), default="http_401, http_403",
        help=gettext_noop(
            "No money, a wrong key, a blocked account: sending over this gateway stops until somebody fixes it. "
            "Codes or statuses separated by commas."
        ),
    ),
    Field(
        name="refused_codes", label=gettext_noop("Codes that refuse the message"),
        help=gettext_noop(
            "The message was definitely not sent, and is not retried. Codes or statuses separated by commas; * is "
            "every code, but not with a 5xx, nor beside a sign of success, nor 0 with a status of a success. Codes in "
            "none of these three lists leave the message in doubt, unless it is a success."
        ),
        example="http_400, 17",
    ),
    Field(
        name="check_url", label=gettext_noop("Address of a check"),
        help=gettext_noop("Asked with GET and the same headers to see if the account is right: the balance, usually."),
        example="https://api.example.org/v1/balance",
    ),
    Field(
        name="balance_at", label=gettext_noop("Path to the balance"), example="/balance",
        help=gettext_noop(
            "A JSON pointer such as /balance, or a regular expression whose first group counts. A check whose answer "
            "has nothing there is not good."
        ),
    ),
    Field(
        name="receipt_id_at", label=gettext_noop("Receipts: path to the id"), example="messageId",
        help=gettext_noop(
            "The name of a field of the query or form, or a JSON pointer such as /id. Empty: receipts are in Vestnik's "
            "own form."
        ),
    ),
    Field(
        name="receipt_id_is", label=gettext_noop("Receipts: whose id"), wanted=Wanted.CHOICE,
        choices=("provider", "ours"), default="provider",
        help=gettext_noop("The provider's own id, or ours, which {{id}} gave it."),
    ),
    Field(
        name="receipt_status_at", label=gettext_noop("Receipts: path to the status"), help=_POINTER_OR_NAME,
        example="status",
    ),
    Field(
        name="receipt_code_at", label=gettext_noop("Receipts: path to the reason"), help=_POINTER_OR_NAME,
        example="errorCode",
    ),
    Field(
        name="receipt_list_at", label=gettext_noop("Receipts: path to the list"), example="/statuses",
        help=gettext_noop("A JSON pointer to an array, where one call brings many. Other pointers begin in its items."),
    ),
    Field(
        name="receipt_delivered", label=gettext_noop("Receipts: delivered"), example="DELIVERED, READ",
        help=gettext_noop("Statuses separated by commas."),
    ),
    Field(
        name="receipt_undelivered", label=gettext_noop("Receipts: not delivered"), example="FAILED, EXPIRED",
        help=gettext_noop("Statuses separated by commas."),
    ),
    Field(
        name="receipt_on_its_way", label=gettext_noop("Receipts: on its way"), example="SENT",
        help=gettext_noop("Statuses separated by commas. A status in none of the three lists changes nothing."),
    ),
    Field(
        name="receipt_reply", label=gettext_noop("Receipts: our answer"), default="OK",
        help=gettext_noop("The text that the provider expects for an answer."),
    ),
)  # fmt: skip
