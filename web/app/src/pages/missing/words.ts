import { defineWords } from '../../lib/words';

export const word = defineWords(
  {
    missingTitle: '页面不存在', missingText: '地址可能有误，或者内容已经移走，或者您无权查看。', forbiddenTitle: '无权访问',
    forbiddenText: '您的岗位没有打开这个页面的权限。如工作需要，请联系本单位管理员。', home: '回到我的待办',
  },
  {
    missingTitle: 'No such page', missingText: 'The address may be wrong, the page may have moved, or you may not see it.', forbiddenTitle: 'Not allowed',
    forbiddenText: 'Your post does not open this page. Ask your administrator if your work needs it.', home: 'Back to the inbox',
  },
);
