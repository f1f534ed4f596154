import { language } from '../../../lib/words';

/** What `office/schedule_words.py` says of a rule, and `office/schedules.py` of a date, in English. */
const WEEKDAYS: Record<string, string> = { MON: 'Monday', TUE: 'Tuesday', WED: 'Wednesday', THU: 'Thursday', FRI: 'Friday', SAT: 'Saturday', SUN: 'Sunday' };
const MONTHS = ['January', 'February', 'March', 'April', 'May', 'June', 'July', 'August', 'September', 'October', 'November', 'December'];
const PERIODS: Record<string, string> = { month: 'each month', quarter: 'each quarter', year: 'each year' };
const LUNAR_MONTHS = '正二三四五六七八九十冬腊';
const DIGITS = ' 一二三四五六七八九十';

type Make = (...args: string[]) => string;
const RULES: Record<string, Make> = {
  every_workday: () => 'Every working day',
  mon_to_fri: () => 'Monday to Friday',
  weekday: (day) => `Every ${WEEKDAYS[day ?? '']}`,
  first_weekday: (_month, day) => `The first ${WEEKDAYS[day ?? '']} of each month`,
  last_weekday: (_month, day) => `The last ${WEEKDAYS[day ?? '']} of each month`,
  day: (number) => `Day ${number} of each month`,
  last_day: () => 'The last day of each month',
  last_workday: (...of) => `The last working day of ${PERIODS[of[0] ?? ''] ?? of.map((one) => MONTHS[Number(one) - 1]).join(', ')}`,
  lunar_digits: (...digits) => `Lunar days that end in ${digits.join(', ')}`,
  once_a_week: () => 'Once a week at least',
  once_a_month: () => 'Once a month at least',
  once_a_quarter: () => 'Once a quarter at least',
  once_in_months: (n) => `Once in ${n} months at least`,
  times_a_year: (n) => `${n} times a year at least`,
};
const HOLIDAYS: Record<string, string> = { 元旦: "New Year's Day", 春节: 'Spring Festival', 清明节: 'Qingming', 劳动节: 'Labour Day', 端午节: 'Dragon Boat Festival', 中秋节: 'Mid-autumn', 国庆节: 'National Day' };
const name = (holiday: string) => HOLIDAYS[holiday] ?? holiday;
const date = (month: string, day: string) => `${day} ${MONTHS[Number(month) - 1]?.slice(0, 3)}`;
/** Part by part, longest first. */
const PARTS: [RegExp, Make][] = [
  [/^整周放假，不作要求$/, () => 'the whole week is off: exempt'], [/^整段放假，不作要求$/, () => 'all of it is off: exempt'], [/^不在学期内，不作要求$/, () => 'not in term: exempt'],
  [/(\d+)月(\d+)日（星期.）由“(.+)”代替/, (_all, m, d, other) => `“${other}” is held on ${date(m!, d!)} instead`],
  [/，顺延至(\d+)月(\d+)日（星期.）/, (_all, m, d) => `: next working day ${date(m!, d!)}`], [/，提前至(\d+)月(\d+)日（星期.）/, (_all, m, d) => `: working day before ${date(m!, d!)}`], [/，并入(\d+)月(\d+)日（星期.）/, (_all, m, d) => `: held with that of ${date(m!, d!)}`],
  [/，不安排$/, () => ': none'],
  [/(\d+)月(\d+)日（星期.）为?/, (_all, m, d) => `${date(m!, d!)} `],
  [/本单位调整上班/, () => 'a working day by this office'], [/本单位调整放假/, () => 'a day off by this office'], [/周末/, () => 'a weekend'],
  [/([^\s，：；]*)调休上班/, (_all, one) => (one ? `a make-up day for ${name(one)}` : 'a make-up day')], [/([^\s，：；]+)放假/, (_all, one) => name(one!)],
  [/（推算）/, () => ' (expected)'],
];

/** A rule such as `last_workday(5, 11)`. */
export function ruleInEnglish(rule: string): string {
  const [all, key, args] = /^(\w+)(?:[({](.*)[)}])?$/.exec(rule.trim()) ?? [];
  return all && RULES[key!] ? RULES[key!]!(...(args ? args.split(',').map((one) => one.trim()) : [])) : rule;
}

/** Why a date was moved or dropped, in the page's language. */
export function reasonWords(said: string | null): string {
  if (!said || language.value === 'zh') return said ?? '';
  return said.split('；').map((part) => PARTS.reduce((text, [pattern, make]) => text.replace(pattern, (...found: string[]) => make(...found)), part)).join('; ');
}

/** 星期四, or Thu. */
export const weekdayWords = (said: string, day: string) => (language.value === 'zh' ? said : new Date(`${day}T00:00Z`).toLocaleDateString('en', { weekday: 'short', timeZone: 'UTC' }));

function number(text: string): number {
  if (text.startsWith('初')) return DIGITS.indexOf(text[1] ?? '');
  if (text === '二十' || text === '三十') return DIGITS.indexOf(text[0] ?? '') * 10;
  return (text.startsWith('廿') ? 20 : 10) + DIGITS.indexOf(text[1] ?? '');
}

/** 农历闰六月初六, or leap 6-6. */
export function lunarWords(said: string): string {
  const found = /^农历(闰?)(.)月(..)$/.exec(said);
  if (!found || language.value === 'zh') return said;
  return `${found[1] ? 'leap ' : ''}${LUNAR_MONTHS.indexOf(found[2]!) + 1}-${number(found[3]!)}`;
}
