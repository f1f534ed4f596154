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
