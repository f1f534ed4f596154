import { api } from './api';
import { attempt } from './tell';

type Query = Record<string, string | number | undefined>;

const given = (query: Query) => Object.entries(query).filter(([, value]) => value !== undefined && value !== '');

/** The address of an Excel file of what a page shows that names nobody; the browser downloads it. */
export function exportAddress(path: string, query: Query = {}): string {
  const text = new URLSearchParams(given(query).map(([key, value]) => [key, String(value)])).toString();
  return `/api/exports/${path}${text ? `?${text}` : ''}`;
}

/** Hand a file to the browser to keep. */
export function keepFile(file: File): void {
  const link = document.createElement('a');
  link.href = URL.createObjectURL(file);
  link.download = file.name;
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 10_000);
}

/** Download an Excel file of a list that was searched: what was typed may name a person, so it is sent in the body. */
export async function keepExport(path: string, query: Query): Promise<void> {
  const file = await attempt(() => api.file(`/exports/${path}`, Object.fromEntries(given(query))));
  if (file) keepFile(file);
}
