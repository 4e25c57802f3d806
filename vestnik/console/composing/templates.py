"""The pages of templates: the list with a form for a new one, and one template, which is changed or deleted there."""

from functools import partial
from typing import Any, ClassVar

from django.contrib import messages
from django.db import transaction
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy as _lazy

from vestnik.console.composing.initial import initial_text
from vestnik.console.composing.template_form import TemplateForm
from vestnik.console.conflicts import is_overtaken
from vestnik.console.kept import make_kept
from vestnik.console.pages import Page, errors_at
from vestnik.console.paging import back_to, from_here, page_of
from vestnik.console.roles import user_of
from vestnik.mailings.templates import (
    create_template,
    delete_template,
    edit_template,
    fields_of_template,
    find_templates,
    get_template,
    lock_template,
)
from vestnik.models import Role, Template


class TemplatesPage(Page):
    """All templates, the newest first, and a form for a new one."""

    sees: ClassVar[Role] = Role.OPERATOR
    template = "console/composing/templates_list.html"
    heading = _lazy("Templates")

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the page."""
        return self._show(request, TemplateForm())

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep a text."""
        form = TemplateForm(request.POST)
        if make_kept(request, form, create_template) is None:
            return self._show(request, form, status=400)
        messages.success(request, _("The template was saved."))
        return redirect("admin:templates")  # the new one is the first there

    def _show(self, request: HttpRequest, form: TemplateForm, *, status: int = 200) -> HttpResponse:
        page = page_of(request, find_templates(), newest_first=True)
        return self.shown(request, status=status, form=form, page=page, from_here=from_here(request))


class TemplatePage(Page):
    """One template."""

    sees: ClassVar[Role] = Role.OPERATOR
    template = "console/composing/template.html"

    def get(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Show the page."""
        return self._show(request, pk, TemplateForm(initial=_initial(get_template(template_id=pk))))

    def post(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Change the template, or delete it."""
        get_template(template_id=pk)
        if request.POST.get("act") == "delete":
            _locked(pk, partial(delete_template, actor=user_of(request)))
            messages.success(request, _("The template was deleted."))
            return redirect(back_to(request, "templates"))
        form = TemplateForm(request.POST)
        if form.is_valid() and form.said is not None:
            with errors_at(form), transaction.atomic():
                kept = lock_template(template_id=pk)
                if not is_overtaken(form, kept.version, kind="template", number=pk, values=_initial(kept)):
                    edit_template(template=kept, fields=form.said, actor=user_of(request))
        if form.errors:
            return self._show(request, pk, form, status=400)
        messages.success(request, _("Saved."))
        return redirect(back_to(request, "templates"))

    def _show(self, request: HttpRequest, pk: int, form: TemplateForm, *, status: int = 200) -> HttpResponse:
        kept = get_template(template_id=pk)
        return self.shown(request, status=status, form=form, kept=kept, title=kept.name)


def _initial(kept: Template) -> dict[str, Any]:
    """Return what the form of a template begins with."""
    fields = fields_of_template(kept)
    return {"name": fields.name, **initial_text(fields), "seen": kept.version}


def _locked(pk: int, decide: Any) -> None:
    with transaction.atomic():
        decide(template=lock_template(template_id=pk))
