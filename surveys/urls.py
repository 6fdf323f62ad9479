from django.urls import path

from surveys.views import counting, editing, instruments, launching, paper, protocol, surveys

app_name = "surveys"
urlpatterns = [
    path("", surveys.index, name="index"),
    path("limits/", surveys.limits, name="limits"),
    path("manage/", editing.manage, name="manage"),
    path("new/", editing.create, name="create"),
    path("instruments/", instruments.instruments, name="instruments"),
    # A hyphen: no instrument's key has one.
    path("instruments/of-our-own/", instruments.create, name="create-instrument"),
    path("instruments/from-file/", instruments.import_file, name="import-instrument"),
    path("instruments/<slug:key>/", instruments.instrument, name="instrument"),
    path("instruments/<slug:key>/<int:number>/", instruments.instrument, name="instrument-version"),
    path("instruments/<slug:key>/<int:number>/file/", instruments.export, name="export-instrument"),
    path(
        "instruments/<slug:key>/<int:number>/change/", instruments.change, name="change-instrument"
    ),
    path(
        "instruments/<slug:key>/next-version/",
        instruments.create_version,
        name="create-instrument-version",
    ),
    path("instruments/<slug:key>/copy/", instruments.copy, name="copy-instrument"),
    path("instruments/<slug:key>/retire/", instruments.retire, name="retire-instrument"),
    path("<str:key>/", surveys.detail, name="detail"),
    path("<str:key>/manifest.json", protocol.manifest, name="manifest"),
    path("<str:key>/start", protocol.start, name="start"),
    path("<str:key>/issue", protocol.issue, name="issue"),
    path("<str:key>/count/", counting.count, name="count"),
    path("<str:key>/receipts/", surveys.receipts, name="receipts"),
    path("<str:key>/me", protocol.me, name="me"),
    path("<str:key>/sample/", surveys.sample, name="sample"),
    path("<str:key>/poster/", paper.poster, name="poster"),
    path("<str:key>/codes/", paper.codes, name="codes"),
    path("<str:key>/edit/", editing.edit, name="edit"),
    path("<str:key>/groups/", editing.groups, name="groups"),
    path("<str:key>/preview/", editing.preview, name="preview"),
    path("<str:key>/copy/", editing.copy, name="copy"),
    path("<str:key>/delete/", editing.delete, name="delete"),
    path("<str:key>/checklist/", launching.checklist, name="checklist"),
    path("<str:key>/cells/", launching.cells, name="cells"),
    path("<str:key>/freeze/", launching.freeze, name="freeze"),
    path("<str:key>/unfreeze/", launching.unfreeze, name="unfreeze"),
    path("<str:key>/review/", launching.review, name="review"),
    path("<str:key>/launch/", launching.launch, name="launch"),
    path("<str:key>/extend/", launching.extend, name="extend"),
    path("<str:key>/cancel/", launching.cancel, name="cancel"),
]
