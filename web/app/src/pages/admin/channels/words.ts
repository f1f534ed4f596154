import { defineWords } from '../../../lib/words';

export const word = defineWords(
  {
    title: '通知渠道', lead: '站内和邮件之外，本单位还可以用哪些渠道告诉工作人员。渠道地址含密钥，加密保存，填好后不再显示。站外的消息只写编号、步骤、期限和网址。', none: '还没有设通知渠道。', add: '新增渠道', edit: '修改渠道', name: '名称', service: '服务', address: '渠道地址', addressNew: '新的渠道地址（不改就留空）', personal: '个人地址', needed: '每人自填', group: '群内共用',
    format: '格式：{example}。', personHelp: '地址里写 {address} 的位置，由每个人在“通知设置”里填自己的手机号或账号。', state: '状态', on: '在用', off: '停用', active: '在用', test: '试发', testTitle: '试发：{name}', testTo: '发到（您的手机号或账号）', tested: '已开始试发，结果见下面的发送记录。', saved: '已保存。', hidden: '＊＊＊（已加密）',
    log: '发送记录', noLog: '还没有发送记录。', at: '时间', channel: '渠道', person: '收件人', target: '推送', event: '事件', kind: '种类', result: '结果', tries: '已试', again: '重发', resent: '已开始重发。', gone: '（已删除）', next: '下次 {at}',
    'service.wecombot': '企业微信群机器人', 'service.wechat': '企业微信应用', 'service.dingtalk': '钉钉群机器人', 'service.feishu': '飞书群机器人', 'service.lark': 'Lark 群机器人', 'service.wxpusher': 'WxPusher', 'service.smseagle': '短信网关 SMSEagle', 'service.smseagles': '短信网关 SMSEagle', 'service.httpsms': '短信 httpSMS', 'service.twilio': '短信 Twilio', 'service.vonage': '短信 Vonage', 'service.clickatell': '短信 Clickatell', 'service.json': '通用接口（JSON）', 'service.jsons': '通用接口（JSON）', 'service.form': '通用接口（表单）', 'service.forms': '通用接口（表单）', 'service.xml': '通用接口（XML）', 'service.xmls': '通用接口（XML）',
    'kind.notice': '通知', 'kind.test': '试发', 'state.waiting': '等待', 'state.sent': '已送达', 'state.failed': '失败', 'state.dropped': '没有发',
  },
  {
    title: 'Notice channels', lead: 'By what else than Banjie itself and mail staff can be told. An address holds a key: it is kept sealed and never shown again. What leaves Banjie says number, step, due date and address alone.', none: 'No channel is set up.', add: 'Add a channel', edit: 'Change a channel', name: 'Name', service: 'Service', address: 'Address', addressNew: 'New address (empty: unchanged)', personal: 'Personal address', needed: 'each enters their own', group: 'one for all',
    format: 'Form: {example}.', personHelp: 'Where the address says {address}, each person enters their own mobile number or account under “How I am told”.', state: 'State', on: 'Active', off: 'Stopped', active: 'Active', test: 'Try', testTitle: 'Try: {name}', testTo: 'Send to (your number or account)', tested: 'A trial is on its way; see below how it went.', saved: 'Saved.', hidden: '＊＊＊ (sealed)',
    log: 'What went out', noLog: 'Nothing has gone out yet.', at: 'At', channel: 'Channel', person: 'To', target: 'Webhook', event: 'Event', kind: 'Kind', result: 'Result', tries: 'Tries', again: 'Send again', resent: 'It is sent again.', gone: '(deleted)', next: 'next {at}',
    'service.wecombot': 'WeCom group robot', 'service.wechat': 'WeCom application', 'service.dingtalk': 'DingTalk group robot', 'service.feishu': 'Feishu group robot', 'service.lark': 'Lark group robot', 'service.wxpusher': 'WxPusher', 'service.smseagle': 'SMS gateway SMSEagle', 'service.smseagles': 'SMS gateway SMSEagle', 'service.httpsms': 'SMS by httpSMS', 'service.twilio': 'SMS by Twilio', 'service.vonage': 'SMS by Vonage', 'service.clickatell': 'SMS by Clickatell', 'service.json': 'Endpoint (JSON)', 'service.jsons': 'Endpoint (JSON)', 'service.form': 'Endpoint (form)', 'service.forms': 'Endpoint (form)', 'service.xml': 'Endpoint (XML)', 'service.xmls': 'Endpoint (XML)',
    'kind.notice': 'Notice', 'kind.test': 'Trial', 'state.waiting': 'Waiting', 'state.sent': 'Delivered', 'state.failed': 'Failed', 'state.dropped': 'Not sent',
  },
);
