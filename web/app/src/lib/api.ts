import { common } from './common-words';
import { session } from './session';

/** What the server (or the network) refused; `message` is for people, `code` for programs. */
export class ApiError extends Error {
  constructor(
    readonly status: number,
    readonly code: string,
    message: string,
    readonly field?: string,
    readonly element?: string,
    readonly details?: unknown,
  ) {
    super(message);
  }
}

export type Query = Record<string, string | number | boolean | null | undefined>;
type Body = unknown;
/** Asked when the session has ended: resolves after a new login, rejects when the person gives up. */
type Login = () => Promise<void>;

let askForLogin: Login | null = null;

export function onSessionEnd(login: Login): void {
  askForLogin = login;
}

/** What of a query has a value. */
export const given = (query: Query = {}) => Object.entries(query).filter(([, value]) => value !== undefined && value !== null && value !== '');

/** The address of a call that names nobody. */
export function address(path: string, query?: Query): string {
  const text = new URLSearchParams(given(query).map(([key, value]) => [key, String(value)])).toString();
  return `/api${path}${text ? `?${text}` : ''}`;
}

async function once(method: string, url: string, body?: Body): Promise<Response> {
  const headers: Record<string, string> = { Accept: 'application/json' };
  if (body !== undefined && !(body instanceof FormData)) headers['Content-Type'] = 'application/json';
  if (method !== 'GET' && session.csrf) headers['X-CSRF-Token'] = session.csrf;
  try {
    return await fetch(url, {
      method,
      headers,
      credentials: 'same-origin',
      body: body === undefined || body instanceof FormData ? body : JSON.stringify(body),
    });
  } catch {
    throw new ApiError(0, 'network.unreachable', common('unreachable'));
  }
}

async function failure(response: Response): Promise<ApiError> {
  let error: Record<string, unknown> = {};
  try {
    const parsed = (await response.json()) as { error?: Record<string, unknown> };
    error = parsed.error ?? {};
  } catch {
    // not JSON: a proxy's page or an empty answer
  }
  const fallback = response.status === 404 ? common('notFound') : common('serverFault');
  return new ApiError(
    response.status,
    String(error.code ?? `http.${response.status}`),
    String(error.message ?? fallback),
    error.field as string | undefined,
    error.element as string | undefined,
    error.details,
  );
}

/** Call the API. A session that has ended is renewed by the login dialog, then the call is made again. */
async function answer(method: string, path: string, query?: Query, body?: Body, quiet = false): Promise<Response> {
  const url = address(path, query);
  let response = await once(method, url, body);
  if (response.status === 401 && askForLogin && !quiet) {
    await askForLogin();
    response = await once(method, url, body);
  }
  if (!response.ok) throw await failure(response);
  return response;
}

async function call<T>(method: string, path: string, query?: Query, body?: Body, quiet = false): Promise<T> {
  const response = await answer(method, path, query, body, quiet);
  return response.status === 204 ? (undefined as T) : ((await response.json()) as T);
}

export const api = {
  get: <T>(path: string, query?: Query) => call<T>('GET', path, query),
  /** A call that must not open the login dialog (the first look at the session, background refresh). */
  quiet: <T>(path: string, query?: Query) => call<T>('GET', path, query, undefined, true),
  post: <T>(path: string, body: Body = {}) => call<T>('POST', path, undefined, body),
  /** Look through a list. What was typed (`q`) may name a person: it goes in the body, since addresses are kept by proxies and histories. */
  search: <T>(path: string, query: Query, quiet = false) =>
    query.q ? call<T>('POST', `${path}/search`, undefined, Object.fromEntries(given(query)), quiet) : call<T>('GET', path, query, undefined, quiet),
  /** Send a file, with the fields that go with it. */
  upload: <T>(path: string, file: File | null, fields: Record<string, string> = {}) => {
    const form = new FormData();
    for (const [key, value] of Object.entries(fields)) form.append(key, value);
    if (file) form.append('file', file);
    return call<T>('POST', path, undefined, form);
  },
  /** Fetch a file; with a body it is made from what is sent. */
  file: async (path: string, body?: Body): Promise<File> => {
    const response = await answer(body === undefined ? 'GET' : 'POST', path, undefined, body);
    const name = /filename\*=UTF-8''([^;]+)/.exec(response.headers.get('Content-Disposition') ?? '')?.[1] ?? '';
    return new File([await response.blob()], decodeURIComponent(name));
  },
  postQuiet: <T>(path: string, body: Body = {}) => call<T>('POST', path, undefined, body, true),
};

/** An identifier for one intended act; works also where `crypto.randomUUID` is missing (plain http in an office net). */
export function newRequestId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
}
