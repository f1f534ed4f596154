import { defineWords } from '../../lib/words';

export const word = defineWords(
  {
    title: '办结', lead: '便民服务与信访事项办理系统', enter: '登录', help: '忘记密码请联系本单位管理员。', by: '用{name}登录', unknown: '这个统一认证账号还没有绑定用户。请先用密码登录，在“登录安全”中绑定。', taken: '这个统一认证账号已绑定另一位用户，请联系管理员。', left: '您的用户已停用，请联系本单位管理员。', stale: '这次登录已过期或已用过，请重新登录。', locked: '尝试次数过多，请稍后再试。', refused: '统一身份认证没有通过，请重新登录。', provider: '统一身份认证暂时不能使用，请稍后再试，或用密码登录。', english: 'English', englishLabel: 'Switch to English',
    changeTitle: '修改密码', mustChange: '您使用的是一次性密码，请先设置自己的密码。', old: '当前密码', fresh: '新密码', again: '再次输入新密码', rule: '至少 12 个字符，可以用几个不相干的词；不限定字符种类。不要用常见密码、姓名、电话、日期。',
    differ: '两次输入的新密码不一致。', short: '新密码至少 12 个字符。', long: '新密码最多 128 个字符。', weak: '太容易被猜到：请避开常见密码、姓名、电话、日期和键盘上相邻的键。', strength: '强度：', score0: '很弱', score1: '很弱', score2: '较弱', score3: '较强', score4: '很强', change: '保存新密码', done: '密码已修改。',
  },
  {
    title: 'Banjie', lead: 'Public service and petition handling', enter: 'Sign in', help: 'Forgotten your password? Ask your administrator.', by: 'Sign in by {name}', unknown: 'No user is tied to this account yet. Sign in with your password and tie it under “Sign-in safety”.', taken: 'This account is tied to another user. Ask your administrator.', left: 'Your user is closed. Ask your administrator.', stale: 'This sign-in is too old or was used already. Please sign in again.', locked: 'Too many attempts. Please try again later.', refused: 'The sign-in service did not confirm it. Please sign in again.', provider: 'The sign-in service cannot be reached. Try again later, or use your password.', english: '中文', englishLabel: '切换为中文',
    changeTitle: 'Change password', mustChange: 'You signed in with a one-time password. Choose your own first.', old: 'Current password', fresh: 'New password', again: 'New password again', rule: 'At least 12 characters of any kind, such as several unrelated words. No common password, name, telephone or date.',
    differ: 'The two new passwords differ.', short: 'The new password needs at least 12 characters.', long: 'The new password may have 128 characters at most.', weak: 'Too easy to guess: avoid common passwords, names, telephones, dates and keys that lie side by side.', strength: 'Strength: ', score0: 'very weak', score1: 'very weak', score2: 'weak', score3: 'good', score4: 'very good', change: 'Save the new password', done: 'Password changed.',
  },
);
