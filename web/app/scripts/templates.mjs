// Builds public/element-templates/banjie.json from web/templates_elements/*.json and checks every template against the
// published schema. `--check` writes nothing and fails when the built file is not up to date.
import { readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

import { validateAll } from '@bpmn-io/element-templates-validator';

const here = dirname(fileURLToPath(import.meta.url));
const folder = join(here, '..', '..', 'templates_elements');
const target = join(here, '..', 'public', 'element-templates', 'banjie.json');

const lists = JSON.parse(readFileSync(join(folder, 'lists.json'), 'utf-8'));
const templates = readdirSync(folder)
  .filter((name) => name.endsWith('.json') && name !== 'lists.json')
  .sort()
  .map((name) => {
    const template = JSON.parse(readFileSync(join(folder, name), 'utf-8'));
    for (const property of template.properties) {
      if (typeof property.choices !== 'string') continue;
      const list = lists[property.choices.slice(1)];
      if (!list) throw new Error(`${name}: unknown list ${property.choices}`);
      property.choices = list;
    }
    return template;
  });

const { valid, results } = validateAll(templates);
results.forEach((result, index) => {
  for (const error of result.errors ?? []) console.error(`${templates[index].id}: ${error.message} (${error.dataPointer?.value?.line ?? ''})`);
});
if (!valid) process.exit(1);

const text = `${JSON.stringify(templates, null, 2)}\n`;
if (process.argv.includes('--check')) {
  if (readFileSync(target, 'utf-8') !== text) {
    console.error('public/element-templates/banjie.json is not up to date: run `npm run templates`');
    process.exit(1);
  }
} else {
  writeFileSync(target, text);
}
console.log(`${templates.length} element templates are valid`);
