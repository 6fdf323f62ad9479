"""The rules that decide which praise reaches leads: for HR and administrators."""

from django.contrib import messages
from django.core.exceptions import BadRequest
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_GET, require_http_methods, require_POST

from engagement import times
from engagement.people.access import require
from engagement.people.requests import PersonRequest
from kudos import access, actions, queries
from kudos.models import PraiseRule
from kudos.praise_forms import RuleForm
from kudos.praise_rules import why_set_aside

STEPS = {"up": -1, "down": 1}


@require_GET
def rules(request: PersonRequest) -> HttpResponse:
    """The rules in their order, in words, and what they do to the newest praise."""
    require(access.can_edit_praise_rules(request.user))
    found = queries.praise_rules()
    kept, tried = queries.try_praise_rules(found)
    context = {
        "rules": [(rule, why_set_aside(rule.facts)) for rule in found],
        "kinds": PraiseRule.Kind.choices,
        "kept": kept,
        "tried": tried,
    }
    return render(request, "kudos/praise/rules.html", context)


@require_http_methods(["GET", "POST"])
def add_rule(request: PersonRequest) -> HttpResponse:
    """A new rule of ``?kind=``."""
    require(access.can_edit_praise_rules(request.user))
    kind = request.GET.get("kind", PraiseRule.Kind.TOO_SHORT)
    if kind not in PraiseRule.Kind.values:
        raise BadRequest("no such kind")
    return _rule_page(request, PraiseRule(kind=kind))


@require_http_methods(["GET", "POST"])
def change_rule(request: PersonRequest, key: str) -> HttpResponse:
    return _rule_page(request, access.get_praise_rule_to_edit(request.user, key))


def _rule_page(request: PersonRequest, rule: PraiseRule) -> HttpResponse:
    """Shows the form; ``try`` tells what the rule would do, otherwise it is saved."""
    form = RuleForm(request.POST or None, rule=rule)
    context: dict[str, object] = {"form": form, "rule": rule}
    if request.method == "POST" and form.is_valid():
        changed = form.changed_rule()
        if "try" not in request.POST:
            actions.save_praise_rule(rule=changed, by=request.user, at=times.now())
            messages.success(request, _("Saved. It decides from now on."))
            return redirect("kudos:praise-rules")
        others = [one for one in queries.praise_rules() if one.pk != changed.pk]
        context["before"], context["tried"] = queries.try_praise_rules(queries.praise_rules())
        context["kept"], _tried = queries.try_praise_rules([*others, changed])
        context["words"] = why_set_aside(changed.facts)
    status = 422 if form.errors else 200
    return render(request, "kudos/praise/rule.html", context, status=status)


@require_POST
def move_rule(request: PersonRequest, key: str) -> HttpResponse:
    rule = access.get_praise_rule_to_edit(request.user, key)
    steps = STEPS.get(request.POST.get("to", ""), 0)
    actions.move_praise_rule(rule=rule, by=request.user, steps=steps, at=times.now())
    return redirect("kudos:praise-rules")


@require_POST
def delete_rule(request: PersonRequest, key: str) -> HttpResponse:
    rule = access.get_praise_rule_to_edit(request.user, key)
    actions.delete_praise_rule(rule=rule, by=request.user, at=times.now())
    messages.success(request, _("The rule is gone. What it set aside stays there."))
    return redirect("kudos:praise-rules")
