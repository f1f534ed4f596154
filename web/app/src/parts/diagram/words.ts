import { defineWords } from '../../lib/words';

export const word = defineWords(
  { fit: '全图', current: '当前环节', zoomIn: '放大', zoomOut: '缩小', now: '正在办理', done: '已经过', overdue: '已逾期', soon: '临近到期', incident: '异常', label: '流程图：当前环节 {names}', none: '无', broken: '流程图无法显示。', full: '全屏' },
  { fit: 'Whole', current: 'Current step', zoomIn: 'Zoom in', zoomOut: 'Zoom out', now: 'Now', done: 'Passed', overdue: 'Overdue', soon: 'Due soon', incident: 'Incident', label: 'Diagram: now at {names}', none: 'none', broken: 'The diagram cannot be shown.', full: 'Full screen' },
);
