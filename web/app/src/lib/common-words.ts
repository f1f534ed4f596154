import { defineWords } from './words';

/** Words that several pages use. */
export const common = defineWords(
  {
    unreachable: '连接不上服务器，请检查网络后重试。您填写的内容没有丢失。',
    serverFault: '服务器出错，请稍后重试；仍不行请联系管理员。',
    notFound: '没有找到，或者您无权查看。',
    code: '代码',
    save: '保存', cancel: '取消', confirm: '确定', close: '关闭', search: '搜索', all: '全部', refresh: '刷新',
    back: '返回', download: '下载', upload: '上传', none: '无', yes: '是', no: '否', loading: '正在加载…', empty: '暂无数据',
    total: '共 {n} 条', totalMany: '{n} 条以上', more: '更多', view: '查看', edit: '编辑', retry: '重试', required: '必填',
    secret: '保密', merged: '已并入主件', joined: '并案 {n} 件', show: '显示', hide: '隐藏', system: '系统', unknown: '未填写', anonymous: '匿名',
    red: '已逾期', yellow: '临近到期', green: '正常', noLimit: '无时限', onTime: '按期办结', late: '逾期办结', paused: '暂停计时', closed: '已办结', cancelled: '已取消',
    standIn: '{name}（由{other}代）', excel: '导出 Excel',
    previous: '上一页', next: '下一页', page: '第 {page} / {pages} 页',
  },
  {
    unreachable: 'The server cannot be reached. Check the network and try again; what you typed is still here.',
    serverFault: 'The server failed. Try again later, or tell the administrator.',
    notFound: 'Not found, or you may not see it.',
    code: 'Code',
    save: 'Save', cancel: 'Cancel', confirm: 'OK', close: 'Close', search: 'Search', all: 'All', refresh: 'Refresh',
    back: 'Back', download: 'Download', upload: 'Upload', none: 'None', yes: 'Yes', no: 'No', loading: 'Loading…', empty: 'Nothing here',
    total: '{n} in all', totalMany: 'more than {n}', more: 'More', view: 'View', edit: 'Edit', retry: 'Retry', required: 'Required',
    secret: 'Confidential', merged: 'Merged', joined: '{n} merged', show: 'Show', hide: 'Hide', system: 'System', unknown: 'Not given', anonymous: 'Anonymous',
    red: 'Overdue', yellow: 'Due soon', green: 'On track', noLimit: 'No limit', onTime: 'Closed on time', late: 'Closed late', paused: 'Paused', closed: 'Closed', cancelled: 'Cancelled',
    standIn: '{name} ({other} stands in)', excel: 'Export to Excel',
    previous: 'Previous', next: 'Next', page: 'Page {page} of {pages}',
  },
);
