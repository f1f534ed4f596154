/**
 * What a person has typed and not yet sent, kept on this computer under that person's id. Drafts name petitioners and
 * whom they accuse, and the computer may be shared: they go when the person logs out or somebody else logs in.
 */
const PREFIX = 'banjie.draft.';
const KEEP_DAYS = 3; // a weekend

interface Draft<T> {
  at: number;
  data: T;
}

function key(user: string, what: string): string {
  return `${PREFIX}${user}.${what}`;
}

export function readDraft<T>(user: string, what: string): Draft<T> | null {
  try {
    const text = localStorage.getItem(key(user, what));
    return text ? (JSON.parse(text) as Draft<T>) : null;
  } catch {
    return null;
  }
}

export function writeDraft<T>(user: string, what: string, data: T): void {
  if (!user) return; // logged out meanwhile
  try {
    localStorage.setItem(key(user, what), JSON.stringify({ at: Date.now(), data }));
  } catch {
    // storage full or forbidden: the form itself still holds the text
  }
}

export function dropDraft(user: string, what: string): void {
  try {
    localStorage.removeItem(key(user, what));
  } catch {
    // nothing to drop
  }
}

/** Forget everything that a person has not sent. */
export function dropDraftsOf(user: string): void {
  dropWhere((name) => name.startsWith(key(user, '')));
}

/** Forget what others than this person have not sent. */
export function dropDraftsOfOthers(user: string): void {
  dropWhere((name) => !name.startsWith(key(user, '')));
}

function dropWhere(wanted: (name: string) => boolean): void {
  try {
    for (const name of names().filter(wanted)) localStorage.removeItem(name);
  } catch {
    // no storage
  }
}

function names(): string[] {
  return Object.keys(localStorage).filter((item) => item.startsWith(PREFIX));
}

/** Forget drafts that nobody came back to. */
export function dropOldDrafts(now = Date.now()): void {
  try {
    for (const name of names()) {
      const draft = JSON.parse(localStorage.getItem(name) ?? '{}') as Partial<Draft<unknown>>;
      if (!draft.at || now - draft.at > KEEP_DAYS * 86_400_000) localStorage.removeItem(name);
    }
  } catch {
    // no storage
  }
}
