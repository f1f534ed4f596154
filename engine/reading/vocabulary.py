"""Every element and attribute of BPMN 2.0, and what becomes of it here; a modeler's extensions likewise.

`run`: it is executed (or refused with a rule of its own). `drawn`: it says something to the reader of the diagram and
nothing to an engine. `told`: it would mean something to an engine and is not followed: a warning names it. `refused`:
the diagram cannot be deployed with it. docs/bpmn.md lists the same, and a test holds this table against the standard's
schema.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from engine.reading.extensions import BPMN, DIALECTS, LANGUAGES, tag

if TYPE_CHECKING:
    from engine.reading.notes import Notes

Xml = Any  # an lxml element

ELEMENTS = {
    "run": """
        definitions process collaboration participant laneSet childLaneSet lane flowNodeRef sequenceFlow
        conditionExpression incoming outgoing documentation extensionElements task userTask serviceTask
        scriptTask script manualTask businessRuleTask sendTask receiveTask subProcess transaction
        adHocSubProcess callActivity completionCondition globalTask globalUserTask globalScriptTask
        globalManualTask globalBusinessRuleTask standardLoopCharacteristics loopCondition
        multiInstanceLoopCharacteristics loopCardinality loopDataInputRef loopDataOutputRef inputDataItem
        outputDataItem complexBehaviorDefinition condition event exclusiveGateway parallelGateway
        inclusiveGateway complexGateway activationCondition eventBasedGateway startEvent endEvent
        intermediateCatchEvent intermediateThrowEvent boundaryEvent eventDefinitionRef messageEventDefinition
        timerEventDefinition timeDate timeDuration timeCycle signalEventDefinition errorEventDefinition
        escalationEventDefinition conditionalEventDefinition compensateEventDefinition linkEventDefinition
        terminateEventDefinition cancelEventDefinition message signal error escalation interface operation
        inMessageRef operationRef association dataStore dataStoreReference dataObject dataObjectReference property
        ioSpecification
        dataInput dataOutput dataInputAssociation dataOutputAssociation sourceRef targetRef transformation
        assignment from to correlationKey correlationProperty correlationPropertyRef
        correlationPropertyRetrievalExpression messagePath correlationSubscription correlationPropertyBinding
        dataPath resource resourceRef potentialOwner humanPerformer performer resourceAssignmentExpression
        formalExpression""",
    "drawn": """
        artifact group category categoryValue categoryValueRef textAnnotation text import extension
        relationship auditing monitoring dataState partitionElement
        itemDefinition inputSet outputSet inputSetRefs outputSetRefs dataInputRefs dataOutputRefs source
        target rendering messageFlow messageFlowRef messageFlowAssociation participantRef
        participantAssociation participantMultiplicity innerParticipantRef outerParticipantRef partnerEntity
        partnerRole interfaceRef supportedInterfaceRef supports conversation conversationNode conversationLink
        conversationAssociation subConversation callConversation choreographyRef endPoint endPointRef
        outMessageRef errorRef resourceParameter""",
    "told": """
        optionalInputRefs whileExecutingInputRefs optionalOutputRefs whileExecutingOutputRefs ioBinding
        resourceRole resourceParameterBinding""",
    "refused": """
        choreography choreographyTask subChoreography callChoreography globalChoreographyTask
        globalConversation implicitThrowEvent expression""",
}
# Types of the schema that never stand in a file.
ABSTRACT = """activity baseElement baseElementWithMixedContent callableElement catchEvent choreographyActivity
    dataAssociation eventDefinition flowElement flowNode gateway loopCharacteristics rootElement throwEvent"""

ATTRIBUTES = {
    "run": """
        id name targetNamespace isExecutable processRef sourceRef targetRef default isForCompensation
        startQuantity completionQuantity calledElement triggeredByEvent ordering cancelRemainingInstances
        testBefore loopMaximum isSequential behavior oneBehaviorEventRef noneBehaviorEventRef attachedToRef
        cancelActivity isInterrupting parallelMultiple instantiate eventGatewayType messageRef signalRef
        errorRef errorCode escalationRef escalationCode activityRef waitForCompletion operationRef
        dataObjectRef language scriptFormat scriptLanguage correlationPropertyRef correlationKeyRef method
        dataStoreRef capacity isUnlimited""",
    "drawn": """
        expressionLanguage typeLanguage exporter exporterVersion textFormat associationDirection
        gatewayDirection processType isClosed definitionalCollaborationRef itemSubjectRef isCollection
        structureRef itemRef itemKind partitionElementRef categoryValueRef
        evaluatesToTypeRef type isRequired direction minimum maximum value namespace location importType
        definition innerMessageFlowRef outerMessageFlowRef innerConversationNodeRef outerConversationNodeRef
        calledCollaborationRef implementationRef implementation""",
    "told": """
        isImmediate mustUnderstand parameterRef inputDataRef outputDataRef""",
    "refused": """
        initiatingParticipantRef loopType calledChoreographyRef""",
}

# Of Camunda 7 and its kin (`camunda:`, `operaton:`, `flowable:`, `activiti:`).
MODELER_ATTRIBUTES = {
    "run": """
        assignee candidateGroups candidateUsers dueDate formKey formRef topic type expression resultVariable
        decisionRef resultVariableName mapDecisionResult collection elementVariable calledElementBinding
        calledElementVersion errorCodeVariable errorMessageVariable escalationCodeVariable initiator
        candidateStarterGroups""",
    "drawn": """
        modelerTemplate modelerTemplateVersion modelerTemplateIcon versionTag historyTimeToLive
        isStartableInTasklist exclusive jobPriority taskPriority async asyncBefore asyncAfter asyncLeave
        formRefBinding diagramRelationId""",
    "refused": """
        class delegateExpression variableMappingClass variableMappingDelegateExpression resource caseRef
        skipExpression decisionRefVersion decisionRefVersionTag calledElementVersionTag triggerable""",
}
MODELER_ELEMENTS = {
    "run": "properties property inputOutput inputParameter outputParameter in out list map entry script",
    "drawn": """
        failedJobRetryTimeCycle validation constraint potentialStarter resourceAssignmentExpression
        formalExpression""",
    "refused": """
        executionListener taskListener connector errorEventDefinition eventListener mapException eventType
        scriptInfo""",
}
# Other engines' extensions without which the diagram would do something else.
FOREIGN = {
    "http://camunda.org/schema/zeebe/1.0": """
        taskDefinition calledElement calledDecision script ioMapping loopCharacteristics assignmentDefinition
        formDefinition executionListeners taskListeners subscription adHoc conditionalFilter""",
    "http://www.jboss.org/drools": "onEntry-script onExit-script",
    "http://spiffworkflow.org/bpmn/schema/1.0/core": """
        preScript postScript serviceTaskOperator calledDecisionId messagePayload messageVariable
        payloadExpression variableName""",
}


def _by_name(table: dict[str, str]) -> dict[str, str]:
    return {name: what for what, names in table.items() for name in names.split()}


ELEMENT, ATTRIBUTE = _by_name(ELEMENTS), _by_name(ATTRIBUTES)
MODELER_ATTRIBUTE, MODELER_ELEMENT = _by_name(MODELER_ATTRIBUTES), _by_name(MODELER_ELEMENTS)
FOREIGN_ELEMENT = {(space, name) for space, names in FOREIGN.items() for name in names.split()}

BOOLEANS = frozenset(
    """
    isExecutable isForCompensation triggeredByEvent cancelRemainingInstances testBefore isSequential
    cancelActivity isInterrupting parallelMultiple instantiate waitForCompletion
    """.split()  # noqa: SIM905
)
VALUES = {
    "ordering": ("Parallel", "Sequential"),
    "behavior": ("All", "None", "One", "Complex"),
    "eventGatewayType": ("Exclusive", "Parallel"),
    "method": ("##Compensate", "compensate", ""),
}
XPATH = ("xpath", "xhtml")  # what modelers write as the language of a file, whatever its expressions are in


def check_vocabulary(notes: Notes, root: Xml, executable: set[str]) -> None:
    """Say of each element and attribute of the executable processes that is not followed what it is."""
    _file_language(notes, root)
    for child in root.iterchildren():
        if tag(child) == "process" and child.get("id") not in executable:
            continue  # another participant's, drawn to be read
        if tag(child) in ("collaboration", "", "import", "extension", "relationship"):
            continue
        for xml in child.iter():
            if isinstance(xml.tag, str):
                _element(notes, xml)


def _file_language(notes: Notes, root: Xml) -> None:
    said = (root.get("expressionLanguage") or "").strip()
    if said.lower() not in LANGUAGES and not any(one in said.lower() for one in XPATH):
        zh = f"文件声明表达式用 {said[:60]}；这里一律按本系统的表达式来读。"
        notes.add("", "expression.language", zh, f"The file's expressions are said to be {said[:60]}.", "warning")


def _element(notes: Notes, xml: Xml) -> None:
    kind, owner = tag(xml), _owner(xml)
    if kind:
        if any(tag(around) == "extensionElements" for around in xml.iterancestors()):
            return  # a tool's own, written without a namespace
        what = ELEMENT.get(kind, "told")
        if what == "told":
            _ignored_element(notes, owner, kind)
        for name, value in xml.attrib.items():
            _attribute(notes, xml, owner, str(name), str(value))
        return
    space, _, local = xml.tag[1:].partition("}")
    if space in DIALECTS:
        what = MODELER_ELEMENT.get(local, "told")
        if what == "refused":
            notes.unsupported(owner, f"扩展元素 {local}", f"extension element {local}")
        elif what == "told" and _directly_extends(xml):
            _ignored_element(notes, owner, local)
    elif (space, local) in FOREIGN_ELEMENT:
        notes.unsupported(owner, f"其他引擎的扩展 {local}（{space}）", f"another engine's extension {local}")


def _attribute(notes: Notes, xml: Xml, owner: str, name: str, value: str) -> None:
    space, _, local = name[1:].partition("}") if name.startswith("{") else ("", "", name)
    if not space:
        what = ATTRIBUTE.get(local)
        if local == "isImmediate" and value.strip() in ("true", "1"):
            return  # nothing happens between the two ends that is not drawn (8.3.13): so it runs
        if what is None or what == "told":
            _ignored_attribute(notes, owner, local, xml)
        elif local in BOOLEANS and value.strip() not in ("true", "false", "1", "0"):
            _bad_value(notes, owner, local, value, "true、false")
        elif (
            local in VALUES and value.strip() not in VALUES[local] and (local != "method" or tag(xml) == "transaction")
        ):
            _bad_value(notes, owner, local, value, "、".join(one for one in VALUES[local] if one))
    elif space in DIALECTS:
        what = MODELER_ATTRIBUTE.get(local)
        if what is None:
            _ignored_attribute(notes, owner, local, xml)
        elif what == "refused":
            notes.unsupported(owner, f"属性 {local}（{_short(value)}）", f"attribute {local}")


def _bad_value(notes: Notes, owner: str, name: str, value: str, allowed: str) -> None:
    zh = f"属性 {name} 应是 {allowed}，不能是“{_short(value)}”。"
    notes.add(owner, "attribute.value", zh, f"{name} cannot be {_short(value)!r}.")


def _short(value: str) -> str:
    return value if len(value) <= 40 else value[:40] + "…"


def _ignored_element(notes: Notes, owner: str, name: str) -> None:
    zh = f"元素 {name} 在这里不起作用。"
    notes.add(owner, "element.ignored", zh, f"The element {name} has no effect here.", "warning")


def _ignored_attribute(notes: Notes, owner: str, name: str, xml: Xml) -> None:
    where = "" if xml.get("id") == owner else f"（在 {tag(xml)} 上）"
    zh = f"属性 {name}{where}在这里不起作用。"
    notes.add(owner, "attribute.ignored", zh, f"The attribute {name} has no effect here.", "warning")


def _directly_extends(xml: Xml) -> bool:
    around = xml.getparent()
    return around is not None and tag(around) == "extensionElements"


def _owner(xml: Xml) -> str:
    """The id of the flow element, or of whatever has an id, that something belongs to."""
    first = ""
    for one in _upwards(xml):
        id = one.get("id")
        if id and tag(one) in _FLOW_ELEMENTS:
            return str(id)
        first = first or (str(id) if id and tag(one) else "")
    return first


def _upwards(xml: Xml) -> Iterator[Xml]:
    at = xml
    while at is not None:
        yield at
        at = at.getparent()


_FLOW_ELEMENTS = frozenset(
    """
    task userTask serviceTask scriptTask manualTask businessRuleTask sendTask receiveTask subProcess
    transaction adHocSubProcess callActivity exclusiveGateway parallelGateway inclusiveGateway complexGateway
    eventBasedGateway startEvent endEvent intermediateCatchEvent intermediateThrowEvent boundaryEvent
    sequenceFlow
    """.split()  # noqa: SIM905
)
__all__ = ["ABSTRACT", "ATTRIBUTE", "BPMN", "ELEMENT", "check_vocabulary"]
