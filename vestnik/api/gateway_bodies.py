"""The shapes of gateways in REST. Secrets are only written: an answer names those that are set."""

from typing import Any

from django.utils.translation import gettext
from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from vestnik.api.bodies import json_of, shown_as
from vestnik.api.fields import PhoneField, TextField, VisibleTextField
from vestnik.api.personal_body import LOCALE_HELP, WordField
from vestnik.dispatch.trial import Trial, verdict
from vestnik.gateways.adapter import Checked, Facts, ReceiptsBy
from vestnik.gateways.fields import Field, Wanted
from vestnik.gateways.outcome import Kind
from vestnik.gateways.states import MEANINGS, State
from vestnik.gateways.words import translated
from vestnik.models import ReceiptCount
from vestnik.receipts.counts import KINDS as RECEIPT_KINDS
from vestnik.receipts.counts import receipt_counts
from vestnik.routing.check import words_of
from vestnik.routing.find import Shown
from vestnik.routing.receipts_address import receipts_url
from vestnik.routing.values import MAX_CONCURRENCY, MAX_NETWORKS, MAX_RATE, MAX_TIMEOUT
from vestnik.statistics.gateways import ErrorCount, LastHour, last_hour_of
from vestnik.texts.formats import LOCALES

_SETTINGS = "By the names of the kind's fields (`GET /gateway-kinds`), those that are secret included."


class ReceiptCountSerializer(serializers.Serializer[ReceiptCount]):
    """How many receipts of a gateway came to what. The how-to about receipts says what each kind means."""

    kind = serializers.ChoiceField(choices=[(kind, kind) for kind in RECEIPT_KINDS])
    count = serializers.IntegerField()
    last_at = serializers.DateTimeField()


class GatewayErrorSerializer(serializers.Serializer[ErrorCount]):
    """Outcomes over a gateway that were no success, by the code that messages have. ``other``: of codes beyond 30."""

    code = serializers.CharField()
    count = serializers.IntegerField()


class LastHourSerializer(serializers.Serializer[LastHour]):
    """What came over a gateway in the last hour, as it was written. Later receipts change nothing here."""

    sent = serializers.IntegerField(help_text="Messages that it took.")
    failed = serializers.IntegerField()
    unknown = serializers.IntegerField()
    rate = serializers.FloatField(help_text="Messages a second that it took, over the last one to two minutes.")
    errors = GatewayErrorSerializer(  # type: ignore[assignment]  # a field; the serializer's own errors stay
        many=True, help_text="The 10 most frequent, those after which a message is tried again included."
    )


class GatewaySerializer(serializers.Serializer[Shown]):
    """A gateway: a named connection to a provider."""

    name = serializers.CharField()
    kind = serializers.CharField(source="row.kind")
    settings = serializers.DictField(help_text="Of its kind, without those that are secret.")
    secrets = serializers.ListField(
        child=serializers.CharField(), help_text="The names of the secret settings that are set."
    )
    concurrency = serializers.IntegerField(help_text="Messages in flight of one dispatcher, at most.")
    max_rate = serializers.IntegerField(allow_null=True, help_text="Messages a second. Null: no limit.")
    timeout = serializers.IntegerField(help_text="Seconds for one message.")
    idempotent = serializers.BooleanField(help_text="The provider recognises a message that is sent again.")
    enabled = serializers.BooleanField(source="row.enabled")
    from_environment = serializers.BooleanField(help_text="The environment sets it: it is only read here.")
    simulator = serializers.BooleanField(help_text="It is the built-in simulator: nothing is delivered.")
    state = serializers.ChoiceField(choices=[(each.value, MEANINGS[each]) for each in State])
    reason = serializers.CharField(help_text="Why it is suspended or down; else empty.")
    since = serializers.DateTimeField(allow_null=True)
    checked_at = serializers.DateTimeField(
        source="row.checked_at", allow_null=True, help_text="When a check last succeeded with these settings."
    )
    tested_at = serializers.DateTimeField(
        source="row.tested_at", allow_null=True, help_text="When a test message last succeeded with these settings."
    )
    receipts_url = serializers.SerializerMethodField(
        help_text="For the provider's cabinet: it calls this with receipts. It contains a secret. Null: it never calls."
    )
    receipts_from = serializers.ListField(
        child=serializers.CharField(),
        source="row.receipts_from",
        help_text="Addresses and networks from which receipts are taken. Empty: from all.",
    )
    receipts_before_until = serializers.DateTimeField(
        source="row.receipts_before_until", allow_null=True,
        help_text="Until when the address before the last rotation counts, too. Null: it was not rotated, or at once.",
    )  # fmt: skip
    receipts = serializers.SerializerMethodField(help_text="What came of its receipts.")
    last_hour = serializers.SerializerMethodField(help_text="What it did in the last hour.")
    created_at = serializers.DateTimeField(source="row.created_at")
    created_by = serializers.CharField(source="row.created_by.username", allow_null=True, default=None)
    warnings = serializers.ListField(child=serializers.CharField(), help_text="What is wrong, for people.")

    def get_receipts_url(self, shown: Shown) -> str | None:
        """Return the address with its secret."""
        return receipts_url(shown.row)

    @extend_schema_field(ReceiptCountSerializer(many=True))
    def get_receipts(self, shown: Shown) -> list[dict[str, Any]]:
        """Return the counts by kind."""
        return shown_as(ReceiptCountSerializer, receipt_counts(shown.row.id))

    @extend_schema_field(LastHourSerializer)
    def get_last_hour(self, shown: Shown) -> dict[str, Any]:
        """Return what it did in the last hour."""
        return json_of(LastHourSerializer, last_hour_of(shown.row.id))


class NewGatewaySerializer(serializers.Serializer[Any]):
    """A new gateway."""

    name = TextField(min_length=1, max_length=40, help_text="Lower-case letters, digits and hyphens.")
    kind = TextField(min_length=1, max_length=20, help_text="One of `GET /gateway-kinds`.")
    settings = serializers.DictField(help_text=_SETTINGS)
    concurrency = serializers.IntegerField(required=False, min_value=1, max_value=MAX_CONCURRENCY)
    max_rate = serializers.IntegerField(required=False, allow_null=True, min_value=1, max_value=MAX_RATE)
    timeout = serializers.IntegerField(required=False, min_value=1, max_value=MAX_TIMEOUT)
    idempotent = serializers.BooleanField(
        required=False, allow_null=True, help_text="Absent or null: as the provider's documentation has it."
    )


class GatewayChangesSerializer(NewGatewaySerializer):
    """Changes of a gateway. What is absent stays; of ``settings``, too."""

    settings = serializers.DictField(
        required=False,
        help_text=f"{_SETTINGS} What is absent stays, a secret too, also an empty one. Null leaves a setting out, and"
        " forgets a stored secret.",
    )
    receipts_from = serializers.ListField(
        child=TextField(max_length=50),
        required=False,
        max_length=MAX_NETWORKS,
        help_text="Addresses and networks (192.0.2.0/24) from which receipts are taken. Empty: from all.",
    )
    same_account = serializers.BooleanField(
        required=False,
        help_text="The new settings lead to the same account of the same provider. Confirm it to change address or"
        " secrets while messages are in doubt at this gateway.",
    )


class RotationSerializer(serializers.Serializer[Any]):
    """How the secret in the address for receipts is changed."""

    at_once = serializers.BooleanField(
        required=False, help_text="The earlier address counts no more. Absent or false: it counts for a day."
    )


class TestMessageSerializer(serializers.Serializer[Any]):
    """A test message."""

    phone_number = PhoneField()
    text = VisibleTextField(min_length=1, max_length=2_000)
    client = serializers.IntegerField(
        required=False, allow_null=True, min_value=1, max_value=2**63 - 1,
        help_text="The id of a client: the text is a personal one, and is sent as this client would get it.",
    )  # fmt: skip
    locale = WordField(choices=LOCALES, help_text=LOCALE_HELP)


class TestResultSerializer(serializers.Serializer[Trial]):
    """What came of a test message. ``message_id`` is the gateway's name for it, which is never used again."""

    message_id = serializers.IntegerField()
    good = serializers.BooleanField(source="is_good")
    outcome = serializers.ChoiceField(choices=[(kind.value, kind.value) for kind in Kind], source="outcome.kind.value")
    code = serializers.CharField(source="outcome.code", help_text="The gateway's own code, or ours.")
    detail = serializers.CharField(source="outcome.detail", help_text="The gateway's own words.")
    seconds = serializers.FloatField(source="latency")
    words = serializers.SerializerMethodField(help_text="What it means, for people.")

    def get_words(self, trial: Trial) -> str:
        """Return the outcome in words."""
        return verdict(trial.outcome.kind)


class DryRunSerializer(serializers.Serializer[Any]):
    """A request that would leave."""

    request = serializers.CharField(help_text="Head and body; secrets are masked.")


class CheckSerializer(serializers.Serializer[Checked]):
    """What a gateway said when it was asked about our account."""

    good = serializers.BooleanField()
    words = serializers.SerializerMethodField(help_text="For people.")
    balance = serializers.CharField(help_text="As the provider writes it; empty if it does not say.")
    warnings = serializers.ListField(
        child=serializers.CharField(), help_text="Certificates that end within 30 days, for people."
    )

    def get_words(self, checked: Checked) -> str:
        """Return what was found in the reader's language."""
        return words_of(checked)


class _PlainNames(serializers.Serializer[Any]):
    """Drops the underscore behind names that the framework keeps to itself, such as ``fields_``."""

    def get_fields(self) -> dict[str, Any]:
        """Return the fields by the names that JSON has."""
        return {name.rstrip("_"): field for name, field in super().get_fields().items()}


class FieldSerializer(_PlainNames):
    """One setting of a kind of gateway."""

    name = serializers.CharField()
    label_ = serializers.SerializerMethodField(method_name="label_of")
    help = serializers.SerializerMethodField(help_text="Where the provider's cabinet shows the value.")
    wanted = serializers.ChoiceField(choices=[(each.value, each.value) for each in Wanted], source="wanted.value")
    required_ = serializers.BooleanField()
    default_ = serializers.SerializerMethodField(method_name="default_of", help_text="As text. Null: there is none.")
    example = serializers.CharField()
    choices = serializers.ListField(child=serializers.CharField())
    low = serializers.IntegerField(allow_null=True)
    high = serializers.IntegerField(allow_null=True)
    needs = serializers.CharField(
        help_text="The setting without which this secret means nothing: it is forgotten with it. Empty: none.",
    )

    def label_of(self, field: Field) -> str:
        """Return the label in the reader's language."""
        return translated(field.label, gettext)

    def get_help(self, field: Field) -> str:
        """Return the help in the reader's language."""
        return translated(field.help, gettext)

    def default_of(self, field: Field) -> str | None:
        """Return the default as JSON writes it, but for quotes."""
        if field.default is None:
            return None
        return str(field.default).lower() if isinstance(field.default, bool) else str(field.default)


class FactsSerializer(serializers.Serializer[Facts]):
    """What a provider can do."""

    knows_repeated_ids = serializers.BooleanField(
        allow_null=True, help_text="It recognises a message that is sent again. Null: you say so."
    )
    receipts_carry_our_id = serializers.BooleanField()
    receipts_by = serializers.ChoiceField(
        choices=[(each.value, each.value) for each in ReceiptsBy], source="receipts_by.value"
    )
    signed = serializers.BooleanField(help_text="Its receipts carry a signature.")
    sender = serializers.BooleanField(help_text="A sender's name is one of the settings.")
    validity = serializers.BooleanField(help_text="It is told when a message expires.")
    max_text = serializers.IntegerField(help_text="Characters of a text, at most.")
    documented_at = serializers.ListField(child=serializers.CharField())
    max_parts = serializers.IntegerField(
        allow_null=True, help_text="SMS parts of a text, at most. Null: it does not limit them."
    )


class KindSerializer(_PlainNames):
    """A kind of gateway: a provider's protocol."""

    kind = serializers.CharField()
    title = serializers.CharField(help_text="The provider's name, as it calls itself.")
    fields_ = FieldSerializer(many=True, source="all_fields")
    facts = FactsSerializer()
