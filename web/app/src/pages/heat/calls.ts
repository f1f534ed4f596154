import { api } from '../../lib/api';
import { word } from './words';

export interface HeatStep {
  element_id: string;
  on: string; // the element of the diagram on which it is shown: itself, or the call activity that it is inside of
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

/** What is shown on one element of the diagram: a step, or all steps of the regulation that it calls. */
export function onDiagram(steps: HeatStep[]): { on: string; open: number; red: number; mean_hours: number | null }[] {
  const found = new Map<string, { on: string; open: number; red: number; mean_hours: number | null }>();
  for (const step of steps) {
    const one = found.get(step.on) ?? { on: step.on, open: 0, red: 0, mean_hours: step.on === step.element_id ? step.mean_hours : null };
    found.set(step.on, { ...one, open: one.open + step.open, red: one.red + step.red });
  }
  return [...found.values()];
}

export const loadHeat = (key: string): Promise<HeatPage> => api.get(`/heat/${key}`);
export const listHeat = (): Promise<{ key: string; name: string }[]> => api.get('/heat');

/** A mean time in words: hours up to two days, then days. */
export function span(hours: number): string {
  return hours < 48 ? word('hours', { n: hours }) : word('days', { n: Math.round(hours / 2.4) / 10 });
}
