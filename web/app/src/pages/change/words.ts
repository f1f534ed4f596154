import { defineWords } from '../../lib/words';

export const word = defineWords(
  {
    link: '关联其他事项', linkLead: '关联的两件互相可查；各自办理、各自计时、各自计入统计。看不到其中一件的人，也看不到这条关联。', search: '按编号、事项或信访人查找', find: '查找', noCases: '没有找到可以关联的事项。', linkReason: '关联的理由（记入办理记录）', needCase: '请选择要关联的事项。', goLink: '关联', linked: '已关联。', unlink: '解除', unlinkTitle: '解除与 {number} 的关联', goUnlink: '解除关联', unlinked: '已解除关联。', sameReason: '登记时发现同一人或相近的事项',
    change: '事项变化', title: '事项变化', parts: '可以办理的', clock: '停止计时', reports: '登记情况', reportLead: '流程正在等待、可以登记的情况。登记后记入办理记录，流程随之继续。', what: '发生了什么', noForm: '没有要填的内容，确认即登记。', interrupts: '登记后，正在办理的环节随即停止，不能撤销；请核实清楚再登记。', goReport: '登记', needWhat: '请选择发生了什么。', needForm: '请把表单填写完整。', reported: '已登记“{title}”。', nothing: '本件目前没有可以登记的变化。',
    clockLead: '只有法律规定的事由可以停止计时，停止的日期（首尾两日在内）不计入期限；停止期间不提醒、不催办、不逾期。事由消失后请恢复计时，期限重新计算。',
    noLimits: '本件没有正在计算的期限。', running: '正在计算的期限', stopped: '已停止计时的期限', cannot: '法律没有规定可以停止计时的事由；确有需要的，可以申请延期。', can: '可因{causes}停止（{basis}）', still: '{cause}，{since} 起停止，预计 {until} 结束',
    due: '{day} 到期', cause: '事由', expected: '预计结束日期', reason: '情况说明（记入办理记录）', notice: '告知书', noticeLead: '{basis}要求书面告知申请人。请先在“文书”里上传告知书。', choose: '（请选择）', stop: '停止计时', resume: '恢复计时', over: '恢复计时的原因（记入办理记录）',
    needLimit: '请选择期限。', needCause: '请选择事由。', needExpected: '请填写预计结束日期。', needReason: '请填写情况说明。', needNotice: '请选择告知书。', isStopped: '已停止计时。', isResumed: '已恢复计时，期限已重新计算。',
  },
  {
    link: 'Link another matter', linkLead: 'Two linked matters refer to each other; each is handled, timed and counted by itself. Whoever may not see one of them does not see the link.', search: 'Number, matter or petitioner', find: 'Find', noCases: 'No matter was found that can be linked.', linkReason: 'Why (kept in the record)', needCase: 'Please choose the matter.', goLink: 'Link', linked: 'Linked.', unlink: 'Take back', unlinkTitle: 'Take back the link with {number}', goUnlink: 'Take back', unlinked: 'The link is taken back.', sameReason: 'Found when it was registered: the same person or a similar matter',
    change: 'Changes', title: 'What has happened to this matter', parts: 'What can be done', clock: 'Stop the clock', reports: 'Report', reportLead: 'What the matter waits for and you may report. It is kept in the record, and the matter goes on.', what: 'What has happened', noForm: 'There is nothing to fill in.', interrupts: 'What is being done stops at once and cannot be taken up again; be sure before you report it.', goReport: 'Report', needWhat: 'Please choose what has happened.', needForm: 'Please fill in the form.', reported: '"{title}" is reported.', nothing: 'Nothing can be reported of this matter at present.',
    clockLead: 'Only a cause that the law names stops the clock; the days that it stands still (first and last included) are not counted. Meanwhile there is no reminder, no urging, and nothing is overdue. When the cause is over, let the clock go on: the limit is worked out anew.',
    noLimits: 'This matter has no running limit.', running: 'Running limits', stopped: 'Limits whose clock stands still', cannot: 'The law names no cause that stops it; an extension may be asked for.', can: 'Stopped by {causes} ({basis})', still: '{cause}, since {since}, expected to end on {until}',
    due: 'due {day}', cause: 'Cause', expected: 'Expected end', reason: 'What has happened (kept in the record)', notice: 'Written notice', noticeLead: '{basis} demands that the applicant be told in writing. Upload the notice under "Documents" first.', choose: '(choose)', stop: 'Stop the clock', resume: 'Let it go on', over: 'Why it goes on (kept in the record)',
    needLimit: 'Please choose a limit.', needCause: 'Please choose the cause.', needExpected: 'Please give the expected end.', needReason: 'Please say what has happened.', needNotice: 'Please choose the notice.', isStopped: 'The clock stands still.', isResumed: 'The clock goes on; the limit is worked out anew.',
  },
);
