import { api } from '../../lib/api';
import type { Answers, Schema } from '../../parts/form/form';

export type AskingKind = 'before' | 'after' | 'delegate';
export type AskingRule = 'all' | 'order' | 'any' | 'share';

export interface AskedPerson {
  user_id: string;
  name: string | null;
  by_name: string | null; // who answered in the person's place
  state: 'waiting' | 'open' | 'answered' | 'needless' | 'removed';
  agrees: boolean | null;
  opinion: string | null;
  at: string | null;
}

/** One round of asking others about a task. */
export interface Round {
  id: string;
  kind: AskingKind;
  rule: AskingRule;
  share: number | null; // per cent that must agree
  reason: string;
  asked_by_name: string | null;
  asked_at: string;
  ended_at: string | null;
  result: 'agreed' | 'refused' | 'removed' | null;
  people: AskedPerson[];
}

/** What somebody asks of the person who is logged in. */
export interface Asked {
  id: string;
  case_id: string | null;
  number: string | null;
  title: string | null;
  step: string;
  kind: AskingKind;
  asked_by_name: string | null;
  instead_of: string | null;
  asked_at: string;
  light: string;
  due_at: string | null;
  due_text: string | null;
}

export interface AskingDetail {
  asking: Round;
  task_id: string;
  step: string;
  case_id: string | null;
  form: Schema | null;
  data: Answers;
  may: { answer: boolean; fill: boolean };
}

export interface NewRound {
  kind: AskingKind;
  rule: AskingRule;
  share: number | null;
  user_ids: string[];
  reason: string;
  answers: Answers | null;
}

export const loadAsked = (): Promise<Asked[]> => api.quiet('/askings');
export const loadAsking = (id: string): Promise<AskingDetail> => api.get(`/askings/${id}`);
export const ask = (task: string, body: NewRound): Promise<unknown> => api.post(`/tasks/${task}/askings`, body);
export const answerAsking = (id: string, body: { agrees: boolean; opinion: string; answers: Answers | null }): Promise<unknown> => api.post(`/askings/${id}/answer`, body);
export const addToRound = (id: string, user_ids: string[], reason: string): Promise<unknown> => api.post(`/askings/${id}/add`, { user_ids, reason });
export const removeFromRound = (id: string, user_id: string | null, reason: string): Promise<unknown> => api.post(`/askings/${id}/remove`, { user_id, reason });
