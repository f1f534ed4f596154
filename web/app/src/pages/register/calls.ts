import { api } from '../../lib/api';
import type { Answers, Schema } from '../../parts/form/form';
import type { TaskSummary } from '../inbox/calls';

export interface Start {
  process_key: string;
  name: string;
  description: string | null;
  form_key: string | null;
  form: Schema | null;
  data?: Answers; // option lists and first values
}

export interface Started {
  case_id: string;
  number: string | null;
  next: TaskSummary[];
}

export interface Duplicate {
  case_id: string;
  number: string | null;
  title: string | null;
  matter?: string | null;
  petitioner?: string | null;
  state: string;
  state_text?: string | null;
  received_at?: string | null;
  same_phone?: boolean;
  same_matter?: boolean;
  closed?: boolean;
}

export function listStarts(): Promise<Start[]> {
  return api.get('/starts');
}

/** Register a matter. The same `requestId` sent twice gives the same case. */
export function register(key: string, answers: Answers, requestId: string): Promise<Started> {
  return api.post(`/starts/${key}`, { answers, request_id: requestId });
}

export function findDuplicates(name: string, matter: string, phone: string): Promise<Duplicate[]> {
  return api.postQuiet('/duplicates', { name, matter, phone });
}
