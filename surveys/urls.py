from django.urls import path

from surveys.views import counting, editing, launching, protocol, surveys

app_name = "surveys"
urlpatterns = [
    path("", surveys.index, name="index"),
    path("limits/", surveys.limits, name="limits"),
    path("manage/", editing.manage, name="manage"),
    path("new/", editing.create, name="create"),
    path("<str:key>/", surveys.detail, name="detail"),
    path("<str:key>/manifest.json", protocol.manifest, name="manifest"),
    path("<str:key>/start", protocol.start, name="start"),
    path("<str:key>/issue", protocol.issue, name="issue"),
    path("<str:key>/count/", counting.count, name="count"),
    path("<str:key>/receipts/", surveys.receipts, name="receipts"),
    path("<str:key>/me", protocol.me, name="me"),
    path("<str:key>/sample/", surveys.sample, name="sample"),
    path("<str:key>/poster/", surveys.poster, name="poster"),
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
