import { defineWords } from '../../../lib/words';

export const word = defineWords(
  {
    schedules: '日程', lead: '制度规定的定期工作。到日子自动启动相应制度；遇节假日移动或取消的，写明原因。', none: '本单位的配置没有定期工作。',
    next: '今后的日期', past: '最近两个月已启动或错过', noPast: '还没有到过日期。', date: '日期', lunar: '农历', note: '说明', state: '情况', at: '时间', by: '启动人', act: '操作',
    cancelled: '取消', moved: '移动', provisional: '暂定', until: '至 {day}', opens: '{at} 启动', hours: '时段', starts: '启动制度', startsNothing: '只登记日期', notDeployed: '尚未部署', own: '本单位已修改', stopped: '已停用', trouble: '上次启动出错，稍后自动再试：',
    edit: '修改', startNow: '补启动', startedNow: '已启动。', showAll: '显示全部', showLess: '收起',
    editTitle: '修改“{title}”', name: '名称', rule: '规则', onHoliday: '遇节假日', hoursField: '时段（如 09:00-12:00，几段用空格分开）', ahead: '提前几天启动', atField: '几点启动', missed: '错过的日期', startsField: '启动的制度编号（空着则只登记）', active: '启用', reset: '恢复配置原值', saved: '已保存，今后的日期已重新计算。', resetDone: '已恢复配置原值。',
    ruleHelp: '每月15日 day(15)；每月最后一日 last_day(month)；每周的星期一 weekday(MON)；每月第一个星期一 first_weekday(month, MON)；每月最后一个工作日 last_workday(month)，季度 quarter、年 year、某几月 5, 11；每个工作日 every_workday；农历逢三六九 lunar_digits{3,6,9}；每两个月至少一次 once_in_months(2)。',
    'state.started': '已启动', 'state.noted': '已登记', 'state.missed': '已错过', 'state.failed': '未能启动',
    'h.skip': '取消', 'h.next_workday': '顺延至下一工作日', 'h.prev_workday': '提前至上一工作日', 'h.exempt': '整段放假不作要求', 'h.none': '不变',
    'm.skip': '只登记，不补启动', 'm.run_once': '只补启动最近一次', 'm.run_each': '逐次补启动',
  },
  {
    schedules: 'Schedules', lead: 'Recurring duties of the regulations. On its day each starts its process; dates moved or dropped by a holiday say why.', none: "This office's profile has no recurring duty.",
    next: 'Dates to come', past: 'Started or missed in the last two months', noPast: 'No date has come yet.', date: 'Date', lunar: 'Lunar', note: 'Note', state: 'State', at: 'At', by: 'Started by', act: 'Act',
    cancelled: 'Dropped', moved: 'Moved', provisional: 'Provisional', until: 'until {day}', opens: 'starts {at}', hours: 'Hours', starts: 'Starts', startsNothing: 'Only noted', notDeployed: 'not deployed', own: 'Changed by this office', stopped: 'Stopped', trouble: 'The last start failed and is tried again: ',
    edit: 'Change', startNow: 'Start now', startedNow: 'Started.', showAll: 'Show all', showLess: 'Show less',
    editTitle: 'Change “{title}”', name: 'Name', rule: 'Rule', onHoliday: 'On a day off', hoursField: 'Hours (as 09:00-12:00, several with blanks between)', ahead: 'Start how many days ahead', atField: 'Start at', missed: 'Missed dates', startsField: 'Key of the process to start (empty: only noted)', active: 'Active', reset: "Back to the profile's values", saved: 'Saved; the dates to come are found anew.', resetDone: "The profile's values are back.",
    ruleHelp: 'day(15); last_day(month); weekday(MON); first_weekday(month, MON); last_workday(month), or quarter, year, months 5, 11; every_workday; lunar_digits{3,6,9}; once_in_months(2).',
    'state.started': 'Started', 'state.noted': 'Noted', 'state.missed': 'Missed', 'state.failed': 'Failed',
    'h.skip': 'dropped', 'h.next_workday': 'next working day', 'h.prev_workday': 'working day before', 'h.exempt': 'exempt if wholly off', 'h.none': 'unchanged',
    'm.skip': 'only noted', 'm.run_once': 'the newest is started', 'm.run_each': 'each is started',
  },
);
