import { defineWords } from '../../lib/words';

export const word = defineWords(
  { title: '流程热力图', process: '制度', step: '环节', open: '在办', red: '逾期', done: '办完', mean: '平均用时', hours: '{n} 小时', days: '{n} 天', none: '这个制度还没有办过环节。', lead: '颜色越深，停在这一步的事项越多；角标是在办件数和平均用时。只计您可以看到的事项。' },
  { title: 'Heat map', process: 'Regulation', step: 'Step', open: 'Open', red: 'Overdue', done: 'Done', mean: 'Mean time', hours: '{n} h', days: '{n} d', none: 'No step of this regulation has been done yet.', lead: 'The darker a step, the more matters stand there; the badges give how many are open and the mean time. Only what you may see is counted.' },
);
