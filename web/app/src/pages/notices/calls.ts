import { api } from '../../lib/api';

export interface Notice {
  id: string;
  text: string;
  at: string;
  case_id: string | null;
  link: string | null;
  number: string | null;
  read_at: string | null;
}

/** The newest notices of the person, unread first. */
export async function listNotices(): Promise<Notice[]> {
  const answer = await api.get<Notice[] | { items: Notice[] }>('/notices');
  return Array.isArray(answer) ? answer : answer.items;
}

export function readNotice(id: string): Promise<unknown> {
  return api.post(`/notices/${id}/read`);
}

export interface NoticeClass {
  key: string;
  name: string;
  at_once: boolean; // statutory or limited
  chosen: string[];
}

export interface Channel {
  key: string; // inside, mail, or the id of a channel of the organisation
  name: string;
  personal?: boolean; // it needs an address of the person
  address?: string | null; // the end of what the person has entered
}

export interface NoticeSettings {
  classes: NoticeClass[];
  channels: Channel[];
  email: string | null;
  quiet_from: string | null;
  quiet_to: string | null;
  digest: boolean;
  digest_at: string;
}

export const loadSettings = (): Promise<NoticeSettings> => api.get('/notice-settings');

export function saveSettings(body: { channels: Record<string, string[]>; quiet_from: string | null; quiet_to: string | null; digest: boolean; digest_at: string; addresses: Record<string, string> }): Promise<unknown> {
  return api.post('/notice-settings', body);
}
