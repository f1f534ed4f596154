import { reactive } from 'vue';

import { api } from './api';
import { dropDraftsOf, dropDraftsOfOthers } from './drafts';
import { forgetSearched } from './searched';
import type { KeyAnswer } from './security-keys';

export interface User {
  id: string;
  name: string;
  login: string;
  roles: string[];
  role_names?: string[];
  unit: { id: string; name: string } | string | null;
  org: { id: string; code: string; name: string; profile: string };
}

export interface Counts {
  inbox: number;
  asked: number; // opinions asked of the person
  red: number;
  yellow: number;
  unclaimed: number;
  notices: number;
}

/** Which pages of the overview the person may open: board, statistics and supervisions; the access log; how long cases are kept. */
export interface May {
  board: boolean;
  reads: boolean;
  keeping: boolean;
}

interface Me {
  user: User;
  csrf: string;
  counts: Counts;
  admin: boolean;
  leader: boolean;
  may: May;
  rosters?: boolean;
  must_change_password?: boolean;
  must_enrol?: boolean;
}

/** Who is logged in on this page. */
export const session = reactive({
  loaded: false,
  user: null as User | null,
  csrf: '',
  admin: false,
  leader: false,
  may: { board: false, reads: false, keeping: false } as May,
  rosters: false, // the office has duty rosters
  mustChange: false,
  mustEnrol: false, // the office wants a second factor first
  counts: { inbox: 0, asked: 0, red: 0, yellow: 0, unclaimed: 0, notices: 0 } as Counts,
});

export function unitName(user: User | null): string {
  if (!user?.unit) return '';
  return typeof user.unit === 'string' ? user.unit : user.unit.name;
}

function take(me: Me): void {
  dropDraftsOfOthers(me.user.id);
  session.user = me.user;
  session.csrf = me.csrf;
  session.admin = me.admin;
  session.leader = me.leader;
  session.may = me.may;
  session.rosters = me.rosters ?? false;
  session.counts = { ...session.counts, ...me.counts };
  session.mustChange = me.must_change_password ?? session.mustChange;
  session.mustEnrol = me.must_enrol ?? false;
  session.loaded = true;
}

/** Ask the server who is logged in; false when nobody is. */
export async function loadSession(): Promise<boolean> {
  try {
    const me = await api.quiet<Me | { user: null }>('/me');
    session.loaded = true;
    if (!me.user) return false;
    take(me);
    return true;
  } catch (problem) {
    session.loaded = true;
    if ((problem as { status?: number }).status === 401) return false;
    throw problem;
  }
}

/** The second factor of a log-in, for those who have one. */
export interface SecondStep { code?: string; key?: KeyAnswer }

export async function login(name: string, password: string, second: SecondStep = {}): Promise<void> {
  session.csrf = '';
  const answer = await api.postQuiet<{ csrf: string; must_change_password: boolean }>('/login', { login: name, password, ...second });
  session.csrf = answer.csrf;
  session.mustChange = answer.must_change_password;
  if (!session.mustChange) await loadSession();
}

export async function changePassword(old: string, fresh: string): Promise<void> {
  await api.post('/password', { old, new: fresh });
  session.mustChange = false;
  await loadSession();
}

/** Log out; gives the address where the sign-in service ends its own session, if one was used. */
export async function logout(): Promise<string | null> {
  const answer = await api.postQuiet<{ url: string | null }>('/logout').catch(() => undefined);
  if (session.user) dropDraftsOf(session.user.id);
  forgetSearched();
  session.user = null;
  session.csrf = '';
  return answer?.url ?? null;
}
