"""What administration leaves behind: codes, roster files, the audit log."""

from typing import Any

from django.db import models
from django.db.models import Q
from django.db.models.fields.json import JSONField

from engagement.keys import KeyMaker
from engagement.people.models.persons import Person


class ActivationCode(models.Model):
    """A code on paper that lets a person without work mail in. Used once; only its hash is kept."""

    person = models.ForeignKey(Person, on_delete=models.CASCADE, related_name="activation_codes")
    code_hash = models.CharField(max_length=64, unique=True)
    created_at = models.DateTimeField()
    created_by = models.ForeignKey(
        Person, null=True, on_delete=models.SET_NULL, related_name="issued_activation_codes"
    )
    expires_at = models.DateTimeField()
    used_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        constraints = [
            # A new code replaces the old one: two sheets of paper are never valid at once.
            models.UniqueConstraint(
                "person", condition=Q(used_at__isnull=True), name="one_unused_code_a_person"
            )
        ]

    def __str__(self) -> str:
        return f"{self.person} {self.created_at:%Y-%m-%d}"


class RosterImport(models.Model):
    """One roster file from upload to its end. The file is kept only until it is applied or refused."""

    key = models.CharField(max_length=16, unique=True, default=KeyMaker("r"), editable=False)
    filename = models.CharField(max_length=200)
    content = models.BinaryField(null=True)
    uploaded_by = models.ForeignKey(
        Person, null=True, on_delete=models.SET_NULL, related_name="roster_imports"
    )
    # Run by whoever holds the server, not by a person with a role: no employer boundary.
    is_from_terminal = models.BooleanField(default=False)
    uploaded_at = models.DateTimeField()
    # Claimed by a worker until then; a killed worker's claim runs out and the next one goes on.
    lease_until = models.DateTimeField(null=True, blank=True)
    # A file that brings down its worker every time is given up after a few claims.
    attempt_count = models.PositiveSmallIntegerField(default=0)
    rows_read = models.PositiveIntegerField(default=0)
    row_count = models.PositiveIntegerField(null=True, blank=True)
    compared_at = models.DateTimeField(null=True, blank=True)
    confirmed_at = models.DateTimeField(null=True, blank=True)
    confirmed_mass_leave = models.BooleanField(default=False)
    # The people had changed when it was to be applied: a new preview is waiting to be looked at.
    overtaken_at = models.DateTimeField(null=True, blank=True)
    applied_at = models.DateTimeField(null=True, blank=True)
    abandoned_at = models.DateTimeField(null=True, blank=True)
    # File, errors and differences hold personal data; then they were deleted. Counts stay.
    purged_at = models.DateTimeField(null=True, blank=True)
    # [{"row": 12, "column": "email", "value": "…", "reason": "email_taken", "facts": {…}}]
    errors = JSONField(default=list)
    error_count = models.PositiveIntegerField(default=0)
    # {"new": […], "changed": […], "moved": […], "leaving": […]} as shown in the preview
    differences = JSONField(default=dict)
    # {"new": 12, "changed": 3, …}: counts, nothing personal
    summary = JSONField(default=dict)
    # Fingerprint of the differences as previewed; another import in between changes them.
    compared_with = models.CharField(max_length=64, blank=True)
    # Why it could not be carried out, as a key of `people.roster.reasons`.
    failure = models.TextField(blank=True)

    class Meta:
        indexes = [
            models.Index(
                fields=["uploaded_at"],
                name="roster_import_waiting",
                condition=Q(applied_at__isnull=True, abandoned_at__isnull=True),
            )
        ]

    def __str__(self) -> str:
        return f"{self.filename} {self.uploaded_at:%Y-%m-%d}"


class AuditEntry(models.Model):
    """An administrative act. The database refuses to change or delete these rows."""

    at = models.DateTimeField()
    actor = models.ForeignKey(
        Person, null=True, blank=True, on_delete=models.PROTECT, related_name="audited_acts"
    )
    verb = models.CharField(max_length=60)
    subject = models.CharField(max_length=200, blank=True)
    detail = JSONField(default=dict)

    class Meta:
        indexes = [models.Index(fields=["-at", "-id"], name="audit_entry_newest_first")]

    def __str__(self) -> str:
        return f"{self.at:%Y-%m-%d %H:%M} {self.verb} {self.subject}"


def audit_detail(**facts: Any) -> dict[str, Any]:
    """``facts`` without the empty ones, as an audit entry keeps them."""
    return {name: value for name, value in facts.items() if value not in (None, "", [])}
