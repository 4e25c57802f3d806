"""Templates: texts that are kept under a name and used again. Every decision is recorded."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import gettext as _

from vestnik.accounts.audit import record
from vestnik.db.named_rows import save_named, set_columns
from vestnik.errors import NotFound, StateForbids
from vestnik.mailings.fields import Personal
from vestnik.mailings.personal import read_personal
from vestnik.models import OnMissing, Template, User

#: Characters of a name, as in the ledger's column.
MAX_NAME = 100
#: Templates, at most: the form of a mailing lists them all.
MAX_TEMPLATES = 1_000


@dataclass(frozen=True, slots=True, kw_only=True)
class TemplateFields:
    """What somebody gives of a template. ``personal``: the text has placeholders; None: it goes out to the letter."""

    name: str
    message_text: str
    personal: Personal | None = None


def find_templates() -> QuerySet[Template]:
    """All templates, in no order."""
    return Template.objects.all()


def template_names() -> list[tuple[int, str]]:
    """The id and the name of each template, by name."""
    return list(Template.objects.order_by("name").values_list("id", "name"))


def get_template(*, template_id: int) -> Template:
    """The template with this id.

    Raises:
        NotFound: there is none.
    """
    return _found(Template.objects.filter(id=template_id).first())


def lock_template(*, template_id: int) -> Template:
    """The template with this id, locked until the transaction ends.

    Raises:
        NotFound: there is none.
    """
    return _found(Template.objects.select_for_update(no_key=True).filter(id=template_id).first())


def fields_of_template(template: Template) -> TemplateFields:
    """The present fields of a template."""
    personal = None
    if template.personal:
        personal = Personal(on_missing=OnMissing(template.on_missing), locale=template.locale)
    return TemplateFields(name=template.name, message_text=template.message_text, personal=personal)


def create_template(*, fields: TemplateFields, actor: User | None) -> Template:
    """Keep a text under a name.

    Raises:
        InvalidInput: ``name``: it is taken; ``message_text``: all that is wrong with a personal text.
        StateForbids: there are too many templates.
    """
    _check(fields)
    if Template.objects.count() >= MAX_TEMPLATES:
        raise StateForbids(_("There are %(most)s templates already: delete one first.") % {"most": MAX_TEMPLATES})
    template = Template(**_columns(fields), created_by=actor)
    with transaction.atomic():
        _save(template)
        template.refresh_from_db()
        _note(template, "create", actor, {})
    return template


def edit_template(*, template: Template, fields: TemplateFields, actor: User | None) -> Template:
    """Change a template, locked in a transaction. Mailings made of it stay as they are.

    Raises:
        InvalidInput: as :func:`create_template`.
    """
    _check(fields)
    changed = set_columns(template, _columns(fields))
    if not changed:
        return template
    _save(template, changed)
    _note(template, "edit", actor, {"changed": changed})
    return template


def delete_template(*, template: Template, actor: User | None) -> None:
    """Delete a template, locked in a transaction. Mailings made of it stay as they are."""
    _note(template, "delete", actor, {})
    template.delete()


def _check(fields: TemplateFields) -> None:
    if fields.personal is not None:
        read_personal(fields.message_text, fields.personal)


def _columns(fields: TemplateFields) -> dict[str, Any]:
    return {
        "name": fields.name,
        "message_text": fields.message_text,
        "personal": fields.personal is not None,
        "on_missing": "" if fields.personal is None else fields.personal.on_missing.value,
        "locale": "" if fields.personal is None else fields.personal.locale,
    }


def _save(template: Template, changed: list[str] | None = None) -> None:
    save_named(template, changed, unique="template_name_once", taken=_("There is a template with this name already."))


def _found(template: Template | None) -> Template:
    if template is None:
        raise NotFound(_("There is no such template."))
    return template


def _note(template: Template, action: str, actor: User | None, details: Mapping[str, Any]) -> None:
    told = {"name": template.name, **details}
    record(actor=actor, action=f"template.{action}", object_type="template", object_id=template.id, details=told)
