import { ref, type Ref } from 'vue';

import { ApiError } from './api';
import { refusal, tellError } from './tell';

/** What a form that sends something shows: what was refused, and that it is under way. */
export interface Sending {
  error: Ref<string>;
  busy: Ref<boolean>;
  /** Do `act` unless one is under way or something is `missing` (said in words); gives whether it was done. */
  submit: (act: () => Promise<unknown>, missing?: string) => Promise<boolean>;
}

export function useSending(): Sending {
  const error = ref('');
  const busy = ref(false);

  async function submit(act: () => Promise<unknown>, missing = ''): Promise<boolean> {
    if (busy.value) return false;
    error.value = missing;
    if (missing) return false;
    busy.value = true;
    try {
      await act();
      return true;
    } catch (problem) {
      if (problem instanceof ApiError) error.value = refusal(problem);
      else tellError(problem);
      return false;
    } finally {
      busy.value = false;
    }
  }

  return { error, busy, submit };
}
