"""The directory: the clients that mailings go to."""

from typing import ClassVar

from django.db import models

from vestnik.models.account import User
from vestnik.phones.number import MAX_PHONE, MIN_PHONE


class Client(models.Model):
    """One person. ``phone_number`` is a bigint inside and a string outside, so is the three-digit operator code."""

    id = models.BigAutoField(primary_key=True)
    phone_number = models.BigIntegerField(unique=True)
    mobile_operator_code = models.SmallIntegerField()
    tag = models.CharField(max_length=64)
    timezone = models.CharField(max_length=64)

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
