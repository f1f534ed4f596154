import { defineWords } from '../../lib/words';

export const word = defineWords(
  {
    effects: '将会取消和开始', nothing: '不取消任何正在进行的工作。', tasks: '取消待办', timers: '取消定时和期限', jobs: '取消排队的自动处理', waits: '不再等待', opens: '重新开始', ends: '流程将就此结束。', heldBy: '{name}正在办理', asked: '正请{names}会签或办理', looking: '正在查看影响…', broken: '会出现异常',
  },
  {
    effects: 'What will be cancelled and begun', nothing: 'Nothing that is going on is cancelled.', tasks: 'Tasks cancelled', timers: 'Timers and deadlines cancelled', jobs: 'Queued handlers cancelled', waits: 'No longer waited for', opens: 'Begins', ends: 'The process will end with this.', heldBy: 'with {name}', asked: '{names} are asked', looking: 'Looking…', broken: 'Would stop with an incident',
  },
);
