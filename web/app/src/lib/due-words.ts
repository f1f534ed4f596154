import { language } from './words';

/** What `office/due_text.py` says, in English. */
const SAID: [RegExp, string][] = [
  [/^还剩 (\d+) 个工作日$/, '$1 working days left'], [/^还剩 (\d+) 天$/, '$1 days left'], [/^今天到期$/, 'Due today'], [/^今天 (\S+) 到期$/, 'Due today $1'], [/^(\d{4}-\d\d-\d\d) 到期$/, 'Due $1'],
  [/^已超 (\d+) 个工作日$/, '$1 working days late'], [/^已超 (\d+) 天$/, '$1 days late'], [/^已超 (\d+) 小时$/, '$1 hours late'], [/^已超 (\d+) 分钟$/, '$1 minutes late'], [/^(\d{4}-\d\d-\d\d) 已到期$/, 'Due since $1'],
];

/** How long there is, in the page's language; the server says it in Chinese. */
export function dueWords(said?: string | null): string {
  if (!said || language.value === 'zh') return said ?? '';
  const found = SAID.find(([pattern]) => pattern.test(said));
  return found ? said.replace(found[0], found[1]).replace(/^1 (working day|day|hour|minute)s/, '1 $1') : said;
}
