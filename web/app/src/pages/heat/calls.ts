import { api } from '../../lib/api';
import { word } from './words';

export interface HeatStep {
  element_id: string;
  name: string;
  open: number;
  red: number;
  done: number;
  mean_hours: number | null;
}

export interface HeatPage {
  key: string;
  name: string;
  xml: string;
  steps: HeatStep[];
}

export const loadHeat = (key: string): Promise<HeatPage> => api.get(`/heat/${key}`);
export const listHeat = (): Promise<{ key: string; name: string }[]> => api.get('/heat');

/** A mean time in words: hours up to two days, then days. */
export function span(hours: number): string {
  return hours < 48 ? word('hours', { n: hours }) : word('days', { n: Math.round(hours / 2.4) / 10 });
}
