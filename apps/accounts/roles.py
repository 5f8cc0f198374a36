"""Who may do what: one table (01-domain, "Who uses it"). Nothing else decides what a role may do."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class Role(models.TextChoices):
    CASEWORKER = "caseworker", _("Caseworker")
    REVIEWER = "reviewer", _("Second reviewer")
    MANAGER = "manager", _("Manager")
    IMPORT_ADMINISTRATOR = "import_administrator", _("Import administrator")
    AUDITOR = "auditor", _("Auditor")
    NATIONAL_COORDINATOR = "national_coordinator", _("National coordinator")


class Permission(models.TextChoices):
    SEE_DELIVERIES = "see_deliveries", _("See messages and worklists")
    DECIDE = "decide", _("Decide what became of a message")
    ASSIGN = "assign", _("Give messages to people of the service")
    SECOND_LOOK = "second_look", _("Give a second look")
    SEE_DECISION_TEXTS = "see_decision_texts", _("Read what decisions say")
    EXPORT = "export", _("Take lists out as files")
    IMPORT_FILES = "import_files", _("Bring in files")
    SEE_IMPORTS = "see_imports", _("See imports and their accounts")
    SEE_REJECTIONS = "see_rejections", _("See rejected lines")
    SEE_FIGURES = "see_figures", _("See figures")
    SEE_OVERVIEW = "see_overview", _("See how old open work is, and the signed controls")
    SIGN_CONTROLS = "sign_controls", _("Sign the control of a period")
    ISSUE_STATEMENTS = "issue_statements", _("Issue statements of figures")
    SEE_ACROSS = "see_across", _("See figures across services")
    MANAGE_MEMBERS = "manage_members", _("Say who belongs to the service")
    MANAGE_SERVICES = "manage_services", _("Make services over several municipalities")
    TAKE_ON_ALARMS = "take_on_alarms", _("Take on alarms and register test messages")
    SEE_TRAIL = "see_trail", _("See who saw and did what")
    REVIEW_INCIDENTS = "review_incidents", _("Review incidents and mark outages")
    ANSWER_REVIEWS = "answer_reviews", _("Answer for the service in the review of an incident")
    SEE_BREACHES = "see_breaches", _("See breaches of personal data and how much of their 72 hours is left")
    REPORT_BREACHES = "report_breaches", _("Note breaches of personal data and whom they were told to")


P = Permission
ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    Role.CASEWORKER: frozenset({P.SEE_DELIVERIES, P.DECIDE, P.SECOND_LOOK, P.SEE_DECISION_TEXTS, P.EXPORT, P.SEE_IMPORTS, P.SEE_FIGURES, P.TAKE_ON_ALARMS}),
    Role.REVIEWER: frozenset({P.SEE_DELIVERIES, P.SECOND_LOOK, P.SEE_DECISION_TEXTS, P.SEE_IMPORTS, P.SEE_FIGURES}),
    Role.MANAGER: frozenset(
        {
            P.SEE_DELIVERIES,
            P.DECIDE,
            P.ASSIGN,
            P.SECOND_LOOK,
            P.SEE_DECISION_TEXTS,
            P.EXPORT,
            P.SEE_IMPORTS,
            P.SEE_REJECTIONS,
            P.SEE_FIGURES,
            P.SEE_OVERVIEW,
            P.SIGN_CONTROLS,
            P.ISSUE_STATEMENTS,
            P.MANAGE_MEMBERS,
            P.REVIEW_INCIDENTS,
            P.ANSWER_REVIEWS,
            P.SEE_BREACHES,
            P.REPORT_BREACHES,
            P.TAKE_ON_ALARMS,
        }
    ),
    Role.IMPORT_ADMINISTRATOR: frozenset(
        {P.SEE_DELIVERIES, P.IMPORT_FILES, P.SEE_IMPORTS, P.SEE_REJECTIONS, P.SEE_FIGURES, P.SEE_OVERVIEW, P.MANAGE_SERVICES, P.TAKE_ON_ALARMS}
    ),
    Role.AUDITOR: frozenset(
        {P.SEE_DELIVERIES, P.SEE_DECISION_TEXTS, P.SEE_IMPORTS, P.SEE_REJECTIONS, P.SEE_FIGURES, P.SEE_OVERVIEW, P.SEE_TRAIL, P.SEE_BREACHES}
    ),
    Role.NATIONAL_COORDINATOR: frozenset({P.SEE_FIGURES, P.SEE_ACROSS, P.REVIEW_INCIDENTS}),
}

# A national coordinator belongs to no service: figures of all of them, and no rows.
NATIONAL = frozenset({Role.NATIONAL_COORDINATOR})

# The person who sets the system up, before anybody belongs anywhere: arranges services and people, and sees no message.
SUPERUSER_PERMISSIONS = frozenset({P.MANAGE_MEMBERS, P.MANAGE_SERVICES})


def roles_with(permission: Permission) -> tuple[Role, ...]:
    """The roles that give a permission, in the table's order."""
    return tuple(role for role, permissions in ROLE_PERMISSIONS.items() if permission in permissions)
