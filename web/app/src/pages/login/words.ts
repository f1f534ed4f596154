import { defineWords } from '../../lib/words';

export const word = defineWords(
  {
    title: '办结', lead: '便民服务与信访事项办理系统', name: '用户名', password: '密码', enter: '登录', busy: '正在登录…', help: '忘记密码请联系本单位管理员。', code: '动态口令', codeHint: '手机应用上显示的六位数字；手机不在身边的，用一个备用码。', english: 'English', englishLabel: 'Switch to English',
    changeTitle: '修改密码', mustChange: '您使用的是一次性密码，请先设置自己的密码。', old: '当前密码', fresh: '新密码', again: '再次输入新密码', rule: '至少 8 个字符，不要与用户名相同。',
    differ: '两次输入的新密码不一致。', short: '新密码至少 8 个字符。', change: '保存新密码', done: '密码已修改。',
  },
  {
    title: 'Banjie', lead: 'Public service and petition handling', name: 'User name', password: 'Password', enter: 'Sign in', busy: 'Signing in…', help: 'Forgotten your password? Ask your administrator.', code: 'Code', codeHint: 'The six digits of the app on your telephone, or a recovery code.', english: '中文', englishLabel: '切换为中文',
    changeTitle: 'Change password', mustChange: 'You signed in with a one-time password. Choose your own first.', old: 'Current password', fresh: 'New password', again: 'New password again', rule: 'At least 8 characters, not your user name.',
    differ: 'The two new passwords differ.', short: 'The new password needs at least 8 characters.', change: 'Save the new password', done: 'Password changed.',
  },
);
