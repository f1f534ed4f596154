import { api } from '../../lib/api';
import { NotPossible } from '../../lib/tell';
import { loadChanges, reportTo, type Report } from '../change/calls';
import { word } from './words';

export interface Absence {
  id: string;
  user_id: string;
  name: string | null;
  from_at: string;
  to_at: string;
  reason: string;
  entered_by_name: string | null;
  ended_at: string | null;
  state: 'coming' | 'away' | 'over';
  stand_in: string | null; // who has the person's tasks now, or is named to have them
  case_id: string | null; // the leave that was granted; null: entered by an administrator
}

export interface Leave {
  case_id: string;
  number: string | null;
  kind: 'official' | 'leave';
  reason: string;
  from_at: string;
  to_at: string;
  days: number;
  cover: string | null;
  approver: string | null;
  state: 'asked' | 'granted' | 'away' | 'due' | 'back' | 'refused' | 'withdrawn' | 'revoked';
  light: string;
  due_at: string | null;
  cancel_task: string | null;
}

export interface MyPosts {
  leaves: Leave[];
  absences: Absence[];
  posts: { name: string; a: string; b: string; is_a: boolean }[];
  standing_in_for: string[];
}

export interface PostCover {
  day: string;
  posts: {
    id: string;
    name: string;
    unit: string | null;
    a: string | null;
    b: string | null;
    covered: boolean;
    spans: { from_at: string; to_at: string; name: string | null; as: 'a' | 'b' | 'stand_in' | 'nobody' }[];
  }[];
}

/** The sheet of 签到册 of a day, and when one signed today oneself. */
export interface Signed {
  day: string;
  working: boolean;
  mine: { in_at: string | null; out_at: string | null };
  rows: { user_id: string; name: string; unit: string | null; in_at: string | null; out_at: string | null; late: boolean; early: boolean; state: 'in' | 'out' | 'no_out' | 'due' | 'away' | 'absent' }[];
}

export const loadSigned = (day: string): Promise<Signed> => api.get('/attendance', { day });
export const sign = (way: 'in' | 'out'): Promise<unknown> => api.post('/attendance', { way });
export const loadMine = (): Promise<MyPosts> => api.get('/absences');
export const loadPostCover = (day: string): Promise<PostCover> => api.get('/posts', { day });
export const loadAll = (): Promise<Absence[]> => api.get('/admin/absences');
export const addAbsence = (body: { user_id: string; from_at: string; to_at: string; reason: string; stand_in_id: string | null }): Promise<{ id: string }> => api.post('/absences', body);
export const endAbsence = (id: string): Promise<unknown> => api.post(`/absences/${id}/end`);

/** What the matter of a leave waits to hear: one of these messages of its diagram. */
async function awaited(caseId: string, ...messages: string[]): Promise<Report> {
  const { reports } = await loadChanges(caseId);
  const found = reports.find((one) => messages.includes(one.message));
  if (!found) throw new NotPossible(word('tooLate'));
  return found;
}

/** What is asked of who stays away longer. */
export const extension = (caseId: string): Promise<Report> => awaited(caseId, 'leave.extension');

/** 撤回 what waits for approval, 撤销 what was granted and has not begun. */
export async function takeBack(caseId: string): Promise<void> {
  await reportTo(caseId, (await awaited(caseId, 'leave.withdrawn', 'leave.revoked')).id, {});
}
