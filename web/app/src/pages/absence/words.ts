import { defineWords } from '../../lib/words';

export const word = defineWords(
  {
    title: '请假与离岗', lead: '请假、因公外出都要先申请，经批准后离岗。离岗开始的那一刻起，您的待办由同一岗位的另一人或顶岗人代办；到时或销假后自动交还。', apply: '申请请假', person: '人员', from: '开始', to: '结束', reason: '事由', standIn: '代办人', state: '状态', none: '没有离岗登记。',
    'state.coming': '未开始', 'state.away': '离岗中', 'state.over': '已结束', end: '提前返岗', withdraw: '撤销', added: '已补登离岗。', ended: '已结束，待办交还本人。', posts: '我的岗位', noPosts: '您没有担任任何 A/B 岗。离岗期间您的待办没有人代办，申请时请指定顶岗人。', a: 'A 岗', b: 'B 岗', post: '岗位', standing: '现在由您代办：{names}', needTimes: '请选择开始和结束的时间。',
    uncovered: '无人代办', add: '补登离岗', addLead: '本人来不及申请的（如突发疾病）在这里补登，注明由管理员登记；其他请假由本人申请。', source: '依据', granted: '经批准的请假', byHand: '{name}补登', unknown: '管理员',
    leaves: '我的请假', noLeaves: '您没有申请过请假。', kind: '类别', 'kind.leave': '请假', 'kind.official': '因公外出', time: '起止', days: '天数', cover: '顶岗人', approver: '批准人', act: '办理', cancel: '销假', open: '查看', 'back.asked': '撤回', 'back.granted': '撤销', 'sure.asked': '撤回以后不再审批，需要请假时要重新申请。确定撤回吗？', 'sure.granted': '撤销以后不再离岗，需要请假时要重新申请。确定撤销吗？', taken: '已撤回。', tooLate: '这次请假已经不能撤回，请刷新后再看。', due: '{time}前销假',
    'leave.asked': '待审批', 'leave.granted': '已批准', 'leave.away': '离岗中', 'leave.due': '待销假', 'leave.back': '已销假', 'leave.refused': '未批准', 'leave.withdrawn': '已撤回', 'leave.revoked': '已撤销', byHandTitle: '管理员补登的离岗',
    onPosts: '岗位值守', day: '日期', unit: '机构', duty: '值守', all: '全天有人', gap: '有空岗', nobody: '无人', 'as.a': 'A 岗', 'as.b': 'B 岗', 'as.stand_in': '顶岗', noPostsAtAll: '本单位还没有设 A/B 岗。',
  },
  {
    title: 'Leave and absence', lead: 'Leave and official errands are applied for and approved first. From the instant you leave, the other holder of your post or your stand-in has your tasks; they are yours again at the end, or when you report back.', apply: 'Apply for leave', person: 'Person', from: 'From', to: 'To', reason: 'Reason', standIn: 'Stand-in', state: 'State', none: 'No absence is entered.',
    'state.coming': 'To come', 'state.away': 'Away', 'state.over': 'Over', end: 'Back now', withdraw: 'Withdraw', added: 'The absence is entered.', ended: 'Over; the tasks are with the person again.', posts: 'My posts', noPosts: 'You hold no post with A and B: nobody has your tasks while you are away. Please name a stand-in when you apply.', a: 'A', b: 'B', post: 'Post', standing: 'You now stand in for: {names}', needTimes: 'Please choose from when to when.',
    uncovered: 'nobody', add: 'Enter an absence', addLead: 'For who could not apply (a sudden illness); it is recorded as entered by an administrator. All other leave is applied for by the person.', source: 'Basis', granted: 'Approved leave', byHand: 'Entered by {name}', unknown: 'an administrator',
    leaves: 'My leave', noLeaves: 'You have not applied for leave.', kind: 'Kind', 'kind.leave': 'Leave', 'kind.official': 'Official errand', time: 'From – to', days: 'Days', cover: 'Covered by', approver: 'Approved by', act: 'Do', cancel: 'Report back', open: 'Open', 'back.asked': 'Withdraw', 'back.granted': 'Revoke', 'sure.asked': 'It will not be decided any more; to take leave you apply anew. Withdraw it?', 'sure.granted': 'You stay at your post; to take leave you apply anew. Revoke it?', taken: 'It is taken back.', tooLate: 'This leave cannot be taken back any more; please reload.', due: 'Report back by {time}',
    'leave.asked': 'Waiting for approval', 'leave.granted': 'Approved', 'leave.away': 'Away', 'leave.due': 'To be reported back', 'leave.back': 'Back', 'leave.refused': 'Refused', 'leave.withdrawn': 'Withdrawn', 'leave.revoked': 'Revoked', byHandTitle: 'Absences entered by an administrator',
    onPosts: 'Who is at which post', day: 'Day', unit: 'Unit', duty: 'On duty', all: 'Covered all day', gap: 'Not covered', nobody: 'nobody', 'as.a': 'A', 'as.b': 'B', 'as.stand_in': 'stand-in', noPostsAtAll: 'This office has no A/B posts yet.',
  },
);
