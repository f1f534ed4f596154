import { defineWords } from '../../../lib/words';

export const word = defineWords(
  {
    title: '移动', lead: '让流程停到另一个环节。先看会取消什么；不触发撤销（补偿），已经记入的内容和变量不变。', act: '做什么', 'act.move': '把现在停的地方移到另一个环节', 'act.cancel': '取消现在停的地方', 'act.start': '另外开始一个环节', token: '现在停在', element: '移到', choose: '（请选择）', after: '当作这个环节已经办完，从它后面继续', reason: '原因（记入办理记录）', needReason: '请填写原因。', go: '确定', done: '已移动。', incident: '异常', move: '移动',
  },
  {
    title: 'Move', lead: 'Let the process stand at another step. Look at what is cancelled first; nothing is compensated, entries and variables stay.', act: 'Act', 'act.move': 'Move a token to another step', 'act.cancel': 'Take a token away', 'act.start': 'Begin one more step', token: 'Stands at', element: 'To', choose: '(choose)', after: 'As if this step had been done: go on behind it', reason: 'Reason (kept in the record)', needReason: 'Please give the reason.', go: 'Do it', done: 'Moved.', incident: 'incident', move: 'Move',
  },
);
