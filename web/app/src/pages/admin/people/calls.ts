import { api } from '../../../lib/api';

export interface Person {
  id: string;
  name: string;
  login: string;
  title: string | null;
  unit_id: string | null;
  unit: string | null;
  phone: string | null;
  email: string | null;
  active: boolean;
  roles: string[]; // role or role@unit_id
}

export interface Unit {
  id: string;
  name: string;
  parent_id: string | null;
  outside: boolean;
  head_id: string | null;
  active: boolean;
  matters: string[]; // words that say what it is for
  position: number;
}

export interface Role {
  value: string;
  label: string;
}

export interface Post {
  id: string;
  unit_id: string;
  unit: string | null;
  name: string;
  a_id: string;
  a: string | null;
  b_id: string;
  b: string | null;
  covered_by_b: boolean; // A is away, B has the tasks
}

export const listUsers = (q = ''): Promise<Person[]> => api.search('/admin/users', { q });
export const listUnits = (): Promise<Unit[]> => api.get('/admin/units');
export const listRoles = (): Promise<Role[]> => api.get('/admin/roles');
export const addUser = (body: object): Promise<{ id: string; one_time_password: string }> => api.post('/admin/users', body);
export const changeUser = (id: string, body: object): Promise<{ ok: boolean; one_time_password?: string }> => api.post(`/admin/users/${id}`, body);
export const addUnit = (body: object): Promise<{ id: string }> => api.post('/admin/units', body);
export const changeUnit = (id: string, body: object): Promise<{ ok: boolean }> => api.post(`/admin/units/${id}`, body);
export const listPosts = (): Promise<Post[]> => api.get('/admin/posts');
export const savePost = (id: string | null, body: object): Promise<unknown> => api.post(id ? `/admin/posts/${id}` : '/admin/posts', body);
export const closePost = (id: string): Promise<unknown> => api.post(`/admin/posts/${id}/close`);

/** What a person has in hand; `why` says after a hand-over why it stays. */
export interface Work {
  kind: 'task' | 'asking' | 'case';
  id: string;
  number: string | null;
  name: string;
  column?: 'owner' | 'handler'; // of a case: as what
  resting: boolean; // its case is merged into another, and stands still
  why?: string;
}

export const loadWork = (id: string): Promise<Work[]> => api.get(`/admin/users/${id}/work`);
export const handOver = (id: string, to: string, reason: string): Promise<Work[]> => api.post(`/admin/users/${id}/hand-over`, { to, reason });

/** What an import would do, or did; nothing is written while there are faults. */
export interface Imported {
  faults: { sheet: string; row: number; column: string; code: string; message: string }[];
  changes: { sheet: string; row: number; name: string; act: 'add' | 'change' }[];
  written: boolean;
  passwords: { login: string; name: string; password: string }[];
}

export const importPeople = (file: File, write: boolean): Promise<Imported> => api.upload('/admin/people/import', file, { write: String(write) });
