import { api } from '../../../lib/api';

/** What stopped and waits for an administrator. */
export interface Incident {
  id: string;
  instance_id: string | null; // none: a timer could not start a process
  process_key: string;
  element_id: string;
  element_name?: string | null;
  kind: string;
  code: string;
  message: string;
  created_at: string;
  case_id: string | null;
  number: string | null;
}

export interface Outcome {
  done: number;
  refused: { id: string; code: string; message: string }[];
}

/** Whether going on without it makes sense: a handler, or a start by a timer. */
export function canSkip(incident: Incident): boolean {
  return incident.kind === 'job' || (incident.kind === 'timer' && incident.instance_id === null);
}

export const listIncidents = () => api.get<Incident[]>('/admin/incidents');
export const inputsOf = (id: string) => api.get<Record<string, unknown>>(`/admin/incidents/${id}/inputs`);
export const retryWith = (id: string, inputs?: Record<string, unknown>) => api.post(`/admin/incidents/${id}/retry`, inputs ? { inputs } : undefined);
export const repair = (ids: string[], act: 'retry' | 'skip', reason?: string, done?: boolean) => api.post<Outcome>('/admin/incidents/repair', { ids, act, reason, done });
