"""Sends one letter to one recipient by SMTP. The caller has no transaction open and holds no lock."""

import hashlib
import smtplib
from datetime import date
from email.utils import parseaddr
from typing import Any
from urllib.parse import unquote, urlsplit

import environ
from django.conf import settings
from django.core.mail import EmailMultiAlternatives, get_connection

from vestnik.errors import NotMailed
from vestnik.phones.display import mask_phones
from vestnik.reports.letter import Letter

#: Seconds that the mail server may take for each step of the conversation.
TIMEOUT = 30
_PORTS = {"smtp": 25, "smtp+tls": 587, "smtp+ssl": 465}
_MAX_ERROR = 300


def post(letter: Letter, *, recipient: str, day: date) -> None:
    """Send a letter through the mail server of ``EMAIL_URL``; returns when the server has accepted it.

    The Message-ID is the same at every try, so that a mailbox can recognise a duplicate.

    Raises:
        NotMailed: it could not be reached, or refused; the words hold no secret.
    """
    message = EmailMultiAlternatives(
        subject=letter.subject,
        body=letter.text,
        from_email=settings.ENVIRONMENT.email_from,
        to=[recipient],
        connection=get_connection(**_options(settings.ENVIRONMENT.email_url)),
        headers={"Message-ID": _message_id(recipient, day), "Auto-Submitted": "auto-generated"},
    )
    message.attach_alternative(letter.html, "text/html")
    if letter.csv is not None:
        message.attach(letter.csv_name, letter.csv, "text/csv")
    try:
        message.send()
    except (OSError, smtplib.SMTPException, UnicodeError) as error:
        raise NotMailed(_words(error, settings.ENVIRONMENT.email_url)) from error


def _options(url: str) -> dict[str, Any]:
    """Django's arguments for its SMTP backend."""
    config = environ.Env.email_url_config(url)
    return {
        "backend": config["EMAIL_BACKEND"],
        "host": config["EMAIL_HOST"],
        "port": config["EMAIL_PORT"] or _PORTS[urlsplit(url).scheme],
        "username": config["EMAIL_HOST_USER"] or "",
        "password": config["EMAIL_HOST_PASSWORD"] or "",
        "use_tls": bool(config.get("EMAIL_USE_TLS")),
        "use_ssl": bool(config.get("EMAIL_USE_SSL")),
        "timeout": TIMEOUT,
    }


def _message_id(recipient: str, day: date) -> str:
    domain = parseaddr(settings.ENVIRONMENT.email_from)[1].rpartition("@")[2] or "localhost"
    secret = settings.ENVIRONMENT.secret_key
    digest = hashlib.sha256(f"{secret} {day.isoformat()} {recipient}".encode()).hexdigest()[:32]
    return f"<report-{day.isoformat()}-{digest}@{domain}>"


def _words(error: Exception, url: str) -> str:
    """The error on one line, without the password (some servers repeat what they received)."""
    words = mask_phones(" ".join(f"{type(error).__name__}: {error}".split()))
    for secret in filter(None, (urlsplit(url).password, unquote(urlsplit(url).password or ""))):
        words = words.replace(secret, "***")
    return words[:_MAX_ERROR]
