import { defineWords } from '../../lib/words';

export const word = defineWords(
  { title: '案件查询', search: '编号、事项、信访人', anyState: '全部状态', anyLight: '全部灯色', anyUnit: '全部单位', light: '灯色', due: '时限', number: '编号', matter: '事项', petitioner: '信访人', state: '状态', unit: '承办单位', received: '收到时间', where: '当前环节', nothing: '没有符合条件的案件。' },
  { title: 'Cases', search: 'Number, matter, petitioner', anyState: 'Any state', anyLight: 'Any light', anyUnit: 'Any unit', light: 'Light', due: 'Deadline', number: 'Number', matter: 'Matter', petitioner: 'Petitioner', state: 'State', unit: 'Handling unit', received: 'Received', where: 'Now at', nothing: 'No case matches.' },
);
