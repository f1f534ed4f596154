import { defineWords } from '../../lib/words';
import type { AskingKind, AskingRule } from './calls';

export const word = defineWords(
  {
    ask: '会签、委派', askTitle: '“{step}”请他人会签或委派', addTitle: '加签：“{step}”',
    kind: '方式', 'kind.before': '会签', 'kind.after': '办后会签', 'kind.delegate': '委派',
    back: '办好后交回', shareOf: '{n}%以上同意', 'lead.before': '先听取意见，再由您办理。', 'lead.after': '按您填好的内容，会签同意后自动提交；有人不同意则退回给您。', 'lead.delegate': '请一位同事代为填写，办好后交回，由您核对提交。',
    rule: '答复要求', 'rule.all': '都要答复（同时）', 'rule.order': '依次答复（按选择的先后）', 'rule.any': '一人答复即可', 'rule.share': '同意达到比例', share: '同意比例（%）',
    'afterRule.all': '都要同意（同时）', 'afterRule.order': '依次同意（按选择的先后）', 'afterRule.any': '一人同意即可',
    who: '请谁', find: '按姓名查找', chosen: '已选', drop: '去掉{name}', noneFound: '没有找到这位工作人员。', reason: '事由（记入办理记录）', send: '发出', sent: '已发出，答复后会通知您。', added: '已加签。',
    needPeople: '请选择要请的工作人员。', needOne: '委派请只选择一位。', needReason: '请填写事由。', needShare: '请填写1至100的比例。', needForm: '请先把表单填写完整，再发起办后会签。',
    waitingFor: '还在等{names}答复，答复前不能提交。', heldBack: '您填写的内容已经留存，会签同意后自动提交。', rounds: '会签与委派', by: '{name}发起', add: '加签', remove: '减签', takeBack: '撤销', removeTitle: '减签：{name}', takeBackTitle: '撤销“{step}”的{kind}', removed: '已减签。', takenBack: '已撤销。', why: '原因（记入办理记录）',
    'state.waiting': '未轮到', 'state.open': '待答复', 'state.answered': '已答复', 'state.needless': '无需再答', 'state.removed': '已减签', agrees: '同意', refuses: '不同意', given: '已交回', instead: '由{name}代',
    'result.agreed': '已同意', 'result.refused': '有不同意见', 'result.removed': '已撤销', 'result.done': '已交回', goingOn: '进行中',
    asksYou: '请我会签、委派给我', inboxCount: '{n} 件', instead_of: '代{name}', open: '打开', asked: '{name}请您{kind}', noLimit: '未设时限',
    title: '{kind}：{step}', lead: '{name}于{time}发起', rulePlain: '答复要求：{rule}', yourOpinion: '您的意见', agree: '同意', refuse: '不同意', opinionMust: '意见（必填）', opinionMay: '意见（可不填）', answer: '提交意见', giveBack: '交回', answered: '意见已提交。', handedBack: '已交回。', needOpinion: '请填写意见。', notNow: '现在不需要您答复。', toCase: '查看事项', form: '表单内容', formFill: '请填写表单，再交回',
  },
  {
    ask: 'Ask others', askTitle: 'Ask others about "{step}"', addTitle: 'Ask more people: "{step}"',
    kind: 'Kind', 'kind.before': 'Countersign', 'kind.after': 'Countersign afterwards', 'kind.delegate': 'Delegate',
    back: 'given back when done', shareOf: '{n}% agree', 'lead.before': 'Opinions are heard, then you complete the step.', 'lead.after': 'What you have filled in takes effect when they agree; a refusal gives it back to you.', 'lead.delegate': 'One colleague fills it in and gives it back; you check and complete it.',
    rule: 'Answers', 'rule.all': 'All answer, at once', 'rule.order': 'One after another, in this order', 'rule.any': 'One answer is enough', 'rule.share': 'A share agrees', share: 'Share (%)',
    'afterRule.all': 'All agree, at once', 'afterRule.order': 'All agree, in this order', 'afterRule.any': 'One agreement is enough',
    who: 'Whom', find: 'Find by name', chosen: 'Chosen', drop: 'Drop {name}', noneFound: 'Nobody of this name.', reason: 'Reason (kept in the record)', send: 'Send', sent: 'Sent; you will be told of the answers.', added: 'Asked as well.',
    needPeople: 'Please choose whom to ask.', needOne: 'Delegate to one person only.', needReason: 'Please give the reason.', needShare: 'Please give a share of 1 to 100.', needForm: 'Please fill in the form first.',
    waitingFor: '{names} have not answered yet; it can be completed after that.', heldBack: 'What you have filled in is kept and takes effect when they agree.', rounds: 'Countersigning and delegation', by: 'asked by {name}', add: 'Ask more', remove: 'Do not wait', takeBack: 'Take back', removeTitle: 'Do not wait for {name}', takeBackTitle: 'Take back: {kind} of "{step}"', removed: 'Asked no more.', takenBack: 'Taken back.', why: 'Reason (kept in the record)',
    'state.waiting': 'not yet', 'state.open': 'to answer', 'state.answered': 'answered', 'state.needless': 'not needed', 'state.removed': 'removed', agrees: 'agrees', refuses: 'refuses', given: 'given back', instead: 'by {name}',
    'result.agreed': 'agreed', 'result.refused': 'not agreed', 'result.removed': 'taken back', 'result.done': 'given back', goingOn: 'going on',
    asksYou: 'Asked of me', inboxCount: '{n}', instead_of: 'for {name}', open: 'Open', asked: '{name} asks you: {kind}', noLimit: 'no limit',
    title: '{kind}: {step}', lead: 'asked by {name} at {time}', rulePlain: 'Answers: {rule}', yourOpinion: 'Your opinion', agree: 'Agree', refuse: 'Refuse', opinionMust: 'Opinion (required)', opinionMay: 'Opinion (optional)', answer: 'Send opinion', giveBack: 'Give back', answered: 'Your opinion is recorded.', handedBack: 'Given back.', needOpinion: 'Please write your opinion.', notNow: 'No answer is needed from you now.', toCase: 'See the matter', form: 'The form', formFill: 'Fill in the form, then give it back',
  },
);

/** What a round asks for, in words: whose answers, or that it is given back. */
export function ruleText(round: { kind: AskingKind; rule: AskingRule; share: number | null }): string {
  if (round.kind === 'delegate') return word('back');
  if (round.rule === 'share') return word('shareOf', { n: round.share ?? 100 });
  return round.kind === 'after' ? word(`afterRule.${round.rule}`) : word(`rule.${round.rule}`);
}
