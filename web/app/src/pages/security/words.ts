import { defineWords } from '../../lib/words';

export const word = defineWords(
  {
    title: '登录安全', factor: '动态口令', factorLead: '登录时除密码外，再输入手机应用上每 30 秒变一次的六位数字。请先在手机上装一个支持 TOTP 的验证器应用。',
    on: '已开启', off: '未开启', turnOn: '开启', left: '备用码还剩 {n} 个。', scan: '用手机应用扫描二维码，或手工输入下面的密钥，再填上显示的六位数字。', secret: '密钥', code: '六位数字', confirm: '确认开启',
    recovery: '备用码', recoveryLead: '请抄下来妥善保管，只显示这一次。手机不在身边时，每个可以代替动态口令用一次。', kept: '已抄好', turnOff: '关闭动态口令', password: '当前密码', turnedOn: '动态口令已开启。', turnedOff: '动态口令已关闭。', qr: '动态口令二维码',
    linked: '已绑定', notLinked: '未绑定', linkLead: '绑定后可在登录页用{name}登录，不必再输入这里的密码；动态口令照样要输入。', link: '绑定', unlink: '解除绑定', unlinked: '已解除绑定。', byService: '统一身份认证', byDirectory: '单位目录', directoryLogin: '目录中的用户名', directoryPassword: '目录中的密码', linkedNow: '已绑定。',
    sessions: '已登录的地方', since: '登录时间', seen: '最近使用', from: '网络地址', here: '本机', end: '结束', ended: '这处登录已结束。', unknown: '不详',
    mustEnrol: '本单位要求使用动态口令：开启之后才能继续办理。', logIns: '登录记录', logInsLead: '最近半年用您的用户名登录的情况。有不是您本人的，请立即修改密码并告诉管理员。', at: '时间', outcome: '结果', device: '设备', 'outcome.in': '登录成功', 'outcome.password': '密码不对', 'outcome.code': '动态口令不对',
  },
  {
    title: 'Sign-in safety', factor: 'Second factor', factorLead: 'Besides the password, sign-in asks for six digits that an app on your telephone shows and changes every 30 seconds. Install an authenticator app (TOTP) first.',
    on: 'On', off: 'Off', turnOn: 'Turn on', left: '{n} recovery codes are left.', scan: 'Scan the picture with the app, or type the key, then enter the six digits it shows.', secret: 'Key', code: 'Six digits', confirm: 'Turn on',
    recovery: 'Recovery codes', recoveryLead: 'Write them down; they are shown only now. Without the telephone each replaces the code once.', kept: 'Written down', turnOff: 'Turn off', password: 'Current password', turnedOn: 'The second factor is on.', turnedOff: 'The second factor is off.', qr: 'QR code of the second factor',
    linked: 'Tied', notLinked: 'Not tied', linkLead: 'Once it is tied you can sign in by {name} instead of the password here; the second factor is still asked.', link: 'Tie', unlink: 'Untie', unlinked: 'The account is untied.', byService: 'sign-in service', byDirectory: 'directory', directoryLogin: 'User name in the directory', directoryPassword: 'Password in the directory', linkedNow: 'The account is tied.',
    sessions: 'Where you are signed in', since: 'Since', seen: 'Last used', from: 'Address', here: 'this one', end: 'End', ended: 'That session has ended.', unknown: 'unknown',
    mustEnrol: 'Your office requires a second factor. Turn it on to go on.', logIns: 'Past sign-ins', logInsLead: 'Sign-ins with your user name in the last half year. If one was not you, change your password at once and tell your administrator.', at: 'Time', outcome: 'Result', device: 'Device', 'outcome.in': 'signed in', 'outcome.password': 'wrong password', 'outcome.code': 'wrong code',
  },
);
