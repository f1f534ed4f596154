import { defineWords } from '../../lib/words';

export const word = defineWords(
  {
    name: '用户名', password: '密码', busy: '正在登录…', code: '动态口令', codeHint: '手机应用上显示的六位数字；手机不在身边的，用一个备用码。', or: '或',
    byDirectory: '用{name}的用户名和密码登录', directoryUnknown: '这个目录账号还没有绑定用户。请先用本系统的密码登录，在“登录安全”中绑定。', directoryAway: '单位目录暂时不能使用，请稍后再试，或用本系统的密码登录。',
  },
  {
    name: 'User name', password: 'Password', busy: 'Signing in…', code: 'Code', codeHint: 'The six digits of the app on your telephone, or a recovery code.', or: 'or',
    byDirectory: 'Sign in with the name and password of {name}', directoryUnknown: 'No user is tied to this account yet. Sign in with your password here and tie it under “Sign-in safety”.', directoryAway: 'The directory cannot be reached. Try again later, or use your password here.',
  },
);
