"""A test event: posted at once, so that the person who asks for it sees the answer."""

from uuid import uuid4

from django.db import connection, transaction
from django.utils import timezone

from vestnik.accounts.tries import TEST_MESSAGES, take_try
from vestnik.models import User, WebhookAttempt, WebhookEndpoint
from vestnik.webhooks.delivery import Delivery, attempt, end_pause, keep_attempt
from vestnik.webhooks.endpoints import note_test

#: No endpoint has to ask for it.
TEST_EVENT = "webhook.test"


def send_test(*, endpoint: WebhookEndpoint, actor: User | None) -> WebhookAttempt:
    """Post a test event once, also to an endpoint that is disabled. It is not tried again.

    When it arrives, it ends the pause of an endpoint that was down or had asked us to wait.

    Raises:
        TooManyTries: this account has sent too many.
    """
    if actor is not None:
        take_try(TEST_MESSAGES, str(actor.pk))
    now = timezone.now()
    both = endpoint.before_until is not None and endpoint.before_until > now
    delivery = Delivery(
        url=endpoint.url, secrets=endpoint.secrets, two_secrets=both, event=0, attempts=1, age=0.0, uid=uuid4(),
        kind=TEST_EVENT, at=now, data={"webhook_id": endpoint.id},
    )  # fmt: skip
    # No transaction is open across the network call.
    answer = attempt(delivery)
    with transaction.atomic():
        kept = keep_attempt(connection, endpoint.id, delivery.uid, TEST_EVENT, answer)
        if answer.is_good:
            end_pause(connection, endpoint.id)
    note_test(endpoint, actor, good=answer.is_good)
    return WebhookAttempt.objects.get(id=kept)
