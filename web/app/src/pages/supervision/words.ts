import { defineWords } from '../../lib/words';

export const word = defineWords(
  {
    title: '督办台账', open: '在办督办', overdue: '超过期限', yellow: '黄牌', red: '红牌', reply: '答复', all: '全部', closed: '已销号', state: '状态', unit: '督办单位', anyUnit: '全部单位', light: '灯色', due: '办结期限', card: '督办卡', matter: '事项', opinion: '督办意见', by: '督办人', last: '亮牌与答复', none: '没有符合条件的督办。',
    warn: '亮牌', warnTitle: '亮牌：{card}', colour: '亮什么牌', lead: '黄牌提醒整改；黄牌后仍不落实的，亮红牌，同时通知单位负责人的上级。单位在期限内整改并书面答复。', text: '事由和整改要求（记入办理记录）', day: '整改期限', go: '亮牌', warned: '已亮牌，单位负责人会收到通知。', needText: '请填写事由和整改要求。', needDay: '请选择整改期限。', by_day: '{day} 前整改',
    answer: '答复督办', answerText: '办理或整改情况（记入办理记录）', send: '发出', answered: '已答复督办。', needAnswer: '请填写办理情况。', noLimit: '未定期限',
    'cause.overdue': '逾期未办结', 'cause.instruction': '领导批示', 'cause.reception': '领导接访交办', 'cause.manual': '督办人员提出',
  },
  {
    title: 'Supervision', open: 'Open', overdue: 'Past the date', yellow: 'Yellow card', red: 'Red card', reply: 'Reply', all: 'All', closed: 'Closed', state: 'State', unit: 'Unit', anyUnit: 'Any unit', light: 'Light', due: 'Due', card: 'Number', matter: 'Matter', opinion: 'What is demanded', by: 'Supervised by', last: 'Cards and replies', none: 'No supervision matches.',
    warn: 'Show a card', warnTitle: 'Show a card: {card}', colour: 'Which card', lead: 'A yellow card warns; when it does not help, a red one follows and the superior of the head of the unit is told too. The unit puts it right and replies in writing by the date.', text: 'Why, and what to put right (kept in the record)', day: 'To be put right by', go: 'Show the card', warned: 'The card is shown; the head of the unit is told.', needText: 'Please write why.', needDay: 'Please choose the date.', by_day: 'by {day}',
    answer: 'Reply', answerText: 'What was done (kept in the record)', send: 'Send', answered: 'The reply is recorded.', needAnswer: 'Please write what was done.', noLimit: 'No date',
    'cause.overdue': 'Overdue', 'cause.instruction': 'A leader’s instruction', 'cause.reception': 'From a leader’s reception', 'cause.manual': 'By a supervisor',
  },
);
