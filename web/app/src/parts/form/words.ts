import { defineWords } from '../../lib/words';

export const word = defineWords(
  { more: '更多信息', openMore: '填写更多信息', closeMore: '收起更多信息', check: '请检查标红的 {n} 项。', noForm: '本环节没有表单，直接点击“完成”即可。', broken: '表单无法显示，请联系管理员。' },
  { more: 'More', openMore: 'More fields', closeMore: 'Fewer fields', check: 'Please check the {n} marked fields.', noForm: 'This step has no form; just press Complete.', broken: 'The form cannot be shown. Tell the administrator.' },
);
