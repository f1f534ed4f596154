import { defineWords } from '../../../lib/words';

export const word = defineWords(
  { title: '表单', none: '这项制度没有表单。', choose: '请选择表单。', preview: '预览', edit: '设计', save: '发布表单', saved: '表单已发布，制度为第 {n} 版。', same: '没有变化。', unsaved: '有未发布的修改', leave: '有尚未发布的修改，离开后会丢失。确定离开吗？', leaveTitle: '未发布的修改', stay: '继续编辑', go: '放弃修改', newForm: '新建表单', formKey: '表单编号（英文小写字母、数字、下划线）', badKey: '编号只能用英文小写字母、数字和下划线，且不能与已有表单重复。', hasErrors: '检查发现 {n} 个错误：{first}', tables: '决策表', fields: '{n} 项' },
  { title: 'Forms', none: 'This regulation has no form.', choose: 'Choose a form.', preview: 'Preview', edit: 'Design', save: 'Deploy the form', saved: 'Deployed; the regulation is version {n}.', same: 'Nothing changed.', unsaved: 'Changes not deployed', leave: 'There are changes that are not deployed; leaving loses them. Leave?', leaveTitle: 'Changes not deployed', stay: 'Keep editing', go: 'Leave', newForm: 'New form', formKey: 'Form key (lower case letters, digits, underscores)', badKey: 'Lower case letters, digits and underscores only, and not an existing key.', hasErrors: '{n} errors: {first}', tables: 'Decision tables', fields: '{n} fields' },
);
