import { defineWords } from '../../../lib/words';

export const word = defineWords(
  {
    title: '登录与存储', lead: '谁必须使用第二步验证，登录多久须重来，可以存多少文件，谁绑定了外部登录账号。每次修改都记入变更记录。',
    factor: '第二步验证', who: '必须使用动态口令或安全密钥的人', own: '自愿开启', admins: '管理员', all: '所有人', whoHint: '被要求而还没有开启的人，下次操作时先开启，再继续办理。', verifyUser: '安全密钥须验证本人（PIN、指纹或面容）', lengths: '登录时长', sessionHours: '登录后最长（小时）', idleMinutes: '不操作多久退出（分钟）', lengthsHint: '缩短的，已登录的人同样适用；填了一半的表单仍然保留。等级保护或本单位另有要求的，可设为 12 小时、30 分钟。',
    without: '还没有开启的有 {n} 人', admin: '管理员', quotas: '存储限额', caseQuota: '每件事项的文件（MB）', personQuota: '每人24小时内上传（MB）', orgQuota: '本单位全部文件（MB）', used: '已用 {n} MB',
    reason: '修改的原因', save: '保存', saved: '已保存。', ties: '外部登录账号', tiesLead: '绑定后可以用统一身份认证或单位目录登录。人员离职、账号被盗时在这里解除，他的登录同时全部结束。', noTies: '没有人绑定外部登录账号。',
    person: '人员', service: '登录方式', account: '账号', since: '绑定时间', left: '已停用', remove: '解除', removeTitle: '解除{name}的外部登录账号', removed: '已解除。',
  },
  {
    title: 'Sign-in and storage', lead: 'Who must use a second factor, how long one stays signed in, how much may be kept, and whose outside accounts are tied. Each change is written down.',
    factor: 'Second factor', who: 'Who must use a second factor', own: 'Whoever wants to', admins: 'Administrators', all: 'Everybody', whoHint: 'Whoever must and has not turned it on is asked to do so before going on.', verifyUser: 'Security keys must verify their owner (PIN, finger or face)', lengths: 'How long one stays signed in', sessionHours: 'At most (hours)', idleMinutes: 'Unused (minutes)', lengthsHint: 'Shorter times hold at once for whoever is signed in; forms that are half filled in are kept. Where the rules ask for it, set 12 hours and 30 minutes.',
    without: '{n} people have not turned it on', admin: 'administrator', quotas: 'Storage limits', caseQuota: 'Files of one case (MB)', personQuota: 'Handed in by one person in 24 hours (MB)', orgQuota: 'All files of the office (MB)', used: '{n} MB are used',
    reason: 'Reason for the change', save: 'Save', saved: 'Saved.', ties: 'Outside accounts', tiesLead: 'With a tied account one signs in by the sign-in service or the directory. Untie it when somebody leaves or an account was stolen: all their sessions end too.', noTies: 'Nobody has tied an outside account.',
    person: 'Person', service: 'Way', account: 'Account', since: 'Tied since', left: 'closed', remove: 'Untie', removeTitle: 'Untie the outside account of {name}', removed: 'Untied.',
  },
);
