"""Pages of the admin site that undo nothing of what others did."""

from typing import TYPE_CHECKING, Any, cast, override

from django import forms
from django.db import transaction

if TYPE_CHECKING:
    from django.contrib.admin import ModelAdmin
    from django.db.models import Field, Model
    from django.forms import ModelForm
    from django.http import HttpRequest, HttpResponse

    Base = ModelAdmin[Any]
else:
    Base = object


class KeepsOthersChanges(Base):
    """Writes what somebody changed on a page, and not all that it showed.

    Django writes all columns: an e-mail that was confirmed since the page was opened, or
    a password that is set at this moment, would be the former one again. What a form
    declares itself, and rows in inlines, are written as ever.
    """

    @override
    def get_object(
        self, request: "HttpRequest", object_id: str, from_field: str | None = None
    ) -> "Model | None":
        """Find a row; while it is saved, others wait."""
        found = super().get_object(request, object_id, from_field)
        is_atomic = transaction.get_connection().in_atomic_block
        if found and request.method == "POST" and is_atomic:
            rows = type(found)._base_manager.select_for_update()
            rows.filter(pk=found.pk).first()
            found = super().get_object(request, object_id, from_field)
        return found

    @override
    def changeform_view(
        self, request: "HttpRequest", *args: Any, **kwargs: Any
    ) -> "HttpResponse":
        """Complete what a page sent: an empty list has no input, and a time has two."""
        if any(name.startswith("initial-") for name in request.POST):
            sent = request.POST.copy()
            for field in (*self.opts.concrete_fields, *self.opts.many_to_many):
                name = f"initial-{field.name}"
                if field.many_to_many or f"{name}_0" in sent:
                    sent.setlistdefault(name)
            request.POST = cast("Any", sent)
        return super().changeform_view(request, *args, **kwargs)

    @override
    def formfield_for_dbfield(
        self, db_field: "Field[Any, Any]", request: "HttpRequest", **kwargs: Any
    ) -> forms.Field | None:
        """Let the page send what it showed, too."""
        field = super().formfield_for_dbfield(db_field, request, **kwargs)
        if field and not isinstance(field, forms.FileField):
            # What is sent without is compared with the row, as ever. In a list each row
            # has a prefix.
            end = f"-{db_field.name}"
            sent = (it for it in request.POST if it.startswith("initial-"))
            is_sent = any(it.endswith(end) for it in sent)
            field.show_hidden_initial = is_sent or request.method != "POST"
        return field

    @override
    def save_form(
        self, request: "HttpRequest", form: "ModelForm[Any]", change: bool
    ) -> Any:
        """Take from a form what somebody changed."""
        row = super().save_form(request, form, change)
        kept = set(form.cleaned_data) & form.initial.keys() - set(form.changed_data)
        for field in (*row._meta.concrete_fields, *row._meta.many_to_many):
            if change and field.name in kept:
                if field.many_to_many:
                    # Else save_m2m would set what it was.
                    del form.cleaned_data[field.name]
                else:
                    setattr(row, field.attname, form.initial[field.name])
        return row
