import { api } from '../../lib/api';
import type { Answers, Schema } from '../../parts/form/form';
import type { BatchResult, TaskSummary } from '../inbox/calls';
import type { Round } from '../asking/calls';
import type { Stop } from '../change/calls';
import type { Joint } from '../joining/calls';
import type { SupervisionWord } from '../supervision/calls';

/** One answer or fact as it is shown: the server names it. */
export interface Shown {
  key?: string;
  label: string;
  value: unknown;
}

export interface CaseTask extends TaskSummary {
  waiting_for?: string | null; // the posts that may claim it, in words
}

export interface Step {
  at: string;
  name: string;
  actor_name: string | null;
  role: string | null;
  on_behalf_of_name?: string | null;
  kind: string;
  kind_text?: string | null;
  outcome: string | null;
  outcome_text?: string | null;
  remarks: string | null;
  undone?: 'returned' | 'withdrawn' | null;
  data: Shown[] | Record<string, unknown> | null;
}

export interface DeadlineRow {
  id?: string;
  code: string;
  name: string;
  light: string;
  due_at: string | null;
  due_text: string | null;
  yellow_at: string | null;
  e1: string | null;
  e2: string | null;
  e3: string | null;
  start: string | null;
  closed_at: string | null;
  provisional?: boolean;
  light_text?: string | null;
  explanation: string[];
  stop?: Stop | null; // its clock stands still
}

export interface RegisterRow {
  register: string;
  name: string;
  seq: number;
  at: string;
  by_name: string | null;
  fields: Shown[] | Record<string, unknown>;
}

export interface DocumentRow {
  id: string;
  name: string;
  form: string | null; // null: handed in
  media_type?: string;
  by_name?: string | null;
  at: string;
  size: number | null;
  serves?: boolean; // somebody signs for it
  served?: { served_on: string; served_way: string; receiver: string; remarks: string | null } | null;
}

export interface CaseFacts {
  id: string;
  number: string | null;
  process_key: string;
  title: string | null;
  matter: string | null;
  demand: string | null;
  restated_demand: string | null;
  confirmed?: boolean;
  channel: string | null;
  kind: string | null;
  weight: string | null;
  state: string;
  state_text?: string | null;
  result: string | null;
  result_text?: string | null;
  anonymous: boolean;
  confidential: boolean;
  received_at: string | null;
  registered_at: string | null;
  accepted_at: string | null;
  closed_at: string | null;
  first_contact_officer_name?: string | null;
  owner_name?: string | null;
  handling_unit_name?: string | null;
  group_count: number | null;
  repeat_count: number | null;
  handler_name?: string | null;
  class_names?: string[];
  ways_text?: string[];
  channel_text?: string | null;
  kind_text?: string | null;
  weight_text?: string | null;
  fields?: Shown[] | Record<string, unknown>;
}

export interface Party {
  name: string | null;
  gender: string | null;
  gender_text?: string | null;
  age: number | null;
  occupation: string | null;
  address: string | null;
  phone: string | null;
  id_no: string | null;
  political_status: string | null;
  political_status_text?: string | null;
}

export interface CaseDetail {
  case: CaseFacts;
  party: Party | null;
  tasks: CaseTask[];
  my_tasks: TaskSummary[];
  withdrawable?: { task_id: string; name: string }[];
  steps: Step[];
  coming: { element_id: string; name: string; who: string | null }[];
  deadlines: DeadlineRow[];
  registers: RegisterRow[];
  documents: DocumentRow[];
  comments: { seq: number; at: string; by_name: string | null; text: string; mentions: string[] }[];
  urgings: { number: number; at: string; method: string; method_text?: string | null; by_name: string | null; person_name?: string | null; text: string | null; answer?: string | null; answered_by_name?: string | null; answered_at?: string | null; new_date?: string | null; may_answer?: boolean }[];
  supervisions?: { id: string; card_no: string; cause: string; opinion?: string | null; leader_name: string | null; opened_by_name: string | null; opened_at: string; due_on: string | null; closed_at: string | null; result: string | null; card: 'yellow' | 'red' | null; words: SupervisionWord[]; may_warn?: boolean; may_reply?: boolean }[];
  holds?: { id: string; reason: string; by_name: string | null; at: string }[];
  joint?: Joint;
  links: { case_id: string | null; number: string | null; title: string | null; kind: string; kind_text?: string | null }[];
  instances: { id: string; process_key: string; process_name?: string; state: string }[];
  may?: { urge: boolean; supervise: boolean; copy?: boolean; change?: boolean; archive: boolean; hold?: boolean };
}

export interface TaskDetail {
  task: TaskSummary & { state?: string };
  form: Schema | null;
  data: Answers;
  guidance: (string | { text: string; source?: string | null })[];
  deadline: DeadlineRow | null;
  may: { claim: boolean; complete: boolean; release: boolean; begin: boolean };
  askings: Round[]; // whom the holder has asked about it, the latest first
}

export interface Completed {
  next: TaskSummary[];
  case_id: string;
}

export const loadCase = (id: string): Promise<CaseDetail> => api.get(`/cases/${id}`);
export const loadTask = (id: string): Promise<TaskDetail> => api.get(`/tasks/${id}`);
export const completeTask = (id: string, answers: Answers): Promise<Completed> => api.post(`/tasks/${id}/complete`, { answers });
export const urgeCase = (id: string, body: { method: string; text: string; unit_id: string | null }): Promise<unknown> => api.post(`/cases/${id}/urge`, body);
export const superviseCase = (id: string, body: { text: string; due: string }): Promise<unknown> => api.post(`/cases/${id}/supervise`, body);
export const loadUnits = (): Promise<{ id: string; name: string; parent_id?: string | null }[]> => api.get('/units');

/** Answers and facts as rows, whether the server sent rows or a plain object. */
export function rows(value: Shown[] | Record<string, unknown> | null | undefined): Shown[] {
  if (!value) return [];
  const list = Array.isArray(value) ? value : Object.entries(value).map(([key, item]) => ({ key, label: key, value: item }));
  return list.filter((row) => row.value !== null && row.value !== '' && !(Array.isArray(row.value) && !row.value.length));
}

export function shownValue(value: unknown): string {
  if (value === true) return '是';
  if (value === false) return '否';
  if (Array.isArray(value)) return value.map(shownValue).join('、');
  if (value && typeof value === 'object') return Object.values(value).map(shownValue).join('，');
  return String(value ?? '');
}

/** A step that an open task can be returned to. */
export interface ReturnTarget {
  target: number;
  element_id: string;
  name: string;
  previous: boolean;
  by_names: string[];
  at: string | null;
}

/** What a step back (or an administrator's move) would cancel and begin. */
export interface Consequences {
  tasks: { id: string; name: string; assignee_name: string | null; asked?: string[] }[];
  timers: { name: string; due_at: string | null }[];
  jobs: { name: string }[];
  waits: { name: string }[];
  opens: { element_id: string; name: string }[];
  incidents: string[];
  ends: boolean;
}

export const loadReturns = (task: string): Promise<ReturnTarget[]> => api.get(`/tasks/${task}/returns`);
export const previewReturn = (task: string, target: number): Promise<Consequences> => api.post(`/tasks/${task}/return/preview`, { target });
export const returnTask = (task: string, target: number, opinion: string): Promise<unknown> => api.post(`/tasks/${task}/return`, { target, opinion });
export const previewWithdrawal = (task: string): Promise<Consequences> => api.post(`/tasks/${task}/withdraw/preview`);
export const withdrawTask = (task: string, opinion: string): Promise<unknown> => api.post(`/tasks/${task}/withdraw`, { opinion });
interface Receiver { user_id: string | null; unit_id: string | null; reason: string }
export const transferTask = (task: string, to: Receiver): Promise<unknown> => api.post(`/tasks/${task}/transfer`, to);
export const transferSeveral = (ids: string[], to: Receiver): Promise<BatchResult[]> => api.post('/batch/transfer', { ids, ...to });
export const findPeople = (q: string): Promise<{ id: string; name: string; title: string | null; unit_id: string | null }[]> => api.search('/people', { q });
export const copyCase = (id: string, user_ids: string[], note: string): Promise<unknown> => api.post(`/cases/${id}/copies`, { user_ids, note });
