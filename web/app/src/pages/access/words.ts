import { defineWords } from '../../lib/words';

export const word = defineWords(
  { title: '查阅记录', lead: '谁在何时看过、下载过哪件保密件，导出过什么。只列编号，不列内容。', search: '案件编号或人员姓名', since: '从', until: '到', at: '时间', who: '人员', act: '操作', number: '案件编号', source: '来源地址', none: '没有符合条件的记录。' },
  { title: 'Access log', lead: 'Who read or downloaded which confidential case, and what was exported. Numbers only, no content.', search: 'Case number or name', since: 'From', until: 'To', at: 'At', who: 'Who', act: 'Act', number: 'Case', source: 'Address', none: 'Nothing matches.' },
);
