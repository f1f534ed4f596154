import { defineWords, language } from './words';

/** The glossary words of a case that come from the server as identifiers (states, channels, kinds, ...). */
const word = defineWords(
  {
    'state.open': '在办（全部）', 'state.received': '已收到', 'state.registered': '已登记', 'state.classified': '已归类', 'state.accepted': '已受理', 'state.not_accepted': '不予受理', 'state.way_decided': '已定办理方式',
    'state.in_handling': '办理中', 'state.result_submitted': '已报结果', 'state.under_examination': '审查中', 'state.returned': '退回重办', 'state.approved': '已批准结案', 'state.replied': '已答复',
    'state.reported_upward': '已上报', 'state.closed': '已办结', 'state.archived': '已归档', 'state.followed_up': '已回访', 'state.reopened': '重新办理', 'state.merged': '已并件', 'state.withdrawn': '已撤回', 'state.terminated': '已终结',
    'channel.L': '来信', 'channel.V': '来访', 'channel.C': '来电', 'channel.H': '举报电话', 'channel.O': '网上',
    'kind.suggestion': '建议意见类', 'kind.appeal_claim': '申诉求决类', 'kind.accusation': '检举控告类', 'kind.inquiry': '咨询', 'kind.service': '办事',
    'weight.ordinary': '一般', 'weight.important': '重要', 'weight.urgent': '紧急',
    'result.resolved': '已解决', 'result.partly': '部分解决', 'result.explained': '已解释', 'result.not_supported': '不予支持', 'result.guided': '已引导',
    'instance.active': '办理中', 'instance.suspended': '暂停办理', 'instance.completed': '已结束', 'instance.cancelled': '已取消', 'instance.incident': '异常',
    'outcome.accept': '受理', 'outcome.approve': '同意', 'outcome.return': '退回', 'outcome.reject': '不同意', 'outcome.done': '完成',
  },
  {
    'state.open': 'Open (all)', 'state.received': 'Received', 'state.registered': 'Registered', 'state.classified': 'Classified', 'state.accepted': 'Accepted', 'state.not_accepted': 'Not accepted', 'state.way_decided': 'Way decided',
    'state.in_handling': 'In handling', 'state.result_submitted': 'Result submitted', 'state.under_examination': 'Under examination', 'state.returned': 'Returned', 'state.approved': 'Approved', 'state.replied': 'Replied',
    'state.reported_upward': 'Reported upward', 'state.closed': 'Closed', 'state.archived': 'Archived', 'state.followed_up': 'Followed up', 'state.reopened': 'Reopened', 'state.merged': 'Merged', 'state.withdrawn': 'Withdrawn', 'state.terminated': 'Terminated',
    'channel.L': 'Letter', 'channel.V': 'Visit', 'channel.C': 'Call', 'channel.H': 'Report line', 'channel.O': 'Online',
    'kind.suggestion': 'Suggestion', 'kind.appeal_claim': 'Appeal or claim', 'kind.accusation': 'Accusation', 'kind.inquiry': 'Inquiry', 'kind.service': 'Service',
    'weight.ordinary': 'Ordinary', 'weight.important': 'Important', 'weight.urgent': 'Urgent',
    'result.resolved': 'Resolved', 'result.partly': 'Partly resolved', 'result.explained': 'Explained', 'result.not_supported': 'Not supported', 'result.guided': 'Guided',
    'instance.active': 'Running', 'instance.suspended': 'At rest', 'instance.completed': 'Ended', 'instance.cancelled': 'Cancelled', 'instance.incident': 'Incident',
    'outcome.accept': 'Accept', 'outcome.approve': 'Approve', 'outcome.return': 'Return', 'outcome.reject': 'Reject', 'outcome.done': 'Done',
  },
);

type Kind = 'state' | 'channel' | 'kind' | 'weight' | 'result' | 'instance' | 'outcome';

/** Whether the glossary has a word for it. */
export function isCaseWord(kind: Kind, value?: string | null): boolean {
  return word.has(`${kind}.${value ?? ''}`);
}

/** The word for an identifier; the identifier itself when the glossary has none. `given` is the server's own word. */
export function caseWord(kind: Kind, value?: string | null, given?: string | null): string {
  if (given && language.value === 'zh') return given;
  if (!value) return '';
  const key = `${kind}.${value}`;
  return word.has(key) ? word(key) : (given ?? value);
}
