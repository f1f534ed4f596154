// The panel of Camunda 7 offers what this engine refuses at deployment or has no use for: those groups are not shown.
// A diagram that brings such attributes keeps them; the check names them.

/* eslint-disable @typescript-eslint/no-explicit-any */
const REFUSED = new Set(
  ['ExecutionListener', 'TaskListener', 'AsynchronousContinuations', 'JobExecution', 'HistoryCleanup', 'Tasklist', 'FieldInjection', 'ConnectorInput', 'ConnectorOutput'].map((name) => `CamundaPlatform__${name}`),
);
const PRIORITY = 300; // after the groups were made

class RefusedGroupsProvider {
  static $inject = ['propertiesPanel'];

  constructor(propertiesPanel: any) {
    propertiesPanel.registerProvider(PRIORITY, this);
  }

  getGroups() {
    return (groups: any[]) => groups.filter((group) => !REFUSED.has(group.id));
  }
}

export const RefusedGroupsModule = { __init__: ['banjieRefusedGroups'], banjieRefusedGroups: ['type', RefusedGroupsProvider] };
