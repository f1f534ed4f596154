import { defineWords } from '../../lib/words';

export const word = defineWords(
  {
    title: '领导看板', overview: '看板与统计', supervision: '督办台账', statistics: '月度统计', noUnit: '未定承办单位', heat: '流程热力图', open: '在办', onTime: '按期办结', late: '逾期办结', byUnit: '各单位在办', byLeader: '包案领导在办', byClass: '归类', red: '逾期清单', unit: '单位', leader: '领导', count: '件数', number: '编号', matter: '事项', where: '当前环节', who: '责任人', since: '逾期自', due: '时限',
    noRed: '没有逾期事项。', nothing: '没有在办事项。', bar: '{name}：逾期 {red} 件，临近到期 {yellow} 件，正常 {green} 件', updated: '{time} 更新', rate: '按期办结率',
  },
  {
    title: "Leader's board", overview: 'Boards and statistics', supervision: 'Supervision', statistics: 'Statistics of the month', noUnit: 'No unit yet', heat: 'Heat map', open: 'Open', onTime: 'Closed on time', late: 'Closed late', byUnit: 'Open by unit', byLeader: 'Open by leader', byClass: 'By class', red: 'Overdue', unit: 'Unit', leader: 'Leader', count: 'Number', number: 'Number', matter: 'Matter', where: 'Now at', who: 'With', since: 'Overdue since', due: 'Deadline',
    noRed: 'Nothing is overdue.', nothing: 'Nothing is open.', bar: '{name}: {red} overdue, {yellow} due soon, {green} on track', updated: 'Updated {time}', rate: 'On-time rate',
  },
);
