"""The page that writes a new mailing. It saves itself as a draft, and opens one that was saved."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from vestnik.console.composing.counting import COUNT, Counted
from vestnik.console.composing.fields import own_zone
from vestnik.console.composing.forms import MailingForm
from vestnik.console.composing.mends import mended
from vestnik.console.composing.new import NewMailingPage
from vestnik.console.composing.page import SAVE, kept_form, typed_again
from vestnik.console.composing.sheet import Sheet
from vestnik.console.drafts.saving import Saving, conflict_of, kept_saving, save_of, save_typed, saving_of
from vestnik.console.roles import user_of
from vestnik.db.clock import database_now
from vestnik.errors import EditedMeanwhile, StateForbids
from vestnik.mailings.drafts import become_mailing, find_draft, get_draft
from vestnik.mailings.fields import MailingFields
from vestnik.mailings.windows import zone_of
from vestnik.models import Draft
from vestnik.web.ids import id_of


class WriteMailingPage(NewMailingPage):
    """Writes a new mailing, or the draft of one (``pk``).

    *Review* saves the draft, too, so that nothing that was typed since the last save is lost. The draft ends in the
    transaction that creates the mailing.
    """

    draft: Draft | None = None
    saving: Saving = Saving()

    def get(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        """Show the form, or the sheet. A draft that has become a mailing leads to that.

        Raises:
            NotFound: There is no such draft, or no mailing to copy.
        """
        if pk is None:
            return self.shown_step(request)
        typed = kept_form(request, request.GET.get("sheet") or request.GET.get("form") or "")
        if typed is not None:
            self.saving = kept_saving(pk, typed)
            return self.shown_step(request)
        self.draft = get_draft(draft_id=pk)
        if self.draft.became is not None:
            messages.info(request, _("This mailing was created from the draft."))
            return redirect("admin:mailing", self.draft.became)
        self.saving = saving_of(self.draft)
        return self.shown_form(self.begin())

    def post(self, request: HttpRequest, pk: int | None = None) -> HttpResponse:
        """Save the draft, and show the sheet, or the form again; or create the mailing."""
        draft_id = id_of(request.POST.get("draft", "")) if pk is None else pk
        if request.POST.get("step") == SAVE:
            self.saving = Saving(draft_id=draft_id)
        elif request.POST.get("step") == COUNT:
            # The sheet is shown already: its draft was saved before.
            self.saving = Saving() if pk is None else kept_saving(pk, request.POST)
        else:
            # What a click has mended is in the draft, too: the way back to editing leads to it.
            self.saving = save_typed(mended(request.POST), draft_id=draft_id, actor=user_of(request))
        return self.done_step(request)

    def begin(self) -> MailingForm:
        """Return the form with what the draft says, right or wrong, and without a word about it."""
        if self.draft is None:
            return super().begin()
        typed = typed_again(self.draft.typed)
        fields = MailingForm.base_fields.items()
        initial = {name: field.widget.value_from_datadict(typed, {}, name) for name, field in fields if name in typed}
        zone = zone_of(typed.get("zone", "")) or own_zone()
        return MailingForm(zone=zone, now=database_now(), initial=initial)

    def address(self) -> str:
        """Return the address of the draft, if there is one."""
        draft_id = self.saving.draft_id
        return reverse("admin:mailing-new") if draft_id is None else reverse("admin:draft", args=[draft_id])

    def objection(self, form: MailingForm) -> HttpResponse | None:
        """Return the page of the conflict if somebody else has changed the draft."""
        return None if self.saving.theirs is None else self.shown_form(form)

    def sent_before(self, form: MailingForm) -> list[int]:
        """Return the mailings that this form has already created, and the one that the draft has become."""
        became = self._became()
        return list(dict.fromkeys([*super().sent_before(form), *([] if became is None else [became])]))

    def save(self, form: MailingForm, said: MailingFields, sheet: Sheet, *, shown: int) -> HttpResponse:
        """Create the mailing, and go to its page.

        Show both versions if the draft was changed in the meantime, and the sheet again if it has become a mailing.
        """
        try:
            return super().save(form, said, sheet, shown=shown)
        except EditedMeanwhile:
            save = save_of(self.request.POST)
            if save is not None:
                self.saving = conflict_of(save, self.saving.draft_id)
            return self.shown_form(form)
        except StateForbids as error:
            messages.warning(self.request, str(error))
            return HttpResponseRedirect(f"{self.address()}?sheet={form.cleaned_data['token']}")

    def made(self, form: MailingForm, mailing_id: int) -> None:
        """End the draft in the transaction that creates the mailing."""
        del form
        save = save_of(self.request.POST)
        if self.saving.draft_id is not None and save is not None:
            become_mailing(
                draft_id=self.saving.draft_id, form=save.form, seen=save.seen,
                known=id_of(self.request.POST.get("known", "")), mailing_id=mailing_id, actor=user_of(self.request),
            )  # fmt: skip

    def shown_form(self, form: MailingForm, **context: Any) -> HttpResponse:
        """Show the form, and how it stands to its draft."""
        return super().shown_form(form, saving=self.saving, **context)

    def shown_sheet(self, form: MailingForm, sheet: Sheet, counted: Counted, **context: Any) -> HttpResponse:
        """Show the sheet. It leads back to the draft: going back opens what was saved."""
        has_draft = self.saving.draft_id is not None and not self.saving.is_gone
        back = self.address() if has_draft else f"?form={form.cleaned_data['token']}"
        more = {"back": back, "known": self._became() or "", "is_draft": has_draft}
        return super().shown_sheet(form, sheet, counted, **more, **context)

    def _became(self) -> int | None:
        """Return the mailing that the draft has become."""
        draft = None if self.saving.draft_id is None else find_draft(self.saving.draft_id)
        return None if draft is None else draft.became
