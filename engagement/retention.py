"""The privacy policy as a program: every field of every table, what it is for, when it is deleted.

`tests/test_privacy.py` fails for a field that is not here, and proves each rule by letting its job
run. `docs/privacy.md` shows the same tables to people. Nothing here is read while pages are served.
"""

from collections.abc import Iterator
from dataclasses import dataclass


@dataclass(frozen=True)
class Rule:
    """How long something is kept, and the job that ends it."""

    name: str
    kept: str
    # Called with ``at``, by the task below, which the schedule of `engagement.celery` runs.
    deleted_by: str
    task: str


def _rule(name: str, kept: str, room: str, job: str) -> Rule:
    actions = "actions.roster" if job == "purge_rosters" else "actions"
    return Rule(name, kept, f"{room}.{actions}.{job}", f"{room}.tasks.{job}")


PEOPLE, NOTICES = "engagement.people", "engagement.notices"
LEAVERS = _rule(
    "leavers",
    "Until twelve months after the last day; then emptied or deleted",
    PEOPLE,
    "forget_leavers",
)
HISTORY = _rule(
    "history",
    "Stays, for counting; twelve months after the last day nobody is named by it any more",
    PEOPLE,
    "forget_leavers",
)
CODES = _rule(
    "activation codes",
    "30 days after the code was used or ran out",
    PEOPLE,
    "purge_activation_codes",
)
ROSTERS = _rule(
    "rosters",
    "7 days; a file that was carried out is deleted at once, counts stay",
    PEOPLE,
    "purge_rosters",
)
AUDIT = _rule(
    "audit log",
    "Five years. Until then the database refuses to change or delete an entry; afterwards deleted",
    PEOPLE,
    "purge_audit",
)
SESSIONS = _rule(
    "sessions",
    "Until signing out, at most 30 days after signing in",
    PEOPLE,
    "purge_sessions",
)
SIGN_IN_LIMITS = _rule(
    "sign-in limits",
    "Until the limit is over, minutes to hours",
    PEOPLE,
    "purge_sign_in_limits",
)
CELEBRATIONS = _rule(
    "wall cards",
    "7 days after the wall has stopped showing it, which is a day after the thank-you; what it"
    " says at once when it is taken down before",
    "engagement.live",
    "purge_celebrations",
)
NOTICE_READ = _rule(
    "notices",
    "90 days after it was read, a year when nobody reads it, 30 days when it was withdrawn; a"
    " reminder of a survey until its reader has a ballot or the survey closes",
    NOTICES,
    "purge_notices",
)
DELIVERIES = _rule(
    "mails",
    "The words until the mail is sent; the rest 30 days after it was sent, given up or cancelled; a"
    " reminder of a survey until it is sent, at most until the survey closes",
    NOTICES,
    "purge_notices",
)
NOTICE_CHOICES = _rule(
    "choices of notices",
    "30 days after the last day",
    NOTICES,
    "purge_notices",
)
TOKENS = _rule(
    "API tokens",
    "90 days after it was revoked, ran out, or its person left",
    "engagement.api",
    "purge_tokens",
)
ANSWERS = _rule(
    "API answers",
    "24 hours",
    "engagement.api",
    "purge_api_leftovers",
)
RATES = _rule(
    "rate limits",
    "Until the limit is over, minutes to hours",
    "engagement.api",
    "purge_api_leftovers",
)
KUDOS = _rule(
    "thank-yous",
    "24 months; 30 days when withdrawn or hidden. A person who is forgotten before is no longer named in it",
    "kudos",
    "purge_kudos",
)
REPORTS = _rule(
    "reports",
    "90 days after it was decided; what nobody decided goes with the thank-you",
    "kudos",
    "purge_reports",
)
PRAISE = _rule(
    "customer praise",
    "30 days after it came when nobody handles it, 14 days when it was set aside or put away, 30 days"
    " after it was passed on (the thank-you stays); what was not passed on when the person leaves",
    "kudos",
    "purge_praise",
)
SCREENS = _rule(
    "screens",
    "90 days after the screen was taken down",
    "engagement.wallboards",
    "purge_screens",
)
PAIRINGS = _rule(
    "pairing codes",
    "An hour after the code ran out",
    "engagement.wallboards",
    "purge_pairings",
)
ROLLS = _rule(
    "survey rolls",
    "Until the survey closes or is cancelled; then only how many took part",
    "surveys",
    "close_surveys",
)
SURVEYS = _rule(
    "surveys",
    "As many months after the count as the survey promised; a year for drafts and cancelled ones",
    "surveys",
    "purge_surveys",
)
SHIFTS = Rule(
    "shift rosters",
    "14 days after the shift; a roster file until its preview is answered, at most a day",
    "events.actions.rosters.purge_shifts",
    "events.tasks.purge_shifts",
)
CALENDARS = _rule(
    "calendars",
    "An address until it is renewed or taken back, the last night after the last day; that somebody"
    " was reminded until the sitting is over",
    "events",
    "purge_calendars",
)
ENTRIES_OF_COMPETITIONS = _rule(
    "competition entries",
    "14 days after the competition is over or cancelled; sums and places of groups stay",
    "events",
    "erase_entries",
)
GROUPS_OF_COMPETITIONS = _rule(
    "competition groups",
    "A year after the competition is over or cancelled",
    "events",
    "purge_groups",
)
SIGNUPS = _rule(
    "sign-ups",
    "90 days after the sitting",
    "events",
    "purge_signups",
)
WISHES = _rule(
    "wishes for the kitchen",
    "Until the sitting is over, or its person leaves it",
    "events",
    "erase_wishes",
)
ANNOUNCEMENTS = Rule(
    "announcements",
    "24 months after it was sent; a draft a year after it was last changed",
    "events.actions.announcing.purge_announcements",
    "events.tasks.purge_announcements",
)
READINGS = Rule(
    "readings",
    "90 days after it was sent or corrected, a week after it was over or withdrawn; blurred counts stay",
    "events.actions.announcing.purge_readings",
    "events.tasks.purge_readings",
)
IDEA_VOTES = _rule(
    "votes for ideas",
    "Until it is decided, at most 120 days; who gives their name stays with the idea",
    "events",
    "lapse_ideas",
)
IDEA_REPORTS = _rule(
    "reports of ideas",
    "90 days after it was decided; what nobody decided goes with the idea",
    "events",
    "purge_idea_reports",
)
IDEAS = _rule(
    "ideas",
    "A year after it was decided",
    "events",
    "purge_ideas",
)
OPINIONS = _rule(
    "who has said how an event was",
    "Three days after the event; then only numbers, and none of fewer than five",
    "events",
    "close_tallies",
)
PHOTOS = _rule(
    "photos",
    "180 days, 14 when somebody on it does not answer; at once when somebody on it says no or has"
    " left",
    "events",
    "purge_photos",
)
RULES = (
    LEAVERS, HISTORY, CODES, ROSTERS, AUDIT, SESSIONS, SIGN_IN_LIMITS, CELEBRATIONS, NOTICE_READ,
    DELIVERIES, NOTICE_CHOICES, TOKENS, ANSWERS, RATES, KUDOS, REPORTS, PRAISE, SCREENS, PAIRINGS,
    ROLLS, SURVEYS, SHIFTS, CALENDARS, SIGNUPS, WISHES, ENTRIES_OF_COMPETITIONS,
    GROUPS_OF_COMPETITIONS, ANNOUNCEMENTS, READINGS, IDEA_VOTES, IDEA_REPORTS, IDEAS, OPINIONS,
    PHOTOS,
)  # fmt: skip


@dataclass(frozen=True)
class Entry:
    """Fields of one table. ``rule`` is None for those that tell nothing about a person."""

    model: str
    fields: tuple[str, ...]
    # In the words of docs/privacy.md; empty for what is not personal.
    what: str = ""
    purpose: str = ""
    rule: Rule | None = None


def _personal(model: str, fields: str, what: str, purpose: str, rule: Rule) -> Entry:
    return Entry(model, tuple(fields.split()), what, purpose, rule)


def _impersonal(model: str, fields: str) -> Entry:
    return Entry(model, tuple(fields.split()))


FIND = "To be found, reached and thanked by colleagues"
ENTRIES = (
    # --- people ---
    _personal(
        "people.Person",
        "given_name family_name employee_number title search_text sort_name",
        "Name, employee number, title",
        FIND,
        LEAVERS,
    ),
    _personal(
        "people.Person",
        "email phone",
        "E-mail and phone",
        "Signing in, messages; colleagues at the same employer see them",
        LEAVERS,
    ),
    _personal(
        "people.Person",
        "password last_login",
        "Password (as a hash) and last sign-in",
        "Signing in; seeing who never got in",
        LEAVERS,
    ),
    _personal(
        "people.Person",
        "manager shift_pattern language wall_choice keeps_thanks_private is_thanked_by_partners"
        " celebrates_milestones",
        "Manager, usual shift, language, choices about walls and thanks",
        "Showing the right things to the right people",
        LEAVERS,
    ),
    _personal(
        "people.Person",
        "id key employer started_on left_on",
        "Employer, first and last day, a random id",
        "How many worked where on a date",
        HISTORY,
    ),
    _personal(
        "people.Membership",
        "id person unit from_on to_on",
        "Which team, from when to when",
        "How many worked where on a date; who may read what",
        HISTORY,
    ),
    _personal(
        "people.RoleAssignment",
        "id person role employer site unit from_at to_at",
        "Roles, such as team lead or safety delegate",
        "Rights in the product",
        LEAVERS,
    ),
    _personal(
        "account.EmailAddress",
        "id user email verified primary",
        "E-mail for signing in",
        "Signing in",
        LEAVERS,
    ),
    _personal(
        "account.EmailConfirmation",
        "id email_address created sent key",
        "Confirmation of an e-mail address (not in use)",
        "Signing in",
        LEAVERS,
    ),
    _personal(
        "people.ActivationCode",
        "id person code_hash created_at created_by expires_at used_at",
        "Code on paper (as a hash), who made it, when it was used",
        "Signing in without work mail",
        CODES,
    ),
    _personal(
        "people.RosterImport",
        "content errors differences compared_with",
        "Roster file and what it would change",
        "Keeping people up to date with the personnel system",
        ROSTERS,
    ),
    _personal(
        "people.RosterImport",
        "uploaded_by filename",
        "Who sent a roster, and its file name",
        "Knowing where facts came from",
        HISTORY,
    ),
    _impersonal(
        "people.RosterImport",
        "id key is_from_terminal uploaded_at lease_until attempt_count rows_read row_count"
        " compared_at confirmed_at confirmed_mass_leave overtaken_at applied_at abandoned_at"
        " purged_at error_count summary failure",
    ),
    _personal(
        "people.AuditEntry",
        "id at actor verb subject detail",
        "Who did what in the administration. People by their id, not by name",
        "Finding out about mistakes and abuse",
        AUDIT,
    ),
    _impersonal("people.Employer", "id key name is_partner"),
    _impersonal("people.Site", "id key name city timezone closed_on"),
    _impersonal("people.Unit", "id key name employer opened_on closed_on stated_headcount"),
    _impersonal("people.UnitPlacement", "id unit parent site from_on to_on"),
    _impersonal("people.ShiftPattern", "id key name_nb name_en weekdays starts_at ends_at"),
    # --- signing in ---
    _personal(
        "sessions.Session",
        "session_key session_data expire_date",
        "That a browser is signed in",
        "Staying signed in",
        SESSIONS,
    ),
    _personal(
        "django_cache",
        "cache_key value expires",
        "Attempts to sign in, by network or e-mail address (as a hash)",
        "Stopping people who guess passwords",
        SIGN_IN_LIMITS,
    ),
    # --- coverage of events ---
    _personal(
        "events.RosterDay",
        "id person day",
        "On which days your shift roster is known",
        "Keeping enough people on the phones while others are at events",
        SHIFTS,
    ),
    _personal(
        "events.RosterShift",
        "id roster_day person starts_at ends_at",
        "When you work: from when to when",
        "Keeping enough people on the phones while others are at events",
        SHIFTS,
    ),
    _personal(
        "events.ShiftFile",
        "id key filename content uploaded_by uploaded_at",
        "A shift roster file that waits for a yes, and who sent it",
        "Looking at a roster before it counts",
        SHIFTS,
    ),
    _impersonal("events.HeadCount", "id unit starts_at ends_at count"),
    _impersonal("events.CoverageRule", "id unit most_away_percent least_on_phones"),
    _impersonal("events.CoverageBreach", "id key unit sitting starts_at ends_at told_at"),
    _impersonal("events.CoverageLift", "id unit sitting reason lifted_at"),
    # --- live ---
    _personal(
        "live.Celebration",
        "id key kind source cards show_from show_until withdrawn_at",
        "Cards on walls: first names of those who agreed, the message or how many years, what a photo shows in"
        " words",
        "Showing thank-yous on screens at work",
        CELEBRATIONS,
    ),
    _impersonal("live.StreamEvent", "id stream seq celebration op"),
    _impersonal("live.Stream", "id unit site employer seq"),
    # --- notices ---
    _personal(
        "notices.Notice",
        "id key person kind source parameters link created_at show_from read_at withdrawn_at",
        "Notices to a person, and when they were read",
        "Telling people what concerns them",
        NOTICE_READ,
    ),
    _personal(
        "notices.Delivery",
        "id key notice reader slot_at digest to subject text html message_id created_at due_at"
        " sent_at gave_up_at cancelled_at reason last_error",
        "Mails: to whom, when, and why one failed",
        "Bringing mails through also when a mail server is down",
        DELIVERIES,
    ),
    _impersonal("notices.Delivery", "channel next_attempt_at attempt_count lease_until"),
    _personal(
        "notices.NoticeChoice",
        "id person kind way",
        "Which notices somebody gets, and in which way, where they chose",
        "Sending people what they want to get",
        NOTICE_CHOICES,
    ),
    _personal(
        "notices.NoticeHours",
        "person is_quiet quiet_from quiet_to",
        "Quiet hours, where somebody chose their own",
        "Sending no mails at night",
        NOTICE_CHOICES,
    ),
    _impersonal("notices.Outage", "channel since_at last_tried_at last_error"),
    # --- api ---
    _personal(
        "api.ApiToken",
        "id key person name prefix token_hash scopes created_at created_by expires_at revoked_at"
        " last_used_on",
        "Keys for programs (as a hash), for whom they act, the last day of use",
        "Letting other systems in, within limits",
        TOKENS,
    ),
    _personal(
        "api.IdempotentAnswer",
        "id person token method path key body_hash created_at status headers body",
        "Answers to programs that call",
        "The same call twice does the thing once",
        ANSWERS,
    ),
    _personal(
        "api.RateBucket",
        "name full_at",
        "How fast calls come, by token, person or network address",
        "Stopping whoever calls too often or guesses codes",
        RATES,
    ),
    # --- kudos ---
    _personal(
        "kudos.Kudos",
        "id key giver message value audience wants_wall look from_unit is_from_customer created_at"
        " show_from released_at withdrawn_at hidden_at left_feeds_at once search_words",
        "Thank-yous: from whom, the message, the value, who may read it",
        "Thanking colleagues",
        KUDOS,
    ),
    _personal(
        "kudos.KudosReceiver",
        "id kudos giver person unit site shift_pattern show_from is_private off_wall_at",
        "Thank-yous: to whom, and whether taken off the walls",
        "Thanking colleagues",
        KUDOS,
    ),
    _personal(
        "kudos.KudosReach",
        "id kudos stream show_from value",
        "Thank-yous: in which teams' feeds",
        "Showing them to those who may read them",
        KUDOS,
    ),
    _personal(
        "kudos.Comment",
        "id key kudos author text created_at withdrawn_at hidden_at once",
        "What was said under a thank-you, and by whom",
        "Talking about what was good",
        KUDOS,
    ),
    _personal(
        "kudos.Reaction",
        "id kudos person kind at",
        "Who reacted to a thank-you, and how",
        "Seeing that others agree",
        KUDOS,
    ),
    _personal(
        "kudos.Mention",
        "id kudos comment person starts_at ends_at",
        "Who is named with @ in a thank-you or a comment",
        "Telling them",
        KUDOS,
    ),
    _personal(
        "kudos.Report",
        "id kudos comment reporter reason note created_at decision",
        "Who reported a thank-you or a comment, and why. Those who decide read it, nobody else",
        "Taking away what hurts",
        REPORTS,
    ),
    _personal(
        "kudos.Decision",
        "id key kudos comment outcome reason by at undone_at undone_by",
        "What was decided about it, and by whom",
        "Taking away what hurts, and answering for it",
        REPORTS,
    ),
    _impersonal("kudos.WarnedWord", "id language word folded"),
    _impersonal("kudos.KudosPolicy", "id leavers gone_after_days changed_at"),
    _personal(
        "kudos.Praise",
        "id key source external_id text language agent topic score happened_at received_at flags"
        " set_aside_at set_aside_reason approved_at approved_by kudos dismissed_at dismissed_by tray",
        "What customers said about an agent, what looks personal in it, and who decided about it",
        "Passing praise on without telling who the customer is",
        PRAISE,
    ),
    _impersonal("kudos.PraiseRule", "id key position kind source count score words"),
    _personal(
        "kudos.Milestone",
        "id key person kind years on celebrated_at",
        "Years of service and first days that were celebrated, of those who want it",
        "Celebrating each once",
        KUDOS,
    ),
    _impersonal("kudos.Counter", "id key name_nb name_en value updated_at"),
    _impersonal("kudos.Goal", "id key counter target words_nb words_en created_at reached_at"),
    _impersonal("kudos.Value", "id key name_nb name_en hue emblem position retired_at"),
    # --- surveys: no answer is here, see docs/ballots.md ---
    _personal(
        "surveys.RollEntry",
        "id survey person cell is_collected blinded_digest",
        "That you are asked, in which group, and whether you have collected a ballot",
        "One ballot a person; reminding only those who have none",
        ROLLS,
    ),
    _personal(
        "surveys.Survey",
        "created_by frozen_by launched_by cancelled_by feedback_owner",
        "Who planned, launched or cancelled a survey, and who answers for its follow-up",
        "Knowing who is responsible",
        SURVEYS,
    ),
    _personal(
        "surveys.Review",
        "id survey person role confirmed_at remark is_witness key_checked_at",
        "Representatives who read a survey before its launch, their remark, and who holds the key",
        "Knowing who has read it and who can count",
        SURVEYS,
    ),
    _personal(
        "surveys.Count",
        "id survey by at ballot_count spoilt_count refused root is_told",
        "Who counted a survey, and when",
        "Knowing who counted",
        SURVEYS,
    ),
    _personal(
        "surveys.Comment",
        "id count group_key item_key audience text",
        "Comments from surveys, loose and shuffled; nothing says who wrote them",
        "Hearing what people want to say in their own words",
        SURVEYS,
    ),
    _personal(
        "surveys.Instrument",
        "created_by",
        "Who wrote a set of questions",
        "Knowing whom to ask about it",
        HISTORY,
    ),
    _personal(
        "surveys.InstrumentVersion",
        "created_by",
        "Who wrote a version of the questions",
        "Knowing whom to ask about it",
        HISTORY,
    ),
    _personal(
        "surveys.PulsePlan",
        "created_by confirmed_by",
        "Who made and who confirmed a pulse plan",
        "Knowing who is responsible",
        HISTORY,
    ),
    _personal(
        "surveys.BurdenLimit",
        "changed_by",
        "Who set how much people may be asked",
        "Knowing who is responsible",
        HISTORY,
    ),
    _impersonal(
        "surveys.Survey",
        "id key kind level title_nb title_en purpose_nb purpose_en who_sees_nb who_sees_en"
        " discussed_on feedback_on retention_months opens_at closes_at over_limit_reason plan"
        " round_number created_at frozen_at reviewed_at launched_at prepared_at opened_at closed_at"
        " counted_at published_at cancelled_at cancel_reason destroyed_at counting_key manifest"
        " attempt_count last_problem",
    ),
    _impersonal("surveys.SurveyInstrument", "id survey version position item_keys"),
    _impersonal("surveys.SurveyAudience", "id survey unit site employer"),
    _impersonal("surveys.Reminder", "id survey send_at sent_at sent_count"),
    _impersonal(
        "surveys.Cell",
        "id survey key name kind parent_key parent_path units site_name invited_count minutes"
        " collected_count signing_key modulus",
    ),
    _impersonal("surveys.GroupStatistic", "id count key kind answered"),
    _impersonal("surveys.ItemStatistic", "id group item_key n counts"),
    _impersonal("surveys.PublishedReceipt", "id count receipt"),
    _impersonal("surveys.Instrument", "id key is_shipped created_at retired_at"),
    _impersonal(
        "surveys.InstrumentVersion", "id instrument number content created_at first_asked_at"
    ),
    _impersonal(
        "surveys.PulsePlan",
        "id key name_nb name_en panel_count weeks_between open_days items_a_round level facts"
        " starts_on ends_on created_at paused_at pause_reason confirmed_at handled_round_count",
    ),
    _impersonal("surveys.PulsePlan_instruments", "id pulseplan instrument"),
    _impersonal("surveys.Panel", "id plan number asked_items"),
    _impersonal("surveys.Panel_units", "id panel unit"),
    _impersonal("surveys.BurdenLimit", "id minutes changed_at"),
    # --- events ---
    _personal(
        "events.Series",
        "organiser",
        "Who planned an event",
        "Knowing whom to ask about it",
        HISTORY,
    ),
    _impersonal(
        "events.Series",
        "id key title description emblem rule starts_on skips_holidays opens_days closes_minutes"
        " is_drawn shows_on_walls continues created_at made_until cancelled_at",
    ),
    _impersonal("events.Invitation", "id series unit site employer"),
    _impersonal(
        "events.SittingPlan", "id series site shift_pattern starts_at ends_at place capacity"
    ),
    _impersonal("events.JobPlan", "id series name capacity"),
    _impersonal(
        "events.Event",
        "id key series rule_day day own_title own_description has_own_sittings cancelled_at"
        " cancel_reason draw_at draw_seed drawn_at",
    ),
    _impersonal(
        "events.Sitting",
        "id key event plan site shift_pattern starts_at ends_at place capacity taken_count opens_at"
        " closes_at cancelled_at sequence changed_at",
    ),
    _impersonal("events.Job", "id key sitting name capacity taken_count"),
    _personal(
        "events.SignUp",
        "id key event sitting person job state missed_last lot asked_at placed_at offered_at"
        " offer_until left_at came_at",
        "What you signed up for, and whether you had a place, waited, or came",
        "Giving places fairly: who missed the last time comes first",
        SIGNUPS,
    ),
    _personal(
        "events.SignUp",
        "wishes",
        "What the kitchen must know about you. Organisers see how many, never who",
        "Food that everybody can eat",
        WISHES,
    ),
    # --- competitions ---
    _personal(
        "events.Competition",
        "organiser",
        "Who made a competition",
        "Knowing whom to ask about it",
        HISTORY,
    ),
    _impersonal(
        "events.Competition",
        "id key title description emblem unit_word kind by_people by_judge by_api"
        " is_joined_freely for_site for_unit is_for_everybody tie_rule tie_seed most_per_entry"
        " most_per_day shows_on_walls created_at starts_at ends_at refreshed_at flushed_on card_count"
        " closed_at told_at cancelled_at cancel_reason erased_at",
    ),
    _impersonal("events.Round", "id competition number starts_at ends_at counted_at"),
    _impersonal("events.Group", "id key competition number name unit site told_at told_until"),
    _impersonal("events.GroupSum", "id round group head_count people_sum judged_sum"),
    _impersonal("events.Result", "id competition group state total per_head place"),
    _personal(
        "events.Entry",
        "id key competition round group way by value entered_at changed_at withdrawn_at external_id",
        "What you entered in a competition. Nobody else reads what you entered for yourself",
        "Counting for your group; correcting what was wrong",
        ENTRIES_OF_COMPETITIONS,
    ),
    _personal(
        "events.EntryChange",
        "id entry value until by reason is_strike",
        "What an entry was before it was corrected; who corrected or struck one of a judge or a"
        " program, and why",
        "Seeing what was corrected",
        ENTRIES_OF_COMPETITIONS,
    ),
    _personal(
        "events.OptOut",
        "id competition person out_at back_at",
        "That you take no part in a competition. Nobody else reads it",
        "Not counting you",
        ENTRIES_OF_COMPETITIONS,
    ),
    _personal(
        "events.GroupMember",
        "id competition group person",
        "Which mixed group of a competition you were in",
        "Counting for the right group; showing you how it ended",
        GROUPS_OF_COMPETITIONS,
    ),
    _personal(
        "events.Judge",
        "id competition person",
        "Which competitions you judged",
        "Entering for groups; knowing whom to ask",
        GROUPS_OF_COMPETITIONS,
    ),
    # --- events: announcements ---
    _personal(
        "events.Announcement",
        "id key kind title decided why affects next_step next_on body_name series author wall_days"
        " ends_on version revision created_at changed_at scheduled_at scheduled_by publish_at"
        " published_at published_by told_at recipient_count ended_at ended_by withdrawn_at"
        " withdrawn_by withdraw_reason",
        "Announcements: what was decided, by whom, who sent or withdrew it",
        "Telling those it affects, and knowing whom to ask about it",
        ANNOUNCEMENTS,
    ),
    _personal(
        "events.AnnouncementRevision",
        "id announcement number title decided why affects next_step next_on body_name note made_at"
        " made_by",
        "What an announcement said before it was corrected, and who corrected it",
        "Never changing silently what people were told",
        ANNOUNCEMENTS,
    ),
    _personal(
        "events.AnnouncementAudience",
        "id announcement unit site employer person",
        "Whom an announcement is for: units, sites, employers, or you on a list",
        "Telling exactly those it affects",
        ANNOUNCEMENTS,
    ),
    _personal(
        "events.AnnouncementRecipient",
        "id announcement person",
        "That an announcement was sent to you",
        "Reading it later, and nobody else",
        ANNOUNCEMENTS,
    ),
    _personal(
        "events.Reading",
        "id announcement person read_at revision",
        "That you said you have read an announcement. Nobody else sees it; its author hears about how"
        " many",
        "Showing what is new to you",
        READINGS,
    ),
    _impersonal("events.ReadCount", "id announcement days step"),
    # --- events: ideas, and when it is over ---
    _personal(
        "events.IdeaVote",
        "id idea person",
        "Which open ideas you want. Nobody is told who has voted",
        "One vote a person; telling those who wanted it",
        IDEA_VOTES,
    ),
    _personal(
        "events.Idea",
        "proposer",
        "Who proposed an idea. Of those who want to stay unnamed told to nobody",
        "Thanking, taking back, and stopping who proposes too much",
        IDEAS,
    ),
    _personal(
        "events.Idea",
        "id key title what site is_named state vote_count created_at settled_at settled_by reason"
        " series",
        "Ideas in their own words, and who decided about them",
        "Finding what to do together",
        IDEAS,
    ),
    _personal(
        "events.IdeaReport",
        "id idea reporter reason note reported_on shown_from outcome settled_at",
        "That you reported an idea, and why. Why is read by those who decide, that it was you by nobody",
        "Taking away what hurts; telling you what came of it",
        IDEA_REPORTS,
    ),
    _personal(
        "events.IdeaHiding",
        "id idea hidden_at hidden_by reason shown_at shown_by was_state was_settled_at was_settled_by"
        " was_reason was_series",
        "Who hid an idea and why, and who showed it again",
        "Making a wrong decision good",
        IDEAS,
    ),
    _personal(
        "events.TallyMark",
        "id tally person",
        "That you have said how an event was; never what",
        "One answer a person",
        OPINIONS,
    ),
    _impersonal(
        "events.Tally",
        "id event asked_at closes_at closed_at came_count good_count fine_count not_mine_count",
    ),
    _personal(
        "events.Photo",
        "id key event uploader alt width height uploaded_at hidden_at wall_asked_at hung_at",
        "Photos of events, who added them, and what they show in words",
        "Remembering what was good",
        PHOTOS,
    ),
    _impersonal("events.Photo_wall_streams", "id photo stream"),
    _personal(
        "events.PhotoFile",
        "id photo full small",
        "The picture itself, without where and when it was taken",
        "Remembering what was good",
        PHOTOS,
    ),
    _personal(
        "events.PhotoTag",
        "id photo person agreed_at wall_agreed_at",
        "Who is on a photo, and since when they agree. Told to those on it and who added it",
        "Showing nobody who has not said yes",
        PHOTOS,
    ),
    # --- wallboards ---
    _personal(
        "wallboards.Screen",
        "paired_by",
        "Who let a screen in",
        "Knowing whom to ask about a screen",
        SCREENS,
    ),
    _impersonal(
        "wallboards.Screen",
        "id key name symbol board key_hash paired_at last_seen_at is_blank silence_told_at"
        " revoked_at build uptime_s heap_mb last_error",
    ),
    _personal(
        "wallboards.Pairing",
        "id code symbol device_hash created_at expires_at confirmed_at screen",
        "A device that asked to be let in",
        "Letting screens in",
        PAIRINGS,
    ),
    # --- theme days ---
    _impersonal(
        "themes.ThemeDay",
        "id key seed name_nb name_en greeting_nb greeting_en look reference rule month day weekday"
        " nth offset starts_on ends_on days_count is_on position",
    ),
    _impersonal("themes.ThemeDay_sites", "id themeday site"),
    _impersonal(
        "wallboards.Board",
        "id key name site unit language preset is_quiet night_from night_to version",
    ),
    # --- events: calendars ---
    _personal(
        "events.CalendarLink",
        "id person program secret_hash made_at last_read_on alarm_minutes",
        "Addresses for calendar programs (as a hash), for which program, the last day it asked",
        "Showing your places in your own calendar",
        CALENDARS,
    ),
    _personal(
        "events.Reminder",
        "id signup starts_at",
        "That you were reminded of a sitting",
        "Reminding once",
        CALENDARS,
    ),
    # --- the machine ---
    _impersonal("clock.Sweep", "name last_ran_at"),
    _impersonal("contenttypes.ContentType", "id app_label model"),
    _impersonal("auth.Permission", "id name content_type codename"),
    _impersonal("auth.Group", "id name"),
    _impersonal("auth.Group_permissions", "id group permission"),
    _impersonal("django_migrations", "id app name applied"),
)


def as_markdown() -> str:
    """What is personal, as the table of docs/privacy.md: what, what for, how long."""
    return "\n".join(_lines())


def _lines() -> Iterator[str]:
    yield "| What | What for | How long |"
    yield "|---|---|---|"
    for entry in ENTRIES:
        if entry.rule is not None:
            yield f"| {entry.what} | {entry.purpose} | {entry.rule.kept} |"
