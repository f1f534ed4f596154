import Modeler from 'bpmn-js/lib/Modeler';
import { BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, CamundaPlatformPropertiesProviderModule } from 'bpmn-js-properties-panel';
import { ElementTemplatesPropertiesProviderModule } from 'bpmn-js-element-templates';
import CamundaBehaviors from 'camunda-bpmn-js-behaviors/lib/camunda-platform';
import camundaModdle from 'camunda-bpmn-moddle/resources/camunda.json';
import minimap from 'diagram-js-minimap';

import '@bpmn-io/properties-panel/dist/assets/properties-panel.css';
import 'bpmn-js-element-templates/dist/assets/element-templates.css';
import 'bpmn-js/dist/assets/bpmn-font/css/bpmn-embedded.css';
import 'bpmn-js/dist/assets/bpmn-js.css';
import 'bpmn-js/dist/assets/diagram-js.css';
import 'diagram-js-minimap/assets/diagram-js-minimap.css';

import { language } from '../../../lib/words';
import { DeadlineGroupModule } from './deadlineGroup';
import { RefusedGroupsModule } from './refusedGroups';
import { MODELER_ZH } from './zh';

/* eslint-disable @typescript-eslint/no-explicit-any */
export type ModelerInstance = any;

/** What the app needs to know of an element template. */
export interface Template {
  id: string;
  name: string;
  description?: string;
  properties: { type?: string; value?: unknown; binding: { type: string; name?: string } }[];
}

const LISTED = /^List contains \{numOfItems\} items?$/;

function translate(template: string, values: Record<string, string> = {}): string {
  const text = language.value === 'zh' ? LISTED.test(template) ? '共 {numOfItems} 项' : (MODELER_ZH[template] ?? MODELER_ZH[template.trim()] ?? template) : template;
  return text.replace(/\{([^}]+)\}/g, (whole, name: string) => {
    const value = values[name];
    return value === undefined ? whole : language.value === 'zh' ? (MODELER_ZH[value] ?? value) : value;
  });
}

export function createModeler(canvas: HTMLElement, properties: HTMLElement, templates: unknown[]): ModelerInstance {
  const modeler = new (Modeler as any)({
    container: canvas,
    propertiesPanel: { parent: properties },
    moddleExtensions: { camunda: camundaModdle },
    elementTemplates: templates,
    textRenderer: { defaultStyle: { fontFamily: getComputedStyle(document.body).fontFamily } },
    additionalModules: [
      { translate: ['value', translate] },
      BpmnPropertiesPanelModule, BpmnPropertiesProviderModule, CamundaPlatformPropertiesProviderModule, ElementTemplatesPropertiesProviderModule,
      CamundaBehaviors, DeadlineGroupModule, RefusedGroupsModule, minimap,
    ],
  });
  modeler.get('elementTemplatesLoader').setTemplates(templates);
  return modeler;
}

/** A process with a start event, ready to be drawn on. */
export function emptyDiagram(key: string, name: string): string {
  return `<?xml version="1.0" encoding="UTF-8"?>
<bpmn:definitions xmlns:bpmn="http://www.omg.org/spec/BPMN/20100524/MODEL" xmlns:bpmndi="http://www.omg.org/spec/BPMN/20100524/DI" xmlns:dc="http://www.omg.org/spec/DD/20100524/DC" xmlns:camunda="http://camunda.org/schema/1.0/bpmn" id="Definitions_${key}" targetNamespace="http://bpmn.io/schema/bpmn">
  <bpmn:process id="${key}" name="${name}" isExecutable="true" camunda:historyTimeToLive="P3650D">
    <bpmn:startEvent id="Start" name="登记" />
  </bpmn:process>
  <bpmndi:BPMNDiagram id="Diagram_${key}">
    <bpmndi:BPMNPlane id="Plane_${key}" bpmnElement="${key}">
      <bpmndi:BPMNShape id="Start_di" bpmnElement="Start"><dc:Bounds x="180" y="160" width="36" height="36" /></bpmndi:BPMNShape>
    </bpmndi:BPMNPlane>
  </bpmndi:BPMNDiagram>
</bpmn:definitions>
`;
}

/** The template with what the element already says as its first values: applying it must not empty what was filled in. */
export function keepingValues(template: Template, element: any): Template {
  const event = element.businessObject;
  const extensions: any[] = (event.extensionElements?.values ?? []).filter((one: any) => one.$type === 'camunda:Properties').flatMap((one: any) => one.values ?? []);
  const present = (binding: Template['properties'][number]['binding']): unknown => {
    if (binding.type === 'camunda:property') return extensions.find((one) => one.name === binding.name)?.value;
    if (binding.type !== 'property' || !binding.name) return undefined;
    const value = event.get(binding.name);
    return typeof value === 'object' ? value?.body : value;
  };
  return {
    ...template,
    properties: template.properties.map((property) => {
      const value = property.type === 'Hidden' ? undefined : present(property.binding);
      return value === undefined || value === '' ? property : { ...property, value };
    }),
  };
}

/** The id and name of the (first executable) process in the open diagram. */
export function processOf(modeler: ModelerInstance): { id: string; name: string } {
  const roots: any[] = modeler.getDefinitions()?.rootElements ?? [];
  const found = roots.find((one) => one.$type === 'bpmn:Process' && one.isExecutable) ?? roots.find((one) => one.$type === 'bpmn:Process');
  return { id: found?.id ?? '', name: found?.name ?? '' };
}
