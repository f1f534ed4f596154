import { defineWords } from '../../lib/words';

export const word = defineWords(
  { print: '打印', broken: '这份文件不能在页面上显示，请下载后查看。', pdfHint: '打印时选“另存为 PDF”也可得到 PDF' },
  { print: 'Print', broken: 'This file cannot be shown here; please download it.', pdfHint: 'Choose "Save as PDF" when printing to get a PDF' },
);
