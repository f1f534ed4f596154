import { api } from '../../lib/api';

/** The other side of a merge, as the page shows it to whoever may see both. */
export interface Merged {
  case_id: string;
  number: string | null;
  title: string | null;
  state: string;
  state_text: string;
  opinion: string;
  at: string;
  by_name: string | null;
  answered_at: string | null;
}

/** 并案 of a case: whether it is merged, into which lead (null: one may not see it), and what is merged into it. */
export interface Joint {
  merged: boolean;
  lead: Merged | null;
  cases: Merged[];
  may: boolean;
}

/** What a merge would do: which tasks rest, and by when the lead is due then. */
export interface MergePreview {
  cases: { case_id: string; number: string | null; title: string | null; tasks: { name: string; assignee_name: string | null }[]; limits: { name: string; due_at: string; kept: boolean }[] }[];
  limits: { name: string; due_at: string; was: string | null }[];
}

export const previewMerge = (lead: string, case_ids: string[]): Promise<MergePreview> => api.post(`/cases/${lead}/merge/preview`, { case_ids });
export const mergeCases = (lead: string, case_ids: string[], opinion: string): Promise<unknown> => api.post(`/cases/${lead}/merge`, { case_ids, opinion });
export const splitCase = (lead: string, case_id: string, reason: string): Promise<unknown> => api.post(`/cases/${lead}/split`, { case_id, reason });
