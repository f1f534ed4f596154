import { ElMessage, type MessageHandler } from 'element-plus/es/components/message/index.mjs';
import 'element-plus/es/components/message/style/css';

import { ApiError } from './api';
import { common } from './common-words';
import { bracketed, colon } from './points';

/** The person closed the login dialog instead of logging in: nothing to report. */
export class GaveUp extends Error {}

/** The page itself sees that something cannot be done; the message is for people. */
export class NotPossible extends Error {}

let done: MessageHandler | undefined;

/** What has been done. It takes the place of what was done before: several would cover what one works with. */
export function tellDone(message: string): void {
  done?.close();
  done = ElMessage({ type: 'success', message, duration: 4000, showClose: true });
}

/** Part of what was asked could not be done. */
export function tellWarning(message: string): void {
  ElMessage({ type: 'warning', message, duration: 9000, showClose: true, grouping: true });
}

/** What was refused, and its code so that it can be quoted to an administrator. */
export const refusal = (problem: ApiError): string => `${problem.message}${bracketed(`${common('code')}${colon()}${problem.code}`)}`;

/** Show what went wrong, with its code so that it can be quoted to an administrator. */
export function tellError(problem: unknown): void {
  if (problem instanceof GaveUp) return;
  if (problem instanceof NotPossible) return tellWarning(problem.message);
  if (problem instanceof ApiError) {
    ElMessage({ type: 'error', message: refusal(problem), duration: 9000, showClose: true, grouping: true });
    return;
  }
  ElMessage({ type: 'error', message: common('serverFault'), duration: 9000, showClose: true, grouping: true });
  console.error(problem);
}

/** Do something; tell the person when it fails. Gives undefined then. */
export async function attempt<T>(act: () => Promise<T>): Promise<T | undefined> {
  try {
    return await act();
  } catch (problem) {
    tellError(problem);
    return undefined;
  }
}
