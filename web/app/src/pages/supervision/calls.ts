import { api } from '../../lib/api';

/** A yellow or red card, or a reply of the unit. */
export interface SupervisionWord {
  kind: 'yellow' | 'red' | 'reply';
  text: string;
  due_on: string | null;
  at: string;
  by_name: string | null;
}

export interface SupervisionRow {
  id: string;
  card_no: string;
  case_id: string;
  number: string | null;
  title: string | null;
  confidential: boolean;
  unit: string | null;
  cause_text: string;
  cause: string;
  opinion: string;
  by_name: string | null;
  opened_at: string;
  due_at: string | null;
  due_text: string;
  light: string;
  card: 'yellow' | 'red' | null;
  words: SupervisionWord[];
  result: string | null;
  closed_at: string | null;
}

export interface SupervisionPage {
  total: number;
  counts: { open: number; overdue: number; yellow: number; red: number };
  items: SupervisionRow[];
}

export interface SupervisionQuery {
  state: string;
  card: string;
  unit: string;
  page: number;
  size: number;
}

export const loadSupervisions = (query: SupervisionQuery): Promise<SupervisionPage> => api.get('/supervisions', { ...query });
export const warnUnit = (id: string, body: { colour: string; text: string; due: string }): Promise<unknown> => api.post(`/supervisions/${id}/warn`, body);
export const replySupervision = (id: string, text: string): Promise<unknown> => api.post(`/supervisions/${id}/reply`, { text });
