import { api } from '../../../lib/api';

export interface Webhook {
  id: string;
  name: string;
  host: string;
  events: string[];
  active: boolean;
  stop_after: number;
  failing_since: string | null;
  stopped_at: string | null; // by itself
  old_until: string | null; // until when the old secret signs too
}

export interface Wanted {
  name: string;
  address: string | null;
  events: string[];
  stop_after: number;
  active: boolean;
}

export const loadWebhooks = (): Promise<{ webhooks: Webhook[]; events: { key: string; name: string }[] }> => api.get('/admin/webhooks');
export const addWebhook = (body: Wanted): Promise<{ id: string; secret: string }> => api.post('/admin/webhooks', { name: body.name, address: body.address ?? '', events: body.events, stop_after: body.stop_after });
export const changeWebhook = (id: string, body: Wanted): Promise<unknown> => api.post(`/admin/webhooks/${id}`, body);
export const rotateSecret = (id: string): Promise<{ secret: string }> => api.post(`/admin/webhooks/${id}/rotate`);
export const removeWebhook = (id: string): Promise<unknown> => api.post(`/admin/webhooks/${id}/remove`);
export const tryWebhook = (id: string): Promise<unknown> => api.post(`/admin/webhooks/${id}/test`);
