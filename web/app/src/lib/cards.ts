import type { ObjectDirective } from 'vue';

/**
 * `v-cards` on a table: on a phone each row is a card, and each cell says first what the head of its column says (style.css).
 * A cell of class `first` heads the card. Roles are written out, as a browser forgets them where cells are laid out otherwise.
 */
function label(table: HTMLTableElement) {
  table.classList.add('cards');
  table.role = 'table';
  for (const part of [table.tHead, ...table.tBodies]) {
    if (part) part.role = 'rowgroup';
    for (const row of part?.rows ?? []) {
      row.role = 'row';
      for (const cell of row.cells) cell.role = cell.tagName === 'TH' ? 'columnheader' : 'cell';
    }
  }
  const heads = [...(table.tHead?.rows[0]?.cells ?? [])].map((head) => (head.querySelector('.visually-hidden') ? '' : head.textContent.trim()));
  for (const row of table.tBodies[0]?.rows ?? [])
    [...row.cells].forEach((cell, place) => {
      const head = cell.classList.contains('first') ? '' : heads[place];
      if (head) cell.dataset.label = head;
      else delete cell.dataset.label;
    });
}

export const cards: ObjectDirective<HTMLTableElement> = {
  mounted: label,
  updated: label,
};

declare module 'vue' {
  interface GlobalDirectives {
    vCards: typeof cards;
  }
}
