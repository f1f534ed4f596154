import { language } from './words';

/** Punctuation of the page's language, where words are put together. */
const zh = () => language.value === 'zh';

export const colon = () => (zh() ? '：' : ': ');
export const joined = (parts: (string | null | undefined | false)[]) => parts.filter(Boolean).join(zh() ? '；' : '; ');
export const listed = (parts: readonly (string | number)[]) => parts.join(zh() ? '、' : ', ');
export const bracketed = (text: string | number) => (zh() ? `（${text}）` : ` (${text})`);
