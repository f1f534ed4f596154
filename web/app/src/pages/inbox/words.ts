import { defineWords } from '../../lib/words';

export const word = defineWords(
  {
    title: '我的待办', mine: '我的', group: '可签收', all: '全部', search: '搜索编号、事项、信访人', light: '灯色', anyLight: '全部灯色', sort: '排序', byDue: '按时限', byNumber: '按编号', byCreated: '按收到时间',
    due: '时限', number: '编号', matter: '事项', step: '当前环节', petitioner: '信访人', from: '来自', act: '办理', claim: '签收', begin: '开始', begun: '“{step}”已开始。', notBegun: '可选', inStop: '中止中：{cause}', open: '办理', noDue: '无时限', claimed: '已签收，可以办理。', owner: '承办：{name}',
    emptyMine: '没有待办事项。', emptyFound: '没有符合条件的待办事项。', keys: '快捷键', keyMove: '上一件 / 下一件', keyOpen: '打开', keyClaim: '签收', keySearch: '搜索', keyPick: '选中', updated: '{time} 更新，自动刷新', filter: '范围', groupCount: '{n} 件',
    register: '登记新事项', savedFilters: '保存的筛选', saveFilter: '保存当前筛选', filterName: '筛选名称', share: '共享', shareNone: '仅自己', shareUnit: '共享给{name}', shareAll: '共享给全单位', filterSaved: '筛选已保存。', sharedBy: '{name} 共享', removeFilter: '删除筛选：{name}', pick: '选中 {number} {step}', picked: '已选 {n} 件', batchClaim: '批量签收（{n}）', batchComplete: '批量办理（{n}）', batchTransfer: '批量转办（{n}）', batchTitle: '批量办理：{step}（{n} 件）', batchLead: '各件都按下面填写的内容办理，逐件提交，逐件留痕。', batchPlain: '这一步没有表单：各件逐件提交，逐件留痕。', batchDone: '{n} 件已办妥。', batchFailed: '{n} 件没有办成：{why}', clearPick: '取消选择', unitTasks: '可签收 = 您所在岗位或单位可以领取的事项',
  },
  {
    title: 'Inbox', mine: 'Mine', group: 'To claim', all: 'All', search: 'Number, matter or petitioner', light: 'Light', anyLight: 'Any light', sort: 'Order', byDue: 'By deadline', byNumber: 'By number', byCreated: 'By arrival',
    due: 'Deadline', number: 'Number', matter: 'Matter', step: 'Step', petitioner: 'Petitioner', from: 'From', act: 'Act', claim: 'Claim', begin: 'Begin', begun: '"{step}" has begun.', notBegun: 'to choose', inStop: 'Stopped: {cause}', open: 'Open', noDue: 'No limit', claimed: 'Claimed, it is yours now.', owner: 'With {name}',
    emptyMine: 'Nothing to do.', emptyFound: 'Nothing matches.', keys: 'Keys', keyMove: 'previous / next', keyOpen: 'open', keyClaim: 'claim', keySearch: 'search', keyPick: 'select', updated: 'Updated {time}, refreshes by itself', filter: 'Scope', groupCount: '{n}',
    register: 'Register a matter', savedFilters: 'Saved views', saveFilter: 'Save this view', filterName: 'Name', share: 'Share', shareNone: 'Only me', shareUnit: 'With {name}', shareAll: 'With everybody', filterSaved: 'The view is saved.', sharedBy: 'shared by {name}', removeFilter: 'Remove the view {name}', pick: 'Select {number} {step}', picked: '{n} selected', batchClaim: 'Claim all ({n})', batchComplete: 'Complete all ({n})', batchTransfer: 'Transfer all ({n})', batchTitle: 'Complete together: {step} ({n})', batchLead: 'Each is completed with these answers, one by one, each with its own record.', batchPlain: 'This step has no form; each is completed by itself, with its own record.', batchDone: '{n} done.', batchFailed: '{n} not done: {why}', clearPick: 'Select none', unitTasks: 'To claim = tasks that your post or unit may take',
  },
);
