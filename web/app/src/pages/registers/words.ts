import { defineWords } from '../../lib/words';

export const word = defineWords(
  { title: '登记簿', search: '搜索登记内容', seq: '序号', at: '登记时间', by: '登记人', empties: '显示空栏', number: '编号', choose: '请从左侧选择登记簿。', nothing: '没有登记记录。', corrects: '更正第 {n} 号', list: '登记簿清单', none: '没有您可以查看的登记簿。' },
  { title: 'Registers', search: 'Search entries', seq: 'No.', at: 'At', by: 'By', empties: 'Show empty columns', number: 'Case', choose: 'Choose a register.', nothing: 'No entries.', corrects: 'Corrects no. {n}', list: 'Registers', none: 'There is no register you may see.' },
);
