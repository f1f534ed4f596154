import { api } from '../../lib/api';
import { moment } from '../../lib/dates';

export type Place = 'duty' | 'leader' | 'staff';

/** Somebody on the roster of a day. `away`: when in the hours of duty, or 全天, 已停用; null: is there. */
export interface OnDuty {
  user_id: string;
  name: string;
  away: string | null;
}

export interface RosterDay {
  day: string;
  places: Partial<Record<Place, OnDuty[]>>;
  lacking: Place[];
}

export interface Person {
  id: string;
  name: string;
  title: string | null;
}

export interface PlaceOf {
  key: Place;
  least: number;
  people: Person[]; // whom the viewer may name; empty for who does not keep the roster
}

export interface Change {
  at: string;
  by_name: string | null;
  act: string;
  told: string[];
  reason: string | null;
}

export interface Roster {
  code: string;
  title: string;
  keep: boolean;
  first: string;
  last: string;
  today: string;
  places: PlaceOf[];
  days: RosterDay[];
  changes: Change[];
}

export interface Rosters {
  rosters: { code: string; title: string; keep: boolean }[];
  mine: Mine[];
  swaps: Asked[];
}

/** One's own day on a roster. */
export interface Mine {
  code: string;
  title: string;
  day: string;
  place: Place;
}

/** A swap that awaits an answer: by the viewer, or (`mine`) by the other. */
export interface Asked {
  id: string;
  code: string;
  title: string;
  mine: boolean;
  name: string;
  day: string;
  other_name: string;
  other_day: string;
  reason: string | null;
}

type Ids = Partial<Record<Place, string[]>>;
const at = (code: string) => `/rosters/${encodeURIComponent(code)}`;

export const listRosters = (): Promise<Rosters> => api.get('/rosters');
export const loadRoster = (code: string, first: string, last: string): Promise<Roster> => api.get(at(code), { first, last });
export const setDay = (code: string, day: string, body: { places: Ids; was: Ids; reason: string | null }): Promise<unknown> => api.post(`${at(code)}/days/${day}`, body);
export const takeTurns = (code: string, body: { place: Place; first: string; last: string; people: string[]; replace: boolean }): Promise<{ filled: string[]; left: string[] }> => api.post(`${at(code)}/rotate`, body);
export const swapDays = (code: string, body: { place: Place; one: { day: string; user_id: string }; other: { day: string; user_id: string }; reason: string | null }): Promise<unknown> => api.post(`${at(code)}/swap`, body);

export const askSwap = (code: string, body: { place: Place; day: string; other: { day: string; user_id: string }; reason: string | null }): Promise<unknown> => api.post(`${at(code)}/swaps`, body);
export const answerSwap = (id: string, agree: boolean): Promise<unknown> => api.post(`/rosters/swaps/${id}/answer`, { agree });

/** The first and the last day of the month `months` after that of `day`, as 2026-12-01. */
export function monthOf(day: string, months = 0): [string, string] {
  const [year = 0, month = 0] = day.split('-').map(Number);
  const text = (date: Date) => date.toISOString().slice(0, 10);
  return [text(new Date(Date.UTC(year, month - 1 + months, 1))), text(new Date(Date.UTC(year, month + months, 0)))];
}

export const today = (): string => moment(new Date()).slice(0, 10);
