import { defineWords } from '../../lib/words';

export const word = defineWords(
  { title: '月度统计', year: '年份', month: '月份', ofYear: '{n} 年', ofMonth: '{n} 月', received: '收到', repeated: '其中重复', groups: '其中集体访', onTime: '按期办结', late: '逾期办结', rate: '按期办结率', byClass: '十大类（一件可多类）', byKind: '事项性质', byChannel: '渠道', byUnit: '承办单位', nothing: '这个月没有收到信访事项。', noUnit: '未定承办单位', lead: '按收到时间统计当月收到的事项；办结按办结时间统计。只计您可以看到的事项。' },
  { title: 'Statistics of the month', year: 'Year', month: 'Month', ofYear: '{n}', ofMonth: 'Month {n}', received: 'Received', repeated: 'Repeated', groups: 'By groups', onTime: 'Closed on time', late: 'Closed late', rate: 'On-time rate', byClass: 'Classes (a matter may have several)', byKind: 'Kind', byChannel: 'Channel', byUnit: 'Handling unit', nothing: 'Nothing was received in this month.', noUnit: 'No unit yet', lead: 'Matters by the month in which they were received; closings by the month of closing. Only what you may see is counted.' },
);
