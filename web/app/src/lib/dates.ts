/** Instants come from the server as ISO 8601 with +08:00 and are shown as the office's clock shows them. */
const ZONE = 'Asia/Shanghai';

const parts = new Intl.DateTimeFormat('zh-CN', {
  timeZone: ZONE, year: 'numeric', month: '2-digit', day: '2-digit', hour: '2-digit', minute: '2-digit', second: '2-digit', hourCycle: 'h23',
});

function split(instant: string | Date): Record<string, string> {
  const date = typeof instant === 'string' ? new Date(instant) : instant;
  return Object.fromEntries(parts.formatToParts(date).map((part) => [part.type, part.value]));
}

/** 2026-11-30 */
export function day(instant?: string | Date | null): string {
  if (!instant) return '';
  if (typeof instant === 'string' && /^\d{4}-\d{2}-\d{2}$/.test(instant)) return instant;
  const p = split(instant);
  return `${p.year}-${p.month}-${p.day}`;
}

/** 2026-11-30 09:00, with seconds where they matter (23:59:59) */
export function moment(instant?: string | Date | null, seconds = false): string {
  if (!instant) return '';
  const p = split(instant);
  return `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}${seconds ? `:${p.second}` : ''}`;
}

/** A deadline's end: the day alone when it ends with the day. */
export function dueMoment(instant?: string | null): string {
  if (!instant) return '';
  const p = split(instant);
  const endOfDay = p.hour === '23' && p.minute === '59';
  return endOfDay ? `${p.year}-${p.month}-${p.day}` : `${p.year}-${p.month}-${p.day} ${p.hour}:${p.minute}`;
}

export function thisYear(): number {
  return Number(split(new Date()).year);
}
