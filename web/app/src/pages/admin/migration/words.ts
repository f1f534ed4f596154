import { defineWords } from '../../../lib/words';

export const word = defineWords(
  {
    title: '迁移在办事项', lead: '正在办的事项按登记时的版本办理。这里让它们改按另一版本继续办；每件单独进行，不能迁移的保持原样。', from: '原版本', to: '新版本', versionOpen: '第 {version} 版（在办 {count} 件）', version: '第 {version} 版', timers: '写法变了的定时和期限', rearm: '按新版本重新计算', keep: '保留原来的时间', preview: '预览', previewing: '正在预览…', noneOpen: '这一版本没有在办的事项。', onlyOne: '这项制度只有一个版本，没有可以迁移的。',
    elements: '现在停在哪些环节', element: '环节', at: '停留', tokens: '{count} 处，{instances} 件', target: '新版本里的对应环节', none: '（没有）', verdict: '结论', fine: '可以迁移',
    waits: '正在等待的事件', event: '事件', kind: '类型', act: '迁移后', count: '数量', 'kind.timer': '定时', 'kind.message': '消息', 'kind.signal': '信号', 'kind.condition': '条件', 'kind.due': '到期', 'act.keep': '保留', 'act.rearm': '重新设定', 'act.drop': '取消', 'act.arm': '新设',
    instances: '在办事项', number: '编号', unnumbered: '（未编号）', choose: '选择', all: '全选可以迁移的', newNames: '新版本还要读：{names}。事项里已经登记的会自动带入。', some: '只预览了最早的 {count} 件，其余迁移时逐件检查。', possible: '{possible} / {total} 件可以迁移',
    reason: '迁移原因（记入每件事项的办理记录）', needReason: '请填写迁移原因。', go: '迁移选中的 {count} 件', changed: '对应关系已更改，请重新预览。', done: '已迁移 {count} 件。', left: '{count} 件没有迁移，原因如下。',
    history: '迁移记录', when: '时间', versions: '版本', by: '操作人', why: '原因', size: '件数', undo: '撤销迁移', undoLead: '只能撤销迁移以后还没有人办理、也没有自动继续的事项，其余保持新版本。', undone: '已撤销 {count} 件', undoneAll: '已全部撤销', stays: '{count} 件已经继续办理，不能撤销。', noHistory: '还没有迁移过。',
  },
  {
    title: 'Migrate running matters', lead: 'Running matters go on by the version they were registered with. Here they go over to another version, each for itself; one that cannot stays as it is.', from: 'From', to: 'To', versionOpen: 'Version {version} ({count} running)', version: 'Version {version}', timers: 'Timers and deadlines written otherwise', rearm: 'Work out anew', keep: 'Keep their instants', preview: 'Preview', previewing: 'Looking…', noneOpen: 'Nothing runs by this version.', onlyOne: 'There is only one version: nothing to migrate to.',
    elements: 'Where they stand', element: 'Step', at: 'Standing', tokens: '{count} tokens, {instances} matters', target: 'Step in the new version', none: '(none)', verdict: 'Verdict', fine: 'Can be migrated',
    waits: 'What is waited for', event: 'Event', kind: 'Kind', act: 'Afterwards', count: 'Count', 'kind.timer': 'Timer', 'kind.message': 'Message', 'kind.signal': 'Signal', 'kind.condition': 'Condition', 'kind.due': 'Due date', 'act.keep': 'kept', 'act.rearm': 'set again', 'act.drop': 'cancelled', 'act.arm': 'newly set',
    instances: 'Running matters', number: 'Number', unnumbered: '(no number)', choose: 'Choose', all: 'Choose all that can', newNames: 'The new version also reads: {names}. What the case knows is filled in.', some: 'Only the oldest {count} were looked at; the others are checked one by one.', possible: '{possible} of {total} can be migrated',
    reason: 'Reason (kept in the record of each matter)', needReason: 'Please give the reason.', go: 'Migrate the {count} chosen', changed: 'The mapping was changed: preview again.', done: '{count} migrated.', left: '{count} were not migrated, see why below.',
    history: 'Migrations', when: 'At', versions: 'Versions', by: 'By', why: 'Reason', size: 'Matters', undo: 'Take back', undoLead: 'Only matters to which nothing has happened since can go back; the others stay with the new version.', undone: '{count} taken back', undoneAll: 'All taken back', stays: '{count} have gone on and cannot go back.', noHistory: 'Nothing was migrated yet.',
  },
);
