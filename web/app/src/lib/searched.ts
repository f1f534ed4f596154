import { newRequestId } from './api';

const searched = new Map<string, string>();

/**
 * What was last typed into the search of a page at this place of the browser's history. It may name a person, so it is kept
 * in memory only, in no address and in no storage: the place has a random key to it.
 */
export const searchedHere = (): string => searched.get(String(history.state?.searched ?? '')) ?? '';

export function keepSearched(q: string): void {
  const key = String(history.state?.searched ?? newRequestId());
  searched.set(key, q);
  history.replaceState({ ...history.state, searched: key }, '');
}

/** Forget all of it: somebody logs out. */
export const forgetSearched = (): void => searched.clear();
