import { defineWords } from '../../lib/words';

export const word = defineWords(
  {
    returnTitle: '退回“{step}”', withdrawTitle: '撤回“{step}”', to: '退回到', previous: '{name}（上一位）', noTargets: '流程图不允许从这里退回。', opinion: '意见（记入办理记录）', needOpinion: '请填写意见。', goReturn: '退回', goWithdraw: '撤回', returned: '已退回到“{step}”。', withdrawn: '“{step}”已撤回，请重新办理。', withdrawLead: '后面的环节还没有人签收或办理，可以撤回重办。已经记入的内容保留，并注明已撤回。',
  },
  {
    returnTitle: 'Return "{step}"', withdrawTitle: 'Withdraw "{step}"', to: 'Return to', previous: '{name} (the one before)', noTargets: 'The diagram allows no return from here.', opinion: 'Opinion (kept in the record)', needOpinion: 'Please write your opinion.', goReturn: 'Return', goWithdraw: 'Withdraw', returned: 'Returned to "{step}".', withdrawn: '"{step}" is withdrawn; please do it again.', withdrawLead: 'Nobody has claimed or done what follows, so you can take it back. What was entered stays and is marked as withdrawn.',
  },
);
