import { defineWords } from '../../../lib/words';

export const word = defineWords(
  {
    handOver: '移交工作', title: '移交{name}的工作', lead: '待办、未答复的会签和未结事项的责任人、承办人，一并移交；接收人会收到通知。', nothing: '手上没有工作。', count: '共 {n} 项', to: '移交给', nobody: '（请选择）', reason: '原因（记入办理记录）', needTo: '请选择接收人。', needReason: '请填写原因。', go: '移交', done: '已移交 {n} 项。', stays: '以下 {n} 项未能移交，请另行处理：', number: '编号', what: '内容', kind: '类别', why: '原因', resting: '并案暂停', 'as.owner': '责任人', 'as.handler': '承办人', 'kind.task': '待办', 'kind.asking': '会签', 'kind.case': '未结事项',
  },
  {
    handOver: 'Hand over', title: 'Hand over the work of {name}', lead: 'Tasks, questions not answered, and open cases as owner or handler all go to the other, who is told.', nothing: 'There is no work in hand.', count: '{n} in all', to: 'To', nobody: '(choose)', reason: 'Reason (kept in the record)', needTo: 'Please choose to whom.', needReason: 'Please give the reason.', go: 'Hand over', done: '{n} handed over.', stays: '{n} could not be handed over:', number: 'Number', what: 'What', kind: 'Kind', why: 'Why', resting: 'merged, at rest', 'as.owner': 'Owner', 'as.handler': 'Handler', 'kind.task': 'Task', 'kind.asking': 'Question', 'kind.case': 'Open case',
  },
);
