import { TextFieldEntry, isTextFieldEntryEdited } from '@bpmn-io/properties-panel';
import { jsx } from '@bpmn-io/properties-panel/preact/jsx-runtime';
import { useService } from 'bpmn-js-properties-panel';

import { word } from './words';

// Element templates of this dialect cannot bind to the definition inside a timer event, so a timer has its own group
// "时限" in the properties panel: one field for the deadline's code, kept as `${deadline("code")}` in the diagram.

/* eslint-disable @typescript-eslint/no-explicit-any */
const PATTERN = /^\$\{\s*deadline\(\s*(["'])([^"']+)\1(.*)\)\s*\}$/s;
const PRIORITY = 400;

function timerOf(element: any): any {
  return element.businessObject.eventDefinitions?.find((one: any) => one.$type === 'bpmn:TimerEventDefinition');
}

/** timeCycle on a non-interrupting boundary event (the ladder), else timeDate (once). */
function propertyFor(element: any): 'timeCycle' | 'timeDate' {
  const event = element.businessObject;
  return event.$type === 'bpmn:BoundaryEvent' && event.cancelActivity === false ? 'timeCycle' : 'timeDate';
}

function CodeField(props: { element: any; id: string }): unknown {
  const modeling = useService('modeling');
  const bpmnFactory = useService('bpmnFactory');
  const debounce = useService('debounceInput');
  const definition = timerOf(props.element);
  const text = (): string => definition.get('timeCycle')?.body ?? definition.get('timeDate')?.body ?? '';

  const getValue = () => PATTERN.exec(text().trim())?.[2] ?? '';
  const setValue = (value?: string) => {
    const rest = PATTERN.exec(text().trim())?.[3] ?? '';
    const code = value?.trim();
    const expression = code ? bpmnFactory.create('bpmn:FormalExpression', { body: `\${deadline("${code.replaceAll('"', '')}"${rest})}` }) : undefined;
    if (expression) expression.$parent = definition;
    modeling.updateModdleProperties(props.element, definition, { timeCycle: undefined, timeDate: undefined, timeDuration: undefined, [propertyFor(props.element)]: expression });
  };
  return jsx(TextFieldEntry, {
    element: props.element, id: props.id, label: word('timerCode'), getValue, setValue, debounce,
    description: `${word('timerHint')} ${propertyFor(props.element) === 'timeCycle' ? word('timerCycleNote') : word('timerDateNote')}`,
  });
}

class DeadlineProvider {
  static $inject = ['propertiesPanel'];

  constructor(propertiesPanel: any) {
    propertiesPanel.registerProvider(PRIORITY, this);
  }

  getGroups(element: any) {
    return (groups: any[]) => {
      if (!timerOf(element)) return groups;
      const group = { id: 'banjie-deadline', label: word('timerGroup'), entries: [{ id: 'banjie-deadline-code', component: CodeField, element, isEdited: isTextFieldEntryEdited }], shouldOpen: true };
      const at = groups.findIndex((one) => one.id === 'documentation');
      return [...groups.slice(0, at + 1), group, ...groups.slice(at + 1)];
    };
  }
}

export const DeadlineGroupModule = { __init__: ['banjieDeadlineProvider'], banjieDeadlineProvider: ['type', DeadlineProvider] };
