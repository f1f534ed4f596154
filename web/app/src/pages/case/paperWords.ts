import { defineWords } from '../../lib/words';

export const word = defineWords(
  {
    make: '出具文书', which: '文书', none: '本件现在没有可以出具的文书：文书依登记簿的记录出具，先办理并登记。', look: '预览', issue: '出具', numbered: '出具时自动编号，不可撤销；请先预览核对。', made: '已出具，存入本件文书。', draftOf: '预览：{name}', optional: '（可不填）', fillIn: '请填写“{field}”。',
    serve: '登记送达', receipt: '送达回证', served: '{day} {way}', servedTo: '受送达人：{name}', servedOn: '送达日期', way: '送达方式', receiver: '受送达人', remarks: '备注', chooseWay: '请选择', done: '已记入送达登记第 {n} 号。', review: '已记入送达登记第 {n} 号；请求复查的三十日自送达之日起算，见关联案件。', pdf: 'PDF', reviewHint: '登记处理意见书的送达后，请求复查的三十日期限自动起算。', status: '送达',
  },
  {
    make: 'Make a document', which: 'Document', none: 'No document can be made of this case now: documents are made from entries in the registers.', look: 'Preview', issue: 'Issue', numbered: 'It is numbered when it is issued and cannot be taken back; please look at it first.', made: 'Issued and kept with the case.', draftOf: 'Preview: {name}', optional: ' (optional)', fillIn: 'Please fill in "{field}".',
    serve: 'Record service', receipt: 'Receipt', served: '{day} {way}', servedTo: 'To: {name}', servedOn: 'Served on', way: 'Way', receiver: 'Receiver', remarks: 'Remarks', chooseWay: 'Please choose', done: 'Entered as no. {n}.', review: 'Entered as no. {n}; the thirty days to ask for a review run from that day, see the linked case.', pdf: 'PDF', reviewHint: 'By the service of a handling opinion the thirty days to ask for a review begin to run.', status: 'Served',
  },
);
