import { defineWords } from '../../lib/words';

export const word = defineWords(
  {
    change: '事项变化', title: '事项变化', parts: '可以办理的', clock: '停止计时',
    clockLead: '只有法律规定的事由可以停止计时，停止的日期（首尾两日在内）不计入期限；停止期间不提醒、不催办、不逾期。事由消失后请恢复计时，期限重新计算。',
    noLimits: '本件没有正在计算的期限。', running: '正在计算的期限', stopped: '已停止计时的期限', cannot: '法律没有规定可以停止计时的事由；确有需要的，可以申请延期。', can: '可因{causes}停止（{basis}）', still: '{cause}，{since} 起停止，预计 {until} 结束',
    due: '{day} 到期', cause: '事由', expected: '预计结束日期', reason: '情况说明（记入办理记录）', notice: '告知书', noticeLead: '{basis}要求书面告知申请人。请先在“文书”里上传告知书。', choose: '（请选择）', stop: '停止计时', resume: '恢复计时', over: '恢复计时的原因（记入办理记录）',
    needLimit: '请选择期限。', needCause: '请选择事由。', needExpected: '请填写预计结束日期。', needReason: '请填写情况说明。', needNotice: '请选择告知书。', isStopped: '已停止计时。', isResumed: '已恢复计时，期限已重新计算。',
  },
  {
    change: 'Changes', title: 'What has happened to this matter', parts: 'What can be done', clock: 'Stop the clock',
    clockLead: 'Only a cause that the law names stops the clock; the days that it stands still (first and last included) are not counted. Meanwhile there is no reminder, no urging, and nothing is overdue. When the cause is over, let the clock go on: the limit is worked out anew.',
    noLimits: 'This matter has no running limit.', running: 'Running limits', stopped: 'Limits whose clock stands still', cannot: 'The law names no cause that stops it; an extension may be asked for.', can: 'Stopped by {causes} ({basis})', still: '{cause}, since {since}, expected to end on {until}',
    due: 'due {day}', cause: 'Cause', expected: 'Expected end', reason: 'What has happened (kept in the record)', notice: 'Written notice', noticeLead: '{basis} demands that the applicant be told in writing. Upload the notice under "Documents" first.', choose: '(choose)', stop: 'Stop the clock', resume: 'Let it go on', over: 'Why it goes on (kept in the record)',
    needLimit: 'Please choose a limit.', needCause: 'Please choose the cause.', needExpected: 'Please give the expected end.', needReason: 'Please say what has happened.', needNotice: 'Please choose the notice.', isStopped: 'The clock stands still.', isResumed: 'The clock goes on; the limit is worked out anew.',
  },
);
