import { defineWords } from '../lib/words';

export const word = defineWords(
  {
    product: '办结',
    login: '登录', password: '修改密码', inbox: '我的待办', register: '登记', cases: '案件查询', case: '案件', asking: '会签与委派', board: '领导看板', supervision: '督办台账', statistics: '月度统计', registers: '登记簿',
    deadline: '时限计算', notices: '消息', admin: '管理', definitions: '制度与版本', forms: '表单', modeler: '流程设计', instances: '实例与异常',
    people: '用户与机构', calendar: '日历', schedules: '日程', settings: '单位设置', papers: '文书模板', mail: '未发邮件', safety: '登录与存储', channels: '通知渠道', webhooks: '事件推送', reads: '查阅记录', retention: '档案保管', heat: '流程热力图', rosters: '值班表', absence: '请假与离岗', noticeSettings: '通知设置', security: '登录安全', forbidden: '无权访问', missing: '页面不存在',
    logout: '退出登录', switch: 'English', switchLabel: 'Switch to English', menu: '主菜单', user: '当前用户：{name}', unread: '{n} 条未读消息', noUnread: '没有未读消息', skip: '跳到正文',
    noticesEmpty: '没有新消息', allNotices: '查看全部消息', markRead: '标为已读',
    expired: '登录已过期', expiredText: '请重新登录，页面上已填写的内容会保留。', again: '重新登录', otherUser: '登录的是另一位用户，页面将重新打开。',
    version: '新版本已发布，请刷新页面。',
  },
  {
    product: 'Banjie',
    login: 'Sign in', password: 'Change password', inbox: 'Inbox', register: 'Register', cases: 'Cases', case: 'Case', asking: 'Countersigning', board: 'Board', supervision: 'Supervision', statistics: 'Statistics', registers: 'Registers',
    deadline: 'Deadline calculator', notices: 'Notices', admin: 'Administration', definitions: 'Regulations', forms: 'Forms', modeler: 'Modeler', instances: 'Instances',
    people: 'People and units', calendar: 'Calendar', schedules: 'Schedules', settings: 'Settings', papers: 'Document templates', mail: 'Failed mail', safety: 'Sign-in and storage', channels: 'Notice channels', webhooks: 'Webhooks', reads: 'Access log', retention: 'Keeping of archives', heat: 'Heat map', rosters: 'Duty rosters', absence: 'Leave and absence', noticeSettings: 'How I am told', security: 'Sign-in safety', forbidden: 'Not allowed', missing: 'No such page',
    logout: 'Sign out', switch: '中文', switchLabel: '切换为中文', menu: 'Main menu', user: 'Signed in: {name}', unread: '{n} unread notices', noUnread: 'No unread notices', skip: 'Skip to content',
    noticesEmpty: 'No new notices', allNotices: 'All notices', markRead: 'Mark as read',
    expired: 'Your session has ended', expiredText: 'Sign in again; what you typed on the page is kept.', again: 'Sign in again', otherUser: 'Another user signed in; the page opens anew.',
    version: 'A new version is out, please reload the page.',
  },
);
