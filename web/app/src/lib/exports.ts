import { address, api, given, type Query } from './api';
import { attempt } from './tell';

/** The address of an Excel file of what a page shows that names nobody; the browser downloads it. */
export const exportAddress = (path: string, query: Query = {}): string => address(`/exports/${path}`, query);

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
