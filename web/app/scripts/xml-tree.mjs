// A plain tree of an XML text, with names in their namespace (so that another prefix is no difference), for comparing.
import { Parser } from 'saxen';

/** { name: '{uri}local', attributes: {name: value}, text, children } of the root element. Throws on what is not XML. */
export function parse(xml) {
  const parser = new Parser();
  const root = { name: '', attributes: {}, text: '', children: [] };
  const stack = [root];
  const scopes = [{}];
  const expand = (name, scope, fallback) => {
    const [prefix, local] = name.includes(':') ? name.split(':') : ['', name];
    const uri = prefix ? scope[prefix] : fallback;
    return uri ? `{${uri}}${local}` : local;
  };
  parser.on('openTag', (name, getAttributes, decode) => {
    const raw = getAttributes();
    const scope = { ...scopes[scopes.length - 1] };
    for (const [key, value] of Object.entries(raw)) {
      if (key === 'xmlns') scope[''] = value;
      else if (key.startsWith('xmlns:')) scope[key.slice(6)] = value;
    }
    const attributes = {};
    for (const [key, value] of Object.entries(raw)) {
      if (key === 'xmlns' || key.startsWith('xmlns:')) continue;
      const text = decode(value);
      attributes[expand(key, scope, '')] = key === 'xsi:type' ? expand(text, scope, scope['']) : text;
    }
    const node = { name: expand(name, scope, scope['']), attributes, text: '', children: [] };
    stack[stack.length - 1].children.push(node);
    stack.push(node);
    scopes.push(scope);
  });
  parser.on('closeTag', () => {
    stack.pop();
    scopes.pop();
  });
  parser.on('text', (text, decode) => { stack[stack.length - 1].text += decode(text); });
  parser.on('cdata', (text) => { stack[stack.length - 1].text += text; });
  parser.on('error', (error) => { throw error; });
  parser.parse(xml);
  return root.children[0];
}
