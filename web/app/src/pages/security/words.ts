import { defineWords } from '../../lib/words';

export const word = defineWords(
  {
    title: '登录安全', factor: '动态口令', factorLead: '登录时除密码外，再输入手机应用上每 30 秒变一次的六位数字。请先在手机上装一个支持 TOTP 的验证器应用。',
    on: '已开启', off: '未开启', turnOn: '开启', left: '备用码还剩 {n} 个；手机或安全密钥不在身边时，每个可以用一次。', scan: '用手机应用扫描二维码，或手工输入下面的密钥，再填上显示的六位数字。', secret: '密钥', code: '六位数字', confirm: '确认开启',
    recovery: '备用码', recoveryLead: '请抄下来妥善保管，只显示这一次。手机或安全密钥不在身边时，每个可以代替动态口令或安全密钥用一次。', kept: '已抄好', turnOff: '关闭动态口令', password: '当前密码', turnedOn: '动态口令已开启。', turnedOff: '动态口令已关闭。', qr: '动态口令二维码',
    linked: '已绑定', notLinked: '未绑定', linkLead: '绑定后可在登录页用{name}登录，不必再输入这里的密码；动态口令照样要输入。', link: '绑定', unlink: '解除绑定', unlinked: '已解除绑定。', byService: '统一身份认证', byDirectory: '单位目录', directoryLogin: '目录中的用户名', directoryPassword: '目录中的密码', linkedNow: '已绑定。',
    sessions: '已登录的地方', since: '登录时间', seen: '最近使用', from: '网络地址', here: '本机', end: '结束', ended: '这处登录已结束。', unknown: '不详',
    mustEnrol: '本单位要求登录时有第二步验证：开启动态口令或登记安全密钥之后才能继续办理。', logIns: '登录记录', logInsLead: '最近半年用您的用户名登录的情况。有不是您本人的，请立即修改密码并告诉管理员。', at: '时间', outcome: '结果', device: '设备', 'outcome.in': '登录成功', 'outcome.password': '密码不对', 'outcome.code': '动态口令不对', 'outcome.key': '安全密钥不对',
    endLead: '结束其他地方的登录要输入密码。', endOthers: '结束其他全部登录', endedOthers: '其他各处登录已结束。', passwordFirst: '请先输入当前密码。',
    keys: '安全密钥', keysLead: '插在电脑上或贴近手机的小钥匙（FIDO2），也可以是电脑、手机自带的指纹或面容。登录时除密码外触摸一下即可，假网站骗不走它的应答。建议登记两把，一把备用。', keyCount: '{n} 把', keyName: '名称', keyNameHint: '例如：钥匙串上的', keyAddedAt: '登记时间', keyUsedAt: '最近使用', renameIt: '改名', removeIt: '移除', goOn: '继续',
    addKey: '登记安全密钥', addKeyLead: '准备好安全密钥，点“继续”后按浏览器的提示操作。', renameKey: '安全密钥改名', removeKey: '移除安全密钥“{name}”', removeKeyLead: '移除后不能再用它登录。', touchKey: '正在等待安全密钥：请触摸它，或按浏览器的提示操作。', keyAdded: '安全密钥已登记。', keyRenamed: '名称已修改。', keyRemoved: '安全密钥已移除。', keyKnown: '这把安全密钥已经登记过。', keySilent: '安全密钥没有应答，请重试。',
    keyBlocked: '已停用', keyBlockedLead: '有一把安全密钥可能被复制过，已停用。请告诉管理员，移除它并另行登记。', keysNoAddress: '安全密钥只能在 https 域名上使用：请管理员联系运维人员设置本系统的访问地址。', keysNotHere: '这个浏览器或这个访问地址不能使用安全密钥：请用 https 网址和新版浏览器打开。',
  },
  {
    title: 'Sign-in safety', factor: 'Codes by telephone', factorLead: 'Besides the password, sign-in asks for six digits that an app on your telephone shows and changes every 30 seconds. Install an authenticator app (TOTP) first.',
    on: 'On', off: 'Off', turnOn: 'Turn on', left: '{n} recovery codes are left; each stands in once for a telephone or a key that is not at hand.', scan: 'Scan the picture with the app, or type the key, then enter the six digits it shows.', secret: 'Key', code: 'Six digits', confirm: 'Turn on',
    recovery: 'Recovery codes', recoveryLead: 'Write them down; they are shown only now. Without the telephone or the key each stands in once.', kept: 'Written down', turnOff: 'Turn off', password: 'Current password', turnedOn: 'The second factor is on.', turnedOff: 'The second factor is off.', qr: 'QR code of the second factor',
    linked: 'Tied', notLinked: 'Not tied', linkLead: 'Once it is tied you can sign in by {name} instead of the password here; the second factor is still asked.', link: 'Tie', unlink: 'Untie', unlinked: 'The account is untied.', byService: 'sign-in service', byDirectory: 'directory', directoryLogin: 'User name in the directory', directoryPassword: 'Password in the directory', linkedNow: 'The account is tied.',
    sessions: 'Where you are signed in', since: 'Since', seen: 'Last used', from: 'Address', here: 'this one', end: 'End', ended: 'That session has ended.', unknown: 'unknown',
    mustEnrol: 'Your office requires a second factor. Turn on codes or add a security key to go on.', logIns: 'Past sign-ins', logInsLead: 'Sign-ins with your user name in the last half year. If one was not you, change your password at once and tell your administrator.', at: 'Time', outcome: 'Result', device: 'Device', 'outcome.in': 'signed in', 'outcome.password': 'wrong password', 'outcome.code': 'wrong code', 'outcome.key': 'wrong security key',
    endLead: 'Ending a session elsewhere asks for your password.', endOthers: 'End all others', endedOthers: 'All other sessions have ended.', passwordFirst: 'Enter your current password first.',
    keys: 'Security keys', keysLead: 'A small key (FIDO2) that is plugged in or held to the telephone, or the finger or face of this device. Besides the password, sign-in asks you to touch it; a false site can do nothing with its answer. Add two, one to spare.', keyCount: '{n} added', keyName: 'Name', keyNameHint: 'e.g. on the key ring', keyAddedAt: 'Added', keyUsedAt: 'Last used', renameIt: 'Rename', removeIt: 'Remove', goOn: 'Go on',
    addKey: 'Add a security key', addKeyLead: 'Have the key ready, go on, and do what the browser asks.', renameKey: 'Rename the security key', removeKey: 'Remove the security key “{name}”', removeKeyLead: 'It can then no longer be used to sign in.', touchKey: 'Waiting for the key: touch it, or do what the browser asks.', keyAdded: 'The security key is added.', keyRenamed: 'The name is changed.', keyRemoved: 'The security key is removed.', keyKnown: 'This security key is known already.', keySilent: 'The security key did not answer. Try again.',
    keyBlocked: 'blocked', keyBlockedLead: 'A security key may have been copied and is blocked. Tell your administrator, remove it and add another.', keysNoAddress: 'Security keys work only at an https address with a host name. Ask your administrator to have the operator set it.', keysNotHere: 'This browser, or this address, cannot use security keys. Use the https address and a current browser.',
  },
);
