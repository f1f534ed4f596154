import { api } from '../../../lib/api';

export interface Service {
  key: string;
  example: string;
}

export interface Channel {
  id: string;
  name: string;
  service: string;
  personal: boolean;
  active: boolean;
}

export interface Delivery {
  id: string;
  kind: 'notice' | 'test' | 'webhook';
  subject: string; // of a webhook: the event
  target: string | null;
  deleted: boolean; // the channel or webhook
  user: string | null;
  at: string;
  state: 'waiting' | 'sent' | 'failed' | 'dropped';
  tries: number;
  result: string | null;
  again_at: string | null;
}

export const loadChannels = (): Promise<{ channels: Channel[]; services: Service[] }> => api.get('/admin/channels');
export const addChannel = (body: { name: string; address: string }): Promise<{ id: string }> => api.post('/admin/channels', body);
export const changeChannel = (id: string, body: { name: string; active: boolean; address: string | null }): Promise<unknown> => api.post(`/admin/channels/${id}`, body);
export const tryChannel = (id: string, address: string | null): Promise<unknown> => api.post(`/admin/channels/${id}/test`, { address });
export const removeChannel = (id: string): Promise<unknown> => api.post(`/admin/channels/${id}/remove`);
export const loadLog = (of: 'channels' | 'webhooks'): Promise<Delivery[]> => api.get(`/admin/deliveries?of=${of}`);
export const sendAgain = (id: string): Promise<unknown> => api.post(`/admin/deliveries/${id}/again`);
