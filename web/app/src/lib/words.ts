import { computed, ref, watchEffect } from 'vue';

/** The language of the page: Chinese unless the person chose English on this computer. */
export type Language = 'zh' | 'en';

const KEY = 'banjie.language';

function stored(): Language {
  try {
    return localStorage.getItem(KEY) === 'en' ? 'en' : 'zh';
  } catch {
    return 'zh';
  }
}

export const language = ref<Language>(stored());

watchEffect(() => {
  document.documentElement.lang = language.value === 'zh' ? 'zh-CN' : 'en';
});

export function switchLanguage(to: Language): void {
  language.value = to;
  try {
    localStorage.setItem(KEY, to);
  } catch {
    // private window: the choice lives until the page is closed
  }
}

type Book = Record<string, string>;
export type Values = Record<string, string | number>;

/** A page's words: the English book must have the keys of the Chinese one. `word.has` tells whether there is one. */
export function defineWords<T extends Book>(zh: T, en: { [K in keyof T]: string }) {
  const book = computed<Book>(() => (language.value === 'zh' ? zh : en));
  function word(key: keyof T & string, values?: Values): string {
    const text = book.value[key];
    if (text === undefined) {
      console.error(`no word for ${key}`); // a key made of a value that the book does not know
      return key;
    }
    return values ? text.replace(/\{(\w+)\}/g, (whole, name: string) => String(values[name] ?? whole)) : text;
  }
  word.has = (key: string): key is keyof T & string => Object.hasOwn(zh, key);
  return word;
}
