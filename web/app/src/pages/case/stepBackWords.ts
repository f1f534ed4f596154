import { defineWords } from '../../lib/words';

export const word = defineWords(
  {
    copy: '抄送', copyTitle: '抄送本件', copyLead: '被抄送的同事可以打开本件阅知，会收到通知；记入办理记录。', copyTo: '抄送给', copyNote: '附言（可不填，记入办理记录）', needCopy: '请选择抄送给谁。', goCopy: '抄送', copied: '已抄送。',
    transferTitle: '转办“{step}”', transferSeveral: '批量转办（{n} 件）', person: '转给', unit: '或转给机构（由其人员签收）', nobody: '（请选择）', find: '姓名', reason: '转办原因（记入办理记录）', needReason: '请填写转办原因。', needPerson: '请选择转给哪一位，或转给哪个机构。', goTransfer: '转办', transferred: '已转办。', returnTitle: '退回“{step}”', withdrawTitle: '撤回“{step}”', to: '退回到', previous: '{name}（上一位）', noTargets: '流程图不允许从这里退回。', opinion: '意见（记入办理记录）', needOpinion: '请填写意见。', goReturn: '退回', goWithdraw: '撤回', returned: '已退回到“{step}”。', withdrawn: '“{step}”已撤回，请重新办理。', withdrawLead: '后面的环节还没有人签收或办理，可以撤回重办。已经记入的内容保留，并注明已撤回。',
  },
  {
    copy: 'Copy to', copyTitle: 'Send this matter to read', copyLead: 'They may open this matter from now on and are told; it is kept in the record.', copyTo: 'To', copyNote: 'Note (optional, kept in the record)', needCopy: 'Please choose to whom.', goCopy: 'Send', copied: 'Sent.',
    transferTitle: 'Transfer "{step}"', transferSeveral: 'Transfer all ({n})', person: 'To', unit: 'Or to a unit (its people may claim it)', nobody: '(choose)', find: 'Name', reason: 'Reason (kept in the record)', needReason: 'Please give the reason.', needPerson: 'Please choose a person or a unit.', goTransfer: 'Transfer', transferred: 'Transferred.', returnTitle: 'Return "{step}"', withdrawTitle: 'Withdraw "{step}"', to: 'Return to', previous: '{name} (the one before)', noTargets: 'The diagram allows no return from here.', opinion: 'Opinion (kept in the record)', needOpinion: 'Please write your opinion.', goReturn: 'Return', goWithdraw: 'Withdraw', returned: 'Returned to "{step}".', withdrawn: '"{step}" is withdrawn; please do it again.', withdrawLead: 'Nobody has claimed or done what follows, so you can take it back. What was entered stays and is marked as withdrawn.',
  },
);
