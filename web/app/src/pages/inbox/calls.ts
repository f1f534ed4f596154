import { api } from '../../lib/api';

export interface TaskSummary {
  id: string;
  instance_id: string;
  case_id: string;
  number: string | null;
  title: string | null;
  matter: string | null;
  step: string;
  element_id: string;
  process_key: string;
  process_name: string;
  petitioner: string | null;
  light: string | null;
  due_at: string | null;
  due_text: string | null;
  yellow_at: string | null;
  assignee: string | null;
  assignee_name: string | null;
  stand_in: string | null; // the B who has it while the assignee is away
  stand_in_name: string | null;
  claimed: boolean;
  batch: boolean; // may be completed together with others of the same step
  stopped: string | null; // the clock of its limit stands still, by this cause
  joined?: number; // cases merged into it that one may see
  offered: boolean; // a step that has not begun: who chooses it begins it
  created_at: string;
  from_name: string | null;
  confidential: boolean;
}

export interface InboxPage {
  total: number;
  counts: { red: number; yellow: number; green: number; none: number };
  items: TaskSummary[];
}

export interface InboxQuery {
  filter: 'mine' | 'group' | 'all';
  light: string;
  q: string;
  sort: 'due' | 'number' | 'created';
  page: number;
  size: number;
}

export function loadInbox(query: InboxQuery, background = false): Promise<InboxPage> {
  return api.search('/inbox', { ...query }, background);
}

export function claimTask(id: string): Promise<unknown> {
  return api.post(`/tasks/${id}/claim`);
}

/** Begin an offered step; `task_id` is the task that one has now, if the step is one. */
export function beginTask(id: string): Promise<{ case_id: string | null; task_id: string | null }> {
  return api.post(`/tasks/${id}/begin`);
}

export function releaseTask(id: string): Promise<unknown> {
  return api.post(`/tasks/${id}/release`);
}

/** A view of the inbox under a name. */
export interface SavedFilter {
  id: string;
  name: string;
  query: { filter: InboxQuery['filter']; light: string; q: string; sort: InboxQuery['sort'] };
  shared: string; // '' own, '*' everybody, a unit
  mine: boolean;
  owner_name: string | null;
  count: number;
}

export interface BatchResult {
  id: string;
  ok: boolean;
  code: string | null;
  message: string | null;
}

export const listFilters = (): Promise<SavedFilter[]> => api.quiet('/filters');
export const saveFilter = (body: { name: string; query: SavedFilter['query']; shared: string }): Promise<unknown> => api.post('/filters', body);
export const removeFilter = (id: string): Promise<unknown> => api.post(`/filters/${id}/remove`);
export const claimSeveral = (ids: string[]): Promise<BatchResult[]> => api.post('/batch/claim', { ids });
export const completeSeveral = (ids: string[], answers: Record<string, unknown>): Promise<BatchResult[]> => api.post('/batch/complete', { ids, answers });
