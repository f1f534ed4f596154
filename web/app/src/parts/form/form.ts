import { Form } from '@bpmn-io/form-js-viewer';
import flatpickr from 'flatpickr';
import { Mandarin } from 'flatpickr/dist/l10n/zh';

import '@bpmn-io/form-js-viewer/dist/assets/form-js.css';

import { language } from '../../lib/words';
import { FORM_ZH } from './zh';

export type Answers = Record<string, unknown>;
export type FieldErrors = Record<string, string[]>;

export interface Field {
  id: string;
  type: string;
  key?: string;
  path?: string;
  label?: string;
  action?: string;
  components?: Field[];
  validate?: { required?: boolean };
  layout?: { row?: string; columns?: number | null };
  [more: string]: unknown;
}

export interface Schema {
  type: string;
  components: Field[];
  [more: string]: unknown;
}

export interface FormInstance {
  importSchema(schema: Schema, data: Answers): Promise<unknown>;
  submit(): { data: Answers; errors: FieldErrors };
  on(event: string, handler: () => void): void;
  destroy(): void;
  setProperty(name: string, value: unknown): void;
  get(service: 'formFieldRegistry'): { getAll(): Field[] };
  _getState(): { data: Answers; errors: FieldErrors };
  /** The answers of the fields, without the option lists that came in with the data. */
  _getSubmitData(): Answers;
  _setState(state: { errors?: FieldErrors; data?: Answers }): void;
}

export const MORE_ID = 'banjie_more';

function translate(template: string, values: Record<string, string> = {}): string {
  const text = language.value === 'zh' ? (FORM_ZH[template] ?? template) : template;
  return text.replace(/\{([^}]+)\}/g, (_, name: string) => values[name] ?? `{${name}}`);
}

// The labels of form-js that the build routes here (scripts/form-words.ts).
(globalThis as unknown as { banjieFormWord: (word: string) => string }).banjieFormWord = (word) => translate(word);

export function createForm(container: HTMLElement): FormInstance {
  (flatpickr as { localize(locale: unknown): void }).localize(language.value === 'zh' ? Mandarin : { firstDayOfWeek: 1 });
  return new Form({
    container,
    debounce: false, // with the default delay fast typing (ID-card readers) loses characters
    additionalModules: [{ translate: ['value', translate] }],
  }) as FormInstance;
}

const SHOWN_ONLY = ['text', 'html', 'image', 'separator', 'spacer', 'button', 'iframe', 'table', 'documentPreview', 'expression'];

function inputs(field: Field): number {
  if (field.components) return field.components.reduce((sum, child) => sum + inputs(child), 0);
  return SHOWN_ONLY.includes(field.type) ? 0 : 1;
}

/** Times are shown by the 24-hour clock unless the form says otherwise. */
function withClock(field: Field): Field {
  if (field.components) return { ...field, components: field.components.map(withClock) };
  return field.type === 'datetime' ? { use24h: true, ...field } : field;
}

/**
 * The schema as this app shows it: without its own submit and reset buttons (the page has them), and with the fields
 * after the `first`-th input gathered in one group that can be folded away. A group changes no answer's key.
 */
export function arrange(schema: Schema, first: number, moreLabel: string): { schema: Schema; folded: boolean } {
  const shown = schema.components.filter((field) => field.type !== 'button').map(withClock);
  let count = 0;
  const cut = shown.findIndex((field) => (count += inputs(field)) > first);
  if (cut <= 0) return { schema: { ...schema, components: shown }, folded: false };
  const row = shown[cut]?.layout?.row; // never cut through a row
  let from = cut;
  while (row && from > 0 && shown[from - 1]?.layout?.row === row) from -= 1;
  const more: Field = { id: MORE_ID, type: 'group', label: moreLabel, showOutline: false, components: shown.slice(from) };
  return { schema: { ...schema, components: [...shown.slice(0, from), more] }, folded: true };
}

/** The id of the field that holds an answer, by the answer's key (`name`, `party.name`). */
export function fieldIdOf(form: FormInstance, key: string): string | undefined {
  const plain = key.replace(/^answers\./, '');
  return form.get('formFieldRegistry').getAll().find((field) => field.key === plain)?.id;
}
