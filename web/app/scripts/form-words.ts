import type { Plugin } from 'vite';

// A few labels of form-js 2.0.0 are not passed through its `translate` service. They are rewritten, when the app is built,
// into the call that the other labels use. A build stops if form-js has changed, so that no English slips back in.
const REWRITES: [string, string][] = [
  ["children: valueLabel || 'Select'", "children: valueLabel || globalThis.banjieFormWord('Select')"],
  ["placeholder: 'Search',", "placeholder: globalThis.banjieFormWord('Search'),"],
  ['children: "Browse"', "children: globalThis.banjieFormWord('Browse')"],
  // Dates are written 2026-11-22 as everywhere in the app, not as the computer's own language has them.
  ["function getLocaleDateFormat(locale = 'default')", "function getLocaleDateFormat(locale = 'sv-SE')"],
  ["placeholder: use24h ? 'hh:mm' : 'hh:mm --',", "placeholder: globalThis.banjieFormWord(use24h ? 'hh:mm' : 'hh:mm --'),"],
  ['placeholder: getLocaleReadableDateFormat()', "placeholder: globalThis.banjieFormWord('yyyy/mm/dd')"],
];

export function formWords(): Plugin {
  return {
    name: 'banjie-form-words',
    enforce: 'pre',
    transform(code, id) {
      if (!/(?<!form-js-editor\/node_modules\/@bpmn-io\/)form-js-viewer\/dist\/index\.es\.js/.test(id.replaceAll('\\', '/'))) return null;
      let text = code;
      for (const [from, to] of REWRITES) {
        if (!text.includes(from)) this.error(`form-js-viewer no longer contains: ${from}`);
        text = text.replace(from, to);
      }
      return { code: text, map: null };
    },
  };
}
