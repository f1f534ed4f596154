// Imports BPMN files with the moddle that bpmn-js uses and exports them again; every element or attribute that was lost,
// changed or invented is printed. Exit code 1 if there is any, or if a file cannot be read.
//
//   node scripts/roundtrip.mjs ../../processes/*/*.bpmn
import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';

import { BpmnModdle } from 'bpmn-moddle';
import { parse } from './xml-tree.mjs';

const require = createRequire(import.meta.url);
const camunda = require('camunda-bpmn-moddle/resources/camunda.json');

/** Counts of every element with its attributes and text, under the path of names that leads to it. */
function facts(xml) {
  const found = new Map();
  const note = (fact) => found.set(fact, (found.get(fact) ?? 0) + 1);
  const visit = (node, path) => {
    const id = node.attributes.id ?? node.attributes.bpmnElement ?? '';
    const here = `${path}/${node.name}${id ? `#${id}` : ''}`;
    note(here);
    for (const [name, value] of Object.entries(node.attributes)) note(`${here}@${name}=${normal(name, value)}`);
    const text = node.text.trim();
    if (text) note(`${here} text: ${text.replace(/\r\n/g, '\n')}`);
    for (const child of node.children) visit(child, here);
  };
  visit(parse(xml), '');
  return found;
}

/** Numbers are written without trailing zeros, a default said aloud stays a default. */
function normal(name, value) {
  return /^-?\d+(\.\d+)?$/.test(value) && /(^|:)(x|y|width|height)$/.test(name) ? String(Number(value)) : value;
}

function difference(before, after) {
  const lines = [];
  for (const [fact, count] of before) if ((after.get(fact) ?? 0) < count) lines.push(`lost: ${fact}`);
  for (const [fact, count] of after) if ((before.get(fact) ?? 0) < count) lines.push(`new: ${fact}`);
  return lines;
}

async function roundtrip(file) {
  const xml = readFileSync(file, 'utf-8');
  const moddle = new BpmnModdle({ camunda });
  const { rootElement, warnings } = await moddle.fromXML(xml);
  const { xml: again } = await moddle.toXML(rootElement, { format: true });
  return [...warnings.map((warning) => `warning: ${warning.message}`), ...difference(facts(xml), facts(again))];
}

const files = process.argv.slice(2);
if (!files.length) {
  console.error('usage: node scripts/roundtrip.mjs FILE.bpmn ...');
  process.exit(2);
}
let failed = 0;
for (const file of files) {
  let lines;
  try {
    lines = await roundtrip(file);
  } catch (problem) {
    lines = [`not read: ${problem.message}`];
  }
  console.log(`${lines.length ? 'CHANGED' : 'ok'} ${file}`);
  for (const line of lines) console.log(`  ${line}`);
  failed += lines.length ? 1 : 0;
}
process.exit(failed ? 1 : 0);
