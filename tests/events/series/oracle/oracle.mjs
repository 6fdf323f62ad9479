// Two other programs' answers to the same rules: rrule says which days, ical.js which moments.
// Reads a list of cases, one JSON document, and writes a list of answers.
import { readFileSync } from "node:fs";
import ICAL from "ical.js";
import rrule from "rrule";

const OSLO = `BEGIN:VCALENDAR
BEGIN:VTIMEZONE
TZID:Europe/Oslo
BEGIN:DAYLIGHT
TZOFFSETFROM:+0100
TZOFFSETTO:+0200
TZNAME:CEST
DTSTART:19810329T020000
RRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=-1SU
END:DAYLIGHT
BEGIN:STANDARD
TZOFFSETFROM:+0200
TZOFFSETTO:+0100
TZNAME:CET
DTSTART:19961027T030000
RRULE:FREQ=YEARLY;BYMONTH=10;BYDAY=-1SU
END:STANDARD
END:VTIMEZONE
END:VCALENDAR`.replaceAll("\n", "\r\n");
const calendar = new ICAL.Component(ICAL.parse(OSLO));
const zone = new ICAL.Timezone({
  component: calendar.getFirstSubcomponent("vtimezone"),
  tzid: "Europe/Oslo",
});

const parts = (number) => [Math.floor(number / 10000), Math.floor(number / 100) % 100, number % 100];
const midnight = (number) => {
  const [year, month, day] = parts(number);
  return new Date(Date.UTC(year, month - 1, day));
};

// Its times are told as if they were UTC: it is asked for days, written yyyymmdd.
function days({ rule, start, last, most }) {
  const options = rrule.RRule.parseString(rule);
  const end = midnight(last);
  const until = options.until && options.until < end ? options.until : end;
  const found = [];
  new rrule.RRule({ ...options, dtstart: midnight(start), until }).all((date) => {
    found.push(date.getUTCFullYear() * 10000 + (date.getUTCMonth() + 1) * 100 + date.getUTCDate());
    return found.length < most;
  });
  return found;
}

function moments(found, [hour, minute]) {
  return found.map((number) => {
    const [year, month, day] = parts(number);
    return new ICAL.Time({ year, month, day, hour, minute, second: 0 }, zone).toUnixTime();
  });
}

const cases = JSON.parse(readFileSync(0, "utf8"));
const answers = cases.map((one) => {
  const found = days(one);
  return [found, moments(found, one.clock)];
});
process.stdout.write(JSON.stringify(answers));
