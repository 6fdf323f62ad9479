"""People: the directory, one's own page, and HR's administration."""

from django.urls import path, register_converter

from engagement.people.views import (
    activation,
    administration,
    directory,
    doors,
    me,
    organisation,
    roster,
)


class KeyConverter:
    """A public key: anything else is no address of ours, and never reaches the database."""

    regex = "[a-z][0-9a-z]{6,15}"

    def to_python(self, value: str) -> str:
        return value

    def to_url(self, value: str) -> str:
        return value


register_converter(KeyConverter, "key")

app_name = "people"
urlpatterns = [
    path("", directory.directory, name="directory"),
    path("options/", directory.options, name="options"),
    path("me/", me.me, name="me"),
    path("me/sign-in/", me.sign_in, name="me-sign-in"),
    path("language/", doors.language, name="language"),
    path("activate/", doors.activate, name="activate"),
    path("first-administrator/", doors.first_administrator, name="first-administrator"),
    path("administration/", administration.administration, name="administration"),
    path("roles/", administration.roles, name="roles"),
    path("roles/give/", administration.give_role, name="give-role"),
    path("roles/<int:pk>/end/", administration.end_role, name="end-role"),
    path("audit/", administration.audit, name="audit"),
    path("activation/", activation.activation, name="activation"),
    path("activation/sheet/", activation.activation_sheet, name="activation-sheet"),
    path("organisation/", organisation.organisation, name="organisation"),
    path("organisation/units/", organisation.open_unit, name="open-unit"),
    path("organisation/units/<key:key>/", organisation.manage_unit, name="manage-unit"),
    path("organisation/units/<key:key>/<slug:verb>/", organisation.change_unit, name="change-unit"),
    path("organisation/people/", organisation.hire_person, name="hire-person"),
    path(
        "organisation/people/<key:key>/<slug:verb>/",
        organisation.change_person,
        name="change-person",
    ),
    path("organisation/employers/", organisation.create_employer, name="create-employer"),
    path("organisation/sites/", organisation.create_site, name="create-site"),
    path("organisation/sites/<key:key>/", organisation.change_site, name="change-site"),
    path("organisation/sites/<key:key>/close/", organisation.close_site, name="close-site"),
    path("roster/", roster.roster, name="roster"),
    path("roster/current/", roster.roster_current, name="roster-current"),
    path("roster/sample/", roster.roster_sample, name="roster-sample"),
    path("roster/<key:key>/", roster.roster_import, name="roster-import"),
    path("roster/<key:key>/confirm/", roster.roster_confirm, name="roster-confirm"),
    path("roster/<key:key>/abandon/", roster.roster_abandon, name="roster-abandon"),
    path("roster/<key:key>/errors/", roster.roster_errors, name="roster-errors"),
    path("units/<key:key>/", directory.unit, name="unit"),
    path("<key:key>/", directory.person, name="person"),
]
