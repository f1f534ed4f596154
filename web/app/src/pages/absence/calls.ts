import { api } from '../../lib/api';

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
  stand_in: string | null; // who has the person's tasks now
}

export interface MyPosts {
  absences: Absence[];
  posts: { name: string; a: string; b: string; is_a: boolean }[];
  standing_in_for: string[];
}

export const loadMine = (): Promise<MyPosts> => api.get('/absences');
export const loadAll = (): Promise<Absence[]> => api.get('/admin/absences');
export const addAbsence = (body: { user_id?: string; from_at: string; to_at: string; reason: string }): Promise<{ id: string }> => api.post('/absences', body);
export const endAbsence = (id: string): Promise<unknown> => api.post(`/absences/${id}/end`);
