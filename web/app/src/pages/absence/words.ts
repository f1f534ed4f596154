import { defineWords } from '../../lib/words';

export const word = defineWords(
  {
    title: '离岗登记', lead: '离岗开始的那一刻起，您的待办由同一岗位的 B 岗代办；到时或销假后自动交还。', add: '登记离岗', person: '人员', from: '开始', to: '结束', reason: '事由', standIn: '代办人', state: '状态', none: '没有离岗登记。',
    'state.coming': '未开始', 'state.away': '离岗中', 'state.over': '已结束', end: '销假', withdraw: '撤销', added: '已登记离岗。', ended: '已结束，待办交还本人。', posts: '我的岗位', noPosts: '您没有担任任何 A/B 岗。离岗期间您的待办没有人代办，请先与管理员联系。', a: 'A 岗', b: 'B 岗', post: '岗位', standing: '现在由您代办：{names}', needTimes: '请选择开始和结束的时间。', enteredBy: '登记人',
    uncovered: '无人代办',
  },
  {
    title: 'Away from the post', lead: 'From the instant you leave, the B of your post has your tasks; they are yours again at the end, or when you report back.', add: 'Enter an absence', person: 'Person', from: 'From', to: 'To', reason: 'Reason', standIn: 'Stand-in', state: 'State', none: 'No absence is entered.',
    'state.coming': 'To come', 'state.away': 'Away', 'state.over': 'Over', end: 'Back now', withdraw: 'Withdraw', added: 'The absence is entered.', ended: 'Over; the tasks are with the person again.', posts: 'My posts', noPosts: 'You hold no post with A and B: nobody has your tasks while you are away. Please speak to the administrator.', a: 'A', b: 'B', post: 'Post', standing: 'You now stand in for: {names}', needTimes: 'Please choose from when to when.', enteredBy: 'Entered by',
    uncovered: 'nobody',
  },
);
