import { api } from '../../../lib/api';

/** A date of a recurring duty. `day` is null where there is none. */
export interface Occurrence {
  nominal: string;
  day: string | null;
  last: string;
  weekday: string;
  lunar: string;
  moved: boolean;
  reason: string;
  provisional: boolean;
  window: boolean;
  opens_at: string;
}

/** A date that has come. */
export interface Past {
  nominal: string;
  day: string;
  opened_at: string;
  state: 'started' | 'noted' | 'missed' | 'failed';
  state_text: string;
  note: string | null;
  case_id: string | null;
  by: string | null;
}

export interface Schedule {
  code: string;
  title: string;
  words: string;
  rule: string;
  rule_text: string;
  on_holiday: string;
  on_holiday_text: string;
  hours: string[];
  at: string;
  ahead: number;
  opens: 'day' | 'period' | 'workday_before';
  missed: string;
  missed_text: string;
  starts: string | null;
  process: string | null;
  active: boolean;
  origin: string;
  error: string | null;
  next: Occurrence[];
  past: Past[];
}

export type Change = Partial<Pick<Schedule, 'title' | 'rule' | 'on_holiday' | 'hours' | 'at' | 'ahead' | 'missed' | 'starts' | 'active'>> & { reset?: boolean };

export const listSchedules = (): Promise<Schedule[]> => api.get('/admin/schedules');
export const changeSchedule = (code: string, change: Change): Promise<unknown> => api.post(`/admin/schedules/${encodeURIComponent(code)}`, change);
export const startDate = (code: string, nominal: string): Promise<{ case_id: string }> => api.post(`/admin/schedules/${encodeURIComponent(code)}/dates/${nominal}/start`);
