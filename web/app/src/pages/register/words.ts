import { defineWords } from '../../lib/words';

export const word = defineWords(
  {
    badCard: '身份证号校验不符，请核对。', title: '登记', choose: '选择要登记的事项', chooseLead: '有访必录：凡是群众来信、来访、来电，都要登记。', none: '没有您可以登记的事项。', other: '换一种事项', submit: '登记', sending: '正在登记…', clear: '清空重填',
    draft: '已恢复 {time} 未提交的内容。', saved: '内容自动保存在本机，提交前不会丢失。', clearAsk: '清空后不能恢复，确定清空吗？', same: '可能重复的事项', sameLead: '请核对；确属同一人同一事的，登记时注明，系统会关联为重复件。',
    done: '登记成功', number: '登记编号', nextTasks: '接下来由您办理', noNext: '已转入下一环节，由相关岗位办理。', openCase: '打开案件', again: '再登记一件', go: '去办理', copy: '复制编号', copied: '编号已复制', samePhone: '电话相同', sameMatter: '事项相近', noForm: '这项制度没有登记表单，可直接登记。',
  },
  {
    badCard: 'The check digit of this identity number is wrong.', title: 'Register', choose: 'What is to be registered?', chooseLead: 'Every letter, visit and call is recorded.', none: 'There is nothing you may register.', other: 'Choose another', submit: 'Register', sending: 'Registering…', clear: 'Clear the form',
    draft: 'What you had not sent on {time} has been restored.', saved: 'What you type is kept on this computer until it is sent.', clearAsk: 'Cleared text cannot be brought back. Clear it?', same: 'Perhaps registered before', sameLead: 'Please compare; the same person with the same matter is linked as a repeat.',
    done: 'Registered', number: 'Number', nextTasks: 'Next, for you', noNext: 'It has gone on to the next step and its post.', openCase: 'Open the case', again: 'Register another', go: 'Open', copy: 'Copy number', copied: 'Copied', samePhone: 'same phone', sameMatter: 'similar matter', noForm: 'This regulation has no registration form; register it directly.',
  },
);
