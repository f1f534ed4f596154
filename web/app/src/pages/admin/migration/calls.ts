import { api } from '../../../lib/api';

export interface Problem { element_id: string; name: string; code: string; message: string; severity: 'error' | 'warning' }
export interface Element { element_id: string; name: string; kind: string; count: number; instances: number; target: string | null; target_name: string | null; problems: Problem[]; choices: { id: string; name: string }[] }
export interface Wait { element_id: string; name: string; kind: 'timer' | 'message' | 'signal' | 'condition' | 'due'; act: 'keep' | 'rearm' | 'drop' | 'arm'; count: number }
export interface One { id: string; number: string | null; inside: string | null; inside_name: string | null; possible: boolean; problems: Problem[]; new_names: string[] }
export interface Preview { total: number; looked_at: number; possible: number; elements: Element[]; waits: Wait[]; instances: One[]; called: Called[] }
export interface Called { key: string; name: string; version: number; newest: number; count: number }
export interface Outcome { instance_id: string; number: string | null; done: boolean; error: { code: string; message: string } | null }
export interface Batch { id: string; from_version: number | null; to_version: number | null; reason: string; at: string; by: string | null; instances: number; undone: number }
export interface Wish { from_version: number; to_version: number; mapping: Record<string, string>; keep_timers: boolean }

export const previewMigration = (key: string, wish: Wish): Promise<Preview> => api.post(`/admin/definitions/${key}/migration/preview`, wish);
export const migrate = (key: string, body: Wish & { instances: string[]; reason: string }): Promise<{ batch_id: string; outcomes: Outcome[] }> => api.post(`/admin/definitions/${key}/migration`, body);
export const listMigrations = (key: string): Promise<Batch[]> => api.get(`/admin/definitions/${key}/migrations`);
export const undoMigration = (batch: string): Promise<Outcome[]> => api.post(`/admin/migrations/${batch}/undo`);
