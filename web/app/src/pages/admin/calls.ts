import { api } from '../../lib/api';
import type { Schema } from '../../parts/form/form';

export interface Definition {
  key: string;
  name: string;
  version: number;
  hash: string;
  deployed_at: string;
  by: string | null;
  instances_open?: number;
}

export interface Files {
  key?: string;
  version?: number;
  bpmn: string;
  forms: Record<string, Schema>;
  dmn: Record<string, string>;
}

export interface Finding {
  element_id: string;
  rule: string;
  severity: 'error' | 'warning';
  message_zh: string;
  message_en: string;
  file?: string;
}

export interface Deployed {
  key: string;
  version: number;
  new?: boolean;
  findings: Finding[];
}

export const listDefinitions = (): Promise<Definition[]> => api.get('/admin/definitions');
export const listVersions = (key: string): Promise<Definition[]> => api.get(`/admin/definitions/${key}/versions`);
export const loadFiles = (key: string, version?: number): Promise<Files> => api.get(`/admin/definitions/${key}/files`, { version });
export const lint = (body: { key?: string; bpmn: string; forms?: Record<string, Schema> }): Promise<{ findings: Finding[] }> => api.post('/admin/lint', body);
export const deploy = (body: { key: string; bpmn: string; forms?: Record<string, Schema>; dmn?: Record<string, string>; base_version: number | null }): Promise<Deployed> =>
  api.post('/admin/deploy', body);

/** A deadline that was recomputed. */
export interface Change {
  deadline_id: string;
  code: string;
  name: string;
  case_id: string | null;
  number: string | null;
  old: { due_at?: string | null };
  new: { due_at?: string | null };
  moved: boolean;
}
