import { defineWords } from '../../lib/words';

export const word = defineWords(
  {
    name: '用户名', password: '密码', busy: '正在登录…', code: '动态口令', codeHint: '手机应用上显示的六位数字；手机不在身边的，用一个备用码。', or: '或',
    recovery: '备用码', recoveryHint: '安全密钥不在身边或不能用时，输入一个备用码。', keyHint: '请插好或拿近安全密钥。', touch: '正在等待安全密钥：请触摸它，或按浏览器的提示操作。', useKey: '使用安全密钥', keyNot: '安全密钥没有应答。可以再试一次，或者在下面输入。',
    byDirectory: '用{name}的用户名和密码登录', directoryUnknown: '这个目录账号还没有绑定用户。请先用本系统的密码登录，在“登录安全”中绑定。', directoryAway: '单位目录暂时不能使用，请稍后再试，或用本系统的密码登录。',
  },
  {
    name: 'User name', password: 'Password', busy: 'Signing in…', code: 'Code', codeHint: 'The six digits of the app on your telephone, or a recovery code.', or: 'or',
    recovery: 'Recovery code', recoveryHint: 'If your security key is not at hand or does not work, enter a recovery code.', keyHint: 'Have your security key ready.', touch: 'Waiting for your security key: touch it, or do what the browser asks.', useKey: 'Use the security key', keyNot: 'The security key did not answer. Try again, or enter a code below.',
    byDirectory: 'Sign in with the name and password of {name}', directoryUnknown: 'No user is tied to this account yet. Sign in with your password here and tie it under “Sign-in safety”.', directoryAway: 'The directory cannot be reached. Try again later, or use your password here.',
  },
);
