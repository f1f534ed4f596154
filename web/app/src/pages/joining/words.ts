import { defineWords } from '../../lib/words';

export const word = defineWords(
  {
    joint: '并案', merge: '并案', mergeTitle: '把其他事项并入本件', mergeLead: '不同的人反映同一事项的，可以并案：本件是主件，一并办理、一并答复；并入件编号不变，待办暂停，各自出具答复文书。看不到其中一件的人，也看不到并案。',
    search: '按编号、事项或信访人查找', find: '查找', none: '没有找到可以并入的事项。', chosen: '要并入的事项', drop: '不并入 {number}', opinion: '并案的理由（记入办理记录）', preview: '并案以后', looking: '正在核对…', rests: '待办暂停', heldBy: '{name} 办理中', unclaimed: '待签收', noTasks: '没有待办',
    due: '主件的期限', was: '原为 {at}', kept: '{name} {at}：由主件承接', unkept: '{name} {at}：该环节暂停，分案后照走', needCases: '请选择要并入的事项。', needOpinion: '请填写并案的理由。', go: '并案', done: '已并案。',
    into: '本件已并入', intoHidden: '本件已并案办理，主件不在您的查看范围内。', resting: '并案期间待办暂停，期限由主件承接；答复后各自送达。', members: '并入本件的事项', by: '{name} {at} 并案', answered: '已答复', notAnswered: '待答复',
    split: '分案', splitOne: '分案：{number}', splitTitle: '把 {number} 从本件分出', splitLead: '分出后从原来的环节继续办理；期限和没有并案时一样，已经过了的立即催办。', reason: '分案的理由（记入办理记录）', needReason: '请填写分案的理由。', splitDone: '已分案，恢复单独办理。',
  },
  {
    joint: 'Merged petitions', merge: 'Merge', mergeTitle: 'Merge other petitions into this one', mergeLead: 'Petitions of several people in one matter can be merged: this one is the lead, handled and answered for all. The others keep their numbers, their tasks rest, and each gets a paper of its own. Whoever may not see one of them does not see the merge.',
    search: 'Number, matter or petitioner', find: 'Find', none: 'No petition was found that can be merged.', chosen: 'To be merged', drop: 'Do not merge {number}', opinion: 'Why (kept in the record)', preview: 'After the merge', looking: 'Checking…', rests: 'Tasks that rest', heldBy: 'with {name}', unclaimed: 'to be claimed', noTasks: 'no task',
    due: 'Limits of the lead', was: 'was {at}', kept: '{name} {at}: kept by the lead', unkept: '{name} {at}: its step rests, and runs on after a split', needCases: 'Please choose what to merge.', needOpinion: 'Please say why.', go: 'Merge', done: 'Merged.',
    into: 'This petition is merged into', intoHidden: 'This petition is handled with another one that you may not see.', resting: 'Its tasks rest meanwhile and the lead keeps its limits; each is answered and served by itself.', members: 'Merged into this one', by: 'merged by {name} {at}', answered: 'answered', notAnswered: 'to be answered',
    split: 'Take out', splitOne: 'Take out: {number}', splitTitle: 'Take {number} out', splitLead: 'It goes on at the step where it stood, with the limits it would have had; what has been missed is urged at once.', reason: 'Why (kept in the record)', needReason: 'Please say why.', splitDone: 'It goes on by itself.',
  },
);
