"""Templates in the form of a mailing: one fills in the text, and the text can be kept as one."""

from typing import ClassVar

from django.http import HttpRequest, HttpResponse
from django.utils.translation import gettext as _

from vestnik.console.composing.fields import own_zone
from vestnik.console.composing.forms import MailingForm
from vestnik.console.composing.initial import initial_text
from vestnik.console.composing.own_text import placeholders
from vestnik.console.composing.parts import count_typed
from vestnik.console.composing.template_form import TemplateForm
from vestnik.console.pages import Page, errors_at
from vestnik.console.roles import user_of
from vestnik.db.clock import database_now
from vestnik.errors import NotFound, StateForbids
from vestnik.mailings.templates import create_template, fields_of_template, get_template, template_names
from vestnik.models import Role
from vestnik.web.ids import id_of


class TemplateTextPart(Page):
    """The text with its switch for a personal one, filled in from a template."""

    sees: ClassVar[Role] = Role.OPERATOR

    def get(self, request: HttpRequest) -> HttpResponse:
        """Show the part.

        Raises:
            NotFound: There is no such template.
        """
        template_id = id_of(request.GET.get("template", ""))
        if template_id is None:
            raise NotFound(_("There is no such template."))
        fields = fields_of_template(get_template(template_id=template_id))
        form = MailingForm(zone=own_zone(), now=database_now(), initial=initial_text(fields))
        counted = count_typed(fields.message_text)
        part = self.fragment(
            request, "console/composing/text.html", form=form, counted=counted, placeholders=placeholders()
        )
        # The form asks for its estimate again, as after it was restored.
        part["HX-Trigger-After-Swap"] = "compose:restored"
        return part


class TemplateKeepPart(Page):
    """The choice of a template, and the name under which the text is kept."""

    sees: ClassVar[Role] = Role.OPERATOR

    def post(self, request: HttpRequest) -> HttpResponse:
        """Keep the text as a template, and say what became of it.

        Errors are said in the part, with a status of 200: htmx would leave out the answer otherwise.
        """
        form, made = TemplateForm({**request.POST.dict(), "name": request.POST.get("template_name", "")}), None
        if form.is_valid() and form.said is not None:
            with errors_at(form):
                try:
                    made = create_template(fields=form.said, actor=user_of(request))
                except StateForbids as error:
                    form.add_error(None, str(error))
        return self.fragment(
            request, "console/composing/templates.html", templates=template_names(), made=made,
            chosen=made.id if made else id_of(request.POST.get("template", "")),
            typed_name="" if made else request.POST.get("template_name", ""),
            problems=[str(text) for texts in form.errors.values() for text in texts],
        )  # fmt: skip
