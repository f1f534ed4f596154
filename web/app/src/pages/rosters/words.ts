import { defineWords, language } from '../../lib/words';
import type { OnDuty } from './calls';

export const word = defineWords(
  {
    title: '值班表', none: '本单位没有需要排班的日程。', mine: '我的值班', noMine: '近两个月没有排到您。', month: '{year}年{month}月', previous: '上个月', next: '下个月', this: '本月', print: '打印',
    day: '日期', duty: '值班人员', leader: '接访领导', staff: '接访干部', note: '备注', nobody: '未排', lacks: '缺{places}', away: '离岗', allDay: '全天', left: '已停用', today: '今天', past: '已过',
    lead: '工作日按轮值排班，节假日不排。标红的人当天离岗，须另行指定；改动当即通知本人。', readOnly: '值班表由管理员和指定的岗位编排；有事不能值班的，可以请人对调，或者先请假，由编排人另行安排。', lacking: '有 {n} 天缺人，请指定人员。', lackingRead: '有 {n} 天缺人。',
    set: '安排', setTitle: '安排 {day} 的值班', setHelp: '{place}至少 {n} 人', reason: '说明（可不填）', saved: '已保存，有关人员会收到通知。', choose: '请选择',
    turns: '轮值编排', turnsLead: '从上一次值班的下一个人起，按下面的次序逐日轮流；离岗的人跳过，次日优先。', place: '岗位', from: '从', to: '到', order: '参加轮值的人员和次序', up: '上移 {name}', down: '下移 {name}', takesPart: '{name} 参加轮值', replace: '已排好的也重排（今天的不动）', make: '编排', made: '已编排 {n} 天。', madeLeft: '已编排 {n} 天；{days} 没有人可排，请另行指定。', needPeople: '请至少选择一个人。', needDays: '请选择起止日期。',
    swap: '两人对调', swapLead: '两个人互换值班的日期。', one: '第一个人', other: '第二个人', otherDay: '对方的日期', swapNow: '对调', swapped: '已对调，两个人都会收到通知。', needBoth: '请选择两个人的两个日期。', nothingToSwap: '本月没有可以对调的日期。',
    ask: '请人对调', askTitle: '请人对调：{day}', askLead: '选一个人的一天与您这一天对调；对方同意后，值班表随即改过来。', asked: '已发出，等对方答复。', swapAsks: '{name}请您对调：{day} 由您值，{other} 由{name}值。', swapMine: '您请{name}对调：{day} 由对方值，{other} 由您值，等对方答复。', agree: '同意', refuse: '不同意', withdraw: '撤回', answered: '已答复。', withdrawn: '已撤回。', needOther: '请选择对方的日期。',
    changes: '变更记录', when: '时间', who: '经办人', what: '变更', noChanges: '还没有变更。', 'act.set': '安排', 'act.rotated': '轮值编排', 'act.swapped': '对调',
    printed: '打印时间：{at}', choice: '选择值班表', open: '查看',
  },
  {
    title: 'Duty rosters', none: 'This office has no duty that needs a roster.', mine: 'My duties', noMine: 'You are not on a roster in the next two months.', month: '{month}/{year}', previous: 'Month before', next: 'Next month', this: 'This month', print: 'Print',
    day: 'Date', duty: 'On duty', leader: 'Receiving leader', staff: 'Reception staff', note: 'Note', nobody: 'Nobody', lacks: 'Lacks: {places}', away: 'away', allDay: 'all day', left: 'has left', today: 'today', past: 'past',
    lead: 'People take turns on working days; holidays have no duty. Who is marked red is away that day: somebody else must be named. Whoever is concerned is told of each change at once.', readOnly: 'Administrators and the posts named for it keep the roster. If you cannot come, ask somebody for a swap, or apply for leave for them to arrange it anew.', lacking: 'Days that lack somebody: {n}. Please name people.', lackingRead: 'Days that lack somebody: {n}.',
    set: 'Arrange', setTitle: 'Duty on {day}', setHelp: '{place}: at least {n}', reason: 'Remark (optional)', saved: 'Saved; those concerned are told.', choose: 'Please choose',
    turns: 'Take turns', turnsLead: 'It goes on after the one who was on duty last, in the order below; who is away is passed over and comes first the next day.', place: 'Place', from: 'From', to: 'To', order: 'Who takes turns, in which order', up: 'Move {name} up', down: 'Move {name} down', takesPart: '{name} takes turns', replace: 'Also replace those named already (not today)', make: 'Fill', made: 'Days filled: {n}.', madeLeft: 'Days filled: {n}; nobody is there on {days}: please name somebody.', needPeople: 'Please choose one person at least.', needDays: 'Please choose from when to when.',
    swap: 'Swap two people', swapLead: 'Two people exchange their days.', one: 'First person', other: 'Second person', otherDay: 'Day of the other', swapNow: 'Swap', swapped: 'Swapped; both are told.', needBoth: 'Please choose two people on two days.', nothingToSwap: 'This month has no days to swap.',
    ask: 'Ask for a swap', askTitle: 'Ask for a swap: {day}', askLead: 'Choose a day of somebody else for yours; once they agree the roster is changed.', asked: 'Asked; the other is to answer.', swapAsks: '{name} asks you to swap: you take {day}, {name} takes {other}.', swapMine: 'You asked {name} to swap: they take {day}, you take {other}. No answer yet.', agree: 'Agree', refuse: 'Refuse', withdraw: 'Withdraw', answered: 'Answered.', withdrawn: 'Withdrawn.', needOther: 'Please choose the day of the other.',
    changes: 'Changes', when: 'When', who: 'By', what: 'What', noChanges: 'Nothing was changed yet.', 'act.set': 'Arranged', 'act.rotated': 'Turns', 'act.swapped': 'Swap',
    printed: 'Printed {at}', choice: 'Choose a roster', open: 'Open',
  },
);

const WEEKDAYS = { zh: ['星期日', '星期一', '星期二', '星期三', '星期四', '星期五', '星期六'], en: ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'] };

/** 星期一 or Mon. */
export const weekday = (day: string): string => WEEKDAYS[language.value][new Date(`${day}T00:00:00Z`).getUTCDay()] ?? '';

/** Why somebody on the roster is not there, in words; empty if the person is. */
export function awayText(one: OnDuty): string {
  if (!one.away) return '';
  if (one.away === '已停用') return word('left');
  return `${word('away')} ${one.away === '全天' ? word('allDay') : one.away}`;
}
