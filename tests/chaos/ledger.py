"""The final account: what was promised against what is there."""

from collections import Counter

from tests.chaos.clients import Thanks
from tests.chaos.stage import Stage
from tests.notices.smtp_server import SmtpServer

# Our kudos, and of each how many rows there are.
COUNTS = "SELECT message, count(*), min(key), bool_or(withdrawn_at IS NOT NULL) FROM kudos_kudos WHERE message LIKE 'Kaos %%' GROUP BY message"
MAILS = (
    "SELECT d.message_id, d.sent_at IS NOT NULL, d.cancelled_at IS NOT NULL,"
    " d.gave_up_at IS NOT NULL, k.withdrawn_at IS NOT NULL"
    " FROM notices_delivery d JOIN notices_notice n ON n.id = d.notice_id"
    " JOIN kudos_kudos k ON k.key = n.source WHERE k.message LIKE 'Kaos %%'"
)


def kudos_problems(stage: Stage, given: list[Thanks]) -> tuple[list[str], str]:
    """Lost, doubled or not withdrawn; and a line for the report."""
    found = {message: (count, gone) for message, count, _, gone in stage.rows(COUNTS)}
    answered = [one for one in given if one.is_answered]
    lost = [one for one in answered if found.get(one.message, (0, False))[0] == 0]
    doubled = [message for message, (count, _) in found.items() if count > 1]
    standing = [
        one for one in answered if one.is_withdrawn and not found.get(one.message, (0, True))[1]
    ]
    problems = [
        f"{len(ones)} thank-yous {what}"
        for ones, what in ((lost, "lost"), (doubled, "double"), (standing, "not withdrawn"))
        if ones
    ]
    unanswered = len(given) - len(answered)
    if unanswered:
        problems.append(f"{unanswered} thank-yous were never answered")
    line = (
        f"thank-yous: {len(answered)} answered, {len(lost)} lost, {len(doubled)} double, "
        f"{unanswered} never answered, {sum(one.is_withdrawn for one in given)} withdrawn"
    )
    return problems, line


def mails_waiting(stage: Stage) -> int:
    """Mails of ours that are due and have not come to an end."""
    return sum(not (sent or cancelled or gave_up) for _, sent, cancelled, gave_up, _ in stage.rows(MAILS))  # fmt: skip


def mail_problems(stage: Stage, server: SmtpServer, *, window: int) -> tuple[list[str], str]:
    """``window``: how many mails may have gone twice, one for each time their sender was killed."""
    arrived = Counter(str(taken.message["Message-ID"]).strip("<>") for taken in list(server.mails))
    rows = stage.rows(MAILS)
    [(notices,)] = stage.rows(
        "SELECT count(*) FROM kudos_kudosreceiver r JOIN kudos_kudos k ON k.id = r.kudos_id"
        " JOIN people_person p ON p.id = r.person_id"
        " WHERE k.message LIKE 'Kaos %%' AND p.email <> ''"
    )
    missing = [key for key, sent, *_ in rows if sent and not arrived[key]]
    due = [key for key, sent, cancelled, _, gone in rows if not sent and not (cancelled and gone)]
    twice = [key for key, count in arrived.items() if count > 1]
    problems = []
    if len(rows) != notices:
        problems.append(f"{notices} people should be told by mail, {len(rows)} mails were made")
    if due:
        problems.append(f"{len(due)} mails that are due have not left")
    if missing:
        problems.append(f"{len(missing)} mails are marked as sent and did not arrive")
    if len(twice) > window or any(count > 2 for count in arrived.values()):
        problems.append(f"{len(twice)} mails went out twice")
    line = (
        f"mails: {len(arrived)} arrived, {len(due)} missing, {len(missing)} only marked as sent, "
        f"{len(twice)} twice (window: {window}), "
        f"{sum(1 for row in rows if row[2])} cancelled by a withdrawal"
    )
    return problems, line
