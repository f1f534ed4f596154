import { defineWords } from '../../lib/words';

export const word = defineWords(
  { title: '登记簿', waiting: '未销假', search: '搜索登记内容', seq: '序号', at: '登记时间', by: '登记人', empties: '显示空栏', number: '案件编号', choose: '请从左侧选择登记簿。', nothing: '没有登记记录。', corrects: '更正第 {n} 号', list: '登记簿清单', none: '没有您可以查看的登记簿。', correct: '更正', wasCorrected: '已更正', print: '打印', sheet: '{name} 第 {n} 号', correctTitle: '更正第 {n} 号登记', correctLead: '原登记保留不变；更正另起一条，写明更正哪一条、谁更正、为什么。', reason: '更正理由', needReason: '请填写更正理由。', corrected: '已更正，新登记为第 {n} 号。' },
  { title: 'Registers', waiting: 'Not reported back', search: 'Search entries', seq: 'No.', at: 'At', by: 'By', empties: 'Show empty columns', number: 'Case', choose: 'Choose a register.', nothing: 'No entries.', corrects: 'Corrects no. {n}', list: 'Registers', none: 'There is no register you may see.', correct: 'Correct', wasCorrected: 'Corrected', print: 'Print', sheet: '{name} no. {n}', correctTitle: 'Correct entry no. {n}', correctLead: 'The entry stays as it is; the correction is a new entry that names it, who corrects it and why.', reason: 'Reason', needReason: 'Please give the reason.', corrected: 'Corrected; the new entry is no. {n}.' },
);
