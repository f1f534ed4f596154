import { api } from '../../../lib/api';
import type { Change } from '../calls';

export interface Option {
  value: string;
  label: string;
}

export interface Parameter {
  name: string;
  title: string;
  kind: 'choice' | 'choices' | 'int' | 'bool' | 'time' | 'limit' | 'schedules' | 'table' | 'pairs' | 'names' | 'roles';
  options: Option[];
  low: number;
  high: number;
  value: unknown;
  shown: string;
  source: string; // [S] words, [D] ..., [DEF] ..., [LAW] ...
  origin: string;
  own: unknown; // null: as the profile says
  own_shown: string | null;
}

export interface Limit {
  code: string;
  words: string;
  n: number | null;
  unit: string;
  source: string;
  fixed: boolean;
  own: { n?: number; unit?: string } | null;
}

export interface Settings {
  name: string;
  code: string;
  profile: string;
  profiles: Option[];
  overlay: { own: boolean | null; profile: boolean };
  roll: { own: boolean | null; profile: boolean };
  day_end: { own: string | null; profile: string };
  parameters: Parameter[];
  limits: Limit[];
}

export interface LogLine {
  at: string;
  by_name: string | null;
  subject: string;
  subject_id: string | null;
  act: string;
  told: string[]; // what changed, in words
  reason: string | null;
}

export const loadSettings = (): Promise<Settings> => api.get('/admin/settings');
export const loadLog = (): Promise<LogLine[]> => api.get('/admin/office-log');
export const saveSettings = (body: object): Promise<{ changes: Change[] }> => api.post('/admin/settings', body);
