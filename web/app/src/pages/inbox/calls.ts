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
  return background ? api.quiet('/inbox', { ...query }) : api.get('/inbox', { ...query });
}

export function claimTask(id: string): Promise<unknown> {
  return api.post(`/tasks/${id}/claim`);
}

export function releaseTask(id: string): Promise<unknown> {
  return api.post(`/tasks/${id}/release`);
}
