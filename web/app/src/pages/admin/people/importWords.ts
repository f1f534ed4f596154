import { defineWords } from '../../../lib/words';

export const word = defineWords(
  {
    open: '导入 Excel', title: '从 Excel 导入机构、人员和岗位', lead: '按模板填写三张表。先检查，全部没有问题才写入；写入一次完成，不会只写一半。空着的格子不改已有内容，表里没有的人员不动。', template: '下载模板', choose: '选择填好的文件', file: '.xlsx，2 MB 以内', checking: '正在检查…', faults: '有 {n} 处要改，改好后重新选择文件：', place: '第 {row} 行', sheet: '工作表', row: '行', column: '栏目', why: '问题', fine: '检查通过：新增 {add} 行，更新 {change} 行。', write: '写入', written: '已写入：新增 {add} 行，更新 {change} 行。', passwords: '一次性密码只显示这一次，请马上交给本人；首次登录必须修改。', login: '登录名', name: '姓名', password: '一次性密码', copy: '复制', copied: '已复制。',
  },
  {
    open: 'Import Excel', title: 'Import units, people and posts from Excel', lead: 'Fill in the three sheets of the template. They are checked first and written only when nothing is wrong, all at once. Empty cells change nothing, and people who are not in the file stay as they are.', template: 'Download the template', choose: 'Choose the file', file: '.xlsx, up to 2 MB', checking: 'Checking…', faults: '{n} to put right; then choose the file again:', place: 'row {row}', sheet: 'Sheet', row: 'Row', column: 'Column', why: 'What is wrong', fine: 'Nothing is wrong: {add} rows to add, {change} to change.', write: 'Write', written: 'Written: {add} rows added, {change} changed.', passwords: 'The one-time passwords are shown this once; hand them out now. They must be changed at the first sign-in.', login: 'User name', name: 'Name', password: 'One-time password', copy: 'Copy', copied: 'Copied.',
  },
);
