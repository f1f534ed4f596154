/** The address of an Excel file of what a page shows; the browser downloads it. */
export function exportAddress(path: string, query: Record<string, string | number | undefined> = {}): string {
  const pairs = Object.entries(query).filter(([, value]) => value !== undefined && value !== '').map(([key, value]) => [key, String(value)]);
  const text = new URLSearchParams(pairs).toString();
  return `/api/exports/${path}${text ? `?${text}` : ''}`;
}
