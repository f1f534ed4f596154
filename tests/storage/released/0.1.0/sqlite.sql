CREATE TABLE access_log (
    org_id TEXT NOT NULL,
    id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    case_id TEXT,
    act TEXT NOT NULL,
    at TEXT NOT NULL,
    source TEXT,
    CONSTRAINT pk_access_log PRIMARY KEY (org_id, id)
);

CREATE INDEX ix_access_log__case ON access_log (org_id, case_id, at);

CREATE TABLE attachment (
    org_id TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,
    content BLOB NOT NULL,
    CONSTRAINT pk_attachment PRIMARY KEY (org_id, sha256)
);

CREATE TABLE calendar_override (
    org_id TEXT NOT NULL,
    day DATE NOT NULL,
    working BOOLEAN NOT NULL,
    reason TEXT NOT NULL,
    set_at TEXT NOT NULL,
    set_by TEXT,
    CONSTRAINT pk_calendar_override PRIMARY KEY (org_id, day)
);

CREATE TABLE calendar_year (
    org_id TEXT NOT NULL,
    year INTEGER NOT NULL,
    content TEXT NOT NULL,
    loaded_at TEXT NOT NULL,
    loaded_by TEXT,
    CONSTRAINT pk_calendar_year PRIMARY KEY (org_id, year)
);

CREATE TABLE case_accused (
    org_id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    value TEXT NOT NULL,
    at TEXT NOT NULL,
    "by" TEXT,
    CONSTRAINT pk_case_accused PRIMARY KEY (org_id, case_id, kind, value)
);

CREATE INDEX ix_case_accused__value ON case_accused (org_id, kind, value);

CREATE TABLE case_entry (
    org_id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    id TEXT NOT NULL,
    task_id TEXT,
    process_key TEXT,
    element_id TEXT,
    name TEXT NOT NULL,
    at TEXT NOT NULL,
    started_at TEXT,
    "by" TEXT,
    role TEXT,
    on_behalf_of TEXT,
    outcome TEXT,
    remarks TEXT,
    answers TEXT NOT NULL,
    CONSTRAINT pk_case_entry PRIMARY KEY (org_id, case_id, seq)
);

CREATE TABLE case_file (
    org_id TEXT NOT NULL,
    id TEXT NOT NULL,
    number TEXT,
    process_key TEXT NOT NULL,
    channel TEXT,
    kind TEXT,
    title TEXT NOT NULL,
    matter TEXT,
    demand TEXT,
    restated_demand TEXT,
    confirmed BOOLEAN,
    petitioner_id TEXT,
    anonymous BOOLEAN NOT NULL,
    confidential BOOLEAN NOT NULL,
    matter_classes TEXT NOT NULL,
    weight TEXT NOT NULL,
    way TEXT,
    ways TEXT NOT NULL,
    acceptance TEXT,
    state TEXT NOT NULL,
    result TEXT,
    received_at TEXT NOT NULL,
    registered_at TEXT,
    accepted_at TEXT,
    closed_at TEXT,
    first_contact_officer TEXT,
    owner TEXT,
    handler TEXT,
    handling_unit TEXT,
    group_count INTEGER,
    repeat_count INTEGER NOT NULL,
    repeat_of TEXT,
    return_count INTEGER NOT NULL,
    flags TEXT NOT NULL,
    fields TEXT NOT NULL,
    created_by TEXT,
    updated_at TEXT NOT NULL,
    CONSTRAINT pk_case_file PRIMARY KEY (org_id, id),
    CONSTRAINT uq_case_file__org_id_number UNIQUE (org_id, number)
);

CREATE INDEX ix_case_file__petitioner ON case_file (org_id, petitioner_id);

CREATE INDEX ix_case_file__received ON case_file (org_id, received_at);

CREATE INDEX ix_case_file__state ON case_file (org_id, state, received_at);

CREATE INDEX ix_case_file__unit ON case_file (org_id, handling_unit, state);

CREATE TABLE case_link (
    org_id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    other_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    at TEXT NOT NULL,
    "by" TEXT,
    CONSTRAINT pk_case_link PRIMARY KEY (org_id, case_id, other_id, kind)
);

CREATE INDEX ix_case_link__other ON case_link (org_id, other_id);

CREATE TABLE case_note (
    org_id TEXT NOT NULL,
    id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    at TEXT NOT NULL,
    "by" TEXT,
    CONSTRAINT pk_case_note PRIMARY KEY (org_id, id)
);

CREATE INDEX ix_case_note__case ON case_note (org_id, case_id);

CREATE TABLE case_participant (
    org_id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    since TEXT NOT NULL,
    reason TEXT NOT NULL,
    CONSTRAINT pk_case_participant PRIMARY KEY (org_id, case_id, user_id)
);

CREATE INDEX ix_case_participant__user ON case_participant (org_id, user_id);

CREATE TABLE counter (
    org_id TEXT NOT NULL,
    series TEXT NOT NULL,
    value INTEGER NOT NULL,
    CONSTRAINT pk_counter PRIMARY KEY (org_id, series)
);

CREATE TABLE deadline (
    org_id TEXT NOT NULL,
    id TEXT NOT NULL,
    case_id TEXT,
    instance_id TEXT,
    element_id TEXT,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    start_at TEXT NOT NULL,
    extension_days INTEGER NOT NULL,
    stopped_days INTEGER NOT NULL,
    paused_at TEXT,
    due_at TEXT,
    yellow_at TEXT,
    e1 TEXT,
    e2 TEXT,
    e3 TEXT,
    ladder TEXT NOT NULL,
    last_at TEXT,
    provisional BOOLEAN NOT NULL,
    detail TEXT NOT NULL,
    armed_at TEXT NOT NULL,
    closed_at TEXT,
    closing TEXT,
    CONSTRAINT pk_deadline PRIMARY KEY (org_id, id)
);

CREATE INDEX ix_deadline__case ON deadline (org_id, case_id);

CREATE INDEX ix_deadline__open ON deadline (org_id, closed_at, due_at);

CREATE TABLE deadline_log (
    org_id TEXT NOT NULL,
    deadline_id TEXT NOT NULL,
    seq INTEGER NOT NULL,
    at TEXT NOT NULL,
    "by" TEXT,
    act TEXT NOT NULL,
    reason TEXT,
    old TEXT,
    new TEXT,
    CONSTRAINT pk_deadline_log PRIMARY KEY (org_id, deadline_id, seq)
);

CREATE TABLE definition (
    hash TEXT NOT NULL,
    "key" TEXT NOT NULL,
    files TEXT NOT NULL,
    CONSTRAINT pk_definition PRIMARY KEY (hash)
);

CREATE TABLE deployment (
    org_id TEXT NOT NULL,
    "key" TEXT NOT NULL,
    version INTEGER NOT NULL,
    hash TEXT NOT NULL,
    name TEXT NOT NULL,
    deployed_at TEXT NOT NULL,
    deployed_by TEXT,
    CONSTRAINT pk_deployment PRIMARY KEY (org_id, "key", version)
);

CREATE TABLE document (
    org_id TEXT NOT NULL,
    id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    form TEXT,
    number TEXT,
    name TEXT NOT NULL,
    media_type TEXT NOT NULL,
    sha256 TEXT NOT NULL,
    size INTEGER NOT NULL,
    task_id TEXT,
    at TEXT NOT NULL,
    "by" TEXT,
    CONSTRAINT pk_document PRIMARY KEY (org_id, id)
);

CREATE INDEX ix_document__case ON document (org_id, case_id);

CREATE TABLE history (
    org_id TEXT NOT NULL,
    instance_id TEXT NOT NULL,
    seq BIGINT NOT NULL,
    business_key TEXT,
    at TEXT NOT NULL,
    actor TEXT,
    kind TEXT NOT NULL,
    element_id TEXT,
    name TEXT,
    data TEXT NOT NULL,
    prev_hash TEXT NOT NULL,
    hash TEXT NOT NULL,
    CONSTRAINT pk_history PRIMARY KEY (org_id, instance_id, seq)
);

CREATE INDEX ix_history__case ON history (org_id, business_key, at);

CREATE TABLE incident (
    org_id TEXT NOT NULL,
    id TEXT NOT NULL,
    instance_id TEXT NOT NULL,
    process_key TEXT NOT NULL,
    element_id TEXT NOT NULL,
    business_key TEXT,
    kind TEXT NOT NULL,
    source_id TEXT NOT NULL,
    code TEXT NOT NULL,
    message TEXT NOT NULL,
    created_at TEXT NOT NULL,
    resolved_at TEXT,
    resolved_by TEXT,
    CONSTRAINT pk_incident PRIMARY KEY (org_id, id)
);

CREATE INDEX ix_incident__instance ON incident (org_id, instance_id);

CREATE INDEX ix_incident__open ON incident (org_id, resolved_at, created_at);

CREATE TABLE instance (
    org_id TEXT NOT NULL,
    id TEXT NOT NULL,
    process_key TEXT NOT NULL,
    definition_hash TEXT NOT NULL,
    business_key TEXT,
    state TEXT NOT NULL,
    version INTEGER NOT NULL,
    started_at TEXT NOT NULL,
    started_by TEXT,
    ended_at TEXT,
    history_seq INTEGER NOT NULL,
    history_hash TEXT NOT NULL,
    blob BLOB,
    CONSTRAINT pk_instance PRIMARY KEY (org_id, id)
);

CREATE INDEX ix_instance__case ON instance (org_id, business_key);

CREATE INDEX ix_instance__list ON instance (org_id, state, process_key);

CREATE TABLE job (
    org_id TEXT NOT NULL,
    id TEXT NOT NULL,
    instance_id TEXT NOT NULL,
    element_id TEXT NOT NULL,
    business_key TEXT,
    handler TEXT NOT NULL,
    inputs TEXT NOT NULL,
    actor TEXT,
    state TEXT NOT NULL,
    due_at TEXT NOT NULL,
    tries INTEGER NOT NULL,
    error TEXT,
    created_at TEXT NOT NULL,
    CONSTRAINT pk_job PRIMARY KEY (org_id, id)
);

CREATE INDEX ix_job__due ON job (state, due_at);

CREATE INDEX ix_job__instance ON job (org_id, instance_id);

CREATE TABLE login (
    login TEXT NOT NULL,
    org_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    password_hash TEXT NOT NULL,
    must_change BOOLEAN NOT NULL,
    changed_at TEXT NOT NULL,
    CONSTRAINT pk_login PRIMARY KEY (login)
);

CREATE UNIQUE INDEX ix_login__user ON login (org_id, user_id);

CREATE TABLE login_failure (
    name_hash TEXT NOT NULL,
    failures INTEGER NOT NULL,
    last_at TEXT NOT NULL,
    locked_until TEXT,
    CONSTRAINT pk_login_failure PRIMARY KEY (name_hash)
);

CREATE INDEX ix_login_failure__last ON login_failure (last_at);

CREATE TABLE mail (
    org_id TEXT NOT NULL,
    id TEXT NOT NULL,
    "key" TEXT NOT NULL,
    "to" TEXT NOT NULL,
    subject TEXT NOT NULL,
    body TEXT NOT NULL,
    at TEXT NOT NULL,
    tries INTEGER NOT NULL,
    sent_at TEXT,
    error TEXT,
    CONSTRAINT pk_mail PRIMARY KEY (org_id, id),
    CONSTRAINT uq_mail__org_id_key UNIQUE (org_id, "key")
);

CREATE INDEX ix_mail__waiting ON mail (sent_at, at);

CREATE TABLE notice (
    org_id TEXT NOT NULL,
    id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    "key" TEXT NOT NULL,
    kind TEXT NOT NULL,
    text TEXT NOT NULL,
    link TEXT,
    case_id TEXT,
    at TEXT NOT NULL,
    read_at TEXT,
    CONSTRAINT pk_notice PRIMARY KEY (org_id, id),
    CONSTRAINT uq_notice__org_id_user_id_key UNIQUE (org_id, user_id, "key")
);

CREATE INDEX ix_notice__user ON notice (org_id, user_id, read_at, at);

CREATE TABLE office_user (
    org_id TEXT NOT NULL,
    id TEXT NOT NULL,
    login TEXT NOT NULL,
    name TEXT NOT NULL,
    title TEXT,
    unit_id TEXT,
    superior_id TEXT,
    phone TEXT,
    email TEXT,
    active BOOLEAN NOT NULL,
    created_at TEXT NOT NULL,
    CONSTRAINT pk_office_user PRIMARY KEY (org_id, id)
);

CREATE INDEX ix_office_user__login ON office_user (login);

CREATE INDEX ix_office_user__unit ON office_user (org_id, unit_id);

CREATE TABLE organisation (
    id TEXT NOT NULL,
    code TEXT NOT NULL,
    name TEXT NOT NULL,
    parent_id TEXT,
    profile TEXT NOT NULL,
    overlay BOOLEAN,
    parameters TEXT NOT NULL,
    roll BOOLEAN,
    day_end TEXT,
    version TEXT NOT NULL,
    created_at TEXT NOT NULL,
    CONSTRAINT pk_organisation PRIMARY KEY (id),
    CONSTRAINT uq_organisation__code UNIQUE (code)
);

CREATE TABLE party (
    org_id TEXT NOT NULL,
    id TEXT NOT NULL,
    account TEXT,
    name TEXT,
    gender TEXT,
    age INTEGER,
    occupation TEXT,
    address TEXT,
    phone TEXT,
    id_no TEXT,
    political_status TEXT,
    created_at TEXT NOT NULL,
    CONSTRAINT pk_party PRIMARY KEY (org_id, id)
);

CREATE INDEX ix_party__name ON party (org_id, name);

CREATE INDEX ix_party__phone ON party (org_id, phone);

CREATE TABLE post (
    org_id TEXT NOT NULL,
    id TEXT NOT NULL,
    unit_id TEXT NOT NULL,
    name TEXT NOT NULL,
    a_id TEXT NOT NULL,
    b_id TEXT NOT NULL,
    active BOOLEAN NOT NULL,
    CONSTRAINT pk_post PRIMARY KEY (org_id, id),
    CONSTRAINT ck_post__two_people CHECK (a_id <> b_id)
);

CREATE INDEX ix_post__unit ON post (org_id, unit_id);

CREATE TABLE register_entry (
    org_id TEXT NOT NULL,
    register TEXT NOT NULL,
    seq INTEGER NOT NULL,
    part INTEGER NOT NULL,
    case_id TEXT,
    at TEXT NOT NULL,
    "by" TEXT,
    fields TEXT NOT NULL,
    corrects INTEGER,
    reason TEXT,
    CONSTRAINT pk_register_entry PRIMARY KEY (org_id, register, seq, part)
);

CREATE INDEX ix_register_entry__case ON register_entry (org_id, case_id, register);

CREATE TABLE request (
    org_id TEXT NOT NULL,
    id TEXT NOT NULL,
    actor TEXT,
    result TEXT NOT NULL,
    at TEXT NOT NULL,
    CONSTRAINT pk_request PRIMARY KEY (org_id, id)
);

CREATE TABLE session (
    token_hash TEXT NOT NULL,
    org_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    csrf TEXT NOT NULL,
    created_at TEXT NOT NULL,
    seen_at TEXT NOT NULL,
    expires_at TEXT NOT NULL,
    CONSTRAINT pk_session PRIMARY KEY (token_hash)
);

CREATE INDEX ix_session__expires ON session (expires_at);

CREATE INDEX ix_session__user ON session (org_id, user_id);

CREATE TABLE setting (
    name TEXT NOT NULL,
    value TEXT NOT NULL,
    locked BOOLEAN DEFAULT '0' NOT NULL,
    CONSTRAINT pk_setting PRIMARY KEY (name)
);

CREATE TABLE subscription (
    org_id TEXT NOT NULL,
    id TEXT NOT NULL,
    instance_id TEXT NOT NULL,
    element_id TEXT NOT NULL,
    kind TEXT NOT NULL,
    name TEXT NOT NULL,
    correlation TEXT,
    created_at TEXT NOT NULL,
    CONSTRAINT pk_subscription PRIMARY KEY (org_id, id)
);

CREATE INDEX ix_subscription__instance ON subscription (org_id, instance_id);

CREATE INDEX ix_subscription__name ON subscription (org_id, kind, name, correlation);

CREATE TABLE supervision (
    org_id TEXT NOT NULL,
    id TEXT NOT NULL,
    card_no TEXT NOT NULL,
    case_id TEXT NOT NULL,
    deadline_id TEXT,
    cause TEXT NOT NULL,
    unit_id TEXT,
    leader_id TEXT,
    opinion TEXT NOT NULL,
    due_on DATE,
    opened_at TEXT NOT NULL,
    opened_by TEXT,
    result TEXT,
    closed_at TEXT,
    closed_by TEXT,
    CONSTRAINT pk_supervision PRIMARY KEY (org_id, id),
    CONSTRAINT uq_supervision__org_id_card_no UNIQUE (org_id, card_no)
);

CREATE INDEX ix_supervision__case ON supervision (org_id, case_id);

CREATE TABLE task (
    org_id TEXT NOT NULL,
    id TEXT NOT NULL,
    instance_id TEXT NOT NULL,
    process_key TEXT NOT NULL,
    element_id TEXT NOT NULL,
    name TEXT NOT NULL,
    business_key TEXT,
    form_key TEXT,
    assignee TEXT,
    candidate_groups TEXT NOT NULL,
    candidate_users TEXT NOT NULL,
    properties TEXT NOT NULL,
    scope_path TEXT NOT NULL,
    state TEXT NOT NULL,
    created_at TEXT NOT NULL,
    claimed_at TEXT,
    finished_at TEXT,
    finished_by TEXT,
    outcome TEXT,
    due_at TEXT,
    yellow_at TEXT,
    deadline_ref TEXT,
    CONSTRAINT pk_task PRIMARY KEY (org_id, id)
);

CREATE INDEX ix_task__assignee ON task (org_id, assignee, state, due_at);

CREATE INDEX ix_task__case ON task (org_id, business_key, state);

CREATE INDEX ix_task__deadline ON task (org_id, deadline_ref);

CREATE INDEX ix_task__instance ON task (org_id, instance_id, state);

CREATE TABLE task_group (
    org_id TEXT NOT NULL,
    group_name TEXT NOT NULL,
    task_id TEXT NOT NULL,
    CONSTRAINT pk_task_group PRIMARY KEY (org_id, group_name, task_id)
);

CREATE INDEX ix_task_group__task ON task_group (org_id, task_id);

CREATE TABLE timer (
    org_id TEXT NOT NULL,
    id TEXT NOT NULL,
    instance_id TEXT,
    process_key TEXT NOT NULL,
    element_id TEXT NOT NULL,
    ref TEXT,
    due_at TEXT NOT NULL,
    tries INTEGER NOT NULL,
    CONSTRAINT pk_timer PRIMARY KEY (org_id, id)
);

CREATE INDEX ix_timer__due ON timer (due_at);

CREATE INDEX ix_timer__instance ON timer (org_id, instance_id);

CREATE INDEX ix_timer__ref ON timer (org_id, ref);

CREATE TABLE unit (
    org_id TEXT NOT NULL,
    id TEXT NOT NULL,
    name TEXT NOT NULL,
    parent_id TEXT,
    outside BOOLEAN NOT NULL,
    head_id TEXT,
    matters TEXT NOT NULL,
    position INTEGER NOT NULL,
    active BOOLEAN NOT NULL,
    CONSTRAINT pk_unit PRIMARY KEY (org_id, id)
);

CREATE INDEX ix_unit__parent ON unit (org_id, parent_id);

CREATE TABLE urging (
    org_id TEXT NOT NULL,
    case_id TEXT NOT NULL,
    number INTEGER NOT NULL,
    deadline_id TEXT,
    method TEXT NOT NULL,
    unit_id TEXT,
    person_id TEXT,
    copied_to TEXT,
    text TEXT NOT NULL,
    at TEXT NOT NULL,
    "by" TEXT,
    answer TEXT,
    answered_at TEXT,
    answered_by TEXT,
    new_date DATE,
    CONSTRAINT pk_urging PRIMARY KEY (org_id, case_id, number)
);

CREATE TABLE user_role (
    org_id TEXT NOT NULL,
    user_id TEXT NOT NULL,
    role TEXT NOT NULL,
    unit_id TEXT NOT NULL,
    CONSTRAINT pk_user_role PRIMARY KEY (org_id, user_id, role, unit_id)
);

CREATE INDEX ix_user_role__role ON user_role (org_id, role, unit_id);
