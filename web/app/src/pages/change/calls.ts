import { api } from '../../lib/api';
import type { Answers, Schema } from '../../parts/form/form';

/** Why the clock of a limit stands still, by which law and how long probably. */
export interface Stop {
  cause: string;
  cause_text: string;
  basis: string;
  since: string;
  expected_on: string | null;
  reason: string;
  by_name: string | null;
}

/** A running limit of a case, and what may stop its clock. */
export interface Limit {
  id: string;
  code: string;
  name: string;
  due_at: string | null;
  causes: { value: string; label: string }[];
  basis: string;
  notice: boolean; // the person must be told in writing
  stop: Stop | null;
}

/** A message that the matter's diagram waits for and that the person may report. */
export interface Report {
  id: string;
  message: string;
  title: string;
  interrupts: boolean; // what is being done ends with it
  form: Schema | null;
  data: Answers;
}

export interface Changes {
  limits: Limit[];
  reports: Report[];
}

export const linkCase = (id: string, other_id: string, reason: string): Promise<unknown> => api.post(`/cases/${id}/links`, { other_id, reason });
export const unlinkCase = (id: string, other_id: string, reason: string): Promise<unknown> => api.post(`/cases/${id}/links/remove`, { other_id, reason });
/** Cases that the person may open, by number, matter or petitioner. */
export const findCases = async (q: string): Promise<{ id: string; number: string | null; title: string | null; petitioner: string | null; masked: boolean }[]> => (await api.search<{ items: { id: string; number: string | null; title: string | null; petitioner: string | null; masked: boolean }[] }>('/cases', { q, size: 8 })).items;
export const loadChanges = (id: string): Promise<Changes> => api.get(`/cases/${id}/changes`);
export const reportTo = (id: string, report: string, answers: Answers): Promise<unknown> => api.post(`/cases/${id}/reports`, { id: report, answers });
export const stopClock = (id: string, body: { deadline_ids: string[]; cause: string; reason: string; expected_on: string; document_id: string | null }): Promise<unknown> => api.post(`/cases/${id}/stop`, body);
export const resumeClock = (id: string, deadline_ids: string[], reason: string): Promise<unknown> => api.post(`/cases/${id}/resume`, { deadline_ids, reason });
