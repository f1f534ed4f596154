import { defineWords } from '../../lib/words';

export const word = defineWords(
  {
    title: '档案保管', lead: '事项办结后按保管期限保存，从办结次年一月一日起算；期满的由档案管理员提出销毁清册，另一名负责人审批后执行。保全中的、在办的、与在办事项关联的和永久保管的不会销毁。',
    due: '保管期满', noDue: '没有保管期满的案卷。', number: '编号', caseTitle: '标题', ended: '办结', kept: '保管期限', choose: '选择', chooseAll: '全选', opinion: '鉴定意见', propose: '提出销毁清册（{n} 件）', proposed: '已提出清册 {no}。', needChoice: '请选择要销毁的案卷。', needOpinion: '请写明鉴定意见。',
    lists: '销毁清册', noLists: '还没有销毁清册。', listOf: '{no}（{n} 件）', approve: '同意销毁', approved: '已审批。', withdraw: '撤回', withdrawn: '清册已撤回，案卷保留。', carryOut: '执行销毁', carryOutSure: '将先为每件生成归档包，再删除系统内的全部内容，不可恢复。确认执行吗？', carriedOut: '已销毁 {n} 件，保留 {m} 件。', reason: '理由', needReason: '请写明理由。',
    'state.proposed': '待审批', 'state.approved': '待执行', 'state.destroyed': '已销毁', 'state.withdrawn': '已撤回', proposedBy: '{name} 于 {at} 提出', approvedBy: '{name} 于 {at} 审批', packageOf: '归档包', state: '状态', note: '说明',
    holds: '保全', noHolds: '没有保全中的事项。', heldBy: '保全人', since: '起', why: '理由', lift: '解除', liftTitle: '解除 {number} 的保全', lifted: '保全已解除。', hold: '保全', holdTitle: '保全本件', holdLead: '保全期间，本件无论保管期限是否届满都不会被销毁。', held: '已保全。', inHold: '保全中', holdHint: '在案件页的“保全”设置。',
  },
  {
    title: 'Keeping of archives', lead: 'Ended cases are kept for their years, counted from 1 January after the year in which they ended. An archivist then proposes a list of destruction, somebody else approves it, and it is carried out. Cases under a hold, running, linked with a running one or kept for good are never destroyed.',
    due: 'Time over', noDue: 'No case whose time is over.', number: 'Number', caseTitle: 'Title', ended: 'Ended', kept: 'Kept', choose: 'Choose', chooseAll: 'Choose all', opinion: 'Opinion', propose: 'Propose a list ({n})', proposed: 'List {no} is proposed.', needChoice: 'Please choose cases.', needOpinion: 'Please give the opinion.',
    lists: 'Lists of destruction', noLists: 'No list yet.', listOf: '{no} ({n} cases)', approve: 'Approve', approved: 'Approved.', withdraw: 'Withdraw', withdrawn: 'The list is withdrawn; the cases stay.', carryOut: 'Carry out', carryOutSure: 'A package is made of each case, then everything of it is deleted for good. Go on?', carriedOut: '{n} destroyed, {m} kept.', reason: 'Reason', needReason: 'Please give the reason.',
    'state.proposed': 'to be approved', 'state.approved': 'to be carried out', 'state.destroyed': 'destroyed', 'state.withdrawn': 'withdrawn', proposedBy: 'proposed by {name} at {at}', approvedBy: 'approved by {name} at {at}', packageOf: 'Package', state: 'State', note: 'Note',
    holds: 'Holds', noHolds: 'No case is under a hold.', heldBy: 'By', since: 'Since', why: 'Reason', lift: 'Lift', liftTitle: 'Lift the hold on {number}', lifted: 'The hold is lifted.', hold: 'Hold', holdTitle: 'Hold this case', holdLead: 'While it is held the case is not destroyed, whatever its age.', held: 'Held.', inHold: 'Held', holdHint: 'Set on the page of a case.',
  },
);
