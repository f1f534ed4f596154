"""One class for each BPMN element that runs, in rooms by kind: tasks, gateways, events, containers."""
