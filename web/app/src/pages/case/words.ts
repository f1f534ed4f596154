import { defineWords } from '../../lib/words';

export const word = defineWords(
  {
    act: '办理', facts: '案情', record: '办理记录', registers: '登记簿', documents: '文书', diagram: '流程图', deadlines: '时限依据', sections: '案件内容',
    myTasks: '待我办理', complete: '完成', completing: '正在提交…', claim: '签收', release: '退回待签收', claimFirst: '请先签收，再填写办理内容。', done: '“{step}”已完成。', nextHere: '请继续办理“{step}”。', toInbox: '回到我的待办', nextElsewhere: '已转到下一环节。',
    nothing: '目前没有由您办理的环节。', notYours: '这一步由他人办理或已办完。', noForm: '本环节没有表单，办好后点击“完成”即可。', restricted: '保密事项，签收后才能查看案情。', behalf: '代 {name}', supervisions: '督办记录', way: '办理方式', handler: '承办人', guidance: '办理提示', gone: '这一步已经由他人办理或已取消。您填写的内容仍保留在上面，可以复制。', reload: '重新载入', restored: '已恢复您上次未提交的内容。',
    urge: '催办', supervise: '督办', urgeTitle: '催办', superviseTitle: '督办', method: '方式', text: '内容', unit: '单位', due: '办结期限', send: '发出', urged: '已记录催办。', supervised: '已发起督办。', anyUnit: '当前承办单位', needText: '请填写内容。', needDue: '请选择期限。',
    'method.visit': '派人催办', 'method.phone': '打电话催办', 'method.letter': '发催办函', 'method.meeting': '召开会议', 'method.system': '系统自动',
    timeline: '办理进程', coming: '后续环节', current: '正在办理', probably: '办理：{who}', waiting: '待签收', doneSteps: '已完成', showAll: '显示全部 {n} 步', fewer: '收起',
    when: '时间', who: '办理人', step: '环节', outcome: '结果', opinion: '意见与内容', role: '岗位', noRecords: '还没有办理记录。', noRegisters: '还没有登记簿记录。', noDocuments: '还没有生成文书。', noDeadlines: '本案没有时限。', noDiagram: '没有可显示的流程图。',
    seq: '第 {n} 号', documentName: '文书', size: '大小', made: '生成时间', start: '起算', dueAt: '到期', yellow: '黄灯（提醒）', e1: '一级：自动催办', e2: '二级：督办', e3: '三级：问责移送', closedAt: '办结', why: '为什么是这个日期', provisional: '暂定：所涉年度的放假安排尚未公布，公布后自动重算。',
    number: '编号', matter: '反映的主要问题', demand: '诉求', restated: '复述诉求', channel: '渠道', kind: '类别', weight: '轻重缓急', received: '收到时间', registered: '登记时间', accepted: '受理时间', closed: '结案时间', owner: '责任人', handling: '承办单位', first: '首问责任人', result: '办理结果', classes: '归类',
    person: '信访人', gender: '性别', age: '年龄', occupation: '职业', address: '住址或单位', phone: '电话', idNo: '身份证号', political: '政治面貌', more: '其他登记内容', links: '关联案件', urgings: '催办记录', group: '集体访 {n} 人', repeat: '重复件（第 {n} 次）', answer: '答复', answerUrging: '答复催办', newDate: '承诺办结日期', urgingAnswered: '已答复催办。', promised: '承诺 {day} 前办结',
    process: '流程', parts: '逐层查看', confirmedYes: '已与信访人确认', attachments: '附件', 'link.repeat': '重复件', 'link.merged': '并案', 'link.related': '关联', 'link.supervision': '督办',
  },
  {
    act: 'Act', facts: 'Facts', record: 'Record', registers: 'Registers', documents: 'Documents', diagram: 'Diagram', deadlines: 'Why this date', sections: 'Parts of the case',
    myTasks: 'For me', complete: 'Complete', completing: 'Sending…', claim: 'Claim', release: 'Give back', claimFirst: 'Claim it first, then fill in.', done: '"{step}" is complete.', nextHere: 'Please go on with "{step}".', toInbox: 'Back to the inbox', nextElsewhere: 'It has gone on to the next step.',
    nothing: 'No step of this case is yours at present.', notYours: 'This step is with somebody else, or done.', noForm: 'This step has no form; press Complete when it is done.', restricted: 'A confidential matter: claim it to see the facts.', behalf: 'for {name}', supervisions: 'Supervisions', way: 'Ways', handler: 'Handler', guidance: 'Guidance', gone: 'Somebody else has done this step, or it was cancelled. What you typed is kept above so that you can copy it.', reload: 'Reload', restored: 'What you had not sent has been restored.',
    urge: 'Urge', supervise: 'Supervise', urgeTitle: 'Urge', superviseTitle: 'Supervise', method: 'Method', text: 'Text', unit: 'Unit', due: 'Due', send: 'Send', urged: 'The urging is recorded.', supervised: 'Supervision has begun.', anyUnit: 'The unit that has it', needText: 'Please write the text.', needDue: 'Please choose the date.',
    'method.visit': 'In person', 'method.phone': 'By phone', 'method.letter': 'By letter', 'method.meeting': 'By meeting', 'method.system': 'By the system',
    timeline: 'Progress', coming: 'Still to come', current: 'Now', probably: 'With {who}', waiting: 'To be claimed', doneSteps: 'Done', showAll: 'Show all {n} steps', fewer: 'Fewer',
    when: 'When', who: 'Who', step: 'Step', outcome: 'Outcome', opinion: 'Opinion and content', role: 'Post', noRecords: 'No record yet.', noRegisters: 'No register entry yet.', noDocuments: 'No document yet.', noDeadlines: 'This case has no deadline.', noDiagram: 'There is no diagram to show.',
    seq: 'No. {n}', documentName: 'Document', size: 'Size', made: 'Made', start: 'From', dueAt: 'Due', yellow: 'Yellow (reminder)', e1: 'E1: automatic urging', e2: 'E2: supervision', e3: 'E3: accountability', closedAt: 'Closed', why: 'Why this date', provisional: 'Provisional: the holidays of a year it touches are not announced yet; it will be recomputed.',
    number: 'Number', matter: 'Matter', demand: 'Demand', restated: 'Demand as restated', channel: 'Channel', kind: 'Kind', weight: 'Weight', received: 'Received', registered: 'Registered', accepted: 'Accepted', closed: 'Closed', owner: 'Owner', handling: 'Handling unit', first: 'First contact officer', result: 'Result', classes: 'Classes',
    person: 'Petitioner', gender: 'Gender', age: 'Age', occupation: 'Occupation', address: 'Address', phone: 'Phone', idNo: 'ID number', political: 'Political status', more: 'Other facts', links: 'Linked cases', urgings: 'Urgings', group: 'Group of {n}', repeat: 'Repeat (no. {n})', answer: 'Answer', answerUrging: 'Answer', newDate: 'Promised date', urgingAnswered: 'The urging is answered.', promised: 'promised by {day}',
    process: 'Process', parts: 'Level', confirmedYes: 'Confirmed by the petitioner', attachments: 'Attachments', 'link.repeat': 'Repeat', 'link.merged': 'Merged', 'link.related': 'Related', 'link.supervision': 'Supervision',
  },
);
