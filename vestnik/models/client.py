"""The directory: the clients that mailings go to."""

from typing import ClassVar

from django.db import models
from django.db.models import F
from django.db.models.functions import Now

from vestnik.models.account import User
from vestnik.phones.number import MAX_PHONE, MIN_PHONE

#: How many last digits of a phone the directory's index knows.
LAST_DIGITS = 4


class Client(models.Model):
    """One person. ``phone_number`` is a bigint inside and a string outside, so is the three-digit operator code.

    ``attributes``: what personal texts may name, by name; null: none. Which type a name has is in
    :class:`vestnik.models.attribute.Attribute`; a day is a text such as ``2026-12-01``. ``created_at``: when the ledger
    got it; null: before it kept this (migration 0053), so earlier than all that have one.
    """

    id = models.BigAutoField(primary_key=True)
    phone_number = models.BigIntegerField(unique=True)
    mobile_operator_code = models.SmallIntegerField()
    tag = models.CharField(max_length=64)
    timezone = models.CharField(max_length=64)
    attributes = models.JSONField(null=True)
    created_at = models.DateTimeField(null=True, db_default=Now())

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(phone_number__range=(MIN_PHONE, MAX_PHONE)), name="client_phone_range"
            ),
            models.CheckConstraint(condition=models.Q(mobile_operator_code__range=(0, 999)), name="client_code_range"),
            models.CheckConstraint(condition=~models.Q(tag=""), name="client_tag_not_empty"),
            models.CheckConstraint(condition=~models.Q(timezone=""), name="client_timezone_not_empty"),
        ]
        # Each list filter of the contract is answered from an index in the order of the pages (id).
        indexes: ClassVar[list[models.Index]] = [
            models.Index(fields=["tag", "id"], name="client_tag"),
            models.Index(fields=["mobile_operator_code", "id"], name="client_code"),
            models.Index(fields=["timezone", "id"], name="client_timezone"),
            # A search by last digits: whole numbers, not text, so that an import writes little more.
            models.Index(F("phone_number") % 10**LAST_DIGITS, F("id"), name="client_last_digits"),
        ]


class StoppedPhone(models.Model):
    """A phone that gets nothing, whether it belongs to a client or not: when, why and by whom it came to be here.

    ``created_by_name`` stays when the account is gone.
    """

    id = models.BigAutoField(primary_key=True)
    phone_number = models.BigIntegerField(unique=True)
    reason = models.CharField(max_length=200, default="", blank=True)
    created_at = models.DateTimeField(auto_now_add=True)
    created_by = models.ForeignKey(User, on_delete=models.SET_NULL, null=True)
    created_by_name = models.CharField(max_length=150)

    class Meta:
        constraints: ClassVar[list[models.BaseConstraint]] = [
            models.CheckConstraint(
                condition=models.Q(phone_number__range=(MIN_PHONE, MAX_PHONE)), name="stopped_phone_range"
            ),
        ]
