/**
 * Show the fixed words of a library that cannot be translated by itself in another language: text and labels below `root`
 * that equal an entry of `words` are replaced, now and whenever they change. What people type (inputs, editable and code
 * areas, and whatever `skip` selects) is left alone. Gives the function that stops it.
 */
export function localize(root: HTMLElement, words: Record<string, string>, skip = ''): () => void {
  const typed = ['input', 'textarea', '[contenteditable="true"]', '.cm-editor', ...(skip ? [skip] : [])].join(',');
  const attributes = ['title', 'placeholder', 'aria-label', 'data-placeholder'];

  function inText(node: Text) {
    const text = node.data.trim();
    const found = text && words[text];
    if (found && found !== text && !node.parentElement?.closest(typed)) node.data = node.data.replace(text, found);
  }

  function inElement(element: Element) {
    for (const name of attributes) {
      const found = words[element.getAttribute(name)?.trim() ?? ''];
      if (found) element.setAttribute(name, found);
    }
  }

  function below(node: Node) {
    if (node instanceof Text) inText(node);
    if (!(node instanceof Element)) return;
    inElement(node);
    const walker = document.createTreeWalker(node, NodeFilter.SHOW_TEXT | NodeFilter.SHOW_ELEMENT);
    while (walker.nextNode()) {
      if (walker.currentNode instanceof Text) inText(walker.currentNode);
      else inElement(walker.currentNode as Element);
    }
  }

  below(root);
  const observer = new MutationObserver((changes) => {
    for (const change of changes) {
      if (change.type === 'childList') change.addedNodes.forEach(below);
      else if (change.type === 'characterData') inText(change.target as Text);
      else inElement(change.target as Element);
    }
  });
  observer.observe(root, { childList: true, subtree: true, characterData: true, attributes: true, attributeFilter: attributes });
  return () => observer.disconnect();
}
