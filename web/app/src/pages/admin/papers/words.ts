import { defineWords } from '../../../lib/words';

export const word = defineWords(
  {
    title: '文书模板', template: '模板', lead: '文书按 Word 模板打印。可以下载模板，用 Word 或 WPS 改好版式再上传；{{ 栏目 }} 处由系统填写。栏目写错、带宏或引用外部文件的模板不会启用，原模板保留。', paper: '文书', series: '文号', ownOne: '本单位模板', shippedOne: '系统自带', download: '下载', look: '试印', names: '可用栏目', replace: '更换', restore: '恢复自带', replaceTitle: '更换“{name}”的模板', restoreTitle: '恢复“{name}”的自带模板', file: '模板文件（.docx）', reason: '理由', needFile: '请选择模板文件。', needReason: '请写明理由。', replaced: '已启用新模板。', restored: '已恢复自带模板。', history: '更换记录', noHistory: '还没有更换过模板。', at: '时间', by: '更换人', what: '内容', upload: '上传并启用', namesOf: '“{name}”可用的栏目', namesLead: '写法如 {{ case_number }}；清单用循环。没有内容的栏目打印为空。', column: '栏目', meaning: '含义', toShipped: '恢复自带模板',
  },
  {
    title: 'Document templates', template: 'Template', lead: 'Documents are printed from Word templates. Download one, change its layout in Word and put it in place; {{ name }} is filled in by the system. A template with unknown names, macros or outside parts is refused, and the old one stays.', paper: 'Document', series: 'Series', ownOne: 'Own', shippedOne: 'Shipped', download: 'Download', look: 'Sample', names: 'Names', replace: 'Replace', restore: 'Restore', replaceTitle: 'Replace the template of "{name}"', restoreTitle: 'Restore the template of "{name}"', file: 'Template (.docx)', reason: 'Reason', needFile: 'Please choose a file.', needReason: 'Please give the reason.', replaced: 'The new template is in force.', restored: 'The shipped template is in force.', history: 'Changes', noHistory: 'No template has been replaced.', at: 'At', by: 'By', what: 'What', upload: 'Put in force', namesOf: 'Names for "{name}"', namesLead: 'Written {{ case_number }}; lists by a loop. What is not known is left blank.', column: 'Name', meaning: 'Meaning', toShipped: 'back to the shipped template',
  },
);
