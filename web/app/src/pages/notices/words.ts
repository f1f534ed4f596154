import { defineWords } from '../../lib/words';

export const word = defineWords(
  {
    title: '通知设置', lead: '选择哪一类通知从哪里告诉您。法定和限期的通知一律立即发站内和邮件，不受免打扰和每日汇总影响。站外的消息只写编号、步骤和期限，不写信访人和事项内容。',
    kinds: '通知类别与渠道', kind: '通知类别', atOnce: '法定、限期，立即发送',
    'class.limit': '时限与催办', 'class.account': '账号安全', 'class.watch': '异常查阅', 'class.given': '交办、转办与退回', 'class.asked': '会签与委派', 'class.visit': '接待、约见与值班', 'class.leave': '请假', 'class.talk': '抄送与讨论', 'class.result': '办结与月报',
    'help.limit': '临近到期、催办、督办、报告负责人、岗位无人', 'help.account': '密码、动态口令、统一认证的变动', 'help.watch': '有人一小时内导出、查看身份或事项的次数远超工作需要', 'help.given': '转给您、退给您、移交给您的事项', 'help.asked': '请您会签、委派您办理、会签结束', 'help.visit': '值班和接访安排、约见、接访登记', 'help.leave': '您的请假批准或不批准', 'help.talk': '抄送给您、讨论中提到您', 'help.result': '督办卡办结、每月通报',
    inside: '站内', mail: '邮件', noInside: '不选“站内”的通知仍保留在消息列表里，只是不再提示。', noMail: '您没有登记邮箱，邮件发不出去；请联系管理员在“用户与机构”里填写。', mailTo: '邮件发到 {email}。',
    own: '个人地址', ownLead: '有的渠道要知道发给谁：您的手机号或账号。加密保存，只显示末四位；要改就重填。没有填写的，这个渠道不给您发。', ownOf: '{name}：手机号或账号', kept: '已填 {address}',
    quiet: '免打扰时段', quietLead: '这段时间里非法定的站外通知先留着，时段结束时发出。可以跨过零点。', quietOn: '设置免打扰', from: '开始', to: '结束',
    digest: '每日汇总', digestLead: '非法定的站外通知不再逐条发，每天合成一条，按渠道各发一次；没有通知的日子不发。', digestOn: '合成每日汇总', at: '发送时间', saved: '通知设置已保存。', each: '{name}：{channel}',
  },
  {
    title: 'How I am told', lead: 'Choose which notices reach you where. Statutory and limited notices always go at once, here and by mail, whatever the quiet hours or the digest say. What leaves Banjie says number, step and due date alone: no petitioner, no matter.',
    kinds: 'Kinds of notice and channels', kind: 'Kind of notice', atOnce: 'Statutory or limited: at once',
    'class.limit': 'Limits and urging', 'class.account': 'Safety of the account', 'class.watch': 'Unusual reading', 'class.given': 'Assigned, transferred, returned', 'class.asked': 'Countersigning and delegation', 'class.visit': 'Reception, appointments, duty', 'class.leave': 'Leave', 'class.talk': 'Copies and comments', 'class.result': 'Closed cards and monthly reports',
    'help.limit': 'Due soon, urged, supervised, reported to the head, a post left empty', 'help.account': 'Password, code, sign-in service changed', 'help.watch': 'Somebody exported, revealed or read far more in an hour than work takes', 'help.given': 'Matters transferred, returned or handed over to you', 'help.asked': 'You are asked to countersign or act; a round has ended', 'help.visit': 'Reception and window duty, appointments, reception entries', 'help.leave': 'Your leave is granted or refused', 'help.talk': 'Sent to you to read, mentioned in a comment', 'help.result': 'A supervision card is closed, the month’s report',
    inside: 'In Banjie', mail: 'E-mail', noInside: 'Without “In Banjie” a notice still stays in the list, but rings no bell.', noMail: 'You have no e-mail address: no mail can reach you. Ask the administrator to enter it under “People and units”.', mailTo: 'Mail goes to {email}.',
    own: 'My addresses', ownLead: 'Some channels must know whom to reach: your mobile number or account. It is kept sealed, only its end is shown; enter it anew to change it. Without one the channel sends you nothing.', ownOf: '{name}: number or account', kept: 'entered: {address}',
    quiet: 'Quiet hours', quietLead: 'Notices that are not statutory are held during these hours and go when they end. They may pass midnight.', quietOn: 'Keep quiet hours', from: 'From', to: 'To',
    digest: 'Daily digest', digestLead: 'Notices that are not statutory are not sent one by one but as one message a day and channel; none on a day without notices.', digestOn: 'One digest a day', at: 'Sent at', saved: 'Saved.', each: '{name}: {channel}',
  },
);
